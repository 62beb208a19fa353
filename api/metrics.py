"""Figures for Prometheus: requests by route and status, their duration. Nothing about persons or cases.

The client library decides when it is imported whether figures are kept in a folder for several processes, so
it is imported at the first use: by then the server has said so.
"""

from __future__ import annotations

import os
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from flask import Response

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

#: Folder in which the server's worker processes keep their figures, read together at each scrape.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_making = Lock()

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Instruments(NamedTuple):
    requests: Counter
    seconds: Histogram


@cache
def _instruments() -> _Instruments:
    from prometheus_client import Counter, Histogram

    return _Instruments(
        Counter("yichuang_http_requests", "Requests answered.", ("method", "route", "status")),
        Histogram(
            "yichuang_http_request_seconds",
            "Time from a request's arrival to its answer.",
            ("method", "route"),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        ),
    )


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; `route` is the template, never the path itself."""
    method = method if method in _METHODS else "other"
    # One thread makes them: `cache` alone lets several begin at once, and a name can be registered only once.
    with _making:
        instruments = _instruments()
    instruments.requests.labels(method, route, str(status)).inc()
    instruments.seconds.labels(method, route).observe(seconds)


def expose() -> Response:
    """All figures in Prometheus' text format, of all worker processes together."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = REGISTRY
    if os.environ.get(FOLDER_VARIABLE):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def forget_process(pid: int) -> None:
    """Say that a worker process has ended."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
