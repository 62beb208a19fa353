"""For whoever watches over the server: is it alive, can it work, what does it count."""

from __future__ import annotations

from flask import Blueprint, Response

from api import answers, metrics
from api.serving import office

#: Seconds after which a timer that has not fired says that nobody keeps the time.
_LATE = 60

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """Whether this process answers at all; no database is asked."""
    return answers.json({"status": "ok"})


@health.get("/readyz")
def ready() -> Response:
    """Whether both databases answer and are those of this version; 503 where not.

    A clock that is late is told, and does not make a server unready: it answers as well as before.
    """
    office().check_ready()
    due = office().watchman.due()
    clock = {"status": "late" if due.seconds > _LATE else "ok", "due": due.count, "seconds": round(due.seconds, 3)}
    return answers.json({"status": "ok", "clock": clock})


@health.get("/metrics")
def figures() -> Response:
    """Figures for Prometheus."""
    return metrics.expose(office())
