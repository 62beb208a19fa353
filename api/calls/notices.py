"""Calls on the notices that cases give to their applicants."""

from __future__ import annotations

from flask import Response

from api import answers, log, papers
from api.auth import current_person
from api.calling import Calls
from api.schemas import queries, views
from api.serving import office

notices = Calls("notices", __name__, about="What a case tells its applicant in writing, as documents.")


@notices.call("GET", "/cases/<number>/notices", answers={200: views.NoticeListing}, problems=("not-found",))
def list_notices(number: str) -> Response:
    """List the notices that the case gave, in that order.

    Each was made in the step whose entry holds its digest: what it says stays as it was then.
    """
    return answers.listing(office().notices.list(number, by=current_person()))


@notices.call(
    "GET",
    "/notices/<id>",
    answers={200: tuple(papers.FORMATS.values())},
    problems=("not-found",),
)
def read_notice(id: str, query: queries.Notice) -> Response:
    """Read a notice: as a page of its own, or as PDF.

    The same notice is the same PDF, byte for byte, at the same address of the office. Where the applicant's key was
    erased, what was personal is marked so.
    """
    issued = office().notices.open(id, by=current_person())
    log.about_case(issued.view["case"])
    return papers.paper(issued, query.format)
