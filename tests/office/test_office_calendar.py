"""The office closes days, or works them, and what it promised is counted anew: once a case, in its history."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from engine import Office
from engine.calendar import published
from engine.definitions.model import SourceFile
from engine.errors import Forbidden, Invalid, NotFound
from engine.office import recounting
from engine.office.once import Once
from tests.office.at_work import accept, applicant, do_named, matter_of_type

#: A task due three working days after it began, with a reminder two working days before the case's limit.
_PROMISE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    id="d" targetNamespace="t">
  <process id="promise" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f0" sourceRef="start" targetRef="accepted"/>
    <intermediateThrowEvent id="accepted"><extensionElements>
      <zeebe:properties><zeebe:property name="milestone" value="accepted"/></zeebe:properties>
    </extensionElements></intermediateThrowEvent>
    <sequenceFlow id="f1" sourceRef="accepted" targetRef="work"/>
    <userTask id="work"><extensionElements>
      <zeebe:taskSchedule dueDate="= working_days(3)"/></extensionElements></userTask>
    <sequenceFlow id="f2" sourceRef="work" targetRef="end"/><endEvent id="end"/>
    <boundaryEvent id="remind" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
      <timeDate>= case.due - working_days(2)</timeDate></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="f3" sourceRef="remind" targetRef="reminded"/><endEvent id="reminded"/>
    <boundaryEvent id="plain" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
      <timeDuration>P20D</timeDuration></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="f4" sourceRef="plain" targetRef="passed"/><endEvent id="passed"/>
  </process>
</definitions>"""


def admin(office: Office):
    return office.people.person("admin")


def promise(office: Office, count: int = 1) -> list[str]:
    """Cases accepted on Tuesday 10 March 2026 with a limit of ten working days: Tuesday the 24th."""
    office.definitions.deploy(
        [SourceFile(name="promise.bpmn", content=_PROMISE.encode())], by=office.people.person("designer")
    )
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000002,承诺,promised,hall,《试》,district,20,10,promise\n")
    clerk = office.people.person("clerk")
    return [
        office.cases.start("9900000002", applicant(serial), {}, by=clerk, window="H01")["number"]
        for serial in range(count)
    ]


def seen(office: Office, number: str):
    return office.cases.get(number, by=office.people.person("auditor"))


def kinds(office: Office, number: str) -> list[str]:
    found = office.history.entries(number, by=office.people.person("auditor"))["items"]
    return [entry["kind"] for entry in found]


def proved(office: Office, *numbers: str) -> bool:
    auditor = office.people.person("auditor")
    return all(office.history.verify(number, by=auditor)["ok"] for number in numbers)


def wake(office: Office, number: str) -> datetime:
    from sqlalchemy import select

    from engine.storage import tables

    with office.database.read() as connection:
        case = tables.case.c
        return connection.execute(select(case.wake_at).where(case.number == number)).scalar_one()


def test_a_closed_day_moves_limit_task_and_timer_by_one_step_of_each_case(office: Office) -> None:
    numbers = promise(office, 3)
    office.clock.tick()
    before = seen(office, numbers[0])
    assert before["due"].startswith("2026-03-24") and before["tasks"][0]["due"].startswith("2026-03-13")
    assert wake(office, numbers[0]).isoformat().startswith("2026-03-20")

    view = office.calendar.set("2026-03-12", "closed", "暴雪停工", by=admin(office))
    assert {"date": "2026-03-12", "kind": "closed", "source": "office", "reason": "暴雪停工"} in view["days"]
    assert view["recounting"]
    office.clock.tick()

    assert not office.calendar.list(2026)["recounting"]
    for number in numbers:
        after = seen(office, number)
        assert after["due"].startswith("2026-03-25") and after["tasks"][0]["due"].startswith("2026-03-16")
        assert wake(office, number).isoformat().startswith("2026-03-23")
        assert kinds(office, number) == ["case.started", "case.recounted"]
    office.clock.tick()
    office.calendar.recount(by=admin(office))
    office.clock.tick()
    assert kinds(office, numbers[0]) == ["case.started", "case.recounted"], "a second time finds nothing to do"
    assert proved(office, *numbers)

    office.calendar.remove("2026-03-12", by=admin(office))
    office.clock.tick()
    assert seen(office, numbers[0])["due"] == before["due"]
    assert proved(office, *numbers)


