"""Substitution: while somebody is away, a colleague does their tasks in their stead, between two dates.

It widens nobody's rights. It only says that a task which a colleague has does not bar who stands in for them: the
substitute must belong to those that the task is for. Nothing is swept and nothing moves: whom somebody stands in for is
asked when it matters, so a substitution begins and ends by its dates alone. Who acted and for whom both stand in the
case's history.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypedDict, cast

from sqlalchemy import Connection, Row, and_, insert, or_, select, text, update

from engine.errors import FieldError, Forbidden, Invalid, NotFound, TaskClaimedByAnother
from engine.forms.messages import both
from engine.handling import OpenWork
from engine.history.kinds import ActKind
from engine.office.context import Answer, Context
from engine.office.ledger import SHELL
from engine.office.office_calendar import day_of
from engine.office.once import Once
from engine.office.person import Membership, Person, Role
from engine.office.rights import Unseen, none_to_see
from engine.storage import tables
from engine.storage.tables import substitution

#: Days that somebody may be away at a time.
LONGEST = 366

_SHELL = Person(username=SHELL, name="", memberships=(Membership("", Role.ADMIN),))
_COLUMN = substitution.c
_HANDLES = (Role.CLERK, Role.LEADER)


class SubstitutionView(TypedDict):
    """Who stands in for whom, and on which days."""

    id: str
    username: str
    substitute: str
    #: First and last day, in the office's zone.
    since: str
    until: str
    #: Whether it is in force now.
    active: bool
    #: When it was ended before its time; null where it was not.
    ended: str | None


class Substitutions:
    """Who stands in for whom in one office. Who is not named is the machine's own shell."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, *, by: Person | None = None) -> Sequence[SubstitutionView]:
        """The substitutions that are not over: a person's own, those of others whom they stand in for; all for who
        sees everything. The latest to begin comes last.
        """
        who = by or _SHELL
        query = select(substitution)
        if not self._context.rights(who).sees_everything:
            query = query.where(or_(_COLUMN.username == who.username, _COLUMN.substitute == who.username))
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            query = query.where(_COLUMN.ends_at > now, _COLUMN.ended_at.is_(None))
            rows = connection.execute(query.order_by(_COLUMN.begins_at, _COLUMN.id)).all()
        return [self._view(row, now) for row in rows]

    def name(
        self,
        substitute: str,
        since: str,
        until: str,
        *,
        username: str | None = None,
        by: Person | None = None,
        once: Once | None = None,
    ) -> SubstitutionView:
        """Let a colleague stand in for a person, from the first day to the end of the last.

        :param since: ISO 8601 date; `until` likewise.
        :param username: who is away; `by` where it is left out.
        :raises Forbidden: for all but the person and administrators.
        :raises Invalid: where the days make no sense, the two share no role in a unit, somebody stands in for the
            person already on one of the days, or substitutes would stand in for each other in a circle.
        """
        who = by or _SHELL
        away = username or who.username
        if away != who.username and Role.ADMIN not in who.roles:
            raise Forbidden("Only who is away, or an administrator, names a substitute.")

        def work(connection: Connection) -> Answer:
            now = self._context.now(connection)
            begins, ends = self._days(since, until, now)
            _hold(connection)
            _require_sharing(connection, away, substitute)
            meanwhile = connection.execute(
                select(substitution).where(
                    _COLUMN.begins_at < ends, _COLUMN.ends_at > begins, _COLUMN.ended_at.is_(None)
                )
            ).all()
            if any(row.username == away for row in meanwhile):
                told = "这段时间里已有人代办", "somebody stands in on one of these days already: end that first"
                raise _invalid("/since", *told)
            if circle := _circle(away, substitute, begins, ends, meanwhile):
                named = " → ".join(circle)
                raise _invalid(
                    "/substitute", f"代办关系成环：{named}", f"they would stand in for each other in a circle: {named}"
                )
            row = {
                "id": secrets.token_hex(8),
                "username": away,
                "substitute": substitute,
                "begins_at": begins,
                "ends_at": ends,
                "ended_at": None,
            }
            connection.execute(insert(substitution).values(row))
            said = {"id": row["id"], "username": away, "substitute": substitute}
            said |= {"since": since, "until": until}
            self._context.ledger.act(connection, ActKind.SUBSTITUTE_NAMED, by, said)
            stored = connection.execute(select(substitution).where(_COLUMN.id == row["id"])).one()
            return cast(Answer, self._view(stored, now))

        return cast(SubstitutionView, self._context.remembering(who, once, work))

    def end(self, id: str, *, by: Person | None = None, once: Once | None = None) -> SubstitutionView:
        """End a substitution before its time; once more changes nothing.

        :raises NotFound: where there is none that the person may know of.
        :raises Forbidden: for all but who was away and administrators.
        """
        who = by or _SHELL

        def found(connection: Connection) -> Row[Any]:
            row = connection.execute(select(substitution).where(_COLUMN.id == id)).first()
            may_end = row is not None and (row.username == who.username or Role.ADMIN in who.roles)
            sees = self._context.rights(who).sees_everything
            if row is None or not (may_end or sees or row.substitute == who.username):
                raise none_to_see(f"substitution {id}", NotFound if row is None else Unseen)
            if not may_end:
                raise Forbidden("Only who is away, or an administrator, ends a substitution.")
            return row

        def work(connection: Connection) -> Answer:
            row = found(connection)
            now = self._context.now(connection)
            if row.ended_at is None and row.ends_at > now:
                connection.execute(update(substitution).where(_COLUMN.id == id).values(ended_at=now))
                about = {"id": id, "username": row.username, "substitute": row.substitute}
                self._context.ledger.act(connection, ActKind.SUBSTITUTION_ENDED, by, about)
                row = connection.execute(select(substitution).where(_COLUMN.id == id)).one()
            return cast(Answer, self._view(row, now))

        with self._context.database.read() as connection:
            found(connection)
        return cast(SubstitutionView, self._context.remembering(who, once, work))

    def _days(self, since: str, until: str, now: datetime) -> tuple[datetime, datetime]:
        """When the first day begins, and the last one ends."""
        first, last = day_of(since, "/since"), day_of(until, "/until")
        today = self._context.calendar.today(now)
        if last < first:
            raise _invalid("/until", "最后一天早于第一天", "the last day is before the first")
        if last < today:
            raise _invalid("/until", "最后一天已经过去", "the last day is over")
        if (last - first).days >= LONGEST:
            raise _invalid("/until", f"一次最多 {LONGEST} 天", f"at most {LONGEST} days at a time")
        if (first - today).days > LONGEST:
            raise _invalid("/since", f"最多提前 {LONGEST} 天", f"at most {LONGEST} days ahead")
        return self._midnight(first), self._midnight(last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._context.calendar.zone)

    def _view(self, row: Any, now: datetime) -> SubstitutionView:
        zone = self._context.calendar.zone
        return {
            "id": row.id,
            "username": row.username,
            "substitute": row.substitute,
            "since": row.begins_at.astimezone(zone).date().isoformat(),
            "until": (row.ends_at.astimezone(zone).date() - timedelta(days=1)).isoformat(),
            "active": row.begins_at <= now < row.ends_at and row.ended_at is None,
            "ended": self._context.local(row.ended_at),
        }


