"""Who read what, and what was refused to whom: an entry a request, in the chain of the day and the process.

Nothing personal goes in, since an entry stays for good: what somebody searched for is kept as a keyed hash, which
answers whether it was a given name, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.history.kinds import ActKind
from engine.office.ledger import NOBODY
from engine.office.person import Person

if TYPE_CHECKING:
    from engine.office.context import Context

#: Parameters of requests whose values are words of the program, codes, numbers or times; others may be personal.
# fmt: off
_PLAIN = frozenset((
    "actor", "assignee", "at", "case", "chain", "checkpoint", "cursor", "due_before", "element", "first", "format",
    "from", "group", "id", "identities", "kept", "key", "kind", "limit", "matter", "n", "name", "number", "overdue",
    "second", "since", "sort", "status", "to", "type", "unit", "until", "window", "year",
))
# fmt: on

#: A value is kept up to this length.
_LONGEST = 64


class Watch:
    """What the readings and refusals of one office are told to."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def concerns(self, by: Person) -> bool:
        """Whether what somebody reads is recorded: of those who see more than their own work."""
        return self._context.rights(by).sees_everything

    def read(self, by: Person, request: str, given: Mapping[str, str]) -> None:
        """Somebody has read something; recorded of those whom it `concerns`.

        :param request: what was asked for, such as ``GET /cases/<number>``.
        :param given: the request's parameters.
        :raises Unavailable: where it cannot be recorded; what was read is not to be handed out then.
        """
        if self.concerns(by):
            self._record(ActKind.READ, by.username, {"request": request, **self._told(given)})

    def refused(self, by: Person, request: str, given: Mapping[str, str], problem: str) -> None:
        """Something that is there was refused to somebody.

        :param problem: name of the problem.
        """
        self._record(ActKind.REFUSED, by.username, {"request": request, "problem": problem, **self._told(given)})

    def wrong_code(self, number: str | None) -> None:
        """Somebody tried to follow a case with a tracking code that is not its own.

        :param number: of the case; null where there is none of the number that was given.
        """
        self._record(ActKind.LOGIN_FAILED, NOBODY, {"case": number})

    def _record(self, kind: ActKind, actor: str, about: dict[str, Any]) -> None:
        with self._context.database.write() as connection:
            self._context.ledger.access(connection, kind, actor, about)

    def _told(self, given: Mapping[str, str]) -> dict[str, Any]:
        plain = {name: value[:_LONGEST] for name, value in given.items() if name in _PLAIN}
        hash = self._context.keyring.hash
        hidden = {name: hash("asked", value) for name, value in given.items() if name not in _PLAIN}
        return {**({"given": plain} if plain else {}), **({"hashed": hidden} if hidden else {})}
