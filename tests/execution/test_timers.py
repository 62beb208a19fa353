"""When timers fire: never early, each once, on the office's calendar."""

from __future__ import annotations

import datetime as python
from zoneinfo import ZoneInfo

import pytest

from engine import feel
from engine.errors import Invalid, TaskAlreadyCompleted
from engine.execution.clock import parse_duration
from tests.execution.stories import Story, boundary, chain, definitions, flow, line, node, timer, users

_HOUR = python.timedelta(hours=1)


def _catch(text: str, kind: str = "timeDuration") -> str:
    body = node("startEvent", "start") + node("intermediateCatchEvent", "t", timer(text, kind)) + users("a")
    return definitions(body + chain("start", "t", "a"))


def _due(text: str, kind: str = "timeDuration", **facts: object) -> str:
    story = Story(_catch(text, kind), facts=facts)
    assert not story.stuck, story.execution.incidents
    (waiting,) = story.execution.timers
    assert story.execution.wake_at == waiting.due
    return waiting.due.isoformat().removesuffix("+00:00")


# The case starts on Monday 2 March 2026 at 01:00:01 UTC, 09:00:01 in Shanghai.
@pytest.mark.parametrize(
    ("text", "kind", "due"),
    [
        ("PT1H", "timeDuration", "2026-03-02T02:00:01"),
        ("&quot;PT1H&quot;", "timeDuration", "2026-03-02T02:00:01"),
        ("= &quot;PT1H&quot;", "timeDuration", "2026-03-02T02:00:01"),
        ("=duration(&quot;P1DT1H&quot;)", "timeDuration", "2026-03-03T02:00:01"),
        ("P1W", "timeDuration", "2026-03-09T01:00:01"),
        ("P1M", "timeDuration", "2026-04-02T01:00:01"),
        ("= duration(&quot;P1M&quot;)", "timeDuration", "2026-04-02T01:00:01"),
        ("PT0.5S", "timeDuration", "2026-03-02T01:00:01.500000"),
        ("2026-03-10T12:00:00+08:00", "timeDate", "2026-03-10T04:00:00"),
        ("2026-03-10T12:00:00Z", "timeDate", "2026-03-10T12:00:00"),
        ("2026-03-10T12:00:00", "timeDate", "2026-03-10T04:00:00"),
        ("2026-03-10", "timeDate", "2026-03-09T16:00:00"),
        ("= date(&quot;2026-03-10&quot;)", "timeDate", "2026-03-09T16:00:00"),
        ("= case.due", "timeDate", "2026-03-20T09:00:00"),
        ("= date and time(&quot;2026-03-10T12:00:00&quot;)", "timeDate", "2026-03-10T04:00:00"),
        ("= now() + duration(&quot;PT2H&quot;)", "timeDate", "2026-03-02T03:00:01"),
        ("${wait}", "timeDuration", "2026-03-02T01:30:01"),
    ],
)
def test_a_timer_is_due(text: str, kind: str, due: str) -> None:
    facts = {"case": {"due": python.datetime(2026, 3, 20, 9, tzinfo=python.UTC)}, "wait": "PT30M"}
    assert _due(text, kind, **facts) == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("R3/PT10M", "2026-03-02T01:10:01"),
        ("R/2026-03-05T08:00:00+08:00/P1D", "2026-03-05T00:00:00"),
        ("R2/P1D/2026-03-07T08:00:00+08:00", "2026-03-06T00:00:00"),
    ],
)
def test_a_cycle_is_first_due(text: str, due: str) -> None:
    (waiting,) = Story(_guarded(text, "timeCycle", interrupting=False)).execution.timers
    assert waiting.due.isoformat().removesuffix("+00:00") == due


def test_the_offices_zone_reads_what_has_no_offset() -> None:
    assert _due("2026-03-10T12:00:00", "timeDate", office={"zone": "Asia/Urumqi"}) == "2026-03-10T06:00:00"


