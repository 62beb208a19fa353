"""Calls on tasks: the inbox, and what a person does with one task or with many."""

from __future__ import annotations

from typing import Any

from flask import Response

from api import answers
from api.auth import current_person
from api.calling import Calls
from api.preconditions import if_match, once, once_for
from api.problems.answers import document
from api.schemas import inputs, queries, views
from api.serving import office
from engine.errors import YichuangError
from engine.office.person import Person
from engine.office.views import CaseView, DraftView, TaskView

tasks = Calls("tasks", __name__, about="What waits for a person.")

_STEP = (
    "forbidden",
    "not-found",
    "task-already-completed",
    "task-claimed-by-another",
    "case-closed",
    "case-suspended",
    "stale-version",
    "conflict",
)


def _given(body: inputs.Body) -> dict[str, Any]:
    return {"by": current_person(), "once": once(body.model_dump()), "if_match": if_match()}


@tasks.call("GET", "/tasks", answers={200: views.TaskPage}, problems=("forbidden",))
def list_tasks(query: queries.Tasks) -> Response:
    """Read the inbox: open tasks that you may take, or have taken."""
    return answers.page(office().tasks.list(by=current_person(), **query.model_dump()))


@tasks.call("GET", "/tasks/<id>", answers={200: TaskView}, problems=("not-found",), etag=True)
def read_task(id: str) -> Response:
    """Read one task with its form, its data and its instructions."""
    return answers.task(office().tasks.get(id, by=current_person()))


@tasks.call("POST", "/tasks/<id>/claim", answers={200: CaseView}, problems=_STEP, if_match=True, etag=True)
def claim_task(id: str, body: inputs.Nothing) -> Response:
    """Take a task: no colleague can complete it while you have it."""
    return answers.case(office().tasks.claim(id, **_given(body)))


@tasks.call("POST", "/tasks/<id>/unclaim", answers={200: CaseView}, problems=_STEP, if_match=True, etag=True)
def unclaim_task(id: str, body: inputs.Nothing) -> Response:
    """Give a task back to its group."""
    return answers.case(office().tasks.unclaim(id, **_given(body)))


@tasks.call("POST", "/tasks/<id>/delegate", answers={200: CaseView}, problems=_STEP, if_match=True, etag=True)
def delegate_task(id: str, body: inputs.Delegate) -> Response:
    """Hand a task to a colleague of its group."""
    return answers.case(office().tasks.delegate(id, body.to, **_given(body)))


@tasks.call("POST", "/tasks/<id>/complete", answers={200: CaseView}, problems=_STEP, if_match=True, etag=True)
def complete_task(id: str, body: inputs.CompleteTask) -> Response:
    """Complete a task with what its form was filled in with.

    Claims it first where nobody has. The answer is the case after the step.
    """
    return answers.case(office().tasks.complete(id, body.data, **_given(body)))


@tasks.call("GET", "/tasks/<id>/earlier", answers={200: views.EarlierListing}, problems=("not-found",))
def read_earlier(id: str) -> Response:
    """List the steps from which a task came, the latest first, and why one cannot be gone back to."""
    return answers.listing(office().returns.earlier(id, by=current_person()))


@tasks.call(
    "POST", "/tasks/<id>/return", answers={200: CaseView}, problems=(*_STEP, "not-offered"), if_match=True, etag=True
)
def return_task(id: str, body: inputs.SendBack) -> Response:
    """Send a task back to an earlier step, for who did that step.

    The case's data stays as it is. Refused where something has happened since that cannot be undone so.
    """
    return answers.case(office().returns.send_back(id, body.reason, body.to, **_given(body)))


@tasks.call(
    "POST", "/tasks/<id>/withdraw", answers={200: CaseView}, problems=(*_STEP, "not-offered"), if_match=True, etag=True
)
def withdraw_task(id: str, body: inputs.WithReason) -> Response:
    """Take your own completion of a task back, while nobody has begun what follows."""
    return answers.case(office().returns.withdraw(id, body.reason, **_given(body)))


@tasks.call("GET", "/tasks/<id>/draft", answers={200: DraftView}, problems=("not-found",))
def read_draft(id: str) -> Response:
    """Read what you have typed into the task's form so far: yours alone."""
    return answers.json(office().drafts.get(id, by=current_person()))


@tasks.call(
    "PUT",
    "/tasks/<id>/draft",
    answers={200: DraftView},
    problems=("forbidden", "not-found", "task-already-completed", "task-claimed-by-another", "case-suspended"),
)
def save_draft(id: str, body: inputs.CompleteTask) -> Response:
    """Keep what you have typed so far, without completing the task.

    Nothing of it need be valid yet. It replaces what you saved before, and is gone when the task ends.
    """
    return answers.json(office().drafts.save(id, body.data, by=current_person(), once=once(body.model_dump())))


@tasks.call("DELETE", "/tasks/<id>/draft", answers={204: None}, problems=("not-found",))
def discard_draft(id: str) -> Response:
    """Throw your draft away."""
    office().drafts.discard(id, by=current_person(), once=once())
    return Response(status=204)


@tasks.call("POST", "/tasks/complete", answers={200: views.BulkResults})
def complete_tasks(body: inputs.CompleteTasks) -> Response:
    """Complete up to 200 tasks, each a transaction and a result of its own.

    One refused task does not stop the others. With an `Idempotency-Key`, one is derived for each task, so that
    repeating the whole request after a lost answer completes what is missing and repeats the other answers.
    """
    person = current_person()
    return answers.json({"results": [_complete_one(one, person) for one in body.tasks]})


def _complete_one(one: inputs.OneOfMany, person: Person) -> dict[str, Any]:
    try:
        # Looked at here: where only its answer cannot be opened now, that is the result of this one.
        view = dict(
            office().tasks.complete(
                one.id, one.data, by=person, once=once_for(one.id, one.model_dump()), if_match=one.version
            )
        )
    except YichuangError as error:
        problem = document(error)
        return {"id": one.id, "status": problem["status"], "problem": problem}
    return {"id": one.id, "status": 200, "case": view}
