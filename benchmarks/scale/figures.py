"""What people do all day, timed in two offices in turns: one with few cases and one with many."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import select

from benchmarks.scale.copies import name_of
from benchmarks.scale.originals import LARGE, SMALL, SetClock
from benchmarks.timing import Turns
from engine import Office, forms
from engine.storage import tables

#: Rows of a page, so that a group with a thousand tasks has a hundredth one; and which pages are looked at.
PAGE, FAR = 10, 100

#: What a many times larger office may cost, over a small one.
GOAL = 1.5


@dataclass
class Place:
    """An office whose figures are taken.

    :param name: such as ``10000``.
    :param until: the instant at which it was made: nothing is due then.
    """

    name: str
    office: Office
    clock: SetClock
    until: datetime

    def __post_init__(self) -> None:
        self._person = {name: self.office.people.person(name) for name in (LARGE, SMALL, "clerk", "leader", "auditor")}
        self._chance = random.Random(7)
        self._far = {group: self._cursor_of_the_far_page(group) for group in (LARGE, SMALL)}
        with self.office.database.read() as connection:
            case = tables.case.c
            newest = connection.execute(select(case.id).order_by(case.id.desc()).limit(1)).scalar_one()
            drawn = [self._chance.randrange(1, newest) for _ in range(2000)]
            rows = connection.execute(select(case.number, case.ended_at, case.id).where(case.id.in_(drawn))).all()
        self._numbers = [row.number for row in rows]
        self._ended = [row.number for row in rows if row.ended_at is not None]
        #: Applicants have three cases each, in the order in which these were made.
        self._applicants = [row.id // 3 for row in rows if row.id > 1000]
        self._tasks: list[Any] = []

    def _cursor_of_the_far_page(self, group: str) -> str:
        cursor: str | None = None
        for _ in range(FAR - 1):
            cursor = self.inbox(group, cursor)["next"]
            assert cursor is not None, f"the inbox of {group} has no {FAR}th page"
        return str(cursor)

    def inbox(self, group: str, cursor: str | None = None) -> Any:
        """A page of the inbox of a group's clerk."""
        return self.office.tasks.list(by=self._person[group], limit=PAGE, cursor=cursor)

    def far_inbox(self, group: str) -> Any:
        """The hundredth page."""
        page = self.inbox(group, self._far[group])
        assert len(page["items"]) == PAGE
        return page

    def counts(self, group: str) -> Any:
        """The numbers above the inbox."""
        return self.office.tasks.counts(by=self._person[group])

    def search(self, who: str, what: Callable[[int, str], str]) -> Any:
        """A search that finds something, by a person."""
        place = self._chance.randrange(len(self._applicants))
        return self.office.cases.list(
            by=self._person[who], q=what(self._applicants[place], self._chance.choice(self._numbers))
        )

    def cases(self, who: str, **filters: Any) -> Any:
        """A list of cases, those that came in last first where nothing else is said, as a person sees them."""
        return self.office.cases.list(by=self._person[who], **filters)

    def page(self) -> Any:
        """All that the page of a case shows, of a case that nobody has looked at for long."""
        number, by = self._chance.choice(self._ended), self._person["auditor"]
        self.office.cases.diagram(number, by=by)
        self.office.history.entries(number, by=by)
        return self.office.cases.get(number, by=by)

    def ready(self) -> tuple[Any, dict[str, Any]]:
        """Any task of the large group, with the ordinary answer to it, read where nothing of it is kept."""
        while True:
            if not self._tasks:
                cursor = None
                for _ in range(20):
                    page = self.inbox(LARGE, cursor)
                    self._tasks += page["items"]
                    cursor = page["next"]
                self._chance.shuffle(self._tasks)
            task = self._tasks.pop()
            whole = self.office.tasks.get(task["id"], by=self._person[LARGE])
            # One that what was done meanwhile has closed is no task to do.
            if whole["status"] == "open":
                return task, forms.ordinary(whole["form"], whole["data"]) if whole["form"] else {}

    def complete(self, task: Any, data: dict[str, Any]) -> Any:
        """Complete it."""
        return self.office.tasks.complete(task["id"], data, by=self._person[LARGE])

    def tick(self, limit: int | None = None) -> int:
        """The clock's sweep."""
        return self.office.clock.tick(limit)

    def fired(self, count: int) -> tuple[str, ...]:
        """What the last entries are about, the latest first: which timers have just fired."""
        entry = tables.entry.c
        with self.office.database.read() as connection:
            bodies = connection.execute(select(entry.body).order_by(entry.at.desc()).limit(count)).scalars().all()
        return tuple(orjson.loads(body)["element"] for body in bodies)


