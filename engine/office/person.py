"""Who acts: a person with a role in each of the units that they belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from engine.roles import Role as Role

#: In the place of a unit's code: all units, for what the program itself does.
EVERYWHERE = ""

#: What a user name is.
USERNAME = re.compile(r"[a-z0-9._-]{1,64}")


class Scope(StrEnum):
    """What a token may be used for: a part of what its person may do, never more."""

    #: Whatever only reads.
    READ = "read"
    #: Cases, tasks, materials, messages, substitutes.
    WORK = "work"
    #: Work outside: fetching, completing and failing jobs.
    JOBS = "jobs"
    #: Deploying definitions, retiring their versions, moving cases between them.
    DEPLOY = "deploy"
    #: The calendar, checkpoints.
    ADMIN = "admin"


@dataclass(frozen=True)
class Membership:
    """One role in one unit."""

    unit: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who works in the office."""

    username: str
    name: str
    memberships: tuple[Membership, ...] = ()
    #: What the token that the person came with is for; None where it is for all that the person may do.
    scopes: frozenset[Scope] | None = None

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Every role that the person has in any unit."""
        return frozenset(m.role for m in self.memberships)

    def units(self, *roles: Role) -> frozenset[str]:
        """Codes of the units in which the person has one of `roles` (any role where none is named)."""
        known = self._units.get(roles)
        if known is None:
            known = frozenset(m.unit for m in self.memberships if not roles or m.role in roles)
            self._units[roles] = known
        return known

    @cached_property
    def _units(self) -> dict[tuple[Role, ...], frozenset[str]]:
        """What `units` answered: the rules ask the same several times a request."""
        return {}