def test_who_changed_the_calendar_stands_in_the_offices_chain(embedded_office: Office) -> None:
    office = embedded_office
    office.calendar.set("2026-03-12", "closed", "暴雪停工", by=admin(office))
    office.calendar.remove("2026-03-12")
    acts = office.ledger.entries(by=office.people.person("auditor"), limit=1000)["items"][-2:]
    assert [(act["actor"], act["kind"]) for act in acts] == [
        ("admin", "calendar.changed"),
        ("system:shell", "calendar.changed"),
    ]
    assert acts[0]["about"]["set"] == [{"day": "2026-03-12", "kind": "closed", "reason": "暴雪停工"}]


def test_a_case_that_no_change_touches_gets_no_step(embedded_office: Office) -> None:
    office = embedded_office
    (number,) = promise(office)
    office.calendar.set("2026-05-20", "closed", "院庆", by=admin(office))
    office.clock.tick()
    assert kinds(office, number) == ["case.started"]


def test_working_days_that_a_suspension_took_out_are_counted_anew(office: Office, clock) -> None:
    (number,) = promise(office)
    clerk = office.people.person("clerk")
    clock.pass_time(days=1)
    office.cases.suspend(number, "现场勘验", "inspection", by=clerk)
    clock.pass_time(days=2)
    resumed = office.cases.resume(number, "完成", by=clerk)
    assert resumed["due"].startswith("2026-03-26"), "Thursday and Friday were not counted"
    clock.pass_time(hours=1)

    office.calendar.set("2026-03-12", "closed", "停水", by=admin(office))
    office.clock.tick()
    # The day is closed for everybody: it is not counted, but the suspension took out one day less.
    assert seen(office, number)["due"].startswith("2026-03-26")
    office.calendar.set("2026-03-16", "closed", "停水", by=admin(office))
    office.clock.tick()
    assert seen(office, number)["due"].startswith("2026-03-27")
    assert proved(office, number)


def test_a_suspended_case_is_counted_anew_and_goes_on_right(embedded_office: Office, clock) -> None:
    office = embedded_office
    (number,) = promise(office)
    office.cases.suspend(number, "现场勘验", "inspection", by=office.people.person("clerk"))
    office.calendar.set("2026-03-20", "closed", "停水", by=admin(office))
    office.clock.tick()
    assert seen(office, number)["due"].startswith("2026-03-25") and seen(office, number)["status"] == "suspended"
    clock.pass_time(days=1)
    assert office.cases.resume(number, "完成", by=office.people.person("clerk"))["due"].startswith("2026-03-26")
    assert proved(office, number)


def test_what_is_accepted_after_the_change_needs_no_recount(office: Office) -> None:
    office.calendar.set("2026-03-12", "closed", "暴雪停工", by=admin(office))
    (number,) = promise(office)
    assert seen(office, number)["due"].startswith("2026-03-25")
    office.clock.tick()
    assert kinds(office, number) == ["case.started"]
    assert proved(office, number)


def test_another_process_that_does_not_know_of_the_change_yet_counts_right_all_the_same(
    office: Office, clock, tmp_path
) -> None:
    numbers = promise(office, 2)
    other = Office(
        office.database.url.render_as_string(hide_password=False),
        keyring=f"sqlite:///{tmp_path}/keyring.db",
        clock=clock,
    )
    try:
        leader = other.people.person("leader")
        assert other.cases.extend(numbers[0], "批准", 1, by=leader)["due"].startswith("2026-03-25")
        office.calendar.set("2026-03-12", "closed", "暴雪停工", by=admin(office))
        assert other.cases.extend(numbers[1], "批准", 1, by=leader)["due"].startswith("2026-03-26")
    finally:
        other.close()
    office.clock.tick()
    assert seen(office, numbers[0])["due"].startswith("2026-03-26")
    assert kinds(office, numbers[1]) == ["case.started", "case.extended"]


