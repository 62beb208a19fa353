"""Timers of a case in the office: in every position, whatever the clock does, in the order of their instants."""

from __future__ import annotations

from datetime import datetime

from engine import Office
from engine.definitions.model import SourceFile
from tests.office.at_work import applicant

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="d" targetNamespace="t"><process id="timed" isExecutable="true">
  <startEvent id="start"/><sequenceFlow id="f0" sourceRef="start" targetRef="accepted"/>
  <intermediateThrowEvent id="accepted"><extensionElements><zeebe:properties>
    <zeebe:property name="milestone" value="accepted"/></zeebe:properties></extensionElements>
  </intermediateThrowEvent>"""

#: Tokens at a task with two boundary timers, at an intermediate event and behind an event-based gateway, and an event
#: subprocess; the times are what the office's documents name.
_EVERYWHERE = (
    _HEAD
    + """
  <sequenceFlow id="f1" sourceRef="accepted" targetRef="fork"/><parallelGateway id="fork"/>
  <sequenceFlow id="g1" sourceRef="fork" targetRef="work"/><sequenceFlow id="g2" sourceRef="fork" targetRef="wait"/>
  <sequenceFlow id="g3" sourceRef="fork" targetRef="race"/>
  <userTask id="work"><extensionElements><zeebe:taskSchedule dueDate="= matter.promised_days"/></extensionElements>
  </userTask>
  <boundaryEvent id="days" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
    <timeDuration>= matter.promised_days</timeDuration></timerEventDefinition></boundaryEvent>
  <boundaryEvent id="before" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
    <timeDate>= case.due - working_days(2)</timeDate></timerEventDefinition></boundaryEvent>
  <intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>= working_days(3)</timeDuration>
  </timerEventDefinition></intermediateCatchEvent>
  <eventBasedGateway id="race"/><sequenceFlow id="r1" sourceRef="race" targetRef="first"/>
  <sequenceFlow id="r2" sourceRef="race" targetRef="second"/>
  <intermediateCatchEvent id="first"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>
  </intermediateCatchEvent>
  <intermediateCatchEvent id="second"><timerEventDefinition><timeDuration>= working_days(2)</timeDuration>
  </timerEventDefinition></intermediateCatchEvent>
  <subProcess id="late" triggeredByEvent="true"><startEvent id="alarm" isInterrupting="false"><timerEventDefinition>
    <timeDuration>= working_days(matter.promised_days + 1)</timeDuration></timerEventDefinition></startEvent>
    <sequenceFlow id="l1" sourceRef="alarm" targetRef="rung"/><endEvent id="rung"/></subProcess>
  <sequenceFlow id="h1" sourceRef="days" targetRef="e1"/><endEvent id="e1"/>
  <sequenceFlow id="h2" sourceRef="before" targetRef="e2"/><endEvent id="e2"/>
  <sequenceFlow id="h3" sourceRef="wait" targetRef="e3"/><endEvent id="e3"/>
  <sequenceFlow id="h4" sourceRef="first" targetRef="e4"/><endEvent id="e4"/>
  <sequenceFlow id="h5" sourceRef="second" targetRef="e5"/><endEvent id="e5"/>
  <sequenceFlow id="h6" sourceRef="work" targetRef="e6"/><endEvent id="e6"/>
</process></definitions>"""
)

_CYCLES = (
    _HEAD
    + """
  <sequenceFlow id="f1" sourceRef="accepted" targetRef="work"/><userTask id="work"/>
  <boundaryEvent id="often" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
    <timeCycle>R4/PT30M</timeCycle></timerEventDefinition></boundaryEvent>
  <boundaryEvent id="seldom" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
    <timeCycle>R2/PT50M</timeCycle></timerEventDefinition></boundaryEvent>
  <sequenceFlow id="h1" sourceRef="often" targetRef="e1"/><endEvent id="e1"/>
  <sequenceFlow id="h2" sourceRef="seldom" targetRef="e2"/><endEvent id="e2"/>
  <sequenceFlow id="h3" sourceRef="work" targetRef="e3"/><endEvent id="e3"/>
</process></definitions>"""
)


def start(office: Office, source: str):
    office.definitions.deploy(
        [SourceFile(name="timed.bpmn", content=source.encode())], by=office.people.person("designer")
    )
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000004,计时,promised,hall,《试》,district,20,10,timed\n")
    return office.cases.start("9900000004", applicant(), {}, by=office.people.person("clerk"), window="H01")


def entries(office: Office, case):
    return office.history.entries(case["number"], by=office.people.person("auditor"), limit=200)["items"]


def fired(office: Office, case) -> list[tuple[str, str]]:
    """Elements of the timers that fired, each with the instant at which it was due, in the office's zone."""
    return [
        (
            entry["element"],
            f"{datetime.fromisoformat(entry['outcome']['fired']['due']).astimezone(office.zone):%Y-%m-%dT%H:%M}",
        )
        for entry in entries(office, case)
        if entry["kind"] == "timer.fired"
    ]


def proved(office: Office, case) -> bool:
    return office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]


