"""The deployed definitions, to read."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from api.pages.look import page
from api.pages.session import office, person
from engine.errors import NotFound

blueprint = Blueprint("definitions", __name__)


@blueprint.get("/definitions")
def show() -> Response:
    """Every process with its latest version."""
    return page("definitions", definitions=office().definitions.list(by=person()))


@blueprint.get("/definitions/<key>")
def one(key: str) -> Response:
    """One process: the diagram of one version, its versions and files."""
    by = person()
    definition = office().definitions.get(key, by=by)
    numbers = [version["version"] for version in definition["versions"]]
    asked = request.args.get("version", "")
    number = int(asked) if asked.isdigit() else max(numbers)
    if number not in numbers:
        raise NotFound
    version = next(version for version in definition["versions"] if version["version"] == number)
    return page("definition", definition=definition, version=version)


@blueprint.get("/definitions/<key>/<int:number>/diagram")
def diagram(key: str, number: int) -> Response:
    """The diagram of one version, for the script that draws it."""
    by = person()
    names = [n for n in office().definitions.version(key, number, by=by)["files"] if n.endswith(".bpmn")]
    files = [
        {
            "key": key,
            "version": number,
            "name": name,
            "xml": office().definitions.file(key, number, name, by=by).decode("utf-8", "replace"),
        }
        for name in names
    ]
    return jsonify(definition=key, files=files, active=[], passed=[])


@blueprint.get("/definitions/<key>/<int:number>/files/<name>")
def file(key: str, number: int, name: str) -> Response:
    """One file of a version, to keep: never shown in the browser as a page of ours."""
    content = office().definitions.file(key, number, name, by=person())
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
