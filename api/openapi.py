"""The API document (OpenAPI 3.1), made from what the calls say about themselves.

OpenAPI 3.1 embeds JSON Schema 2020-12, which is what pydantic writes, so the schemas go in as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from api.calling import Calls, Operation
from api.problems.types import PROBLEM_TYPES
from api.schemas import examples, views

_PLACE = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(?:(int):)?(\w+)>")

#: Problems that every call may answer, and every call that needs a log-in, takes input, or changes something.
_ALWAYS = ("internal", "unavailable", "malformed")
_WITH_LOG_IN = ("unauthorised", "forbidden")
_WITH_INPUT = ("validation",)
_WITH_BODY = ("too-large", "unsupported-media-type")
_WITH_KEY = ("idempotency-key-reused",)

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A text of your own, new for each new request. Repeating a request with its key is safe: it is "
    "done once, and the first answer is given again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` that you read: do this only if it has not changed since.",
    "schema": {"type": "string"},
    "example": '"v7"',
}
_ETAG = {
    "description": "Strong entity tag of the case or task, for `If-Match`.",
    "schema": {"type": "string"},
    "example": '"v8"',
}
_LOCATION = {"description": "Where the new case can be read.", "schema": {"type": "string", "format": "uri-reference"}}


def path_of(rule: str) -> str:
    """Flask's rule as an OpenAPI path template."""
    return _PARAMETER.sub(r"{\2}", rule)


def document(groups: Sequence[Calls], base: str) -> dict[str, Any]:
    """The API document of all calls in `groups`, which lie under the path `base`."""
    operations = [operation for group in groups for operation in group.operations]
    schemas = _Schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        methods = paths.setdefault(base + path_of(operation.rule), {})
        methods[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Yichuang 一窗",
            "version": version("yichuang"),
            "summary": "Cases of a one-stop service window, from acceptance to reply.",
            "description": "Times are RFC 3339 with offset. Errors are problem+json (RFC 9457); each type is "
            "documented under its own URI. Lists are read page by page: `next` is the `cursor` of the page after.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": group.name, "description": group.about} for group in groups],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "examples": schemas.examples,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token from `yichuang token new USER`: it acts with that person's rights. "
                    "One that was made with `--scope` is good for the calls that list one of its scopes alone.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "yichuang",
                    "description": "The pages' session. Calls that change something also need the header "
                    "`X-CSRF-Token`.",
                },
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


