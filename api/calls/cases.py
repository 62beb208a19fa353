"""Calls on cases: accept, find, read, and what a case can be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import Response

from api import answers
from api.auth import current_person
from api.calling import Calls
from api.preconditions import if_match, once, once_for, once_unread
from api.problems.answers import document
from api.schemas import inputs, queries, views
from api.serving import office
from engine.errors import FieldError, YichuangError
from engine.office.mentions import MentionView
from engine.office.post import PostView
from engine.office.ratings import RatingView
from engine.office.views import CaseView

cases = Calls("cases", __name__, about="What citizens and organisations have asked for, and how far it is.")

_STEP = ("forbidden", "not-found", "case-closed", "stale-version", "conflict")


def _given(body: inputs.Body) -> dict[str, Any]:
    """What every command on a case takes: who, and under which conditions."""
    return {"by": current_person(), "once": once(body.model_dump()), "if_match": if_match()}


@cases.call("POST", "/cases", answers={201: CaseView}, problems=("forbidden", "not-found", "not-offered"), etag=True)
def start_case(body: inputs.StartCase, wrong: Sequence[FieldError] = ()) -> Response:
    """Accept a matter at a window.

    Starts a case on the matter's process at its newest version. The answer's `number` and `tracking_code` go onto
    the applicant's slip. Where it is refused, `errors` holds all that is wrong with the body.
    """
    view = office().cases.start(
        body.matter,
        body.applicant.model_dump(),
        body.data,
        by=current_person(),
        channel=body.channel,
        window=body.window,
        # What could not be read of it tells two bodies apart too.
        once=once_unread() if wrong else once(body.model_dump()),
        wrong=wrong,
    )
    return answers.case(view, 201)


@cases.call("GET", "/cases", answers={200: views.CasePage})
def list_cases(query: queries.Cases) -> Response:
    """Find cases that you may see.

    A clerk sees the cases that the unit accepted, or has or had a task in; a leader those of the units below too; an
    auditor all.
    """
    return answers.page(office().cases.list(by=current_person(), **query.model_dump()))


@cases.call("GET", "/cases/<number>", answers={200: CaseView}, problems=("not-found",), etag=True)
def read_case(number: str) -> Response:
    """Read one case, whole."""
    return answers.case(office().cases.get(number, by=current_person()))


@cases.call(
    "POST",
    "/cases/<number>/withdraw",
    answers={200: CaseView},
    problems=(*_STEP, "not-offered", "case-suspended"),
    if_match=True,
    etag=True,
)
def withdraw_case(number: str, body: inputs.WithReason) -> Response:
    """Withdraw the case, as the applicant wishes.

    Sends the BPMN message `withdraw`.
    """
    return answers.case(office().cases.withdraw(number, body.reason, **_given(body)))


@cases.call(
    "POST",
    "/cases/<number>/report",
    answers={200: CaseView},
    problems=(*_STEP, "not-offered", "case-suspended"),
    if_match=True,
    etag=True,
)
def report_case(number: str, body: inputs.WithReason) -> Response:
    """Report the case up, because it is beyond this level.

    Sends the BPMN message `report`: the case's type becomes `reported`.
    """
    return answers.case(office().cases.report(number, body.reason, **_given(body)))


@cases.call(
    "POST",
    "/cases/<number>/return",
    answers={200: CaseView},
    problems=(*_STEP, "not-offered", "case-suspended"),
    if_match=True,
    etag=True,
)
def return_case(number: str, body: inputs.WithReason) -> Response:
    """Return the case, because policy does not allow it or it is not this office's.

    Sends the BPMN message `return`: the case's type becomes `returned`.
    """
    return answers.case(office().cases.return_(number, body.reason, **_given(body)))


@cases.call(
    "POST",
    "/cases/<number>/suspend",
    answers={200: CaseView},
    problems=(*_STEP, "not-offered", "case-suspended"),
    if_match=True,
    etag=True,
)
def suspend_case(number: str, body: inputs.Suspend) -> Response:
    """Stop the clock of the case.

    Only on a ground of art. 45 of the Administrative Licensing Law.
    """
    return answers.case(office().cases.suspend(number, body.reason, body.ground, body.days, **_given(body)))


@cases.call(
    "POST",
    "/cases/<number>/resume",
    answers={200: CaseView},
    problems=(*_STEP, "not-offered"),
    if_match=True,
    etag=True,
)
def resume_case(number: str, body: inputs.WithReason) -> Response:
    """Let the clock of a suspended case go on."""
    return answers.case(office().cases.resume(number, body.reason, **_given(body)))


@cases.call(
    "POST",
    "/cases/<number>/extend",
    answers={200: CaseView},
    problems=(*_STEP, "not-offered", "case-suspended"),
    if_match=True,
    etag=True,
)
def extend_case(number: str, body: inputs.Extend) -> Response:
    """Extend the limit of the case by working days."""
    return answers.case(office().cases.extend(number, body.reason, body.days, **_given(body)))


@cases.call(
    "POST",
    "/cases/<number>/assign-agent",
    answers={200: CaseView},
    problems=(*_STEP, "case-suspended"),
    if_match=True,
    etag=True,
)
def assign_agent(number: str, body: inputs.AssignAgent) -> Response:
    """Give the case to another agent, who carries it for the citizen from now on."""
    return answers.case(office().cases.assign_agent(number, body.reason, body.agent, **_given(body)))


@cases.call(
    "POST",
    "/cases/<number>/remind",
    answers={200: CaseView},
    problems=("forbidden", "not-found", "case-closed", "conflict", "not-offered", "case-suspended"),
    etag=True,
)
def remind_of_case(number: str, body: inputs.Remind) -> Response:
    """Ask those who have the case to take it up.

    Marks its open tasks, or the one that is named, and stands in the history. Not twice within a working day by one
    person (`not-offered`). The entity tags of tasks stay.
    """
    view = office().reminders.remind(number, body.note, body.task, by=current_person(), once=once(body.model_dump()))
    return answers.case(view)


@cases.call(
    "POST",
    "/cases/<number>/prioritise",
    answers={200: CaseView},
    problems=(*_STEP, "case-suspended"),
    if_match=True,
    etag=True,
)
def prioritise_case(number: str, body: inputs.Prioritise) -> Response:
    """Say how pressing the case is: it holds for each of its tasks, now and later."""
    return answers.case(office().cases.prioritise(number, body.reason, body.priority, **_given(body)))


@cases.call(
    "POST",
    "/cases/<number>/retry",
    answers={200: CaseView},
    problems=(*_STEP, "not-offered", "case-suspended"),
    if_match=True,
    etag=True,
)
def retry_case(number: str, body: inputs.WithReason) -> Response:
    """Try again what made the case fail."""
    return answers.case(office().cases.retry(number, body.reason, **_given(body)))


@cases.call("POST", "/cases/retry", answers={200: views.RetriedCases}, problems=("forbidden",))
def retry_cases(body: inputs.RetryCases) -> Response:
    """Try again what made up to 200 cases fail, each a transaction and a result of its own.

    Takes the failed cases that you see and that the filters name, those that came in first before others. With an
    `Idempotency-Key`, one is derived for each case, so that repeating the whole request after a lost answer goes on
    with those that were not tried yet. Ask again while as many results come as `limit` says.
    """
    found = office().cases.retry_failed(
        body.reason,
        by=current_person(),
        matter=body.matter,
        type=body.type,
        unit=body.unit,
        element=body.element,
        most=body.limit,
        once=lambda number: once_for(number, {"reason": body.reason}),
    )
    return answers.json({"results": [_retried(number, became) for number, became in found]})


def _retried(number: str, became: CaseView | YichuangError) -> dict[str, Any]:
    if isinstance(became, YichuangError):
        problem = document(became)
        return {"number": number, "status": problem["status"], "problem": problem}
    return {"number": number, "status": 200, "case_status": became["status"]}


@cases.call(
    "POST",
    "/cases/<number>/messages",
    answers={200: CaseView, 202: PostView},
    problems=(*_STEP, "not-offered"),
    if_match=True,
    etag=True,
)
def send_message(number: str, body: inputs.CaseMessage) -> Response:
    """Bring the case a message: materials supplied, a fee paid, another system's answer.

    Where the case does not wait for it, it is refused (`not-offered`), or kept for `time_to_live` seconds (202) and
    delivered once the case waits. `If-Match` is not honoured together with `time_to_live`.
    """
    if not body.time_to_live:
        given = body.model_dump(exclude={"time_to_live"})
        once_ = once(given)
        view = office().cases.message(
            number, body.name, body.payload, by=current_person(), once=once_, if_match=if_match()
        )
        return answers.case(view)
    found = office().post.keep_for(
        number, body.name, body.payload, body.time_to_live, by=current_person(), once=once(body.model_dump())
    )
    return answers.json(found, 202) if found["status"] == "kept" else answers.case(cast(CaseView, found))


@cases.call("POST", "/cases/<number>/comments", answers={201: CaseView}, problems=_STEP, if_match=True, etag=True)
def comment_on_case(number: str, body: inputs.Comment) -> Response:
    """Put a remark into the case's file.

    Whom it names as `@username` finds it under `GET /mentions`.
    """
    view = office().cases.comment(
        number, body.text, by=current_person(), once=once(body.model_dump()), if_match=if_match()
    )
    return answers.case(view, 201)


@cases.call("GET", "/cases/<number>/comments", answers={200: views.Listing}, problems=("not-found",))
def list_comments(number: str) -> Response:
    """Read the remarks in the case's file."""
    return answers.listing(office().cases.comments(number, by=current_person()))


