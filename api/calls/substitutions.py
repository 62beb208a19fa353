"""Calls on substitution: who stands in for whom while they are away."""

from __future__ import annotations

from flask import Response

from api import answers
from api.auth import current_person
from api.calling import Calls
from api.preconditions import once
from api.schemas import inputs, views
from api.serving import office
from engine.office.substitutions import SubstitutionView

substitutions = Calls("substitutions", __name__, about="Who does a colleague's tasks while they are away.")


@substitutions.call("GET", "/substitutions", answers={200: views.SubstitutionListing})
def list_substitutions() -> Response:
    """Read the substitutions that are not over: your own, and those of colleagues whom you stand in for.

    Auditors and administrators read all of them.
    """
    return answers.listing(office().substitutions.list(by=current_person()))


@substitutions.call("POST", "/substitutions", answers={201: SubstitutionView}, problems=("forbidden",))
def name_substitute(body: inputs.Substitute) -> Response:
    """Let a colleague stand in for you.

    From the first day to the end of the last, tasks that you have are theirs to do too, as far as they belong to those
    that the task is for. The history names both of you. An administrator does it for others, by `username`.
    """
    made = office().substitutions.name(
        body.substitute,
        body.since,
        body.until,
        username=body.username,
        by=current_person(),
        once=once(body.model_dump()),
    )
    return answers.json(made, status=201)


@substitutions.call(
    "POST", "/substitutions/<id>/end", answers={200: SubstitutionView}, problems=("forbidden", "not-found")
)
def end_substitution(id: str, body: inputs.Nothing) -> Response:
    """End a substitution before its time; once more changes nothing."""
    return answers.json(office().substitutions.end(id, by=current_person(), once=once(body.model_dump())))
