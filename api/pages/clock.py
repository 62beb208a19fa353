"""A case's clock in words: whether it runs, stands still or has stopped, and how much of the limit is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.look import now
from api.pages.times import parse
from engine.office.views import CaseView, EntryView


@dataclass(frozen=True)
class ClockState:
    """What a case's page says about its limit."""

    #: ``waiting`` before acceptance, ``none`` without a limit, ``running``, ``late``, ``standing``; for what is decided
    #: and goes on, ``decided`` or ``decided_late``; for what has ended, ``kept`` or ``missed``.
    state: str
    #: How much of the time from acceptance to the limit is used, in percent.
    passed: int | None
    #: Why the clock stands still: a ground of art. 45.
    ground: str | None


def clock_of(case: CaseView, entries: Sequence[EntryView]) -> ClockState:
    """The clock of a case, whose history tells why it stands still."""
    grounds = [entry["input"].get("ground") for entry in entries if entry["kind"] == "case.suspended"]
    standing = case["limit"]["suspended"] is not None
    return ClockState(_state(case), _passed(case), grounds[-1] if standing and grounds else None)


def _state(case: CaseView) -> str:
    if case["ended"]:
        return "none" if case["due"] is None else "missed" if case["overdue"] else "kept"
    if case["decided"] and case["accepted"]:
        return "none" if case["due"] is None else "decided_late" if case["overdue"] else "decided"
    if case["accepted"] is None:
        return "waiting"
    if case["limit"]["suspended"]:
        return "standing"
    if case["due"] is None:
        return "none"
    return "late" if case["overdue"] else "running"


def _passed(case: CaseView) -> int | None:
    accepted, due = case["accepted"], case["due"]
    if accepted is None or due is None:
        return None
    begun, ends = parse(accepted, now()), parse(due, now())
    until = case["decided"] or case["ended"] or case["limit"]["suspended"]
    at = parse(until, now()) if until else now()
    whole = (ends - begun).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round((at - begun).total_seconds() / whole * 100)))
