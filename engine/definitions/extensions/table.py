"""What becomes of each extension that modelers write: rows of one table a modeler, for the checks and the docs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from engine.definitions.support import words
from engine.definitions.vocabulary import ACTIVITIES, CATCHING, PERSON_TASKS, THROWING, names

#: What is done by workers outside.
SERVICES: Final = names("serviceTask sendTask businessRuleTask scriptTask")
#: What input mappings, and output mappings, are executed on.
TAKES: Final = ACTIVITIES | THROWING
GIVES: Final = ACTIVITIES | CATCHING
#: What a person is shown a form at.
FORMS: Final = PERSON_TASKS | {"startEvent"}
CALLS: Final = frozenset({"callActivity"})
RULES: Final = frozenset({"businessRuleTask"})
MULTI: Final = frozenset({"multiInstanceLoopCharacteristics"})

TEMPLATES: Final = "templates are for the modeler"
VERSIONS: Final = "versions are numbered at deployment"
SET_VERSION: Final = "what was deployed with the process is used"
CALL_VERSION: Final = "a case keeps to the versions that were the current ones when it began"
USERS: Final = "name an assignee, or a group that they belong to"
LISTENERS: Final = "listeners are not executed: draw what they do as tasks"
CONDITIONS: Final = "a condition is asked whenever something of the case changes"
TIMER: Final = "use a timer boundary event"


@dataclass(frozen=True, kw_only=True)
class Extension:
    """One row: an attribute or element of a modeler's own."""

    #: Its name; of what stands inside another one, behind that one's name: ``taskSchedule/followUpDate``.
    key: str
    status: Literal["mapped", "ignored", "refused"]
    #: Mapped: what it becomes. Else: what that means, or what to use instead.
    says: str
    #: BPMN elements on which that holds; everywhere if empty.
    on: frozenset[str] = frozenset()
    #: Names of all that is read with an element and stands in it, at whatever depth.
    parts: frozenset[str] = frozenset()
    #: Ignored, and the diagram does less than it says.
    lost: bool = False
    #: Code, for which FEEL may be known.
    code: bool = False

    @property
    def where(self) -> str:
        """The elements of `on`, in words."""
        groups = {TAKES: "activities and throwing events", GIVES: "activities and catching events"}
        return groups.get(self.on) or ", ".join(sorted(words(name) for name in self.on))

    def holds_on(self, kind: str) -> bool:
        """Whether it means something on BPMN elements of that name."""
        return not self.on or kind in self.on


@dataclass(frozen=True, kw_only=True)
class Table:
    """All that one modeler writes."""

    modeler: str
    #: Namespace → its usual prefix.
    prefixes: Mapping[str, str]
    rows: tuple[Extension, ...]
    by_key: Mapping[str, Extension] = field(init=False)

    def __post_init__(self) -> None:
        """Index the rows."""
        object.__setattr__(self, "by_key", MappingProxyType({row.key: row for row in self.rows}))

    def maps(self, key: str, kind: str) -> bool:
        """Whether something is made of an extension on BPMN elements of that name."""
        row = self.by_key.get(key)
        return row is not None and row.status == "mapped" and row.holds_on(kind)


def mapped(key: str, says: str, on: frozenset[str] = frozenset(), parts: str = "") -> Extension:
    """A row of what becomes something here."""
    return Extension(key=key, status="mapped", says=says, on=on, parts=names(parts))


def ignored(keys: str, says: str) -> Iterator[Extension]:
    """Rows of what is ignored and does no harm."""
    return (Extension(key=key, status="ignored", says=says) for key in keys.split())


def lost(keys: str, says: str) -> Iterator[Extension]:
    """Rows of what is ignored, so that the diagram does less than it says."""
    return (Extension(key=key, status="ignored", says=says, lost=True) for key in keys.split())


def refused(keys: str, says: str, on: frozenset[str] = frozenset(), *, code: bool = False) -> Iterator[Extension]:
    """Rows of what keeps a set from being deployed."""
    return (Extension(key=key, status="refused", says=says, on=on, code=code) for key in keys.split())
