"""How a person is read out of the database: one row for each role, or one without any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, not_, select

from engine.office.person import Membership, Person, Role
from engine.storage.tables import membership, person

#: Whoever may work here.
ENABLED = not_(person.c.disabled)
#: The people with their roles.
SEATED = person.outerjoin(membership)


def columns() -> Select[Any]:
    """What is read of a person; whoever asks says from where, and for whom."""
    return select(
        person.c.username,
        person.c.name,
        person.c.disabled,
        person.c.password_hash,
        person.c.failed_logins,
        person.c.locked_until,
        person.c.first_until,
        membership.c.unit,
        membership.c.role,
    ).order_by(person.c.username, membership.c.unit, membership.c.role)


def person_of(rows: Sequence[Any]) -> Person:
    """The person of all the rows of one."""
    return Person(
        username=rows[0].username,
        name=rows[0].name,
        memberships=tuple(Membership(row.unit, Role(row.role)) for row in rows if row.unit is not None),
    )
