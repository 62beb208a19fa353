"""Calls on definitions: deploy a set of files, read what is deployed."""

from __future__ import annotations

import hashlib

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import UnsupportedMediaType

from api import answers
from api.auth import current_person
from api.calling import Calls
from api.preconditions import once
from api.schemas import inputs, queries, views
from api.serving import office
from engine.definitions.model import SourceFile
from engine.errors import FieldError, Invalid
from engine.office import views as office_views
from engine.office.person import Scope

definitions = Calls(
    "definitions", __name__, about="Processes as their designers drew them, in versions.", scope=Scope.DEPLOY
)


@definitions.call(
    "POST",
    "/definitions",
    answers={201: views.Deployment, 200: views.Deployment},
    problems=("forbidden", "definition-invalid", "unsupported-media-type"),
    files="files",
)
def deploy(query: queries.Deploy) -> Response:
    """Check and deploy a set of files as the next version of each process in it.

    The same content again answers 200 with the version that it has. With `dry_run=true` it is only checked. Files
    that end in `.yaml` are scenarios: they are played, and one that is not met keeps the set from being deployed.
    """
    office().definitions.require_designing(by=current_person())
    files = _uploaded()
    sent = [[f.name, hashlib.sha256(f.content).hexdigest()] for f in files]
    made = office().definitions.deploy(files, by=current_person(), dry_run=query.dry_run, once=once(sent))
    view = {"definitions": made["definitions"], "warnings": made["warnings"]}
    return answers.json(view, 201 if made["created"] else 200)


@definitions.call("GET", "/definitions", answers={200: views.Listing})
def list_definitions() -> Response:
    """List the processes with their newest versions."""
    return answers.listing(office().definitions.list(by=current_person()))


@definitions.call("GET", "/definitions/<key>", answers={200: views.Definition}, problems=("not-found",))
def read_definition(key: str) -> Response:
    """Read a process: all its versions and their files."""
    return answers.json(office().definitions.get(key, by=current_person()))


@definitions.call("GET", "/definitions/<key>/versions/<int:n>", answers={200: views.Version}, problems=("not-found",))
def read_version(key: str, n: int) -> Response:
    """Read one version of a process."""
    return answers.json(office().definitions.version(key, n, by=current_person()))


@definitions.call(
    "GET",
    "/definitions/<key>/versions/<int:n>/files/<name>",
    answers={200: "application/octet-stream"},
    problems=("not-found",),
)
def read_file(key: str, n: int, name: str) -> Response:
    """Read a file of a version, byte by byte as it was deployed."""
    content = office().definitions.file(key, n, name, by=current_person())
    response = Response(content, mimetype="application/octet-stream")
    answers.attach(response, name)
    return response


@definitions.call("GET", "/definitions/<key>/diff", answers={200: views.Comparison}, problems=("not-found",))
def compare_versions(key: str, query: queries.Compare) -> Response:
    """Compare two versions of a process, element by element."""
    changes = office().definitions.diff(key, query.old, query.new, by=current_person())
    return answers.json({"changes": [change.to_json() for change in changes]})


@definitions.call(
    "GET",
    "/definitions/<key>/versions/<int:n>/tokens",
    answers={200: office_views.VersionInUseView},
    problems=("forbidden", "not-found"),
)
def read_tokens(key: str, n: int) -> Response:
    """Read where the running cases on a version are, by element, and how long its tasks took."""
    return answers.json(office().definitions.in_use(key, n, by=current_person()))


@definitions.call(
    "POST",
    "/definitions/<key>/versions/<int:n>/retire",
    answers={200: views.RetiredVersion},
    problems=("forbidden", "not-found", "not-offered"),
)
def retire_version(key: str, n: int, body: inputs.WithReason) -> Response:
    """Let no case begin on a version any more; those that run on it go on."""
    sent = once(body.model_dump())
    return answers.json(office().definitions.retire(key, n, body.reason, by=current_person(), once=sent))


@definitions.call(
    "POST",
    "/definitions/<key>/versions/<int:n>/reactivate",
    answers={200: views.RetiredVersion},
    problems=("forbidden", "not-found", "not-offered"),
)
def reactivate_version(key: str, n: int, body: inputs.WithReason) -> Response:
    """Let cases begin on a version again."""
    sent = once(body.model_dump())
    return answers.json(office().definitions.reactivate(key, n, body.reason, by=current_person(), once=sent))


@definitions.call(
    "POST",
    "/definitions/<key>/migrations",
    answers={200: office_views.MigrationView},
    problems=("forbidden", "not-found", "not-offered"),
)
def migrate_cases(key: str, body: inputs.Migrate) -> Response:
    """Move running cases to a version of a process, each in a transaction of its own.

    A case can move where nothing that it has begun or completed is changed or gone in that version; of each other case
    it is told why it stays where it is. With `dry_run` nothing moves. What could not be moved is no error of the
    request.
    """
    view = office().definitions.migrate(
        key,
        body.to,
        by=current_person(),
        old=body.old,
        mapping=body.mapping,
        cases=body.cases,
        dry_run=body.dry_run,
        once=once(body.model_dump(by_alias=True)),
    )
    return answers.json(view)


def _uploaded() -> list[SourceFile]:
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    unknown = [name for name in {*request.files, *request.form} if name != "files"]
    if unknown:
        raise Invalid(errors=[FieldError(f"/{name}", "There is no field of this name here.") for name in unknown])
    files = request.files.getlist("files")
    if not files:
        raise Invalid(errors=[FieldError("/files", "Send at least one file in the field `files`.")])
    return [SourceFile(name=_name(file, index), content=file.read()) for index, file in enumerate(files)]


def _name(file: FileStorage, index: int) -> str:
    """The base name of an upload: a path that a client sends says nothing here."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    if not name or "\0" in name or len(name) > 255:
        raise Invalid(errors=[FieldError(f"/files/{index}", "Send the file with its name.")])
    return name
