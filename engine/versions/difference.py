"""What is different between two versions of a process, element by element."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from engine.definitions.model import Process
from engine.versions.facts import Facts, facts_of

What = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One value of an element that is another now."""

    #: Such as ``name``, ``conditionExpression`` or ``extensionElements/zeebe:taskDefinition@type``.
    name: str
    #: None where it was not there, or is there no more.
    old: Any = None
    new: Any = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of one element."""

    #: Id of the element, form or decision.
    element: str
    #: Local BPMN name, or ``form``, ``decision``.
    kind: str
    #: As the newer version names it.
    name: str
    #: ``moved``: only in the drawing.
    change: What
    values: tuple[Changed, ...] = ()
    #: Whether it is drawn elsewhere, too.
    moved: bool = False

    def to_json(self) -> dict[str, Any]:
        """For a program that reads it."""
        return {
            "element": self.element,
            "kind": self.kind,
            "name": self.name,
            "change": self.change,
            "moved": self.moved,
            "values": [{"name": one.name, "old": one.old, "new": one.new} for one in self.values],
        }


def diff(old: Process, new: Process) -> list[Change]:
    """The changes from one version to another: those of the newer in the order of its files, then what is gone."""
    before, after = facts_of(old), facts_of(new)
    found = []
    for key, facts in after.items():
        known = before.get(key)
        if known is None or known.kind != facts.kind:
            if known is not None:
                found.append(_change(known, "removed"))
            found.append(_change(facts, "added"))
            continue
        values = tuple(_values(known, facts))
        moved = known.drawn != facts.drawn
        if values:
            found.append(_change(facts, "changed", values, moved))
        elif moved:
            found.append(_change(facts, "moved", moved=True))
    found += [_change(facts, "removed") for key, facts in before.items() if key not in after]
    return found


def text(changes: Iterable[Change]) -> str:
    """Changes for a terminal, one element a paragraph."""
    lines = []
    for change in changes:
        name = f" “{change.name}”" if change.name else ""
        lines.append(f"{change.change} {change.kind} {change.element}{name}")
        lines += [f"    {one.name}: {_shown(one.old)} → {_shown(one.new)}" for one in change.values]
    return "\n".join(lines) + "\n" if lines else "No difference.\n"


def _change(facts: Facts, what: What, values: tuple[Changed, ...] = (), moved: bool = False) -> Change:
    return Change(element=facts.id, kind=facts.kind, name=facts.name, change=what, values=values, moved=moved)


def _values(old: Facts, new: Facts) -> Iterable[Changed]:
    for name in dict.fromkeys((*new.values, *old.values)):
        before, after = old.values.get(name), new.values.get(name)
        if before != after:
            yield Changed(name=name, old=before, new=after)


def _shown(value: Any) -> str:
    if value is None:
        return "—"
    line = " ".join(str(value).split())
    return line if len(line) <= 120 else f"{line[:119]}…"