@pytest.mark.parametrize(
    ("day", "months", "due"), [("31", 1, "2026-02-28"), ("31", 2, "2026-03-31"), ("30", 13, "2027-02-28")]
)
def test_a_month_later_is_the_same_day_or_the_last(day: str, months: int, due: str) -> None:
    # The library gave 2 March for a month after 31 January.
    begin = python.datetime(2026, 1, int(day), 12, tzinfo=python.UTC)
    after = parse_duration(f"P{months}M").after(begin, ZoneInfo("Asia/Shanghai"))
    assert after.date().isoformat() == due


@pytest.mark.parametrize("text", ["PT0S", "= &quot;-PT1H&quot;", "= duration(&quot;-PT1H&quot;)"])
def test_what_lies_behind_is_due_at_once(text: str) -> None:
    story = Story(_catch(text))
    assert story.open == []
    assert story.wait(seconds=0) == ["t"]
    assert story.open == ["a"]


@pytest.mark.parametrize("text", ["= limit", "= &quot;tomorrow&quot;", "= 5", "= &quot;R/0 0 9 * * ?&quot;"])
def test_a_timer_that_nobody_can_read_is_an_incident(text: str) -> None:
    story = Story(_catch(text))
    assert story.stuck == ["t"]


def test_an_incident_of_a_timer_is_mended_by_a_fact() -> None:
    story = Story(_catch("= limit"))
    story.facts["limit"] = "PT1H"
    story.retry()
    assert not story.stuck
    assert story.wait(hours=1) == ["t"]


class _WorkingDays(feel.Offset):
    def __init__(self, days: int) -> None:
        self.days = days

    def add_to(self, instant):  # type: ignore[no-untyped-def]
        while self.days:
            instant += python.timedelta(days=1)
            self.days -= instant.weekday() < 5
        return instant

    def subtract_from(self, instant):  # type: ignore[no-untyped-def]
        raise NotImplementedError


def test_working_days_are_the_hosts() -> None:
    functions = {"working_days": lambda days: _WorkingDays(int(days))}
    story = Story(_catch("= working_days(5)"), functions=functions)
    assert story.execution.timers[0].due.isoformat() == "2026-03-09T01:00:01+00:00"


def test_nothing_fires_early_and_each_timer_is_a_step_of_its_own() -> None:
    body = node("startEvent", "start") + node("parallelGateway", "p") + flow("start", "p")
    for name, hours in (("late", 3), ("early", 1), ("middle", 2)):
        body += node("intermediateCatchEvent", name, timer(f"PT{hours}H")) + chain("p", name)
    story = Story(definitions(body))
    story.now += _HOUR - python.timedelta(seconds=2)
    assert story.execution.fire_next(story.step()) is None
    first = story.execution.fire_next(story.step())
    assert first is not None and first.fired is not None and first.fired.element == "early"
    assert story.execution.fire_next(story.step()) is None
    # After a night of downtime all that is due fires, the earliest first.
    assert story.wait(hours=12) == ["middle", "late"]
    assert story.ended


def _guarded(text: str, kind: str, *, interrupting: bool) -> str:
    events = boundary("t", "a", timer(text, kind), interrupting=interrupting) + users("on") + flow("t", "on")
    return definitions(line("a") + events)


def test_a_non_interrupting_cycle_fires_as_often_as_it_says() -> None:
    story = Story(_guarded("R3/PT10M", "timeCycle", interrupting=False))
    assert story.wait(minutes=10) == ["t"]
    assert story.wait(minutes=50) == ["t", "t"]
    assert story.execution.timers == []
    assert story.open == ["a", "on", "on", "on"]


def test_an_endless_cycle_goes_on_until_its_activity_is_done_and_does_not_drift() -> None:
    story = Story(_guarded("R/P1M", "timeCycle", interrupting=False))
    dues = []
    for _ in range(4):
        dues.append(story.execution.timers[0].due.date().isoformat())
        assert story.wait(days=31, hours=1) == ["t"]
    assert dues == ["2026-04-02", "2026-05-02", "2026-06-02", "2026-07-02"]
    story.do("a")
    assert story.execution.timers == []