class _Schemas:
    """The schemas of everything that calls read and answer, each under one name."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        inputs: dict[tuple[Any, JsonSchemaMode], TypeAdapter[Any]] = {}
        for operation in operations:
            if operation.body is not None:
                inputs[operation.body, "validation"] = TypeAdapter(operation.body)
            for answer in operation.answers.values():
                if answer is not None and not isinstance(answer, str | tuple):
                    inputs[answer, "serialization"] = TypeAdapter(views.readable(answer))
        inputs[views.Problem, "serialization"] = TypeAdapter(views.readable(views.Problem))
        self._references, definitions = TypeAdapter.json_schemas(
            [(kind, mode, adapter) for (kind, mode), adapter in inputs.items()], ref_template=_PLACE
        )
        self.components: dict[str, Any] = definitions.get("$defs", {})
        #: Those that calls have named so far.
        self.examples: dict[str, Any] = {}

    def reference(self, kind: Any, mode: JsonSchemaMode) -> dict[str, Any]:
        """The schema of a type, by reference where it has a name."""
        return dict(self._references[kind, mode])

    def content(self, kind: Any, mode: JsonSchemaMode, call: str) -> dict[str, Any]:
        """What is sent or answered as JSON: its schema, and an example of it."""
        schema = self.reference(kind, mode)
        name = schema.get("$ref", "").rpartition("/")[2] or call
        known = examples.recorded()["bodies" if mode == "validation" else "answers"]
        told = call if name in examples.GENERAL else name
        return {"schema": schema, **self._example(told, known[told])} if told in known else {"schema": schema}

    def file(self, media_type: str, call: str) -> dict[str, Any]:
        """A body that is sent as it is, of a media type: how one begins, where it is text."""
        schema = {"type": "string", "contentMediaType": media_type} if media_type != "application/json" else {}
        begun = examples.recorded()["files"].get(call, {}).get(media_type)
        name = f"{call}-{media_type.replace('/', '-')}"
        return {"schema": schema, **(self._example(name, begun) if begun is not None else {})}

    def problems(self, names: Sequence[str]) -> dict[str, Any]:
        """Problems of one status, with an example of each."""
        shown = [self._example(f"problem-{name}", examples.problem(name))["examples"] for name in names]
        return {
            "schema": self.reference(views.Problem, "serialization"),
            "examples": {name: example for each in shown for name, example in each.items()},
        }

    def _example(self, name: str, value: Any) -> dict[str, Any]:
        self.examples[name] = {"value": value}
        return {"examples": {name: {"$ref": f"#/components/examples/{name}"}}}


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation, schemas),
    }
    if operation.description:
        described["description"] = operation.description
    # Of a bearer token the roles that a call needs may be listed (OpenAPI 3.1 §4.8.30): here the token's scope.
    described["security"] = [] if operation.public else [{"token": [str(operation.scope)]}, {"session": []}]
    if operation.files is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": _upload(operation.files, operation.fields)}},
        }
    elif operation.body is not None:
        described["requestBody"] = {
            "required": any(field.is_required() for field in operation.body.model_fields.values()),
            "content": {"application/json": schemas.content(operation.body, "validation", operation.name)},
        }
    return described


def _upload(field: str, beside: type[BaseModel] | None) -> dict[str, Any]:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    if beside is not None:
        schema = beside.model_json_schema()
        return {**schema, "properties": {field: file, **schema["properties"]}, "required": [field]}
    return {
        "type": "object",
        "properties": {field: {"type": "array", "minItems": 1, "items": file}},
        "required": [field],
        "additionalProperties": False,
    }


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    for converter, name in _PARAMETER.findall(operation.rule):
        schema = {"type": "integer", "minimum": 0} if converter == "int" else {"type": "string"}
        parameters.append(
            {"name": name, "in": "path", "required": True, "schema": schema, "example": examples.IN_PATHS[name]}
        )
    if operation.query is not None:
        parameters += _query(operation.query)
    if operation.method == "POST":
        parameters.append(_KEY)
    if operation.if_match:
        parameters.append(_IF_MATCH)
    return parameters


def _query(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    parameters = []
    for name, described in schema["properties"].items():
        value = {key: part for key, part in described.items() if key not in ("title", "description")}
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": value}
        if "description" in described:
            parameter["description"] = described["description"]
        parameters.append(parameter)
    return parameters


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answer in operation.answers.items():
        content: dict[str, Any]
        if answer is None:
            responses[str(status)] = {"description": "Done."}
            continue
        if isinstance(answer, str):
            content = {answer: schemas.file(answer, operation.name)}
        elif isinstance(answer, tuple):
            content = {media_type: schemas.file(media_type, operation.name) for media_type in answer}
        else:
            content = {"application/json": schemas.content(answer, "serialization", operation.name)}
        response: dict[str, Any] = {"description": "Done." if status == 200 else "Made.", "content": content}
        headers = {"ETag": _ETAG} if operation.etag else {}
        if status == 201 and operation.etag:
            headers["Location"] = _LOCATION
        if headers:
            response["headers"] = headers
        responses[str(status)] = response
    by_status: dict[int, list[str]] = {}
    for name in _problems(operation):
        by_status.setdefault(PROBLEM_TYPES[name].status, []).append(name)
    for status in sorted(by_status):
        names = by_status[status]
        told = "; ".join(f"`{name}`: {PROBLEM_TYPES[name].title}" for name in names)
        responses[str(status)] = {
            "description": told,
            "content": {"application/problem+json": schemas.problems(names)},
        }
    return responses


def _problems(operation: Operation) -> list[str]:
    names = [*operation.problems, *_ALWAYS]
    if not operation.public:
        names += _WITH_LOG_IN
    if operation.method == "POST":
        names += _WITH_KEY
    if operation.body is not None or operation.files is not None:
        names += [*_WITH_BODY, *_WITH_INPUT]
    else:
        names += _WITH_INPUT
    return [name for name in PROBLEM_TYPES if name in names]
