"""What a check of soundness finds, in the designer's terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from engine.definitions.model import Severity

Rule = Literal["deadlock", "lack-of-synchronisation", "dead-element", "no-way-to-end", "endless-loop", "not-decided"]

#: A case that gets stuck is refused; what runs, though likely not as meant, is a warning.
SEVERITIES: Final[dict[Rule, Severity]] = {
    "deadlock": "error",
    "no-way-to-end": "error",
    "endless-loop": "error",
    "lack-of-synchronisation": "warning",
    "dead-element": "warning",
    "not-decided": "note",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which cases of a process can go wrong, whatever people answer."""

    rule: Rule
    severity: Severity
    #: Key of the process.
    process: str
    #: Id of the element at which it shows.
    element: str
    #: Every element concerned: of a loop its elements, of two tokens where they meet.
    elements: tuple[str, ...]
    #: Ids of the elements that tokens pass, in order, until the fault shows. Of parallel ways only what matters.
    path: tuple[str, ...]
    #: What is wrong and how to mend it.
    message: str