def stood_in_for(connection: Connection, username: str, now: datetime) -> frozenset[str]:
    """Whom somebody stands in for at an instant: also those whose substitute is away too."""
    found: set[str] = set()
    asked = {username}
    while asked:
        rows = connection.scalars(
            select(_COLUMN.username).where(
                _COLUMN.substitute.in_(sorted(asked)),
                and_(_COLUMN.begins_at <= now, _COLUMN.ends_at > now, _COLUMN.ended_at.is_(None)),
            )
        )
        asked = set(rows) - found - {username}
        found |= asked
    return frozenset(found)


def require_hold(context: Context, work: OpenWork, by: Person, now: datetime) -> dict[str, str]:
    """Refuse where a colleague has a task for whom the person does not stand in.

    :returns: what the entry says besides: for whom the person acts, where it is for somebody else.
    :raises TaskClaimedByAnother: then.
    """
    holder = work.assignee
    if holder in (None, by.username):
        return {}
    # As one of the group: being a substitute gives nobody what they could not do themselves.
    if context.rights(by).may_take(work.unit, work.role, None):
        with context.database.glance() as connection:
            if holder in stood_in_for(connection, by.username, now):
                return {"on_behalf_of": holder}
    raise TaskClaimedByAnother(f"{holder} has claimed this task.")


def _hold(connection: Connection) -> None:
    """Let nobody else name a substitute until this transaction ends: two at once could make a circle."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("lock table substitution in share row exclusive mode"))


def _require_sharing(connection: Connection, away: str, substitute: str) -> None:
    person, member = tables.person.c, tables.membership.c
    if away == substitute:
        raise _invalid("/substitute", "不能由本人代办", "nobody stands in for themselves")
    query = (
        select(member.username, member.unit, member.role)
        .join(tables.person, person.username == member.username)
        .where(member.username.in_([away, substitute]), ~person.disabled, member.role.in_(_HANDLES))
    )
    seats: dict[str, set[tuple[str, str]]] = {away: set(), substitute: set()}
    for row in connection.execute(query):
        seats[row.username].add((row.unit, row.role))
    for username, pointer in ((away, "/username"), (substitute, "/substitute")):
        if not seats[username]:
            raise _invalid(pointer, f"{username} 不办件", f"{username} handles no cases")
    if not seats[away] & seats[substitute]:
        raise _invalid(
            "/substitute",
            f"{substitute} 与 {away} 没有相同单位的相同岗位",
            f"{substitute} shares no role in a unit with {away}",
        )


def _circle(away: str, substitute: str, begins: datetime, ends: datetime, meanwhile: Sequence[Any]) -> list[str]:
    """The people of a circle that a substitution would close at some instant; empty where there is none."""
    # At one instant each has one substitute at most, so a way is followed as long as its days have one in common.
    ways = [([away, substitute], begins, ends)]
    while ways:
        way, first, last = ways.pop()
        for row in meanwhile:
            common = max(first, row.begins_at), min(last, row.ends_at)
            if row.username != way[-1] or common[0] >= common[1]:
                continue
            if row.substitute == away:
                return [*way, away]
            if row.substitute not in way:
                ways.append(([*way, row.substitute], *common))
    return []


def _invalid(pointer: str, chinese: str, english: str) -> Invalid:
    return Invalid(errors=[FieldError(pointer, both(chinese, english))])
