"""Calls on what applicants hand in for a case."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, url_for

from api import answers, uploads
from api.auth import current_person
from api.calling import Calls
from api.preconditions import if_match, once
from api.schemas import inputs, views
from api.serving import office
from engine.materials.cipher import PIECE, Unsealed
from engine.office.views import MaterialView

materials = Calls("materials", __name__, about="What applicants hand in for a case, and how far it is trusted.")

_STEP = ("forbidden", "not-found", "case-closed", "stale-version", "conflict")


@materials.call(
    "POST",
    "/cases/<number>/materials",
    answers={201: MaterialView},
    problems=(*_STEP, "not-offered"),
    files=uploads.FILE,
    fields=inputs.Material,
    if_match=True,
)
def add_material(number: str) -> Response:
    """Hand in a file for the case.

    A form (`multipart/form-data`) with one file. What the file is, is told by its content, and its name must say the
    same: PDF, images, office documents of the kinds in use, OFD and plain text are taken, unless the office has
    set it otherwise. It is kept encrypted under the applicant's key. Also while the case is suspended.
    """
    with office().materials.begin(number, by=current_person(), most=uploads.limit()) as upload:
        name, fields, _ = uploads.receive(upload, inputs.Material)
        sent = [name, fields.model_dump(), upload.content_digest]
        view = office().materials.add(
            number,
            upload,
            name=name,
            by=current_person(),
            once=once(sent),
            if_match=if_match(),
            **fields.model_dump(),
        )
    response = answers.json(view, 201)
    response.headers["Location"] = url_for("materials.read_material", number=number, id=view["id"])
    return response


@materials.call("GET", "/cases/<number>/materials", answers={200: views.MaterialListing}, problems=("not-found",))
def list_materials(number: str) -> Response:
    """List what was handed in for the case, the oldest first.

    What was taken back or replaced is still there, and marked so.
    """
    return answers.listing(office().materials.list(number, by=current_person()))


@materials.call(
    "GET",
    "/cases/<number>/materials/<id>",
    answers={200: "application/octet-stream"},
    problems=("not-found",),
)
def read_material(number: str, id: str) -> Response:
    """Read a file that was handed in: its content, with its own media type."""
    return content(number, id)


@materials.call(
    "POST",
    "/cases/<number>/materials/<id>/verify",
    answers={200: MaterialView},
    problems=(*_STEP, "not-offered"),
    if_match=True,
)
def verify_material(number: str, id: str, body: inputs.VerifyMaterial) -> Response:
    """Say how far the file is trusted, after checking it against the original."""
    view = office().materials.verify(
        number,
        id,
        body.grade,
        **({"reason": body.reason} if body.reason else {}),
        by=current_person(),
        once=once(body.model_dump()),
        if_match=if_match(),
    )
    return answers.json(view)


@materials.call(
    "POST",
    "/cases/<number>/materials/<id>/withdraw",
    answers={200: MaterialView},
    problems=(*_STEP, "not-offered"),
    if_match=True,
)
def withdraw_material(number: str, id: str, body: inputs.WithReason) -> Response:
    """Take a file back: it counts no more, and stays in the case's file."""
    view = office().materials.withdraw(
        number, id, body.reason, by=current_person(), once=once(body.model_dump()), if_match=if_match()
    )
    return answers.json(view)


def content(number: str, id: str) -> Response:
    """The answer with a material's content: to be saved and never run, framed, guessed at or kept on the way."""
    view, file = office().materials.open(number, id, by=current_person())
    response = Response(_pieces(file), mimetype=view["media_type"])
    # What is read before the first byte is sent can still be refused.
    response.call_on_close(file.close)
    response.content_length = view["size"]
    answers.attach(response, view["name"])
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _pieces(file: Unsealed) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