def measure(places: Sequence[Place], rounds: int) -> Turns:
    """Everything, in turns; names are ``PLACE: WHAT``."""
    turns = Turns()
    kinds: dict[str, Callable[[Place], Any]] = {
        f"inbox of the small group, page {1}": lambda place: place.inbox(SMALL),
        f"inbox of the small group, page {FAR}": lambda place: place.far_inbox(SMALL),
        f"inbox of the large group, page {1}": lambda place: place.inbox(LARGE),
        f"inbox of the large group, page {FAR}": lambda place: place.far_inbox(LARGE),
        "counts of the large group": lambda place: place.counts(LARGE),
        "search by name, an auditor": lambda place: place.search("auditor", lambda n, number: name_of(n)),
        "search by name, a clerk of the hall": lambda place: place.search("clerk", lambda n, number: name_of(n)),
        "search by name, a clerk of a unit": lambda place: place.search(SMALL, lambda n, number: name_of(n)),
        "search by number, a clerk of the hall": lambda place: place.search("clerk", lambda n, number: number),
        "newest cases, a clerk of the hall": lambda place: place.cases("clerk"),
        "newest cases, a clerk of a unit": lambda place: place.cases(SMALL),
        "newest open cases, a clerk of a unit": lambda place: place.cases(SMALL, status="open"),
        "newest returned cases, an auditor": lambda place: place.cases("auditor", status="returned"),
        "cases by limit, an auditor": lambda place: place.cases("auditor", sort="due"),
        "open cases by limit, a leader": lambda place: place.cases("leader", status="open", sort="due"),
        "open cases by limit, a clerk of a unit": lambda place: place.cases(SMALL, status="open", sort="due"),
        "late cases, a leader": lambda place: place.cases("leader", overdue=True, status="open"),
        "page of a case": lambda place: place.page(),
        "tick, nothing due": lambda place: place.tick(),
    }
    for round in range(rounds + 2):
        taken = turns if round >= 2 else Turns()
        for place in places:
            for what, work in kinds.items():
                taken.time(f"{place.name}: {what}", lambda: work(place))  # noqa: B023
            task, data = place.ready()
            taken.time(f"{place.name}: completion", lambda: place.complete(task, data))  # noqa: B023
    for place in places:
        # Weeks later, when far more is due than is fired here.
        place.clock.at = place.until + timedelta(days=60)
    _ticks(places, turns, rounds)
    for place in places:
        place.clock.at = place.until
    return turns


def _ticks(places: Sequence[Place], turns: Turns, rounds: int) -> None:
    """Ticks in which one case's timers fire: of those that fire in all offices, since the timers are not all alike."""
    taken: dict[tuple[str, ...], dict[str, Turns]] = defaultdict(lambda: defaultdict(Turns))
    alike: list[dict[str, Turns]] = []
    for round in range(50 * rounds):
        if alike and round >= 5 * rounds:
            break
        for place in places:
            # Each at an instant of its own, which tells its entries from those of the tick before.
            place.clock.at += timedelta(milliseconds=1)
            each = Turns()
            fired = each.time("tick", lambda: place.tick(1))  # noqa: B023
            timers = taken[place.fired(fired)][place.name]
            timers.note("tick", *each.taken["tick"])
            timers.computing.setdefault("tick", []).extend(each.computing["tick"])
        alike = [named for timers, named in taken.items() if timers and len(named) == len(places)]
    assert alike, "no timer has fired in all offices"
    often = max(alike, key=lambda named: min(len(turn.taken["tick"]) for turn in named.values()))
    for name, turn in often.items():
        turns.taken[f"{name}: tick, timers of a case"] = turn.taken["tick"]
        turns.computing[f"{name}: tick, timers of a case"] = turn.computing["tick"]


def ratios(turns: Turns, small: str, large: str) -> dict[str, tuple[float, float]]:
    """What each thing takes in the large office over the small one: of time, and of this process's processor time.

    On the embedded database the second is the office's own work, whatever else the machine does.
    """
    what = [name.partition(": ")[2] for name in turns.taken if name.startswith(f"{small}: ")]
    return {
        each: (
            turns.median(f"{large}: {each}") / turns.median(f"{small}: {each}"),
            (turns.processor(f"{large}: {each}") or 0) / (turns.processor(f"{small}: {each}") or 1),
        )
        for each in what
    }
