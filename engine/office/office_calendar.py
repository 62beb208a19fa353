"""Use cases on the calendar: which days the office has closed or worked of its own, and when its day ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import Any, TypedDict, cast

from sqlalchemy import Connection, delete, select

from engine.calendar import Calendar, published
from engine.errors import FieldError, Invalid, NotFound
from engine.forms.messages import both
from engine.history.kinds import ActKind
from engine.office.context import Answer, Context
from engine.office.editions import RECOUNT, Progress, write
from engine.office.ledger import SHELL
from engine.office.once import Once
from engine.office.person import Membership, Person, Role
from engine.office.sheet import Sheet
from engine.storage.tables import calendar_day
from engine.storage.upsert import insert_or_update

KINDS = ("closed", "worked")

#: Years whose days can be entered: limits of the past are not counted anew, and nobody closes in a hundred years.
FIRST_YEAR, LAST_YEAR = 2000, 2199

#: Longest reason, in characters; most days in one table.
MOST_TEXT, MOST_DAYS = 200, 1000


#: Who changes the calendar where nobody is named.
_SHELL = Person(username=SHELL, name="", memberships=(Membership("", Role.ADMIN),))


class DayView(TypedDict):
    """A day that is not as its weekday would have it."""

    date: str
    #: ``closed`` or ``worked``.
    kind: str
    #: ``published``, or ``office`` for a day of the office's own.
    source: str
    reason: str


class CalendarView(TypedDict):
    """A year of the office's calendar. From Monday to Friday is worked unless `days` says otherwise."""

    year: int
    zone: str
    #: Time of day at which a limit ends on its last day.
    closes: str
    #: Whether the State Council's notice for the year is known; until then every date in it is provisional.
    published: bool
    #: Number of the calendar's last change.
    edition: int
    #: Whether open cases are still being counted anew after it.
    recounting: bool
    days: list[DayView]


