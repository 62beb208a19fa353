"""The designer's pages: what is deployed, where its cases are, what is different between versions, moving cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices, times
from api.pages.commands import once
from api.pages.errors import sentence
from api.pages.look import language, page, t
from api.pages.modeler import DESIGNING
from api.pages.session import office, person
from engine.definitions import text_of
from engine.definitions.model import SourceFile
from engine.errors import NotFound, YichuangError
from engine.office.person import Person, Role

blueprint = Blueprint("definitions", __name__)

#: Who sees how cases fare on a version.
LOOKING = {Role.DESIGNER, Role.ADMIN, Role.AUDITOR}

#: In how many degrees of heat durations are drawn.
DEGREES = 5


@blueprint.get("/definitions")
def show() -> Response:
    """Every process with its latest version."""
    definitions, by = office().definitions, person()
    counted = definitions.inside(by=by)
    inside = None if counted is None else {key: sum(cases.values()) for key, cases in counted.items()}
    return page("definitions", definitions=definitions.list(by=by), inside=inside)


@blueprint.get("/definitions/<key>")
def one(key: str) -> Response:
    """One process: the diagram of one version with its cases, its versions and files."""
    by = person()
    definition = office().definitions.get(key, by=by)
    version = _chosen(definition, request.args.get("version"), definition["versions"][-1]["version"])
    elsewhere = sum(other["cases"] for other in definition["versions"]) - version["cases"]
    counted = office().definitions.inside(by=by)
    return page(
        "definition",
        definition=definition,
        version=version,
        looks=bool(by.roles & LOOKING),
        designs=bool(by.roles & DESIGNING),
        elsewhere=elsewhere,
        inside=None if counted is None else counted.get(key, {}),
        problems=office().definitions.problems(key, version["version"], by=by) if by.roles & LOOKING else (),
    )


@blueprint.get("/definitions/<key>/<int:number>/diagram")
def diagram(key: str, number: int) -> Response:
    """The diagram of one version, for the script that draws it.

    With `against` it is drawn what is different from that version; else, for those who may see it, where running cases
    are, how long tasks took, and what is amiss.
    """
    by = person()
    definitions = office().definitions
    names = [name for name in definitions.version(key, number, by=by)["files"] if name.endswith(".bpmn")]
    files = [
        {
            "key": key,
            "version": number,
            "name": name,
            "xml": text_of(SourceFile(name=name, content=definitions.file(key, number, name, by=by))),
        }
        for name in names
    ]
    drawing: dict[str, Any] = {"definition": key, "files": files, "active": [], "passed": []}
    other = request.args.get("against", "")
    if other.isdigit():
        old, new = sorted((number, int(other)))
        drawing["changes"] = [
            {"process": key, "element": change.element, "change": change.change, "title": t(f"change.{change.change}")}
            for change in definitions.diff(key, old, new, by=by)
        ]
    elif by.roles & LOOKING:
        drawing |= _fares(key, number, by)
    return jsonify(drawing)


@blueprint.get("/definitions/<key>/compare")
def compare(key: str) -> Response:
    """Two versions side by side, and what became of each element."""
    by = person()
    definition = office().definitions.get(key, by=by)
    newest = definition["versions"][-1]["version"]
    new = _chosen(definition, request.args.get("to"), newest)["version"]
    old = _chosen(definition, request.args.get("from"), max(new - 1, 1))["version"]
    changes = office().definitions.diff(key, old, new, by=by)
    return page("compare", definition=definition, old=old, new=new, changes=changes)


@blueprint.get("/definitions/<key>/moves")
def moves(key: str) -> Response:
    """Which running cases can go to a version, and why others cannot."""
    by = person()
    definition = office().definitions.get(key, by=by)
    to = _chosen(definition, request.args.get("to"), definition["versions"][-1]["version"])["version"]
    view = office().definitions.migrate(key, to, by=by, dry_run=True)
    return page("moves", definition=definition, to=to, moves=view)


@blueprint.post("/definitions/<key>/moves")
def move(key: str) -> Response:
    """Move the cases that can go."""
    to = request.form.get("to", "")
    try:
        sent = once(request.form.get("once"), to)
        made = office().definitions.migrate(key, int(to) if to.isdigit() else 0, by=person(), once=sent)
        notices.done(t("moves.done", moved=made["moved"], stay=made["refused"]))
    except YichuangError as error:
        notices.refused(sentence(error))
    return redirect(url_for("pages.definitions.one", key=key, version=to))


@blueprint.post("/definitions/<key>/<int:number>/<any(retire, reactivate):way>")
def retire(key: str, number: int, way: str) -> Response:
    """Let no case begin on a version any more, or again."""
    definitions, reason = office().definitions, request.form.get("reason", "")
    act = definitions.retire if way == "retire" else definitions.reactivate
    try:
        act(key, number, reason, by=person(), once=once(request.form.get("once"), reason))
        notices.done(t(f"definition.done.{way}", version=number))
    except YichuangError as error:
        notices.refused(sentence(error))
    return redirect(url_for("pages.definitions.one", key=key, version=number))


@blueprint.get("/definitions/<key>/<int:number>/files/<name>")
def file(key: str, number: int, name: str) -> Response:
    """One file of a version, to keep: never shown in the browser as a page of ours."""
    content = office().definitions.file(key, number, name, by=person())
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _chosen(definition: Mapping[str, Any], asked: str | None, otherwise: int) -> dict[str, Any]:
    """The version that is asked for.

    :raises NotFound: where there is none of that number.
    """
    number = int(asked) if asked and asked.isdigit() else otherwise
    found: dict[str, Any] | None = next((one for one in definition["versions"] if one["version"] == number), None)
    if found is None:
        raise NotFound
    return found


def _fares(key: str, number: int, by: Person) -> dict[str, Any]:
    """Tokens, heat and problems of a version, as the script draws them."""
    use = office().definitions.in_use(key, number, by=by)
    means = {one["element"]: one["duration"]["mean"] for one in use["elements"] if one["duration"]}
    longest = max(means.values(), default=0.0)
    return {
        "active": [
            {"process": key, "element": one["element"], "count": one["tokens"]}
            for one in use["elements"]
            if one["tokens"]
        ],
        "heat": [
            {
                "process": key,
                "element": element,
                "degree": max(1, round(DEGREES * mean / longest)) if longest else 1,
                "title": times.span(mean, language()),
            }
            for element, mean in means.items()
        ],
        "problems": [
            {"process": key, "element": one.element, "severity": one.severity, "title": one.message}
            for one in office().definitions.problems(key, number, by=by)
            if one.element
        ],
    }
