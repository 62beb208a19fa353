"""Figures for Prometheus: requests and steps, how long they took, and what waits. Nothing about persons or cases.

The client library decides when it is imported whether figures are kept in a folder for several processes, so
it is imported at the first use: by then the server has said so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from flask import Response

from engine import Office
from engine.errors import Unavailable

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram, Metric

#: Folder in which the server's worker processes keep their figures, read together at each scrape.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_making = Lock()

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Instruments(NamedTuple):
    requests: Counter
    seconds: Histogram
    steps: Histogram
    connections: Gauge


@cache
def _made() -> _Instruments:
    from prometheus_client import Counter, Gauge, Histogram

    return _Instruments(
        Counter("yichuang_http_requests", "Requests answered.", ("method", "route", "status")),
        Histogram(
            "yichuang_http_request_seconds",
            "Time from a request's arrival to its answer.",
            ("method", "route"),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        ),
        Histogram(
            "yichuang_step_seconds",
            "Time that a step of a case took, from its command to its commit, by the kind of its entry.",
            ("kind",),
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
        ),
        Gauge(
            "yichuang_database_connections",
            "Connections to the database that are in use.",
            multiprocess_mode="livesum",
        ),
    )


def _instruments() -> _Instruments:
    # One thread makes them: `cache` alone lets several begin at once, and a name can be registered only once.
    with _making:
        return _made()


def count(method: str, route: str, status: int, seconds: float, connections: int) -> None:
    """Count one answered request.

    :param route: the template, never the path itself.
    :param connections: how many connections to the database this process uses now.
    """
    method = method if method in _METHODS else "other"
    instruments = _instruments()
    instruments.requests.labels(method, route, str(status)).inc()
    instruments.seconds.labels(method, route).observe(seconds)
    instruments.connections.set(connections)


def step(kind: str, seconds: float) -> None:
    """Count one step of a case."""
    _instruments().steps.labels(kind).observe(seconds)


def expose(office: Office) -> Response:
    """All figures in Prometheus' text format: of all worker processes together, and of the office as it is now."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    counted = REGISTRY
    if os.environ.get(FOLDER_VARIABLE):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    looked = CollectorRegistry()
    looked.register(_Waiting(office))
    return Response(generate_latest(counted) + generate_latest(looked), content_type=CONTENT_TYPE_LATEST)


class _Waiting:
    """What waits in an office, looked up when it is asked for; nothing but that it is away where the database is."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        try:
            vitals = self._office.watchman.vitals()
        except Unavailable:
            yield GaugeMetricFamily("yichuang_database_up", "Whether the database answers.", value=0)
            return
        yield GaugeMetricFamily("yichuang_database_up", "Whether the database answers.", value=1)
        count = GaugeMetricFamily("yichuang_waiting", "How many wait.", labels=["what"])
        seconds = GaugeMetricFamily("yichuang_waiting_seconds", "How long the first has waited.", labels=["what"])
        for what, waiting in asdict(vitals).items():
            count.add_metric([what], waiting["count"])
            seconds.add_metric([what], waiting["seconds"])
        yield count
        yield seconds


def forget_process(pid: int) -> None:
    """Say that a worker process has ended."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
