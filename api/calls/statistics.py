"""The figures of the office's work."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app

from api import answers, papers
from api.auth import current_person
from api.calling import Calls
from api.schemas import queries
from api.serving import office
from engine.office.statistics import StatisticsView

statistics = Calls("statistics", __name__, about="Figures: what came in, what was kept in time, where cases wait.")


@statistics.call("GET", "/statistics", answers={200: StatisticsView}, problems=("forbidden", "not-found"))
def read_statistics(query: queries.Statistics) -> Response:
    """Read figures of the cases that came in during a period.

    `totals` and `groups` tell what became of them and whether their limits were kept; `elements` how long tasks waited
    and were worked on, the worst bottleneck first; `variants` which ways through the diagrams they took. Durations are
    in seconds. Leaders have the figures of the units that they lead and of those below, auditors and administrators
    all.
    """
    asked = query.model_dump()
    return answers.json(office().statistics.read(by=current_person(), group=asked.pop("by"), **asked))


@statistics.call(
    "GET",
    "/report",
    answers={200: tuple(papers.FORMATS.values())},
    problems=("forbidden", "not-found"),
)
def read_report(query: queries.Report) -> Response:
    """Read the report of a quarter: as a page of its own, or as PDF.

    It tells what became of the cases that came in during the quarter, with the figures of `/statistics` by type, matter
    and unit, and with the citizens' ratings. Who has those figures has the report.
    """
    kept = Path(current_app.config["CHECKPOINTS"])
    made = office().reports.quarter(query.quarter, by=current_person(), unit=query.unit, checkpoints=kept)
    return papers.sheet(made.document, None, made, query.format)