def test_a_recount_that_was_broken_off_goes_on_where_it_was(
    embedded_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = embedded_office
    monkeypatch.setattr(recounting, "BATCH", 2)
    monkeypatch.setattr(recounting, "_open_cases", recounting._open_cases.limit(2))
    numbers = promise(office, 5)
    office.clock.tick()
    office.calendar.set("2026-03-12", "closed", "暴雪停工", by=admin(office))
    assert office.clock.recount()
    counted = [number for number in numbers if "case.recounted" in kinds(office, number)]
    assert len(counted) == 2
    office.clock.tick()
    assert all(kinds(office, number).count("case.recounted") == 1 for number in numbers)


def test_a_year_that_is_published_settles_what_was_provisional(
    office: Office, clock, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = max(published.published_years())
    clock.pass_time(days=(date(last, 12, 15) - clock.now().date()).days)
    office.clock.tick()
    (number,) = promise(office)
    case = seen(office, number)
    assert case["due_provisional"] and case["due"].startswith(f"{last}-12-29")
    assert case["tasks"][0]["due_provisional"] is False, "three working days do not lead so far"
    assert office.history.replay(number, by=admin(office))["due_provisional"]
    assert not office.calendar.list(last + 1)["published"]

    new = {date(last + 1, month, day): "New" for month, day in ((1, 1), (10, 1))} | {date(last, 12, 28): "New"}
    monkeypatch.setattr(published, "holidays", {**published.holidays, **new})
    monkeypatch.setattr(published, "_YEARS", published._YEARS | {last + 1})
    monkeypatch.setattr(published, "release", lambda: "99.0")
    monkeypatch.setattr(published, "digest", lambda: "another")
    upgraded = Office(
        office.database.url.render_as_string(hide_password=False),
        keyring=f"sqlite:///{tmp_path}/keyring.db",
        clock=clock,
    )
    upgraded.clock.tick()
    upgraded.close()
    case = seen(office, number)
    assert not case["due_provisional"] and case["due"].startswith(f"{last}-12-30")
    assert kinds(office, number) == ["case.started", "case.recounted"]
    monkeypatch.undo()
    assert proved(office, number), "a replay is given the old answers, whatever is published then"


def test_the_office_may_end_its_day_earlier(embedded_office: Office) -> None:
    office = embedded_office
    (number,) = promise(office)
    view = office.calendar.set_closing("17:30", by=admin(office))
    assert view["closes"] == "17:30"
    office.clock.tick()
    assert seen(office, number)["due"] == "2026-03-24T17:30:00+08:00"
    assert office.calendar.set_closing("24:00", by=admin(office))["closes"] == "24:00"
    office.clock.tick()
    assert seen(office, number)["due"] == "2026-03-24T23:59:59+08:00"
    assert proved(office, number)


def test_a_timer_that_cannot_be_computed_any_more_stays_and_the_limit_moves(embedded_office: Office) -> None:
    office = embedded_office
    note = """<boundaryEvent id="noted" attachedToRef="work" cancelActivity="false">
      <messageEventDefinition messageRef="m"/></boundaryEvent>
      <sequenceFlow id="f5" sourceRef="noted" targetRef="over"/><endEvent id="over"/></process>
      <message id="m" name="note"/>"""
    source = _PROMISE.replace("case.due - working_days(2)", "case.due - working_days(lead)")
    source = source.replace("</process>", note).replace("promise", "brittle")
    office.definitions.deploy(
        [SourceFile(name="brittle.bpmn", content=source.encode())], by=office.people.person("designer")
    )
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000003,承诺,promised,hall,《试》,district,20,10,brittle\n")
    clerk = office.people.person("clerk")
    case = office.cases.start("9900000003", applicant(), {"lead": 2}, by=clerk, window="H01")
    woken = wake(office, case["number"])
    office.cases.message(case["number"], "note", {"lead": None}, by=clerk)
    office.calendar.set("2026-03-12", "closed", "暴雪停工", by=admin(office))
    office.clock.tick()
    assert seen(office, case["number"])["due"].startswith("2026-03-25")
    assert wake(office, case["number"]) == woken
    assert proved(office, case["number"])


def test_the_published_days_are_listed_with_the_offices_own(embedded_office: Office) -> None:
    office = embedded_office
    sheet = "date,kind,reason\n2026-10-08,closed,台风\n2026-10-05,worked,大型活动保障\n"
    view = office.calendar.import_days(sheet, by=admin(office))
    days = {day["date"]: day for day in view["days"]}
    assert days["2026-10-01"] == {
        "date": "2026-10-01",
        "kind": "closed",
        "source": "published",
        "reason": "National Day",
    }
    assert days["2026-10-10"]["kind"] == "worked" and days["2026-10-10"]["source"] == "published"
    assert days["2026-10-05"]["kind"] == "worked" and days["2026-10-05"]["source"] == "office"
    edition = view["edition"]
    assert office.calendar.import_days(sheet, by=admin(office))["edition"] == edition, "the same again is no change"


@pytest.mark.parametrize(
    ("sheet", "told"),
    [
        ("date,kind,reason\n2026-02-30,closed,x\n", "line 2, column 1 (date)"),
        ("date,kind,reason\n2026-03-02,off,x\n", "line 2, column 2 (kind)"),
        ("date,kind,reason\n2026-03-02,closed,\n", "line 2, column 3 (reason)"),
        ("date,kind,reason\n2026-03-02,closed,x\n2026-03-02,worked,x\n", "stands in line 2 already"),
        ("date,kind,reason\n", "0 days"),
        ("day,kind,reason\n2026-03-02,closed,x\n", "no column 'date'"),
    ],
)
def test_a_table_of_days_with_a_fault_changes_nothing(embedded_office: Office, sheet: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        embedded_office.calendar.import_days(sheet, by=admin(embedded_office))
    assert told in " ".join(error.message for error in refused.value.errors)
    assert not [day for day in embedded_office.calendar.list(2026)["days"] if day["source"] == "office"]


def test_only_administrators_change_it_and_a_repeated_request_does_so_once(office: Office) -> None:
    for username in ("clerk", "leader", "designer", "auditor"):
        with pytest.raises(Forbidden):
            office.calendar.set("2026-03-12", "closed", "x", by=office.people.person(username))
    with pytest.raises(NotFound):
        office.calendar.remove("2026-03-12", by=admin(office))
    for day, kind, reason in (("20260312", "closed", "x"), ("2026-03-12", "off", "x"), ("2026-03-12", "closed", " ")):
        with pytest.raises(Invalid):
            office.calendar.set(day, kind, reason, by=admin(office))
    once = Once(key="k", scope="POST /calendar/days", digest="d")
    first = office.calendar.set("2026-03-12", "closed", "停电", by=admin(office), once=once)
    assert office.calendar.set("2026-03-12", "closed", "停电", by=admin(office), once=once) == first
    assert office.calendar.list(2026)["edition"] == first["edition"]


def test_days_that_the_office_closes_hold_for_what_comes_after_in_the_shipped_processes(office: Office, clock) -> None:
    case = accept(office, matter_of_type(office, "promised", lambda matter: matter["promised_days"] > 3))
    case = do_named(office, case, case["tasks"][0]["element"])
    due = date.fromisoformat(case["due"][:10])
    closed = due - timedelta(days=due.weekday() and 1)
    office.calendar.set(closed.isoformat(), "closed", "停水", by=admin(office))
    office.clock.tick()
    assert date.fromisoformat(seen(office, case["number"])["due"][:10]) > due
    assert proved(office, case["number"])
