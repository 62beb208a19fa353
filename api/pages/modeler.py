"""The modeler: the files of a version opened, checked as one works on them, tried by scenarios, and deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, jsonify, url_for
from werkzeug.wrappers import Response

from api.pages import notices, times
from api.pages.commands import body, once
from api.pages.data import lines
from api.pages.look import now, page, t, words
from api.pages.session import office, person
from engine.definitions import text_of
from engine.definitions.model import Problem, SourceFile
from engine.errors import FieldError, Forbidden, Invalid, NotFound, YichuangError
from engine.execution import DefinitionError
from engine.office.definitions import DefinitionInvalid
from engine.office.person import Person, Role
from engine.office.views import TrialView
from engine.trial import ScenarioError

blueprint = Blueprint("modeler", __name__)

#: Who changes what cases run on.
DESIGNING = {Role.DESIGNER, Role.ADMIN}

#: What a file holds that is made anew, by its ending; the id is put in the place of ``NEW``.
NEW_FILES = {
    ".form": '{"type": "default", "id": "NEW", "components": []}',
    ".dmn": '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="NEW_definitions" name="NEW" '
    'namespace="http://yichuang/decisions"><decision id="NEW" name="NEW"><decisionTable id="NEW_table">'
    '<input id="NEW_input"><inputExpression id="NEW_expression"><text></text></inputExpression></input>'
    '<output id="NEW_output" name="result"/></decisionTable></decision></definitions>',
    ".notice": "# NEW\n\n{applicant.name}：\n\n> {issuer.unit}\n> {today()}\n",
}


@blueprint.get("/definitions/<key>/<int:number>/model")
def show(key: str, number: int) -> Response:
    """The page on which the files of a version are worked on."""
    by = _designer()
    version = office().definitions.version(key, number, by=by)
    name = office().definitions.get(key, by=by)["name"]
    return page("model", key=key, name=name, version=version, new=NEW_FILES)


@blueprint.get("/definitions/<key>/<int:number>/model/files")
def files(key: str, number: int) -> Response:
    """The texts of a version's files, the process itself first."""
    by = _designer()
    version = office().definitions.version(key, number, by=by)
    sources = sorted(_sources(key, number, _Changes({}, {}), by), key=lambda source: source.name != version["file"])
    return jsonify(files=[{"name": source.name, "text": text_of(source)} for source in sources])


@blueprint.post("/definitions/<key>/<int:number>/model")
def model(key: str, number: int) -> Response:
    """Check what was changed, together with the version's other files, or deploy it all."""
    by, sent = _designer(), body()
    changes, dry_run = _changes(sent), sent.get("dry_run") is not False
    sources = _sources(key, number, changes, by)
    try:
        made = office().definitions.deploy(
            sources, by=by, dry_run=dry_run, once=None if dry_run else once(sent.get("once"), asdict(changes))
        )
    except DefinitionInvalid as error:
        return _amiss(error.problems)
    problems = [_told(problem) for problem in made["warnings"]]
    if dry_run:
        return jsonify(problems=problems, sentence=t("model.sound"))
    deployed = next((one["version"] for one in made["definitions"] if one["key"] == key), number)
    notices.done(t("model.deployed", version=deployed) if made["created"] else t("model.same"))
    return jsonify(problems=problems, location=url_for("pages.definitions.one", key=key, version=deployed))


@blueprint.post("/definitions/<key>/<int:number>/model/trial")
def trial(key: str, number: int) -> Response:
    """Play a scenario on what is drawn."""
    by, sent = _designer(), body()
    scenario = sent.get("scenario")
    if not isinstance(scenario, str):
        raise Invalid(errors=[FieldError("/scenario", "Send the scenario as text.")])
    try:
        view = office().definitions.rehearse(_sources(key, number, _changes(sent), by), scenario, by=by)
    except DefinitionInvalid as error:
        return _amiss(error.problems)
    except (ScenarioError, NotFound, DefinitionError) as error:
        return _cannot(error)
    return jsonify(
        frames=list(_frames(view)),
        checks=view["checks"],
        sentence=_sentence(view),
        covered=[t("trial.covered", **one) for one in view["coverage"]],
        open=[{**one, "said": _opening(one)} for one in view["open"]],
        drawing={"definition": view["process"], "files": view["diagrams"], "active": [], "passed": []},
    )


