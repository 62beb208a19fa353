"""What was handed in for a case: shown against the matter's list, checked, taken back.

Files are sent and saved by the calls of the API itself, with the pages' session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.commands import once
from api.pages.errors import sentence
from api.pages.look import t, words
from api.pages.session import office, person
from engine.errors import Forbidden, NotFound, YichuangError
from engine.office.case_materials import GRADES, SOURCES
from engine.office.person import Person
from engine.office.views import CaseView, MaterialView

blueprint = Blueprint("materials", __name__)


@dataclass(frozen=True)
class Asked:
    """One material of the matter's list, with what was handed in for it."""

    #: None for what the list does not ask for.
    listed: Any
    #: In force, the oldest first.
    present: Sequence[MaterialView]
    #: Taken back or replaced.
    past: Sequence[MaterialView]


@dataclass(frozen=True)
class File:
    """A case's file, as its page shows it."""

    case: str
    asked: Sequence[Asked]
    #: Indispensable materials of which nothing is in force.
    lacking: int
    present: int
    may_change: bool
    types: str
    most: int
    grades: Sequence[str] = GRADES
    sources: Sequence[str] = SOURCES

    @staticmethod
    def problems() -> dict[str, str]:
        """What the script says where a file is refused for what is not the file's fault."""
        return {
            name: t("problem.sentence", title=words("problem.title", name), way=words("problem.way", name))
            for name in ("case-closed", "forbidden", "not-found", "unauthorised", "unavailable", "conflict", "internal")
        }


def file_of(case: CaseView, matter: Any, by: Person, *, carries: bool) -> File:
    """What was handed in for a case, by the matter's list; what it does not ask for comes last."""
    handed = office().materials.list(case["number"], by=by)
    names = {listed["name"] for listed in matter["materials"]}
    asked = [
        Asked(listed, *_split([one for one in handed if one["material"] == listed["name"]]))
        for listed in matter["materials"]
    ]
    if others := [one for one in handed if one["material"] not in names]:
        asked.append(Asked(None, *_split(others)))
    return File(
        case=case["number"],
        asked=asked,
        lacking=sum(1 for one in asked if one.listed and one.listed["required"] and not one.present),
        present=sum(len(one.present) for one in asked),
        may_change=carries and case["ended"] is None,
        types=",".join(f".{ending}" for ending in office().materials.types),
        most=int(current_app.config["MAX_CONTENT_LENGTH"]),
    )


@blueprint.post("/cases/<number>/materials/<identity>/<any(verify, withdraw):action>")
def act(number: str, identity: str, action: str) -> Response:
    """Says how far a file is trusted after a check, or takes it back."""
    by, form, materials = person(), request.form, office().materials
    reason, grade = form.get("reason", "").strip(), form.get("grade", "")
    key = once(form.get("once"), [reason, grade])
    try:
        if action == "verify":
            materials.verify(number, identity, grade, reason=reason or t("materials.against_original"), by=by, once=key)
            notices.done(t("materials.verified", grade=grade))
        else:
            materials.withdraw(number, identity, reason, by=by, once=key)
            notices.done(t("materials.withdrawn"))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        notices.refused(sentence(error))
    return redirect(_back(number, form.get("back", "")))


def _split(handed: Sequence[MaterialView]) -> tuple[list[MaterialView], list[MaterialView]]:
    return (
        [one for one in handed if one["status"] == "present"],
        [one for one in handed if one["status"] != "present"],
    )


def _back(number: str, task: str) -> str:
    """The page that the file was handed in on: a task's, or the case's."""
    place = url_for("pages.task.show", identity=task) if task else url_for("pages.case.show", number=number)
    return f"{place}#materials"
