"""Times, cursors, names and repetitions that somebody might try."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta

import pytest

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Forbidden, IdempotencyKeyReused, Invalid
from engine.office.once import Once
from tests.office.at_work import accept, applicant, do_named, matter_of_type

_WAITING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <process id="hostile" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="wait"/>
    <intermediateCatchEvent id="wait"><timerEventDefinition id="t">TIMER</timerEventDefinition></intermediateCatchEvent>
    <sequenceFlow id="f2" sourceRef="wait" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"""


def _case_waiting_for(office: Office, timer: str, **data: object) -> dict:
    designer, clerk = office.people.person("designer"), office.people.person("clerk")
    content = _WAITING.replace("TIMER", timer).encode()
    office.definitions.deploy([SourceFile(name="hostile.bpmn", content=content)], by=designer)
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000002,试,promised,hall,《试》,district,20,10,hostile\n")
    return office.cases.start("9900000002", applicant(), data, by=clerk, window="H01")


@pytest.mark.parametrize(
    ("timer", "data"),
    [
        ("<timeDate>= date and time(d)</timeDate>", {"d": "0500-01-01T00:00:00+08:00"}),
        ("<timeDate>= date and time(d)</timeDate>", {"d": "9999-12-31T23:59:59-14:00"}),
        ("<timeDuration>= duration(d)</timeDuration>", {"d": "P99999Y"}),
    ],
)
def test_a_time_that_no_calendar_holds_is_an_incident_and_harms_no_list(
    embedded_office: Office, timer: str, data: dict
) -> None:
    office = embedded_office
    case = _case_waiting_for(office, timer, **data)

    assert case["status"] == "failed" and case["incidents"][0]["element"] == "wait"
    assert office.clock.tick() == 0
    rows = office.cases.list(by=office.people.person("clerk"))["items"]
    assert [row["number"] for row in rows] == [case["number"]]
    assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]


@pytest.mark.parametrize(
    "made_up",
    [
        ["2026-01-01T00:00:00", 1],
        ["9999-12-31T23:59:59-14:00", 1],
        ["0001-01-01T00:00:00+14:00", 1],
        ["2026-01-01T00:00:00+00:00", 2**63],
        ["2026-01-01T00:00:00+00:00", True],
        {"a": 1},
    ],
)
def test_a_made_up_cursor_is_refused(embedded_office: Office, made_up: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(made_up).encode()).decode()
    with pytest.raises(Invalid) as refused:
        embedded_office.cases.list(by=embedded_office.people.person("clerk"), cursor=cursor)
    assert refused.value.errors[0].pointer == "/cursor"


def test_a_filter_beyond_the_calendar_is_refused(embedded_office: Office) -> None:
    beyond = datetime.fromisoformat("0001-01-01T00:00:00+14:00")
    with pytest.raises(Invalid):
        embedded_office.cases.list(by=embedded_office.people.person("clerk"), due_before=beyond)


def test_a_refused_start_keeps_its_key(embedded_office: Office) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    matter, wrong = matter_of_type(office, "instant"), applicant() | {"phone": "?"}
    for _ in range(2):
        with pytest.raises(Invalid):
            office.cases.start(
                matter, wrong, {}, by=clerk, window="H01", once=Once(key="k", scope="/cases", digest="wrong")
            )
    with pytest.raises(IdempotencyKeyReused):
        office.cases.start(
            matter, applicant(), {}, by=clerk, window="H01", once=Once(key="k", scope="/cases", digest="mended")
        )
    assert office.cases.list(by=clerk)["items"] == []


def test_a_task_goes_only_to_somebody_who_can_open_it(embedded_office: Office) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    task = accept(office, matter_of_type(office, "instant"))["tasks"][0]

    for stranger in ("chenghuai", "housing", "auditor", "nobody"):
        with pytest.raises(Invalid) as refused:
            office.tasks.delegate(task["id"], stranger, by=clerk)
        assert refused.value.errors[0].pointer == "/to"
    office.tasks.delegate(task["id"], "leader", by=clerk)
    assert office.tasks.get(task["id"], by=office.people.person("leader"))["assignee"] == "leader"


def test_nobody_disabled_becomes_an_agent(embedded_office: Office) -> None:
    office, leader = embedded_office, embedded_office.people.person("leader")
    case = accept(office, matter_of_type(office, "instant"))
    office.people.disable("clerk2")
    with pytest.raises(Invalid):
        office.cases.assign_agent(case["number"], "休假", "clerk2", by=leader)
    assert office.cases.assign_agent(case["number"], "休假", "clerk3", by=leader)["agent"] == "clerk3"


def test_data_called_like_a_function_harms_no_case(embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"), now=1, duration=1, date="x")
    assert case["status"] == "open"
    assert do_named(embedded_office, case, "check_materials")["status"] == "open"


def test_the_clock_goes_forward_only_not_far_and_only_in_a_demonstration(embedded_office: Office, clock) -> None:
    with pytest.raises(Invalid):
        embedded_office.clock.advance(clock.now() - timedelta(days=1))
    with pytest.raises(Invalid):
        embedded_office.clock.advance(datetime.fromisoformat("9999-12-31T00:00:00+00:00"))
    embedded_office.clock.advance(clock.now() + timedelta(days=400))
    assert embedded_office.clock.now() == clock.now() + timedelta(days=400)


def test_an_office_of_its_own_has_the_time_of_its_machines(empty_database_url: str, tmp_path, clock) -> None:
    office = Office(empty_database_url, keyring=f"sqlite:///{tmp_path}/keyring.db", clock=clock)
    office.initialise()
    with pytest.raises(Forbidden):
        office.clock.advance(clock.now() + timedelta(days=1))
    office.close()