def _designer() -> Person:
    by = person()
    if not by.roles & DESIGNING:
        raise Forbidden("Only designers and administrators deploy definitions.")
    return by


@dataclass(frozen=True)
class _Changes:
    """What makes a set another than the version that it began with."""

    #: Name in the version, or of a new file → its text; None where the file is taken out.
    texts: Mapping[str, str | None]
    #: Name in the version → another name.
    names: Mapping[str, str]


def _changes(sent: Mapping[str, Any]) -> _Changes:
    texts, renamed = sent.get("files"), sent.get("names", {})
    if not isinstance(texts, dict) or not all(text is None or isinstance(text, str) for text in texts.values()):
        raise Invalid(errors=[FieldError("/files", "Send the changed files as texts by name, null for one taken out.")])
    if not isinstance(renamed, dict) or not all(isinstance(name, str) for name in renamed.values()):
        raise Invalid(errors=[FieldError("/names", "Send the new names of files by their old ones.")])
    return _Changes(texts, renamed)


def _sources(key: str, number: int, changes: _Changes, by: Person) -> list[SourceFile]:
    """The files of a version; what was changed in its place, the others byte for byte as they were deployed."""
    definitions = office().definitions
    names = definitions.version(key, number, by=by)["files"]
    contents = {name: definitions.file(key, number, name, by=by) for name in names if name not in changes.texts}
    contents |= {name: text.encode() for name, text in changes.texts.items() if text is not None}
    sources = [SourceFile(name=changes.names.get(name, name), content=contents[name]) for name in contents]
    return sorted(sources, key=lambda source: source.name)


def _amiss(problems: tuple[Problem, ...]) -> Response:
    errors = sum(problem.severity == "error" for problem in problems)
    answer = jsonify(problems=[_told(asdict(problem)) for problem in problems], sentence=t("model.amiss", n=errors))
    answer.status_code = 422
    return answer


def _told(problem: dict[str, Any]) -> dict[str, Any]:
    return {**problem, "title": words("severity", problem["severity"])}


def _cannot(error: YichuangError) -> Response:
    answer = jsonify(problems=[], sentence=t("trial.cannot", why=error.detail))
    answer.status_code = 422
    return answer


def _frames(view: TrialView) -> Iterator[dict[str, Any]]:
    """What the script plays, as for the course of a case: a frame a step."""
    for seq, station in enumerate(view["stations"], 1):
        given = station["input"]
        yield {
            "seq": seq,
            "at": times.full(station["at"], now()),
            "who": "",
            "what": words("history", station["kind"].replace(".", "_")).format(
                name=station["name"] or station["element"],
                message=words("message", str(given.get("name", ""))),
                days=given.get("days", ""),
            ),
            "why": str(given.get("reason", "")),
            "tokens": [{"process": process, "element": element} for process, element in station["tokens"]],
            "passed": [{"process": process, "element": element} for process, element in station["passed"]],
            "changes": [
                {"label": change["field"][1:].replace("/", " / "), "before": before, "after": after}
                for change in station["changes"]
                if (before := _shown(change.get("before"))) != (after := _shown(change.get("after")))
            ],
        }


def _shown(value: Any) -> str:
    shown = lines({"": value}, {})
    return shown[0].value if shown else ""


def _sentence(view: TrialView) -> str:
    missed = sum(not check["met"] for check in view["checks"])
    status = words("status", view["status"])
    if not view["checks"]:
        return t("trial.came_to", status=status)
    told = "trial.missed" if missed else "trial.met"
    return t(told, n=missed or len(view["checks"]), status=status)


def _opening(one: Mapping[str, Any]) -> str:
    """What can be done, in words."""
    step = one["step"]
    match one["kind"]:
        case "message":
            return t("trial.message", name=words("message", one["name"]))
        case "timer":
            return t("trial.timer", name=one["name"], due=times.full(step["until"], now()))
        case kind:
            return t(f"trial.{kind}", name=one["name"] or step["complete"], groups="、".join(one.get("groups", ())))