@cases.call("GET", "/mentions", answers={200: views.MentionPage})
def list_mentions(query: queries.Mentions) -> Response:
    """Read the remarks that name you, the latest first."""
    return answers.page(office().mentions.list(by=current_person(), **query.model_dump()))


@cases.call("POST", "/mentions/<int:n>/read", answers={200: MentionView}, problems=("not-found",))
def read_mention(n: int, body: inputs.Nothing) -> Response:
    """Mark a remark that names you as read."""
    return answers.json(office().mentions.mark_read(n, by=current_person(), once=once(body.model_dump())))


@cases.call("GET", "/ratings", answers={200: views.RatingPage})
def list_ratings(query: queries.Ratings) -> Response:
    """Read what citizens said of how cases were handled that you may see."""
    return answers.page(office().ratings.list(by=current_person(), **query.model_dump()))


@cases.call(
    "POST",
    "/cases/<number>/rating/answer",
    answers={200: RatingView},
    problems=("forbidden", "not-found", "not-offered", "stale-version", "conflict"),
    if_match=True,
)
def answer_rating(number: str, body: inputs.RatingAnswer) -> Response:
    """Note what was done about a rating, and how the citizen was told of it."""
    return answers.json(office().ratings.answer(number, body.text, **_given(body)))


@cases.call("GET", "/cases/<number>/diagram", answers={200: views.Diagram}, problems=("not-found",))
def read_diagram(number: str) -> Response:
    """Read the case's diagrams, and where in them the case is."""
    return answers.json(office().cases.diagram(number, by=current_person()))