class OfficeCalendar:
    """The calendar of one office.

    A change moves limits and timers of the open cases, each by a step of its own that the clock takes soon. Who is
    not named is the machine's own shell.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, year: int | None = None) -> CalendarView:
        """A year of the calendar, the present one where none is named.

        :raises Invalid: where the year is none that can be entered.
        """
        with self._context.database.read() as connection:
            today = self._context.calendar.today(self._context.now(connection))
            return self._view(connection, today.year if year is None else year)

    def set(
        self, day: str, kind: str, reason: str, *, by: Person | None = None, once: Once | None = None
    ) -> CalendarView:
        """Close a day, or have it worked, whatever the published calendar says. Gives the day's year.

        :param day: ISO 8601 date.
        :param reason: goes to whoever asks why the day is not counted.
        :raises Forbidden: for all but administrators.
        """

        def work(connection: Connection) -> Answer:
            row = {"day": day_of(day, "/date").isoformat(), "kind": _kind(kind), "reason": _reason(reason)}
            return self._changed(connection, by or _SHELL, [row], int(row["day"][:4]))

        return self._doing(by or _SHELL, once, work)

    def remove(self, day: str, *, by: Person | None = None, once: Once | None = None) -> CalendarView:
        """Leave a day to the published calendar again. Gives the day's year.

        :raises NotFound: where it is none of the office's own.
        :raises Forbidden: for all but administrators.
        """

        def work(connection: Connection) -> Answer:
            name = day_of(day, "/date").isoformat()
            if not connection.execute(delete(calendar_day).where(calendar_day.c.day == name)).rowcount:
                raise NotFound(f"{name} is no day of the office's own.")
            self._revise(connection, by or _SHELL, {"removed": [name]})
            return cast(Answer, self._view(connection, int(name[:4])))

        return self._doing(by or _SHELL, once, work)

    def import_days(self, source: str | bytes, *, by: Person | None = None) -> CalendarView:
        """Take over the days of a table (`date`, `kind`, `reason`): all of them or none. Gives the first one's year.

        :raises Invalid: naming line and column of every fault.
        :raises Forbidden: for all but administrators.
        """
        rows = _rows(source)
        return self._doing(
            by or _SHELL,
            None,
            lambda connection: self._changed(connection, by or _SHELL, rows, int(rows[0]["day"][:4])),
        )

    def set_closing(self, at: str, *, by: Person | None = None, once: Once | None = None) -> CalendarView:
        """Let limits end at a time of day (``17:30``) on their last day, as an office may (民法典 art. 203).

        ``24:00`` is the end of the day, which is where limits end as long as nothing was said.

        :raises Forbidden: for all but administrators.
        """

        def work(connection: Connection) -> Answer:
            closes = _closing(at)
            if closes != self._context.editions.look(connection, again=True).calendar.closes:
                self._revise(connection, by or _SHELL, {"closes": closes.isoformat()}, closes=closes.isoformat())
            today = self._context.calendar.today(self._context.now(connection))
            return cast(Answer, self._view(connection, today.year))

        return self._doing(by or _SHELL, once, work)

    def recount(self, *, by: Person | None = None) -> None:
        """Have all open cases counted anew, though nothing has changed: after a failure that was mended.

        :raises Forbidden: for all but administrators.
        """
        self._context.rights(by or _SHELL).require_keeping_calendar()
        with self._context.database.write() as connection:
            edition = self._context.editions.look(connection, again=True).edition
            write(connection, RECOUNT, {"edition": edition, "after": 0})
            self._context.ledger.act(connection, ActKind.RECOUNT_ORDERED, by, {"edition": edition})

    # ---------------------------------------------------------------------------------------------------

    def _doing(self, by: Person, once: Once | None, work: Callable[[Connection], Answer]) -> CalendarView:
        self._context.rights(by).require_keeping_calendar()
        try:
            return cast(CalendarView, self._context.remembering(by, once, work))
        finally:
            # What was read inside a transaction that may have been undone.
            with self._context.database.read() as connection:
                self._context.editions.look(connection, again=True)

    def _changed(self, connection: Connection, by: Person, rows: Sequence[dict[str, str]], year: int) -> Answer:
        held = {row.day: row._asdict() for row in connection.execute(select(calendar_day))}
        changed = [row for row in rows if held.get(row["day"]) != row]
        for row in changed:
            statement = insert_or_update(connection, calendar_day).values(row)
            connection.execute(statement.on_conflict_do_update(index_elements=["day"], set_=row))
        if changed:
            self._revise(connection, by, {"set": changed})
        return cast(Answer, self._view(connection, year))

    def _revise(self, connection: Connection, by: Person, change: dict[str, Any], **terms: Any) -> None:
        at = self._context.now(connection)
        self._context.editions.revise(connection, by=by.username, at=at, change=change, **terms)

    def _view(self, connection: Connection, year: int) -> CalendarView:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise Invalid(errors=[FieldError("/year", f"from {FIRST_YEAR} to {LAST_YEAR}")])
        in_force = self._context.editions.look(connection, again=True)
        calendar = in_force.calendar
        own = {row.day: row for row in connection.execute(select(calendar_day))}
        days: list[DayView] = []
        day = date(year, 1, 1)
        while day.year == year:
            kind = "worked" if calendar.is_working(day) else "closed"
            row = own.get(day.isoformat())
            if row is not None:
                days.append({"date": row.day, "kind": row.kind, "source": "office", "reason": row.reason})
            elif kind != ("worked" if day.weekday() < 5 else "closed"):
                reason = published.name_of(day) or ""
                days.append({"date": day.isoformat(), "kind": kind, "source": "published", "reason": reason})
            day += timedelta(days=1)
        return {
            "year": year,
            "zone": calendar.zone.key,
            "closes": "24:00" if calendar.closes == Calendar.END_OF_DAY else calendar.closes.isoformat("minutes"),
            "published": not calendar.is_provisional(date(year, 6, 30)),
            "edition": in_force.edition,
            "recounting": Progress.read(connection) is not None,
            "days": days,
        }


def _rows(source: str | bytes) -> list[dict[str, str]]:
    sheet = Sheet(source, required=("date", "kind", "reason"))
    rows: list[dict[str, str]] = []
    for line in sheet.rows:
        try:
            day_of(line["date"], "")
        except Invalid as error:
            sheet.fault(line, "date", error.errors[0].message)
        kind = sheet.one_of(line, "kind", KINDS)
        rows.append({"day": line["date"], "kind": kind, "reason": sheet.text(line, "reason", longest=MOST_TEXT)})
    sheet.unique("date")
    if not 1 <= len(rows) <= MOST_DAYS:
        sheet.fault(1, "date", f"the table has {len(rows)} days: from 1 to {MOST_DAYS} are taken.")
    sheet.check()
    return rows


def day_of(text: str, pointer: str) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        told = f"a date of the years {FIRST_YEAR} to {LAST_YEAR}, such as 2026-10-08"
        raise Invalid(errors=[FieldError(pointer, both("应为日期，例如 2026-10-08", told))])
    return day


def _kind(text: str) -> str:
    if text not in KINDS:
        raise Invalid(errors=[FieldError("/kind", both("应为 closed 或 worked", "closed or worked"))])
    return text


def _reason(text: str) -> str:
    if not text.strip() or len(text) > MOST_TEXT:
        told = both(f"请说明理由，最多 {MOST_TEXT} 字", f"required: say why, in at most {MOST_TEXT} characters")
        raise Invalid(errors=[FieldError("/reason", told)])
    return text.strip()


def _closing(text: str) -> time:
    if text == "24:00":
        return Calendar.END_OF_DAY
    try:
        closes = time.fromisoformat(text) if len(text) == 5 else None
    except ValueError:
        closes = None
    if closes is None or closes == time(0):
        told = both("应为时刻，例如 17:30", "a time of day such as 17:30, or 24:00")
        raise Invalid(errors=[FieldError("/at", told)])
    return closes
