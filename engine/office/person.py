"""Who acts: a person with a role in each of the units that they belong to."""

from __future__ import annotations

from dataclasses import dataclass

from engine.roles import Role as Role

#: In the place of a unit's code: all units, for what the program itself does.
EVERYWHERE = ""


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

    @property
    def roles(self) -> frozenset[Role]:
        """Every role that the person has in any unit."""
        return frozenset(m.role for m in self.memberships)

    def units(self, *roles: Role) -> frozenset[str]:
        """Codes of the units in which the person has one of `roles` (any role where none is named)."""
        return frozenset(m.unit for m in self.memberships if not roles or m.role in roles)
