"""Limits over three years, held against a second computation that shares nothing with the engine's.

It has its own table of days, copied by hand from the State Council's notices on the holidays of 2024, 2025 and 2026,
and walks day by day: a day counts where it is worked and the clock does not stand still. The engine adds up numbers
of days instead.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine import Office
from engine.definitions.model import SourceFile
from tests.conftest import SetClock
from tests.office.at_work import applicant

CHINA = ZoneInfo("Asia/Shanghai")
_OFF = """2024-01-01 2024-02-10/17 2024-04-04/06 2024-05-01/05 2024-06-10 2024-09-15/17 2024-10-01/07
2025-01-01 2025-01-28/31 2025-02-01/04 2025-04-04/06 2025-05-01/05 2025-05-31 2025-06-01/02 2025-10-01/08
2026-01-01/03 2026-02-15/23 2026-04-04/06 2026-05-01/05 2026-06-19/21 2026-09-25/27 2026-10-01/07"""
_WORKED = """2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10"""


def _days(text: str) -> set[date]:
    found = set()
    for part in text.split():
        first, _, last = part.partition("/")
        begin = date.fromisoformat(first)
        found |= {begin + timedelta(days=n) for n in range(int(last or begin.day) - begin.day + 1)}
    return found


OFF, WORKED = _days(_OFF), _days(_WORKED)


def is_worked(day: date) -> bool:
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


@dataclass(frozen=True)
class Course:
    """What happens to a case: days are counted from the day of acceptance."""

    accepted: date
    #: (first day, last day) of each time in which the clock stands still.
    stops: tuple[tuple[int, int], ...] = ()
    extended: int = 0

    def due(self, promised: int) -> date:
        """The last day of the limit: of the days after acceptance, those that count."""
        left, day = promised + self.extended, self.accepted
        while left:
            day += timedelta(days=1)
            # The day on which the clock stopped is the last that counts (民法典 art. 201: the first is not counted).
            stands = any(first < (day - self.accepted).days <= last for first, last in self.stops)
            left -= is_worked(day) and not stands
        return day


def _random_course(chance: random.Random) -> Course:
    accepted = date(2024, 1, 2) + timedelta(days=chance.randrange(2 * 366 + 200))
    stops, after = [], 0
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        first = after + chance.randrange(0, 4)
        last = first + chance.randrange(1, 30)
        stops.append((first, last))
        after = last
    return Course(accepted, tuple(stops), chance.choice((0, 0, 3, 10)))


CHANCE = random.Random(20_190_901)
COURSES = [
    Course(date(2024, 2, 3)),  # a Saturday, the next day is worked instead, then Spring Festival
    Course(date(2025, 1, 28)),  # on New Year's Eve itself, a closed day
    Course(date(2025, 12, 26)),  # over the change of the year
    Course(date(2026, 2, 13), stops=((1, 12),)),  # stands still over Spring Festival and an exchanged Saturday
    Course(date(2024, 9, 27), stops=((1, 2), (3, 16)), extended=10),  # resumed on the Saturday worked after the week
    Course(date(2025, 9, 27), extended=5),
    *(_random_course(CHANCE) for _ in range(40)),
]

_MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="d" targetNamespace="t"><process id="counting" isExecutable="true"><startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="accepted"/>
    <intermediateThrowEvent id="accepted"><extensionElements><zeebe:properties>
      <zeebe:property name="milestone" value="accepted"/></zeebe:properties></extensionElements>
    </intermediateThrowEvent><sequenceFlow id="f2" sourceRef="accepted" targetRef="work"/>
    <userTask id="work"><extensionElements><zeebe:assignmentDefinition candidateGroups="window"/>
      <zeebe:taskSchedule dueDate="= working_days(3)"/></extensionElements></userTask>
    <sequenceFlow id="f3" sourceRef="work" targetRef="end"/><endEvent id="end"/></process></definitions>"""
PROMISED = 10


def counting(office: Office) -> Office:
    """The office with a matter of ten working days."""
    source = SourceFile(name="counting.bpmn", content=_MODEL.encode())
    office.definitions.deploy([source], by=office.people.person("designer"))
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + f"9900000008,计日,promised,hall,《试》,district,20,{PROMISED},counting\n")
    return office


def moment(day: date, hour: int = 10, zone: ZoneInfo = CHINA) -> datetime:
    return datetime.combine(day, time(hour), zone)


def test_limits_are_those_of_a_second_computation(embedded_office: Office, clock: SetClock) -> None:
    office = counting(embedded_office)
    clerk, leader = office.people.person("clerk"), office.people.person("leader")
    for course in COURSES:
        clock.pass_time(seconds=(moment(course.accepted) - clock.now()).total_seconds())
        case: Any = office.cases.start("9900000008", applicant(), {}, by=clerk, window="H01")
        number = case["number"]
        for first, last in course.stops:
            for day, what in ((first, office.cases.suspend), (last, office.cases.resume)):
                at = moment(course.accepted + timedelta(days=day), 11 if day == first else 12)
                clock.pass_time(seconds=(at - clock.now()).total_seconds())
                given = ("expert-review",) if what == office.cases.suspend else ()
                case = what(number, "因为", *given, by=clerk)
        if course.extended:
            case = office.cases.extend(number, "疑难", course.extended, by=leader)
        ends = datetime.fromisoformat(case["due"]) - timedelta(microseconds=1)
        assert ends.astimezone(CHINA).date() == course.due(PROMISED), course
        assert office.history.verify(number, by=office.people.person("auditor"))["ok"]


@pytest.mark.parametrize(
    ("began", "worked"),
    [
        (date(2026, 3, 27), 3),  # a Friday: clocks go forward on the Sunday after
        (date(2025, 10, 24), 3),  # a Friday: clocks go back on the Sunday after
        (date(2026, 2, 13), 3),  # over Spring Festival
    ],
)
def test_the_time_of_day_is_kept_where_clocks_are_changed(
    request: pytest.FixtureRequest, tmp_path: Path, began: date, worked: int
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    (tmp_path / "office.db").write_bytes((request.getfixturevalue("embedded_template") / "office.db").read_bytes())
    clock = SetClock(moment(began, 15, berlin).astimezone(UTC))
    office = Office(
        f"sqlite:///{tmp_path}/office.db", keyring=f"sqlite:///{tmp_path}/k.db", clock=clock, zone=str(berlin)
    )
    office.keyring.upgrade()
    case = counting(office).cases.start("9900000008", applicant(), {}, by=office.people.person("clerk"), window="H01")
    due = datetime.fromisoformat(case["tasks"][0]["due"])
    day, left = began, worked
    while left:
        day += timedelta(days=1)
        left -= is_worked(day)
    assert due == moment(day, 15, berlin) and due.utcoffset() == moment(day, 15, berlin).utcoffset()
    limit = datetime.fromisoformat(case["due"])
    assert limit == datetime.combine(Course(began).due(PROMISED), time(23, 59, 59), berlin), "with its day there"
    office.close()