def test_an_interrupting_cycle_interrupts_the_first_time() -> None:
    # The library's interrupts after its last round.
    story = Story(_guarded("= &quot;R3/PT10M&quot;", "timeDuration", interrupting=True))
    assert story.wait(minutes=60) == ["t"]
    assert story.open == ["on"]


def test_a_timer_that_is_overdue_and_a_task_that_is_late() -> None:
    story = Story(_guarded("PT1H", "timeDuration", interrupting=True))
    task = story.task("a")
    story.wait(hours=2)
    assert story.open == ["on"]
    with pytest.raises(TaskAlreadyCompleted):
        story.execution.complete(task, {}, story.step())


# A limit that moves ----------------------------------------------------------------------------------------------


def test_a_limit_that_was_moved_moves_the_timers_that_hang_on_it() -> None:
    body = line("a") + boundary(
        "warn", "a", timer("= case.due - duration(&quot;P1D&quot;)", "timeDate"), interrupting=False
    )
    body += boundary("hour", "a", timer("PT1H"), interrupting=False)
    story = Story(definitions(body), facts={"case": {"due": python.datetime(2026, 3, 10, tzinfo=python.UTC)}})
    story.wait(minutes=30)
    story.facts["case"] = {"due": python.datetime(2026, 3, 20, tzinfo=python.UTC)}
    story.recompute()
    dues = {waiting.element: waiting.due.isoformat() for waiting in story.execution.timers}
    # The hour counts from the instant at which it began, not from now.
    assert dues == {"warn": "2026-03-19T00:00:00+00:00", "hour": "2026-03-02T02:00:01+00:00"}


def test_a_cycle_keeps_its_count_when_it_is_computed_anew() -> None:
    story = Story(_guarded("R3/PT10M", "timeCycle", interrupting=False))
    story.wait(minutes=10)
    before = story.execution.timers[0].due
    story.recompute()
    assert story.execution.timers[0].due == before
    assert story.wait(hours=1) == ["t", "t"]


def test_a_due_date_moves_with_the_limit_too() -> None:
    due = '<extensionElements><zeebe:taskSchedule dueDate="= case.due"/></extensionElements>'
    body = node("startEvent", "start") + node("userTask", "a", due) + flow("start", "a")
    story = Story(definitions(body), facts={"case": {"due": python.datetime(2026, 3, 10, tzinfo=python.UTC)}})
    story.facts["case"] = {"due": python.datetime(2026, 3, 20, tzinfo=python.UTC)}
    story.recompute()
    (task,) = story.execution.tasks
    assert task.due is not None and task.due.day == 20


def test_a_limit_that_cannot_be_computed_any_more_changes_nothing() -> None:
    body = line("a") + boundary("warn", "a", timer("= case.due", "timeDate"), interrupting=False)
    story = Story(definitions(body), facts={"case": {"due": python.datetime(2026, 3, 10, tzinfo=python.UTC)}})
    before = story.execution.dump()
    story.facts["case"] = {}
    with pytest.raises(Invalid, match="warn"):
        story.recompute()
    assert story.execution.dump() == before


def test_two_events_share_a_definition_that_stands_apart() -> None:
    shared = "<eventDefinitionRef>rest</eventDefinitionRef>"
    body = node("startEvent", "start") + users("a") + boundary("late", "a", shared, interrupting=False) + users("r")
    body += node("intermediateCatchEvent", "t", shared) + users("b")
    rest = timer("PT2H").replace(">", ' id="rest">', 1)
    flows = chain("start", "a", "t", "b") + chain("late", "r")
    story = Story(definitions(body + flows, roots=rest))
    story.wait(hours=2)
    assert story.open == ["a", "r"]
    story.do("a")
    assert [waiting.due - story.now for waiting in story.execution.timers] == [2 * _HOUR]
    story.wait(hours=2)
    assert story.open == ["b", "r"]
