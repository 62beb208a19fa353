"""Timers that fire while people work on the same case."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Conflict
from engine.office.vitals import Waiting
from tests.office.at_work import applicant

_CYCLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <process id="nagging" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="work"/>
    <userTask id="work"/>
    <sequenceFlow id="f2" sourceRef="work" targetRef="end"/>
    <endEvent id="end"/>
    <boundaryEvent id="nag" attachedToRef="work" cancelActivity="false">
      <timerEventDefinition id="t"><timeCycle>R40/PT1M</timeCycle></timerEventDefinition>
    </boundaryEvent>
    <sequenceFlow id="f3" sourceRef="nag" targetRef="nagged"/>
    <endEvent id="nagged"/>
  </process>
</definitions>"""


def _nagging(office: Office, serial: int, cycle: str = "R40/PT1M") -> dict:
    designer, clerk = office.people.person("designer"), office.people.person("clerk")
    office.definitions.deploy(
        [SourceFile(name="nagging.bpmn", content=_CYCLE.replace("R40/PT1M", cycle).encode())], by=designer
    )
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000001,催办,promised,hall,《试》,district,20,10,nagging\n")
    return office.cases.start("9900000001", applicant(serial), {}, by=clerk, window="H01")


def test_people_and_the_clock_at_one_case_leave_one_true_history(office: Office, clock) -> None:
    clerk, auditor = office.people.person("clerk"), office.people.person("auditor")
    for serial in range(4):
        case = _nagging(office, serial)
        clock.pass_time(hours=1)

        def comment(text: str, number: str = case["number"]) -> bool:
            try:
                office.cases.comment(number, text, by=clerk)
                return True
            except Conflict:
                return False

        with ThreadPoolExecutor(6) as pool:
            ticking = pool.submit(office.clock.tick)
            said = [text for text in map(str, range(20)) if pool.submit(comment, text).result()]
            ticking.result()
            more = list(pool.map(comment, [f"m{n}" for n in range(20)]))
        office.clock.tick()

        proof = office.history.verify(case["number"], by=auditor)
        assert proof["ok"], proof
        entries = office.history.entries(case["number"], by=auditor, limit=1000)["items"]
        fired = [entry["outcome"]["fired"]["due"] for entry in entries if entry["kind"] == "timer.fired"]
        assert len(fired) == len(set(fired)) == 40, "each firing once, and none lost"
        kept = [entry["input"]["text"] for entry in entries if entry["kind"] == "comment.added"]
        assert len(kept) == len(set(kept)) == len(said) + sum(more), "what was acknowledged is there once"


def test_a_case_that_is_being_stepped_is_nobody_elses(embedded_office: Office, clock) -> None:
    office = embedded_office
    case = _nagging(office, 1)
    clock.pass_time(minutes=3)
    steps = office.cases._steps
    with office.database.read() as connection:
        mine = steps.archive.by_number(connection, case["number"])
    assert steps.fire_due(mine, clock.now()) == 3
    with office.database.read() as connection:
        theirs = steps.archive.by_number(connection, case["number"])
    assert theirs is not mine and theirs.execution is not mine.execution


def test_a_cycle_faster_than_a_second_is_an_incident_not_a_flood(embedded_office: Office, clock) -> None:
    case = _nagging(embedded_office, 1, '= "R/PT0.001S"')
    assert case["status"] == "failed" and "second" in case["incidents"][0]["cause"]
    clock.pass_time(hours=1)
    assert embedded_office.clock.tick() == 0


def test_whoever_watches_over_the_office_sees_how_late_its_clock_is_and_is_told_of_each_step(
    office: Office, clock
) -> None:
    told: list[str] = []
    office.watchman.on_step(lambda kind, seconds: told.append(kind) if seconds > 0 else None)
    for serial in range(2):
        _nagging(office, serial)
        clock.pass_time(seconds=10)
    clock.pass_time(seconds=60)
    assert office.watchman.vitals().due == Waiting(2, 20.0)
    assert office.clock.tick() == 2
    assert office.watchman.vitals().due == Waiting(0, 0.0)
    assert told == ["case.started"] * 2 + ["timer.fired"] * 2
