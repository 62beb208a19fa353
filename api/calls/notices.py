"""Calls on the notices that cases give to their applicants."""

from __future__ import annotations

from flask import Response

from api import answers, log, papers
from api.auth import current_person
from api.calling import Calls
from api.preconditions import once
from api.schemas import inputs, queries, views
from api.serving import office
from engine.office.mails import MailView

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


@notices.call(
    "POST",
    "/notices/<id>/mail",
    answers={200: MailView},
    problems=("forbidden", "not-found", "not-offered", "conflict"),
)
def mail_notice(id: str, body: inputs.Nothing) -> Response:
    """Have a notice mailed again that was given up.

    For when the applicant's mail server was away, or the office's own. It is tried as often as the first time, also
    where the case has ended. To another address it cannot go: the one that was given stands sealed in the case.
    """
    return answers.json(office().mails.send_again(id, by=current_person(), once=once(body.model_dump())))
