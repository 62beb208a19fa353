"""The calls of the JSON API, grouped by what they are about. Thin: each asks the office and answers its view."""

from __future__ import annotations

from flask import Flask

from api.calling import Calls
from api.calls.calendar import calendar
from api.calls.cases import cases
from api.calls.catalogue import catalogue
from api.calls.checkpoints import checkpoints
from api.calls.definitions import definitions
from api.calls.exports import exports
from api.calls.history import history
from api.calls.jobs import jobs
from api.calls.materials import materials
from api.calls.notices import notices
from api.calls.post import post
from api.calls.statistics import statistics
from api.calls.substitutions import substitutions
from api.calls.tasks import tasks
from api.calls.track import track

#: Path under which all calls lie.
BASE = "/api/v1"

#: In the order of the API document.
GROUPS: tuple[Calls, ...] = (
    cases,
    post,
    tasks,
    substitutions,
    jobs,
    materials,
    notices,
    history,
    checkpoints,
    exports,
    statistics,
    definitions,
    catalogue,
    calendar,
    track,
)


def register(app: Flask) -> None:
    """Add every call to `app`."""
    for group in GROUPS:
        app.register_blueprint(group, url_prefix=BASE)
