"""When a timer is due: ISO 8601 text, or what an expression gives, to an instant in UTC.

SpiffWorkflow is told nothing of time. Months are counted on the calendar of the office's zone, and a day
that the month lacks becomes its last (31 January plus P1M is 28 February). An instant without an offset is
in the office's zone. A duration of zero or less is due at once. A number that an expression gives, such as
`matter.promised_days`, is so many working days.
"""

from __future__ import annotations

import datetime as python
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine import feel
from engine.definitions import timers
from engine.execution.errors import Failure
from engine.execution.expressions import Expression, shown
from engine.execution.model import Step
from engine.execution.places import TimerRule

#: A cycle fires at most once in this time: each firing is a step with an entry of its own.
MOST_OFTEN = python.timedelta(seconds=timers.MOST_OFTEN)

_DURATION = re.compile(
    r"(?P<sign>[-+]?)P(?=[^T]|T.)"
    r"(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_EPOCH = python.datetime(1970, 1, 1, tzinfo=python.UTC)


@dataclass(frozen=True)
class Duration:
    """A length of time: months, days on the calendar, and an exact rest."""

    months: int = 0
    days: int = 0
    exact: python.timedelta = python.timedelta(0)

    def times(self, count: int) -> Duration:
        """That many of it."""
        return Duration(self.months * count, self.days * count, self.exact * count)

    @property
    def is_positive(self) -> bool:
        """Whether it leads forward."""
        return self.months > 0 or python.timedelta(self.days) + self.exact > python.timedelta(0)

    def after(self, instant: python.datetime, zone: ZoneInfo) -> python.datetime:
        """The instant that lies this much later, in UTC."""
        if self.months or self.days:
            local = instant.astimezone(zone).replace(tzinfo=None)
            year, month = divmod(local.year * 12 + local.month - 1 + self.months, 12)
            day = min(local.day, monthrange(year, month + 1)[1])
            local = local.replace(year=year, month=month + 1, day=day) + python.timedelta(self.days)
            instant = local.replace(tzinfo=zone)
        return instant.astimezone(python.UTC) + self.exact


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a timer fires: first, and how it goes on."""

    first: python.datetime
    #: Between two firings of a cycle.
    every: Duration | None = None
    #: How often it fires altogether, None for ever.
    rounds: int | None = 1

    def nth(self, index: int, zone: ZoneInfo) -> python.datetime | None:
        """The instant of firing number `index`, counted from 0; None after the last."""
        if self.rounds is not None and index >= self.rounds:
            return None
        if index == 0 or self.every is None:
            return self.first
        return self.every.times(index).after(self.first, zone)


def is_iso(text: str) -> bool:
    """Whether the text is ISO 8601 rather than an expression."""
    try:
        parse_value(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Repeat:
    """``R3/PT10M``, ``R/start/PT1H``, ``R2/PT1H/end`` (ISO 8601-1 §5.6)."""

    rounds: int | None
    every: Duration
    start: python.datetime | None = None
    end: python.datetime | None = None


def parse_duration(text: str) -> Duration:
    """An ISO 8601 duration.

    :raises ValueError: when it is none
    """
    found = _DURATION.fullmatch(text)
    if found is None or len(text.lstrip("+-")) < 3:
        raise ValueError(f"{text!r} is no ISO 8601 duration")
    part = {name: float(value or 0) for name, value in found.groupdict().items() if name != "sign"}
    days = part["weeks"] * 7 + part["days"]
    whole = int(days)
    exact = python.timedelta(days=days - whole, hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"])
    duration = Duration(int(part["years"] * 12 + part["months"]), whole, exact)
    return duration.times(-1) if found["sign"] == "-" else duration


def parse_value(text: str) -> python.datetime | python.date | Duration | Repeat:
    """ISO 8601 text of any of the three kinds of timer.

    :raises ValueError: when it is none
    """
    if text.startswith("R"):
        return _parse_repeat(text)
    if text.lstrip("+-").startswith("P"):
        return parse_duration(text)
    if len(text) == 10:
        return python.date.fromisoformat(text)
    if "T" not in text:
        raise ValueError(f"{text!r} is no ISO 8601 instant")
    return python.datetime.fromisoformat(text)


def _parse_repeat(text: str) -> Repeat:
    count, *parts = text[1:].split("/")
    if not 1 <= len(parts) <= 2 or (count and not count.isdigit()) or len(count) > 9:
        raise ValueError(f"{text!r} is no ISO 8601 repeating interval, such as R3/PT10M")
    values = [parse_value(part) for part in parts]
    every = [value for value in values if isinstance(value, Duration)]
    instants = [value for value in values if isinstance(value, python.datetime)]
    if len(every) != 1 or len(every) + len(instants) != len(values) or not every[0].is_positive:
        raise ValueError(f"{text!r} needs one duration above zero, and at most one instant")
    starts_first = isinstance(values[0], python.datetime)
    instant = instants[0] if instants else None
    return Repeat(
        int(count) if count else None,
        every[0],
        instant if starts_first else None,
        None if starts_first else instant,
    )


def schedule(rule: TimerRule, begin: python.datetime, step: Step, evaluate: Callable[[Expression], Any]) -> Schedule:
    """When a timer that began to wait at an instant fires.

    :param evaluate: gives an expression's value, with `begin` as the present
    :raises Failure: when the timer cannot be read
    """
    zone = step.zone
    value: Any = rule.text if rule.expression is None else counted(evaluate(rule.expression), step)
    named = rule.text if rule.expression is None else rule.expression.text
    if isinstance(value, str):
        try:
            value = parse_value(value.strip())
        except ValueError as error:
            raise Failure(f"the timer {named} gives {value!r}: {error}") from error
    try:
        found = _resolve(value, begin, zone)
    except (OverflowError, ValueError) as error:
        raise Failure(f"the timer {named} gives {shown(value)}, which no calendar holds") from error
    if found is None:
        raise Failure(f"the timer {named} gives {shown(value)}, neither an instant nor a duration nor a cycle")
    if found.every is not None and found.every.after(_EPOCH, zone) < _EPOCH + MOST_OFTEN:
        raise Failure(f"the timer {named} fires more than once in {MOST_OFTEN.seconds} seconds, which is not allowed")
    return found


def counted(value: Any, step: Step) -> Any:
    """A number as so many working days, where the office counts them; any other value as it is."""
    if isinstance(value, (Decimal, int)) and not isinstance(value, bool) and "working_days" in step.functions:
        return step.functions["working_days"](value)
    return value


def instant(value: Any, begin: python.datetime, zone: ZoneInfo) -> python.datetime | None:
    """The instant that a value stands for, counted from `begin` where it is a duration; None if for none.

    :raises ValueError: for text that is not ISO 8601
    :raises OverflowError: for an instant that no calendar of ours holds
    """
    if isinstance(value, str):
        value = parse_value(value.strip())
    found = _resolve(value, begin, zone)
    return None if found is None else found.first


def _within(schedule: Schedule) -> Schedule:
    # Not every zone, database and format can write what lies outside.
    if not timers.FIRST_YEAR <= schedule.first.year <= timers.LAST_YEAR:
        raise OverflowError(f"outside the years {timers.FIRST_YEAR} to {timers.LAST_YEAR}")
    return schedule


def _resolve(value: Any, begin: python.datetime, zone: ZoneInfo) -> Schedule | None:
    if isinstance(value, Repeat):
        return _within(_cycle(value, begin, zone))
    if isinstance(value, feel.Offset):
        value = value.add_to(begin.astimezone(zone))
    if isinstance(value, python.datetime):
        return _within(Schedule(first=_absolute(value, zone)))
    if isinstance(value, python.date):
        day = python.datetime(value.year, value.month, value.day, tzinfo=zone)
        return _within(Schedule(first=day.astimezone(python.UTC)))
    if isinstance(value, python.timedelta):
        value = Duration(exact=value)
    elif isinstance(value, feel.YearsMonthsDuration):
        value = Duration(months=value.months)
    if isinstance(value, Duration):
        return _within(Schedule(first=max(value.after(begin, zone), begin)))
    return None


def _cycle(repeat: Repeat, begin: python.datetime, zone: ZoneInfo) -> Schedule:
    if repeat.end is not None:
        end = _absolute(repeat.end, zone)
        if repeat.rounds is not None:
            first = repeat.every.times(-max(repeat.rounds - 1, 0)).after(end, zone)
            return Schedule(first=first, every=repeat.every, rounds=repeat.rounds)
        rounds = 0
        while repeat.every.times(rounds + 1).after(begin, zone) <= end and rounds < 100_000:
            rounds += 1
        return Schedule(first=repeat.every.after(begin, zone), every=repeat.every, rounds=rounds)
    if repeat.start is not None:
        return Schedule(first=_absolute(repeat.start, zone), every=repeat.every, rounds=repeat.rounds)
    return Schedule(first=repeat.every.after(begin, zone), every=repeat.every, rounds=repeat.rounds)


def _absolute(value: python.datetime, zone: ZoneInfo) -> python.datetime:
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(python.UTC)


def write(value: python.datetime) -> int:
    """An instant as it is stored: microseconds since 1970."""
    return (value - _EPOCH) // python.timedelta(microseconds=1)


def read(value: int) -> python.datetime:
    """From `write`."""
    return _EPOCH + python.timedelta(microseconds=value)
