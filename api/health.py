"""For whoever watches over the server: is it alive, can it work, what does it count."""

from __future__ import annotations

from flask import Blueprint, Response

from api import answers, metrics
from api.serving import office

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """Whether this process answers at all; no database is asked."""
    return answers.json({"status": "ok"})


@health.get("/readyz")
def ready() -> Response:
    """Whether both databases answer and are those of this version; 503 where not."""
    office().check_ready()
    return answers.json({"status": "ok"})


@health.get("/metrics")
def figures() -> Response:
    """Figures for Prometheus."""
    return metrics.expose()
