"""Cases that the office itself handles, each to its own stage, of which `copies` then makes many.

Their instants have odd microseconds (`MICROSECOND` and a little more), which limits that the calendar sets never have:
by these it is told which instants of a case move with its beginning.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from benchmarks.workplace import APPLICANT
from engine import Office, forms
from engine.calendar import Calendar
from engine.office.person import Person

MICROSECOND = 123400

#: Minutes of an hour in which originals act; copies act up to `SPREAD` minutes later, in the same hour.
ACTING, SPREAD = 20, 39

#: Days back over which cases began.
DAYS = 300

#: The groups whose inboxes are looked at: the unit of a promised matter each, and no other open task is theirs.
LARGE, SMALL = "market", "culture"


class SetClock:
    """A clock that says what it was told to."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        """What it was told."""
        return self.at


@dataclass(frozen=True)
class Original:
    """A case to be copied."""

    number: str
    #: What its copies are for: ``closed``, ``open``, or one of the groups.
    kind: str


class Handling:
    """The office's people handling cases at chosen times.

    :param clock: that of the office.
    :param until: the present; nothing is due in any case then.
    """

    def __init__(self, office: Office, clock: SetClock, until: datetime, seed: int = 1) -> None:
        self._office, self._clock, self._until = office, clock, until
        self._chance = random.Random(seed)
        self._zone = office.zone
        self._calendar = Calendar(zone=office.zone.key)
        self._people: dict[str, Person] = {}
        self._windows = office.catalogue.windows()
        self._matters = [m for m in office.catalogue.matters() if m["process"] == "one_window"]

    def originals(self, closed: int, open: int, each: int) -> Iterator[Original]:
        """Handle so many cases that have ended, so many that are open anywhere, and so many for each of the groups.

        The ended ones began evenly over the last `DAYS` days, in order.
        """
        for n in range(closed):
            began = self._until - timedelta(days=DAYS - (DAYS - 15) * n / closed)
            case = self._handled(self._matter(), began.date(), most=60)
            if case["ended"]:
                yield Original(case["number"], "closed")
        made = 0
        while made < open:
            case = self._handled(self._matter(), self._recent(), most=self._chance.randrange(6))
            if not case["ended"] and not {LARGE, SMALL} & {task["unit"] for task in case["tasks"]}:
                made += 1
                yield Original(case["number"], "open")
        for group in (LARGE, SMALL):
            matter = next(m for m in self._matters if m["type"] == "promised" and m["unit"] == group)
            made = 0
            while made < each:
                case = self._handled(matter, self._recent(), most=2 + self._chance.randrange(3))
                if [(task["unit"], task["role"], task["assignee"]) for task in case["tasks"]] == [(group, None, None)]:
                    made += 1
                    yield Original(case["number"], group)

    def _matter(self) -> Any:
        """Any matter: each type as often as the others, and wide ones seldom."""
        chance = self._chance
        type = chance.choice(("instant", "joint", "promised", "promised", "reported", "returned"))
        most = 44 if chance.random() < 0.02 else 5
        return chance.choice([m for m in self._matters if m["type"] == type and len(m["departments"]) <= most])

    def _recent(self) -> date:
        return (self._until - timedelta(days=self._chance.randrange(1, 8))).date()

    def _handled(self, matter: Any, day: date, most: int) -> Any:
        """A case that began on that day, or the next on which the office works, with so many of its tasks done."""
        chance = self._chance
        at = datetime.combine(day, time(8 + chance.randrange(8)), self._zone)
        at = self._acting(at)
        windows = [w for w in self._windows if w["code"] in matter["windows"] or not matter["windows"]]
        window = chance.choice([w for w in windows if w["unit"] == "hall"] or windows)
        self._clock.at = at
        by = self._person(window["unit"], None)
        case = self._office.cases.start(matter["code"], APPLICANT, {}, by=by, window=window["code"])
        for _ in range(most):
            later = self._acting(at + timedelta(hours=chance.choice((1, 1, 2, 3, 5, 20, 30))))
            if later >= self._until or not case["tasks"]:
                break
            self._clock.at = at = later
            case = self._acted(chance.choice(case["tasks"]))
        self._clock.at = self._until
        with self._office.database.read() as connection:
            (id,) = connection.exec_driver_sql(f"select id from case_file where number = '{case['number']}'").one()
        self._office.clock.wake(id)
        return self._office.cases.get(case["number"], by=self._person("", "auditor"))

    def _acted(self, task: Any) -> Any:
        """One task done, ordinarily; sometimes it is claimed first, or something is remarked of its case."""
        by, chance, office = self._person(task["unit"], task["role"]), self._chance, self._office
        if chance.random() < 0.25 and task["assignee"] is None:
            office.tasks.claim(task["id"], by=by)
            self._clock.at += timedelta(minutes=1)
        if chance.random() < 0.15:
            office.cases.comment(task["case"], "已电话告知申请人办理进度", by=by)
            self._clock.at += timedelta(minutes=1)
        whole = office.tasks.get(task["id"], by=by)
        data = forms.ordinary(whole["form"], whole["data"]) if whole["form"] else {}
        return office.tasks.complete(task["id"], data, by=by)

    def _acting(self, at: datetime) -> datetime:
        """The next instant from then on at which the office works, as an original acts."""
        day, calendar = at.date(), self._calendar
        hour = at.hour
        if hour >= 17:
            day, hour = day + timedelta(days=1), 9
        while not calendar.is_working(day):
            day, hour = day + timedelta(days=1), 9
        minute = self._chance.randrange(ACTING - 2)
        return datetime.combine(day, time(max(hour, 8), minute, self._chance.randrange(60), MICROSECOND), self._zone)

    def _person(self, unit: str, role: str | None) -> Person:
        known = {("hall", None): "clerk", ("hall", "leader"): "leader", ("", "auditor"): "auditor"}
        name = known.get((unit, role), f"{unit}.{role}" if role else unit)
        if name not in self._people:
            self._people[name] = self._office.people.person(name)
        return self._people[name]
