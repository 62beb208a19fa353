"""Which calendar is in force in the office: the published days with the office's own, numbered at each change.

Every change of the calendar makes a new *edition*. All processes of an office count by the same one: a step
that asked the calendar is committed only under the edition that it asked, else it starts again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, time
from time import monotonic
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update

from engine.calendar import Calendar, published
from engine.history.kinds import ActKind
from engine.office.archive import Collision
from engine.office.ledger import OFFICE, append
from engine.storage import tables
from engine.storage.prepared import Prepared
from engine.storage.upsert import insert_or_update

log = logging.getLogger("yichuang.calendar")

#: Settings: the edition in force, and how far its recount of the open cases has come (none when it is done).
CALENDAR, RECOUNT = "calendar", "calendar_recount"

#: Seconds for which a process believes that the calendar is as it read it; steps that ask it look again.
BELIEVED = 1.0

_SETTING = tables.setting.c
_value = Prepared(select(_SETTING.value).where(_SETTING.name == bindparam("name")))
_held = Prepared(select(_SETTING.value).where(_SETTING.name == bindparam("name")).with_for_update(read=True))
_locked = select(_SETTING.value).where(_SETTING.name == CALENDAR).with_for_update()


@dataclass(frozen=True)
class InForce:
    """A calendar with the number of its edition; 0 before the first."""

    calendar: Calendar
    edition: int = 0


class Editions:
    """The calendar of one office, as this process knows it.

    :param calendar: the published days in the office's zone, before the office has said anything.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._zone = calendar.zone.key
        self._looked = float("-inf")
        #: The calendar that steps are to ask.
        self.in_force = InForce(calendar)

    def look(self, connection: Connection, *, again: bool = False) -> InForce:
        """Read the calendar, if it was read too long ago.

        :param again: however short that is ago.
        """
        if again or monotonic() - self._looked > BELIEVED:
            stored = _setting(connection, _value, CALENDAR)
            self._take(connection, stored, again=again)
        return self.in_force

    def hold(self, connection: Connection, edition: int) -> None:
        """Let nobody change the calendar until the transaction ends that counted by an edition.

        :raises Collision: where it has been changed meanwhile.
        """
        stored = _setting(connection, _held, CALENDAR)
        if stored.get("edition", 0) != edition:
            self._take(connection, stored)
            raise Collision

    def revise(self, connection: Connection, *, by: str, at: datetime, change: dict[str, Any], **terms: Any) -> int:
        """Number a change that was just made, and begin the recount of the open cases. Gives the edition.

        :param change: what was changed, as it stands in the office's chain.
        :param terms: members of the setting that are other now.
        """
        stored = _stored(connection.execute(_locked).scalar()) | terms
        edition = int(stored.get("edition", 0)) + 1
        stored["edition"] = edition
        write(connection, CALENDAR, stored)
        write(connection, RECOUNT, {"edition": edition, "after": 0})
        append(connection, OFFICE, at, by, ActKind.CALENDAR_CHANGED, {"edition": edition, **change})
        self._take(connection, stored)
        return edition

    def take_published(self, connection: Connection, at: datetime) -> None:
        """Make an edition of what the package has published since the last one.

        The first time this is done for whatever the package says. A package that is older than the one that
        the office has counted by changes nothing: another machine has the newer one.
        """
        release, digest = published.release(), published.digest()
        stored = _stored(connection.execute(_locked).scalar())
        known = stored.get("published", {})
        if known.get("digest") == digest or _ordered(known.get("release")) > _ordered(release):
            if known.get("digest") != digest:
                log.warning("this machine's calendar is older than the office's", extra={"fields": {"has": release}})
            return
        now = {"release": release, "digest": digest}
        change = {"published": release, "years": [min(published.published_years()), max(published.published_years())]}
        self.revise(connection, by="system:clock", at=at, change=change, published=now)

    def _take(self, connection: Connection, stored: dict[str, Any], *, again: bool = False) -> None:
        edition = stored.get("edition", 0)
        # The same number may have been given to a change that was undone, and then to another.
        if again or edition != self.in_force.edition:
            self.in_force = InForce(self._read(connection, stored), edition)
        self._looked = monotonic()

    def _read(self, connection: Connection, stored: dict[str, Any]) -> Calendar:
        days: dict[str, set[date]] = {"closed": set(), "worked": set()}
        for row in connection.execute(select(tables.calendar_day.c.day, tables.calendar_day.c.kind)):
            days[row.kind].add(date.fromisoformat(row.day))
        terms = {"closes": time.fromisoformat(stored["closes"])} if "closes" in stored else {}
        return Calendar(zone=self._zone, closed=days["closed"], worked=days["worked"], **terms)


@dataclass(frozen=True)
class Progress:
    """How far the recount of the open cases has come: up to which row id, under which edition."""

    edition: int
    after: int

    @classmethod
    def read(cls, connection: Connection) -> Progress | None:
        """As it stands; None where all is recounted."""
        stored = _setting(connection, _value, RECOUNT)
        return cls(**stored) if stored else None

    def advance(self, connection: Connection, after: int | None) -> None:
        """Note that the cases up to a row id are recounted, or all (None); not where another edition came since."""
        mine = (_SETTING.name == RECOUNT, _SETTING.value == _text({"edition": self.edition, "after": self.after}))
        if after is None:
            connection.execute(delete(tables.setting).where(*mine))
        else:
            following = _text({"edition": self.edition, "after": after})
            connection.execute(update(tables.setting).where(*mine).values(value=following))


def write(connection: Connection, name: str, value: Any) -> None:
    """Keep a setting."""
    text = _text(value)
    statement = insert_or_update(connection, tables.setting).values(name=name, value=text)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": text}))


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _setting(connection: Connection, query: Prepared, name: str) -> dict[str, Any]:
    found = query.first(connection, {"name": name})
    return _stored(None if found is None else found.value)


def _stored(text: str | None) -> dict[str, Any]:
    stored: dict[str, Any] = orjson.loads(text) if text is not None else {}
    return stored


def _ordered(release: str | None) -> tuple[int, ...]:
    return tuple(int(part) for part in (release or "").split(".") if part.isdigit())
