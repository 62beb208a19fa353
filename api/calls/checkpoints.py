"""Calls on checkpoints: signed statements of where all cases stand, and what can be proven against them."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app

from api import answers, log
from api.auth import current_person
from api.calling import Calls
from api.preconditions import once
from api.schemas import inputs, queries, views
from api.serving import office
from engine.office.person import Scope
from engine.office.views import CheckpointView, ConsistencyView, InclusionView

checkpoints = Calls(
    "checkpoints", __name__, about="What the office has signed, so that nothing can vanish unseen.", scope=Scope.ADMIN
)


def _file() -> Path:
    return Path(current_app.config["CHECKPOINTS"])


@checkpoints.call("GET", "/checkpoints", answers={200: views.NotePage}, problems=("forbidden",))
def list_checkpoints(query: queries.Entries) -> Response:
    """List the checkpoints that were made, and the changes of the key that signs them, the oldest first."""
    return answers.page(office().checkpoints.list(_file(), by=current_person(), **query.model_dump()))


@checkpoints.call("POST", "/checkpoints", answers={201: CheckpointView}, problems=("forbidden",))
def make_checkpoint(body: inputs.Nothing) -> Response:
    """Sign where all cases are now.

    The server does it every hour by itself. It is refused where a case has been removed or cut since the last one.
    """
    made = office().checkpoints.make(_file(), by=current_person(), once=once(body.model_dump()))
    return answers.json(made, 201)


@checkpoints.call("GET", "/checkpoints/file", answers={200: "application/jsonl"}, problems=("forbidden", "not-found"))
def read_checkpoint_file() -> Response:
    """Read the file of checkpoints whole: keep it where the office's administrators cannot write."""
    response = Response(office().checkpoints.content(_file(), by=current_person()), mimetype="application/jsonl")
    answers.attach(response, _file().name)
    return response


@checkpoints.call("GET", "/checkpoints/consistency", answers={200: ConsistencyView}, problems=("forbidden",))
def prove_consistency(query: queries.Consistency) -> Response:
    """Prove that a checkpoint follows an earlier one.

    The signed notes from the one to the other: each names the one before it.
    """
    proof = office().checkpoints.consistency(_file(), query.first, query.second, by=current_person())
    return answers.json(proof)


@checkpoints.call("GET", "/cases/<number>/inclusion", answers={200: InclusionView}, problems=("forbidden", "not-found"))
def prove_inclusion(number: str, query: queries.Inclusion) -> Response:
    """Prove that a case stands in a checkpoint, as far as its history went then."""
    proof = office().checkpoints.prove(number, _file(), by=current_person(), checkpoint=query.checkpoint)
    log.about_case(number)
    return answers.json(proof)
