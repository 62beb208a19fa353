"""Requests that can be repeated safely."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select

from engine import Office
from engine.errors import IdempotencyKeyReused, Invalid, NotOffered, StaleVersion, TaskAlreadyCompleted
from engine.office import context
from engine.office.archive import Loaded
from engine.office.once import Once
from engine.office.steps import Steps
from engine.storage import tables
from tests.conftest import SetClock
from tests.office.at_work import accept, applicant, do, matter_of_type, ordinary, window_of


def test_a_repeated_completion_gives_the_first_answer_again(office: Office) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    task, by = case["tasks"][0], office.people.person("clerk")
    answer = ordinary(office, task, by)
    once = Once(key="a", scope=f"/tasks/{task['id']}/complete", digest="d1")

    first = office.tasks.complete(task["id"], answer, by=by, once=once)
    again = office.tasks.complete(task["id"], answer, by=by, once=once)

    assert again == first
    assert len(office.history.entries(case["number"], by=by)["items"]) == 2


def test_the_same_key_with_another_body_is_refused(office: Office) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    task, by = case["tasks"][0], office.people.person("clerk")
    answer = ordinary(office, task, by)
    office.tasks.complete(task["id"], answer, by=by, once=Once(key="a", scope="/t", digest="d1"))

    with pytest.raises(IdempotencyKeyReused):
        office.tasks.complete(task["id"], answer, by=by, once=Once(key="a", scope="/t", digest="d2"))


def test_a_refusal_is_remembered_with_its_fields(office: Office) -> None:
    by, once = office.people.person("clerk"), Once(key="a", scope="/cases", digest="d1")
    window, wrong = window_of(office, "hall"), applicant() | {"id_number": "123"}
    matter = matter_of_type(office, "instant")
    refused = []
    for _ in range(2):
        with pytest.raises(Invalid) as caught:
            office.cases.start(matter, wrong, {}, by=by, window=window, once=once)
        refused.append(caught.value)
    assert refused[0].errors == refused[1].errors
    assert refused[0].errors[0].pointer == "/applicant/id_number"


def test_a_stale_version_is_refused_and_a_completed_task_wins_over_it(office: Office) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    task, by = case["tasks"][0], office.people.person("clerk")
    office.tasks.claim(task["id"], by=by, if_match=task["version"])

    with pytest.raises(StaleVersion):
        office.tasks.claim(task["id"], by=by, if_match=task["version"])
    office.tasks.complete(task["id"], ordinary(office, task, by), by=by, if_match=2)
    with pytest.raises(TaskAlreadyCompleted):
        office.tasks.complete(task["id"], {}, by=by, if_match=2)


def test_what_could_be_done_again_is_done_once(office: Office) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    by, once = office.people.person("clerk"), Once(key="a", scope="/comments", digest="d1")

    first = office.cases.comment(case["number"], "一次", by=by, once=once)
    office.cases.comment(case["number"], "另一次", by=by)
    assert office.cases.comment(case["number"], "一次", by=by, once=once) == first
    with pytest.raises(IdempotencyKeyReused):
        office.cases.comment(case["number"], "二次", by=by, once=Once(key="a", scope="/comments", digest="d2"))

    said = [entry["kind"] for entry in office.history.entries(case["number"], by=by)["items"]]
    assert said == ["case.started", "comment.added", "comment.added"]


def test_a_timer_that_cannot_fire_bars_no_answer_that_was_given(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    by, once = office.people.person("clerk"), Once(key="a", scope="/comments", digest="d1")
    first = office.cases.comment(case["number"], "一次", by=by, once=once)

    def fails(_self: Steps, _loaded: Loaded, _now: datetime) -> int:
        raise Invalid

    with monkeypatch.context() as patched:
        patched.setattr(Steps, "fire_due", fails)
        assert office.cases.comment(case["number"], "一次", by=by, once=once) == first
        other = Once(key="b", scope="/comments", digest="d1")
        with pytest.raises(Invalid):
            office.cases.comment(case["number"], "一次", by=by, once=other)
    # That was no refusal of the request: it may come again.
    assert office.cases.comment(case["number"], "一次", by=by, once=other)["version"] == 3


def test_what_was_refused_is_refused_though_it_would_be_granted_by_now(office: Office) -> None:
    case = accept(office, matter_of_type(office, "joint"))
    leader, once = office.people.person("leader"), Once(key="a", scope="/extend", digest="d1")
    with pytest.raises(NotOffered):
        office.cases.extend(case["number"], "补件", 1, by=leader, once=once)

    while case["due"] is None:
        case = do(office, case["tasks"][0])
    with pytest.raises(NotOffered):
        office.cases.extend(case["number"], "补件", 1, by=leader, once=once)
    once = Once(key="b", scope="/extend", digest="d1")
    assert office.cases.extend(case["number"], "补件", 1, by=leader, once=once)["version"] == case["version"] + 1


def test_a_request_is_remembered_for_thirty_days(
    office: Office, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "FORGOTTEN", 3)
    case = accept(office, matter_of_type(office, "instant"))
    by = office.people.person("clerk")
    sent = [Once(key=f"k{n}", scope="/comments", digest="d") for n in range(7)]
    for once in sent:
        office.cases.comment(case["number"], once.key, by=by, once=once)

    clock.pass_time(days=29, hours=23)
    office.clock.tick()
    again = office.cases.comment(case["number"], "k0", by=by, once=sent[0])
    assert again["version"] == 2 and remembered(office) == 7

    clock.pass_time(hours=2)
    office.clock.tick()
    assert remembered(office) == 0
    # To who repeats it after that it is another one.
    assert office.cases.comment(case["number"], "k0", by=by, once=sent[0])["version"] > 8


def remembered(office: Office) -> int:
    """How many requests the office remembers."""
    with office.database.read() as connection:
        return connection.execute(select(func.count()).select_from(tables.idempotency)).scalar_one()
