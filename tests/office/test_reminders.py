"""Reminders and mentions: who waits for a case asks for it, and who is named in a remark finds it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from engine import Office
from engine.errors import CaseClosed, CaseSuspended, Forbidden, Invalid, NotFound, NotOffered
from engine.office.once import Once
from engine.storage import tables
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type, to_the_end


def test_a_reminder_marks_what_waits_and_makes_nothing_stale(office: Office) -> None:
    clerk, leader, auditor = (office.people.person(name) for name in ("clerk", "leader", "auditor"))
    case = accept(office, matter_of_type(office, "instant"))
    number, task = case["number"], case["tasks"][0]

    # when a leader reminds of it, and the browser sends it twice
    once = Once(key="of the page", scope="/remind", digest="1")
    views = [office.reminders.remind(number, " 申请人来电 ", by=leader, once=once) for _ in range(2)]
    assert views[0] == views[1]

    # then the task says so, in the inbox too, and whoever has it open completes it as it was read
    assert views[0]["tasks"][0]["reminded"] is not None
    assert views[0]["tasks"][0]["version"] == task["version"]
    assert [one["reminded"] for one in office.tasks.list(by=clerk)["items"]] == [views[0]["tasks"][0]["reminded"]]
    office.tasks.claim(task["id"], by=clerk, if_match=task["version"])

    # and it is in the file, sealed, and what follows is not marked
    entry = office.history.entries(number, by=clerk, limit=100)["items"][-2]
    assert (entry["kind"], entry["input"]) == ("case.reminded", {"note": "申请人来电", "task": None})
    with office.database.read() as connection:
        body = connection.execute(tables.entry.select().where(tables.entry.c.kind == "case.reminded")).one().body
    assert "申请人".encode() not in body
    after = do_named(office, office.cases.get(number, by=clerk), task["element"])
    assert all(one["reminded"] is None for one in after["tasks"])
    to_the_end(office, after)
    assert office.history.verify(number, by=auditor)["ok"]
    assert office.history.replay(number, by=auditor)["status"] == "completed"


def test_nobody_reminds_twice_within_a_working_day(office: Office, clock: SetClock) -> None:
    clerk, leader = office.people.person("clerk"), office.people.person("leader")
    case = accept(office, matter_of_type(office, "promised"))
    number, code = case["number"], case["tracking_code"]
    assert office.cases.track(number, code)["may_remind"]
    task = case["tasks"][0]

    # given reminders on a Friday, by a colleague of the one task, by another, and by the applicant
    clock.pass_time(days=3)
    view = office.reminders.remind(number, None, task["id"], by=clerk)
    assert [one["id"] for one in view["tasks"] if one["reminded"]] == [task["id"]]
    office.reminders.remind(number, by=leader)
    assert office.reminders.ask(number, code, "请尽快")["case"] == number
    assert not office.cases.track(number, code)["may_remind"]

    # then nobody does it again on the weekend, and on Monday anybody may
    clock.pass_time(days=2)
    for again in (lambda: office.reminders.remind(number, by=clerk), lambda: office.reminders.ask(number, code)):
        with pytest.raises(NotOffered, match="within a working day"):
            again()
    clock.pass_time(days=1)
    office.reminders.remind(number, by=clerk)
    office.reminders.ask(number, code)
    assert office.history.verify(number, by=office.people.person("auditor"))["ok"]


def test_who_may_remind_and_of_what(office: Office) -> None:
    clerk, leader = office.people.person("clerk"), office.people.person("leader")
    case = accept(office, matter_of_type(office, "promised"))
    number = case["number"]
    for by, error in (("auditor", Forbidden), ("planning", NotFound)):
        with pytest.raises(error):
            office.reminders.remind(number, by=office.people.person(by))
    with pytest.raises(NotFound):
        office.reminders.ask(number, "wrong")
    for note, task, pointer in (("x" * 1001, None, "/note"), (None, "none", "/task")):
        with pytest.raises(Invalid) as refused:
            office.reminders.remind(number, note, task, by=clerk)
        assert [fault.pointer for fault in refused.value.errors] == [pointer]
    do_named(office, case, "check_materials")
    office.cases.suspend(number, "评审", "expert-review", by=leader)
    with pytest.raises(CaseSuspended):
        office.reminders.remind(number, by=clerk)
    done = to_the_end(office, accept(office, matter_of_type(office, "instant")))
    with pytest.raises(CaseClosed):
        office.reminders.remind(done["number"], by=clerk)


def test_who_is_named_in_a_remark_finds_it_until_it_is_read(office: Office, clock: SetClock) -> None:
    clerk, leader = office.people.person("clerk"), office.people.person("leader")
    case = accept(office, matter_of_type(office, "promised"))
    texts = ["@leader，请看一下 @clerk.", "写信到 a@leader 无妨", "再请 @leader 看"]
    for text in texts:
        office.cases.comment(case["number"], text, by=clerk)
        clock.pass_time(minutes=1)
    assert (office.mentions.unread(by=leader), office.mentions.unread(by=clerk)) == (2, 1)

    # page by page, the latest first
    first = office.mentions.list(by=leader, limit=1)
    second = office.mentions.list(by=leader, limit=1, cursor=first["next"])
    found = first["items"] + second["items"]
    assert [one["text"] for one in found] == [texts[2], texts[0]]
    assert second["next"] is None
    assert {(one["case"], one["by"], one["read"]) for one in found} == {(case["number"], "clerk", None)}

    # read once, and once more; nobody reads another's
    read = [office.mentions.mark_read(found[0]["id"], by=leader) for _ in range(2)]
    assert read[0] == read[1] and read[0]["read"] is not None
    assert [one["id"] for one in office.mentions.list(by=leader, unread=True)["items"]] == [found[1]["id"]]
    with pytest.raises(NotFound):
        office.mentions.mark_read(found[1]["id"], by=clerk)

    # and that it was read is no part of what is proven, while who was named is
    auditor = office.people.person("auditor")
    assert office.history.verify(case["number"], by=auditor)["ok"]
    with office.database.write() as connection:
        connection.execute(
            update(tables.mention).where(tables.mention.c.id == found[0]["id"]).values(username="clerk2")
        )
    fault = office.history.verify(case["number"], by=auditor)["first_bad"]
    assert fault is not None and "mentions" in fault["reason"]


@pytest.mark.parametrize("name", ["nobody.such", "planning", "gone"])
def test_nobody_is_named_who_is_not_there_or_may_not_see_the_case(embedded_office: Office, name: str) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    office.people.add("gone", "离职", "a long enough password", [("hall", "clerk")])
    office.people.disable("gone")
    case = accept(office, matter_of_type(office, "instant"))
    with pytest.raises(Invalid) as refused:
        office.cases.comment(case["number"], f"请 @{name} 看，@leader 也看", by=clerk)
    assert [fault.pointer for fault in refused.value.errors] == ["/text"]
    assert office.mentions.unread(by=office.people.person("leader")) == 0
    assert not office.cases.comments(case["number"], by=clerk)
