"""What an applicant says of a case after its end, once, and what the office answers to a bad word."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from engine import Office
from engine.errors import Forbidden, Invalid, NotFound, NotOffered, RateLimited
from engine.office.attempts import ALLOWANCES
from engine.office.once import Once
from engine.storage import tables
from tests.conftest import SetClock
from tests.office.at_work import accept, matter_of_type, to_the_end


def ended(office: Office) -> tuple[str, str]:
    """Number and code of a case that has ended."""
    case = to_the_end(office, accept(office, matter_of_type(office, "instant")))
    return case["number"], case["tracking_code"]


def test_a_case_is_rated_once_after_its_end(office: Office) -> None:
    # given a case under way, that cannot be rated yet
    case = accept(office, matter_of_type(office, "instant"))
    with pytest.raises(NotOffered):
        office.ratings.rate(case["number"], case["tracking_code"], 5)
    case = to_the_end(office, case)
    number, code, auditor = case["number"], case["tracking_code"], office.people.person("auditor")
    assert office.cases.track(number, code)["rating"] is None
    before = office.cases.get(number, by=auditor)

    # when it has ended, the applicant says so, and the browser sends it twice
    once = Once(key="a key of the page", scope="/track", digest="5")
    views = [office.ratings.rate(number, code, 5, " 谢谢 ", once=once) for _ in range(2)]
    assert views[0] == views[1]
    assert (views[0]["level"], views[0]["comment"], views[0]["answer_due"]) == (5, "谢谢", None)

    # then it stands, nobody says another word, and nothing else has moved
    with pytest.raises(NotOffered):
        office.ratings.rate(number, code, 1)
    after = office.cases.get(number, by=auditor)
    assert {**after, "version": 0} == {**before, "version": 0}
    assert office.cases.track(number, code)["rating"] == 5
    assert office.ratings.of(number, by=auditor) == views[0]

    # and the history has it, sealed, and holds
    entry = office.history.entries(number, by=auditor, limit=100)["items"][-1]
    assert (entry["kind"], entry["actor"]) == ("case.rated", "system:applicant")
    with office.database.read() as connection:
        body = connection.execute(tables.entry.select().order_by(tables.entry.c.seq.desc()).limit(1)).one().body
    assert "谢谢".encode() not in body
    assert office.history.verify(number, by=auditor)["ok"]
    assert office.history.replay(number, by=auditor)["status"] == after["status"]


def test_a_bad_rating_is_answered_within_fifteen_working_days(office: Office, clock: SetClock) -> None:
    # given a bad rating on a Tuesday, 10 March 2026
    number, code = ended(office)
    clerk = office.people.person("clerk")
    rated = office.ratings.rate(number, code, 2, "等了很久")
    assert rated["answer_due"] is not None
    assert datetime.fromisoformat(rated["answer_due"]).date().isoformat() == "2026-03-31"
    assert not rated["answer_due_provisional"]
    assert [one["case"] for one in office.ratings.list(by=clerk, unanswered=True)["items"]] == [number]

    # when its time passes, it is late
    clock.pass_time(days=22)
    assert office.ratings.list(by=clerk, unanswered=True)["items"][0]["overdue"]

    # when the office answers, once, it waits no more, and the history says who told the applicant what
    answered = office.ratings.answer(number, "已电话回访，致歉并说明原因", by=clerk)
    assert (answered["answered_by"], answered["overdue"]) == ("clerk", False)
    assert office.ratings.list(by=clerk, unanswered=True)["items"] == []
    with pytest.raises(NotOffered):
        office.ratings.answer(number, "再说一次", by=clerk)
    auditor = office.people.person("auditor")
    assert office.history.entries(number, by=auditor, limit=100)["items"][-1]["kind"] == "rating.answered"
    assert office.history.verify(number, by=auditor)["ok"]


def test_who_has_no_part_in_a_case_neither_sees_nor_answers_its_rating(office: Office) -> None:
    number, code = ended(office)
    office.ratings.rate(number, code, 1)
    planning, auditor = office.people.person("planning"), office.people.person("auditor")
    assert office.ratings.list(by=planning)["items"] == []
    with pytest.raises(NotFound):
        office.ratings.answer(number, "x", by=planning)
    with pytest.raises(Forbidden):
        office.ratings.answer(number, "x", by=auditor)


@pytest.mark.parametrize(
    ("level", "comment", "pointer"), [(0, None, "/level"), (6, None, "/level"), (3, "长" * 1001, "/comment")]
)
def test_what_is_no_rating_is_refused(office: Office, level: int, comment: str | None, pointer: str) -> None:
    number, code = ended(office)
    with pytest.raises(Invalid) as refused:
        office.ratings.rate(number, code, level, comment)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    with pytest.raises(NotFound):
        office.ratings.rate(number, "AAAA-AAAA-AAAA", 5)


@pytest.mark.parametrize("changed", [{"level": 5}, {"answer_due": None}, None])
def test_a_rating_that_was_changed_is_found(office: Office, changed: dict[str, object] | None) -> None:
    number, code = ended(office)
    office.ratings.rate(number, code, 1, "很差")
    with office.database.write() as connection:
        connection.execute(update(tables.rating).values(changed) if changed else tables.rating.delete())
    proof = office.history.verify(number, by=office.people.person("auditor"))
    assert not proof["ok"]
    assert "rating" in str(proof["first_bad"])


def test_ratings_are_listed_page_by_page(office: Office, clock: SetClock) -> None:
    numbers = []
    for _ in range(3):
        number, code = ended(office)
        office.ratings.rate(number, code, 1)
        numbers.append(number)
        clock.pass_time(days=1)
    clerk = office.people.person("clerk")
    for unanswered, order in ((False, numbers[::-1]), (True, numbers)):
        found, cursor = [], None
        while True:
            page = office.ratings.list(by=clerk, unanswered=unanswered, limit=1, cursor=cursor)
            found += [one["case"] for one in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert found == order


def test_guesses_are_counted_for_the_whole_office(office: Office, clock: SetClock, tmp_path: Path) -> None:
    # given two processes of one office
    other = Office(
        office.database.url.render_as_string(hide_password=False),
        keyring=f"sqlite:///{tmp_path}/keyring.db",
        clock=clock,
        materials=tmp_path / "materials",
    )
    most = ALLOWANCES["track"].most

    # when somebody guesses at both in turn
    for turn in range(most):
        (office if turn % 2 else other).attempts.check("track", "192.0.2.1")
        (other if turn % 2 else office).attempts.failed("track", "192.0.2.1")

    # then both have had enough of that address, and of no other, nor for anything else
    for each in (office, other):
        with pytest.raises(RateLimited):
            each.attempts.check("track", "192.0.2.1")
        each.attempts.check("track", "192.0.2.2")
        each.attempts.check("login", "192.0.2.1")

    # and after a while it may try again, and what was counted is gone
    clock.pass_time(seconds=61)
    office.attempts.check("track", "192.0.2.1")
    office.attempts.failed("track", "192.0.2.1")
    with office.database.read() as connection:
        rows = connection.execute(tables.attempt.select()).all()
    assert len(rows) == 1
    assert "192.0.2.1" not in str(rows)
    other.close()
