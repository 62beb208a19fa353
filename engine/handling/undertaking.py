"""What an applicant has undertaken to hand in later (容缺受理), as a diagram keeps it in the case's data.

The root variable `undertaking` holds it: ``{materials: ["授权委托书"], until: "2026-03-05", state: "open"}``. The
diagram sets it, watches its day and says what became of it; the office shows it, and tells the diagram by the message
`MESSAGE` that the last of the materials is in the file and verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

#: Name of the variable, and of the message that nobody but the office sends.
VARIABLE = "undertaking"
MESSAGE = "undertaking-kept"

#: What becomes of it: handed in; not handed in, and recorded as that; or the case ended first.
State = Literal["open", "kept", "broken", "lapsed"]
STATES: tuple[State, ...] = get_args(State)
OPEN, KEPT, BROKEN, LAPSED = STATES


@dataclass(frozen=True, kw_only=True)
class Undertaking:
    """One undertaking, in writing, at acceptance."""

    #: Names of the matter's materials that are to follow.
    materials: tuple[str, ...]
    #: The last day on which they may come.
    until: date
    #: One of `STATES`.
    state: str


def undertaking_of(variables: Mapping[str, Any], *, closed: bool) -> Undertaking | None:
    """The undertaking that a case's data tells of; None where there is none, or what is there is no such thing.

    :param closed: whether the case has ended: what was open then is so no more.
    """
    told = variables.get(VARIABLE)
    if not isinstance(told, Mapping):
        return None
    materials, state = told.get("materials"), told.get("state")
    if not isinstance(materials, list) or not all(isinstance(name, str) for name in materials) or state not in STATES:
        return None
    try:
        until = date.fromisoformat(told["until"])
    except (KeyError, TypeError, ValueError):
        return None
    return Undertaking(
        materials=tuple(materials), until=until, state=LAPSED if closed and state == OPEN else str(state)
    )
