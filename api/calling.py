"""How a function becomes a call of the API: log-in, reading and checking of the input, and its documentation.

`Calls` is a blueprint whose `call` decorator takes what the API document needs to say about a call. The
function's own annotations say what it reads: a parameter `body` or `query` with a pydantic model is read from
the request, checked, and handed in; path parameters come as they are. With a parameter `wrong` it gets what is wrong
with the body's form, and refuses it together with what the office finds.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic import BaseModel
from werkzeug.exceptions import ClientDisconnected, UnsupportedMediaType

from api import strict_json
from api.auth import current_person, require_scope
from api.preconditions import idempotency_key, if_match, once_unread
from api.schemas.checking import Model, blank, checked, judged, unknown
from api.serving import office
from engine.errors import FieldError, Forbidden, Invalid, Malformed, NotFound, TooLarge, Unavailable, YichuangError
from engine.faults import Faults
from engine.office.person import Scope

View = Callable[..., Response]

#: Largest JSON body, in bytes.
LARGEST_JSON = 2**20


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call, as the API document describes it."""

    method: str
    #: Flask's rule below the base path, such as ``/cases/<number>``.
    rule: str
    name: str
    tag: str
    summary: str
    description: str
    body: type[BaseModel] | None
    #: Whether what is wrong with the form of the body is told by the office, together with what it finds itself.
    takes_wrong: bool
    query: type[BaseModel] | None
    #: Status → type of the answer (a TypedDict of views), or a media type for what is not JSON, or several; None where
    #: the answer is empty.
    answers: Mapping[int, Any]
    #: Names of the problems that it may answer, besides those that every call may.
    problems: tuple[str, ...]
    public: bool
    #: What a token must be for, if it is not for everything.
    scope: Scope
    #: Name of the file field, where the body is a form instead of JSON; the function reads it itself.
    files: str | None
    #: The other fields of that form.
    fields: type[BaseModel] | None
    #: Whether it honours If-Match; whether its answers carry an ETag.
    if_match: bool
    etag: bool


class Calls(Blueprint):
    """A group of calls about one thing."""

    def __init__(self, name: str, import_name: str, *, about: str, scope: Scope = Scope.WORK) -> None:
        super().__init__(name, import_name)
        self._scope = scope
        #: One sentence for the API document.
        self.about = about
        self.operations: list[Operation] = []

    def call(
        self,
        method: str,
        rule: str,
        *,
        answers: Mapping[int, Any],
        problems: tuple[str, ...] = (),
        public: bool = False,
        files: str | None = None,
        fields: type[BaseModel] | None = None,
        if_match: bool = False,
        etag: bool = False,
        scope: Scope | None = None,
    ) -> Callable[[View], View]:
        """Register the decorated function as a call.

        :param answers: status → type of the answer.
        :param problems: names of the problems that this call may answer, besides the general ones.
        :param public: whether it answers without log-in.
        :param files: name of the file field, for a multipart upload.
        :param fields: the other fields of that form; with them there is one file, without them any number.
        :param if_match: whether it honours ``If-Match``.
        :param etag: whether the answer carries an ``ETag``.
        :param scope: what a token must be for: where it is not said, `READ` for a GET, else that of the group.
        """

        def register(view: View) -> View:
            reads = typing.get_type_hints(view)
            summary, _, description = inspect.cleandoc(view.__doc__ or "").partition("\n\n")
            operation = Operation(
                method=method,
                rule=rule,
                name=view.__name__,
                tag=self.name,
                summary=summary.rstrip("."),
                description=description,
                body=reads.get("body"),
                takes_wrong="wrong" in reads,
                query=reads.get("query"),
                answers=answers,
                problems=problems,
                public=public,
                scope=scope or (Scope.READ if method == "GET" else self._scope),
                files=files,
                fields=fields,
                if_match=if_match,
                etag=etag,
            )
            self.operations.append(operation)
            self.add_url_rule(rule, view.__name__, _prepared(view, operation), methods=[method])
            return view

        return register


def _prepared(view: View, operation: Operation) -> View:
    @wraps(view)
    def run(**path: str | int) -> Response:
        if not operation.public:
            require_scope(current_person(), operation.scope)
        if any("\0" in str(value) for value in path.values()):
            raise NotFound
        try:
            said = _read(operation)
        except (YichuangError, UnsupportedMediaType) as fault:
            if not operation.public:
                _look_at_rights(view, operation, path, fault)
                if operation.method == "POST" and isinstance(fault, Invalid | Malformed):
                    office().refuse(fault, by=current_person(), once=once_unread())
            raise
        return view(**path, **said)

    return run


def _read(operation: Operation) -> dict[str, Any]:
    """What the request says, checked, by the names of the parameters that take it."""
    said: dict[str, Any] = {}
    if operation.query is not None:
        said["query"] = _query(operation.query)
    elif request.args:
        raise Invalid(errors=[unknown(name) for name in request.args])
    if operation.body is not None:
        said["body"], wrong = _body(operation.body)
        if operation.takes_wrong:
            said["wrong"] = wrong
        elif wrong:
            raise Invalid(errors=wrong)
    if operation.method == "POST":
        idempotency_key()
    if operation.if_match:
        if_match()
    return said


def _look_at_rights(view: View, operation: Operation, path: dict[str, Any], fault: Exception) -> None:
    """Tell whoever may not make a call that first, and not what is wrong with the request.

    The call is made with nothing in it. What it would change is refused with `fault` where its idempotency key would be
    looked up, which is after rights and before anything else: see `Once.unread`. What it reads is thrown away.

    :raises Forbidden: where the person may not do it.
    :raises NotFound: where there is nothing of that name for the person.
    """
    g.unread = fault
    try:
        nothing = {name: blank(model) for name in ("query", "body") if (model := getattr(operation, name))}
        view(**path, **nothing).close()
    except (Forbidden, Unavailable):
        raise
    except NotFound:
        # Of what a query would have named, nobody can say that it is not there.
        if operation.query is None or not _requires(operation.query):
            raise
    except (YichuangError, UnsupportedMediaType):
        pass
    finally:
        del g.unread


def _requires(model: type[BaseModel]) -> bool:
    return any(field.is_required() for field in model.model_fields.values())


def _body(model: type[Model]) -> tuple[Model, list[FieldError]]:
    # A body that does not say its length is cut at the bound, not refused: one byte more tells that from one that fits.
    request.max_content_length = LARGEST_JSON + 1
    text = request.get_data(cache=True)
    if len(text) > LARGEST_JSON:
        raise TooLarge(f"A JSON body may have at most {LARGEST_JSON} bytes.")
    if len(text) < (request.content_length or 0):
        # Whoever sent it is gone. It is no request yet, so that nothing of it is done, or kept under its key.
        raise ClientDisconnected
    if text and not request.is_json:
        raise UnsupportedMediaType
    value, unkept = strict_json.read(text) if text else ({}, [])
    if not isinstance(value, dict):
        raise Malformed("The body is not a JSON object.")
    said, wrong = judged(model, value, strict=True)
    faults = Faults(unkept)
    faults.note(wrong)
    return said, faults.found


def _query(model: type[BaseModel]) -> BaseModel:
    values: dict[str, str] = {}
    for name, given in request.args.lists():
        if len(given) > 1:
            raise Invalid(errors=[FieldError(strict_json.pointer(name), "Give this parameter once.")])
        if "\0" in given[0]:
            raise Invalid(errors=[FieldError(strict_json.pointer(name), "The character U+0000 is not allowed.")])
        values[name] = given[0]
    return checked(model, values, strict=False)
