"""An office's calendar: which days are worked, counting in them, and where a limit ends."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.calendar import published
from engine.errors import Invalid

#: The longest count in working days, about forty years; the longest limit in the law is far below.
MOST_WORKING_DAYS = 10_000
#: The longest span between two dates that is counted, in days.
MOST_DAYS = 36_525

_DAY = timedelta(days=1)


class OutOfCalendar(Invalid):
    """The count leads beyond what the calendar holds."""


class Calendar:
    """The published days, corrected by the office's own, in the office's zone.

    Laws that hold for each day ``d`` and each count ``n``: ``between(d, add(d, n)) == n``;
    ``add(d, n)`` is a working day unless n is 0; ``add(add(d, m), n) == add(d, m + n)`` where m and n
    have the same sign; ``add(d, n)`` never decreases when d or n increases.
    """

    #: Where a day ends: kept as its last second, so that it bears the day's own date.
    END_OF_DAY = time(23, 59, 59)

    def __init__(
        self,
        *,
        zone: str = "Asia/Shanghai",
        closed: Collection[date] = frozenset(),
        worked: Collection[date] = frozenset(),
        closes: time = END_OF_DAY,
    ) -> None:
        """Take the office's own days and hours.

        :param zone: IANA name of the office's time zone, in which days begin and end
        :param closed: days that are not worked here though the notices have them worked (a regional
            holiday, a storm)
        :param worked: days that are worked here though the notices have them off. A service that is open
            at the weekend does not belong here: it does not shorten the citizen's or the office's limits.
        :param closes: the second at which a limit ends on its last day. A day ends at twenty-four
            o'clock, which is kept as its last second so that it bears its own date; where the office
            stops business earlier, the limit ends then (民法典 art. 203)
        :raises ValueError: when the zone is unknown, or a day is both closed and worked
        """
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError(f"unknown time zone {zone!r}: use an IANA name such as Asia/Shanghai") from error
        self.closed = frozenset(closed)
        self.worked = frozenset(worked)
        self.closes = closes
        if both := self.closed & self.worked:
            raise ValueError(f"{min(both)} is listed as closed and as worked")

    def is_working(self, day: date) -> bool:
        """Whether the day is counted."""
        if day in self.closed:
            return False
        return day in self.worked or published.is_working(day)

    def is_provisional(self, day: date) -> bool:
        """Whether no notice settles the day yet: until then weekends are taken as free and all else as worked.

        A limit whose last day is provisional must be shown as provisional. Days of the office's own do
        not settle a year.
        """
        return not published.is_published(day)

    def add(self, day: date, working_days: int) -> date:
        """The n-th working day after the day (before it, where n is negative); the day itself for 0.

        :raises OutOfCalendar: beyond `MOST_WORKING_DAYS`, or the years 1 to 9999
        """
        if abs(working_days) > MOST_WORKING_DAYS:
            raise OutOfCalendar(f"{working_days} working days: at most {MOST_WORKING_DAYS} are counted")
        step = _DAY if working_days > 0 else -_DAY
        left = abs(working_days)
        try:
            while left:
                day += step
                left -= self.is_working(day)
        except OverflowError as error:
            raise OutOfCalendar(f"{working_days} working days lead beyond the years 1 to 9999") from error
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days `add` needs from start to end: those after start, up to end and with it.

        Where end is before start: minus those before start, down to end and with it.

        :raises OutOfCalendar: when the two are more than `MOST_DAYS` apart
        """
        days = (end - start).days
        if abs(days) > MOST_DAYS:
            raise OutOfCalendar(f"{start} to {end}: at most {MOST_DAYS} days are counted")
        sign = 1 if days >= 0 else -1
        return sign * sum(self.is_working(start + sign * ahead * _DAY) for ahead in range(1, abs(days) + 1))

    def limit(self, accepted_at: datetime, working_days: int) -> datetime:
        """The instant (UTC) at which a limit ends: its last working day's `closes`, in the office's zone.

        The day of acceptance is not counted (行政许可法 art. 82; 民法典 art. 201). A limit of 0 ends on the
        day of acceptance itself, or on the next working day where that one is not worked (民法典 art. 203).

        :param accepted_at: aware instant of acceptance
        :raises ValueError: when the instant is naive or the limit negative
        :raises OutOfCalendar: as `add`
        """
        if working_days < 0:
            raise ValueError("a limit cannot be negative")
        day = self.today(accepted_at)
        last = self.add(day, working_days) if working_days or self.is_working(day) else self.add(day, 1)
        return self._instant(last, self.closes)

    def shift(self, instant: datetime, working_days: int) -> datetime:
        """The same time of day, so many working days later in the office's zone (earlier, where negative).

        :param instant: aware; the result is in its time zone. A naive one is taken as the office's own
            local time, and the result is naive too.
        :raises OutOfCalendar: as `add`
        """
        if instant.tzinfo is None:
            return datetime.combine(self.add(instant.date(), working_days), instant.time())
        local = instant.astimezone(self.zone)
        return self._instant(self.add(local.date(), working_days), local.time()).astimezone(instant.tzinfo)

    def today(self, now: datetime) -> date:
        """The day that it is in the office's zone.

        :raises ValueError: when the instant is naive
        """
        if now.tzinfo is None:
            raise ValueError("an instant needs its offset from UTC")
        return now.astimezone(self.zone).date()

    def _instant(self, day: date, at: time) -> datetime:
        # Where the zone's clocks skip that time, Python takes the offset before the change: later, never early.
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)
