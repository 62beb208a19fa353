"""What was handed in for a case, shown against the matter's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app

from api.pages.data import RECEIVED
from api.pages.look import t, words
from api.pages.session import office
from engine.office.case_materials import GRADES, SOURCES
from engine.office.person import Person
from engine.office.views import CaseView, MaterialView


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
    #: Indispensable materials of which nothing is in force, and which nobody ticked as received.
    lacking: int
    #: Those that were received, but of which there is no file yet.
    unfiled: int
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
    received = case["data"].get(RECEIVED)
    ticked = set(received) if isinstance(received, list) and all(isinstance(one, str) for one in received) else set()
    missing = {one.listed["name"] for one in asked if one.listed and one.listed["required"] and not one.present}
    if case["ended"] is not None:
        # Nobody can hand anything in any more.
        missing = set()
    return File(
        case=case["number"],
        asked=asked,
        lacking=len(missing - ticked),
        unfiled=len(missing & ticked),
        present=sum(len(one.present) for one in asked),
        may_change=carries and case["ended"] is None,
        types=",".join(f".{ending}" for ending in office().materials.types),
        most=int(current_app.config["MAX_CONTENT_LENGTH"]),
    )


def _split(handed: Sequence[MaterialView]) -> tuple[list[MaterialView], list[MaterialView]]:
    return (
        [one for one in handed if one["status"] == "present"],
        [one for one in handed if one["status"] != "present"],
    )
