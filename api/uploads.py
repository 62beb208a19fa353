"""Reading a form with one file in it, the file going where it belongs as it comes in.

Flask's own way puts files into the system's temporary folder first, unencrypted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, Protocol

from flask import current_app, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.formparser import MultiPartParser

from api.schemas.checking import Model, checked
from engine.errors import FieldError, Invalid, Malformed

#: Bytes that the fields beside the file, and the form around all of them, may have.
_FIELDS = 64 * 1024

#: Bytes that are read at a time. What is kept of them until more has come, perhaps the beginning of a boundary, and the
#: next ones count as one field's for the parser: together they must be fewer than `_FIELDS`.
_AT_A_TIME = 16 * 1024

#: The most parts that a form may have.
_PARTS = 30

#: Name of the field with the file.
FILE = "file"


class Sink(Protocol):
    """What takes a file's content as it comes."""

    def write(self, content: bytes) -> int:
        """Take some more."""


def limit() -> int:
    """Most bytes that a file may have."""
    return int(current_app.config["MAX_UPLOAD_MB"]) * 2**20


def receive(sink: Sink, fields: type[Model], *, besides: tuple[str, ...] = ()) -> tuple[str, Model, dict[str, str]]:
    """Read the request: its file goes to `sink`.

    :param fields: what the form has beside the file.
    :param besides: names of fields that are no part of that, and may be there.
    :returns: the file's name as it was sent, the fields, and those `besides`.
    :raises RequestEntityTooLarge: before anything is read, where the request says that it is too large.
    :raises Malformed: where it is no form that can be read.
    :raises Invalid: where there is not one file, or a field is wrong.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    request.max_content_length = limit() + _FIELDS
    parser = MultiPartParser(_one(sink), max_form_memory_size=_FIELDS, buffer_size=_AT_A_TIME, max_form_parts=_PARTS)
    boundary = request.mimetype_params.get("boundary", "").encode("ascii", "replace")
    if not boundary:
        raise Malformed("The form cannot be read: its Content-Type names no boundary.")
    try:
        form, files = parser.parse(request.stream, boundary, request.content_length)
    except ValueError as error:
        raise Malformed(f"The form cannot be read: {error}.") from error
    sent = files.getlist(FILE)
    if len(sent) != 1 or len(list(files.items(multi=True))) != 1:
        raise Invalid(errors=[FieldError(f"/{FILE}", "Send one file, in the field `file`.")])
    given: dict[str, Any] = {}
    for name, values in form.lists():
        if len(values) > 1:
            raise Invalid(errors=[FieldError(f"/{name}", "Give this field once.")])
        if "\0" in values[0]:
            raise Invalid(errors=[FieldError(f"/{name}", "The character U+0000 is not allowed.")])
        # A field of a form that was left empty says nothing.
        if values[0] != "":
            given[name] = values[0]
    beside = {name: given.pop(name) for name in besides if name in given}
    return sent[0].filename or "", checked(fields, given, strict=False), beside


def _one(sink: Sink) -> Callable[..., IO[bytes]]:
    taken = False

    def make(*_about: Any, **_more: Any) -> Any:
        nonlocal taken
        if taken:
            raise Invalid(errors=[FieldError(f"/{FILE}", "Send one file, in the field `file`.")])
        taken = True
        return _Stream(sink)

    return make


class _Stream:
    """The sink as the parser sees it: a file that it rewinds when all has been written."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, content: bytes) -> int:
        return self._sink.write(bytes(content))

    def seek(self, _place: int) -> None:
        """There is nothing to read here."""

    def close(self) -> None:
        """The sink is closed by whoever opened it."""