def test_timers_are_read_alike_in_every_position(office: Office, clock) -> None:
    # Tuesday 10 March 2026, nine in the morning; the limit is the end of Tuesday the 24th.
    case = start(office, _EVERYWHERE)
    assert case["tasks"][0]["due"] == "2026-03-24T09:00:00+08:00"
    clock.pass_time(days=30)
    office.clock.tick()
    assert fired(office, case) == [
        ("first", "2026-03-11T09:00"),
        ("wait", "2026-03-13T09:00"),
        ("before", "2026-03-20T23:59"),
        ("days", "2026-03-24T09:00"),
        ("alarm", "2026-03-25T09:00"),
    ], "the other timer behind the gateway was given up"
    assert proved(office, case)


def test_after_days_of_downtime_cycles_catch_up_in_the_order_of_their_instants(office: Office, clock) -> None:
    case = start(office, _CYCLES)
    clock.pass_time(days=3)
    assert office.clock.tick() == 6
    assert fired(office, case) == [
        ("often", "2026-03-10T09:30"),
        ("seldom", "2026-03-10T09:50"),
        ("often", "2026-03-10T10:00"),
        ("often", "2026-03-10T10:30"),
        ("seldom", "2026-03-10T10:40"),
        ("often", "2026-03-10T11:00"),
    ]
    firings = [entry for entry in entries(office, case) if entry["kind"] == "timer.fired"]
    assert all(entry["outcome"]["fired"]["due"] < entry["at"] for entry in firings), "due, and when it fired"
    assert all(entry["at"].startswith("2026-03-13") for entry in firings)
    assert proved(office, case)


def test_a_clock_that_jumps_back_leaves_steps_in_order_and_fires_nothing_early_or_twice(office: Office, clock) -> None:
    clerk = office.people.person("clerk")
    case = start(office, _CYCLES)
    clock.pass_time(minutes=35)
    assert office.clock.tick() == 1
    clock.pass_time(hours=-5)
    office.cases.comment(case["number"], "时钟被拨回", by=clerk)
    assert office.clock.tick() == 0
    office.cases.suspend(case["number"], "勘验", "inspection", by=clerk)
    clock.pass_time(hours=-24)
    office.cases.resume(case["number"], "完成", by=clerk)
    assert office.clock.tick() == 0
    clock.pass_time(hours=24 + 5, minutes=30)
    office.clock.tick()

    times = [entry["at"] for entry in entries(office, case)]
    assert times == sorted(set(times)), "each step later than the one before"
    assert [name for name, _ in fired(office, case)].count("often") == 2
    assert len(fired(office, case)) == len(set(fired(office, case)))
    assert office.cases.get(case["number"], by=clerk)["due"].startswith("2026-03-24")
    assert proved(office, case)


_ALL_AT_ONCE = (
    _HEAD
    + """
  <sequenceFlow id="f1" sourceRef="accepted" targetRef="pay"/>
  <serviceTask id="pay"><extensionElements><zeebe:taskDefinition type="pay" retries="3"/></extensionElements>
  </serviceTask>
  <boundaryEvent id="often" attachedToRef="pay" cancelActivity="false"><timerEventDefinition>
    <timeCycle>R3/PT30M</timeCycle></timerEventDefinition></boundaryEvent>
  <sequenceFlow id="f2" sourceRef="pay" targetRef="wait"/>
  <intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>=working_days(2)</timeDuration>
  </timerEventDefinition></intermediateCatchEvent>
  <sequenceFlow id="f3" sourceRef="wait" targetRef="end"/><endEvent id="end"/>
  <sequenceFlow id="h1" sourceRef="often" targetRef="e1"/><endEvent id="e1"/>
</process></definitions>"""
)


def test_a_case_with_timers_cycles_and_jobs_is_replayed_to_what_it_was_after_each_step(office: Office, clock) -> None:
    def note() -> None:
        view = office.cases.get(number, by=auditor)
        told.append((view["version"], view["status"], view["data"], view["due"]))

    auditor, told = office.people.person("auditor"), []
    bank = office.people.add("bank", "银行", None, [("chenghuai", "worker")])
    number = start(office, _ALL_AT_ONCE)["number"]
    note()
    for minutes, message in ((35, "away"), (30, None)):
        clock.pass_time(minutes=minutes)
        office.clock.tick()
        note()
        (job,) = office.jobs.fetch(["pay"], "w", by=bank)["items"]
        if message:
            office.jobs.fail(job["id"], "w", message, by=bank)
        else:
            office.jobs.complete(job["id"], "w", {"receipt": "R7"}, by=bank)
        note()
    clock.pass_time(days=5)
    office.clock.tick()
    note()

    kinds = [entry["kind"] for entry in office.history.entries(number, by=auditor)["items"]]
    assert kinds == ["case.started", "timer.fired", "job.failed", "timer.fired", "job.completed", "timer.fired"]
    for seq, *state in told:
        then = office.history.replay(number, at=seq, by=auditor)
        assert [then["status"], then["data"], then["due"]] == state, kinds[seq - 1]
    assert [seq for seq, *_ in told] == [1, 2, 3, 4, 5, 6]
    assert told[-1][1] == "completed" and told[-1][2]["receipt"] == "R7" and told[1][2] != told[-1][2]
    assert proved(office, {"number": number})
