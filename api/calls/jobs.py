"""Calls of outside workers: they fetch service tasks by topic, do them, and say what came of it."""

from __future__ import annotations

from flask import Response

from api import answers
from api.auth import current_person
from api.calling import Calls
from api.preconditions import once
from api.schemas import inputs
from api.serving import office
from engine.errors import FieldError, Invalid
from engine.office.jobs import Fetched, JobView
from engine.office.person import Scope

jobs = Calls(
    "jobs", __name__, about="Work that is done outside: service tasks, fetched by their topics.", scope=Scope.JOBS
)

_OUTCOME = (
    "forbidden",
    "not-found",
    "task-already-completed",
    "job-not-held",
    "case-closed",
    "case-suspended",
    "conflict",
)


@jobs.call("POST", "/jobs/fetch", answers={200: Fetched}, problems=("forbidden", "conflict"))
def fetch_jobs(body: inputs.FetchJobs) -> Response:
    """Fetch jobs, and lock them.

    Gives those of the topics that waited longest, each with the data that its task hands out: its inputs, or where it
    has none the data in sight. Nobody else gets them for `lock_seconds`; after that they go to whoever asks next. A
    job's `id` never changes, whoever does it and however often: hand it on as the idempotency key. Only accounts with
    the role `worker` fetch, each the jobs of cases that its unit, or one below it, accepted. The answer comes at once,
    also where nothing waits.
    """
    given = body.model_dump()
    view = office().jobs.fetch(
        body.topics,
        body.worker,
        by=current_person(),
        most=body.max,
        lock_seconds=body.lock_seconds,
        once=once(given),
    )
    return answers.json(view)


@jobs.call("POST", "/jobs/<id>/complete", answers={200: JobView}, problems=_OUTCOME)
def complete_job(id: str, body: inputs.CompleteJob) -> Response:
    """Complete a job: its data become variables, and the case goes on."""
    return answers.json(
        office().jobs.complete(id, body.worker, body.data, by=current_person(), once=once(body.model_dump()))
    )


@jobs.call("POST", "/jobs/<id>/fail", answers={200: JobView}, problems=_OUTCOME)
def fail_job(id: str, body: inputs.FailJob) -> Response:
    """Say that a job could not be done, or that it ended in an error that the diagram catches.

    Without `error_code` it is tried again later. After the last time its case is `failed` and shows the message; it
    goes on when somebody retries it. With `error_code` the job is over: the innermost boundary event or event
    subprocess for that error catches it, with `data` as variables; where none does, the case is `failed`.
    """
    if body.error_code is None:
        if body.data:
            raise Invalid(errors=[FieldError("/data", "Only an error hands data on: name its error_code.")])
        view = office().jobs.fail(
            id,
            body.worker,
            body.message,
            retries=body.retries,
            retry_after=body.retry_after,
            by=current_person(),
            once=once(body.model_dump()),
        )
        return answers.json(view)
    for name in ("retries", "retry_after"):
        if getattr(body, name) is not None:
            raise Invalid(errors=[FieldError(f"/{name}", "A job that ends in an error is not tried again.")])
    thrown = office().jobs.throw(
        id, body.worker, body.error_code, body.message, body.data, by=current_person(), once=once(body.model_dump())
    )
    return answers.json(thrown)


@jobs.call("POST", "/jobs/<id>/extend", answers={200: JobView}, problems=_OUTCOME)
def extend_job(id: str, body: inputs.ExtendJob) -> Response:
    """Keep a job that you hold, for `lock_seconds` from now."""
    return answers.json(
        office().jobs.extend(id, body.worker, body.lock_seconds, by=current_person(), once=once(body.model_dump()))
    )
