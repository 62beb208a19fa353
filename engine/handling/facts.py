"""What expressions of a diagram may read besides the case's variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.handling.case import Case

#: Names that a case's own data cannot take.
RESERVED = frozenset(
    {"case", "matter", "window", "office", "applicant", "issuer", "limit_change", "type", "type_reason"}
)

_NAMES = ("case", "matter", "window", "office")


class Facts(Mapping[str, Any]):
    """`case`, `matter`, `window` and `office`, read from the case as it is at that moment.

    A view rather than a copy: a milestone that is passed within a step moves the case's limit, and what
    comes after it in the same step must see that.
    """

    def __init__(self, case: Case, zone: ZoneInfo) -> None:
        self._case = case
        self._zone = zone
        # What was told last of the case, with all of it that a step can move.
        self._told: tuple[tuple[Any, ...], dict[str, Any]] | None = None

    def __getitem__(self, name: str) -> Any:
        case = self._case
        match name:
            case "case":
                moving = (case.type, case.status, case.agent, case.accepted_at, case.due, case.due_provisional)
                if self._told is None or self._told[0] != moving:
                    self._told = (moving, self._tell())
                return self._told[1]
            case "matter":
                return case.matter
            case "window":
                return {"code": case.window, "unit": case.unit}
            case "office":
                return {"zone": self._zone.key}
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in _NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)

    def _tell(self) -> dict[str, Any]:
        case = self._case
        return {
            "number": case.number,
            "type": case.type,
            "status": case.status,
            "channel": case.channel,
            "agent": case.agent,
            "received": self._local(case.received_at),
            "accepted": self._local(case.accepted_at),
            "due": self._local(case.due),
            "due_provisional": case.due_provisional,
        }

    def _local(self, at: datetime | None) -> datetime | None:
        return at.astimezone(self._zone) if at else None
