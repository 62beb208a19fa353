"""What notices may name beside what every expression reads: the applicant, and by name who gives the notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from engine.handling.case import Case


class Issuer(TypedDict):
    """Who gives a notice, as its reader knows them."""

    unit: str
    window: str
    address: str
    #: The person who carries the case.
    agent: str


def by_codes(case: Case) -> Issuer:
    """The issuer where nobody knows more than the codes."""
    return {"unit": case.unit, "window": case.window, "address": "", "agent": case.agent}


class RecordedIssuer:
    """The issuer, with a memory: a replay is given the old names, whatever they have become since."""

    def __init__(self, ask: Callable[[Case], Issuer] = by_codes, answer: Mapping[str, Any] | None = None) -> None:
        self._ask = ask
        #: What was answered; empty where nobody has asked.
        self.answer: dict[str, Any] = dict(answer or {})

    def names(self, case: Case) -> dict[str, Any]:
        """The names for a notice of a case, all of the applicant's still sealed."""
        if not self.answer:
            self.answer = dict(self._ask(case))
        return {"applicant": case.applicant, "issuer": self.answer}
