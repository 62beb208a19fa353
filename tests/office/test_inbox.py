"""What an inbox counts and filters, and the filters that people keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from engine import Office
from engine.errors import Invalid, NotFound
from engine.office.saved_filters import MOST
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type


def test_an_inbox_counts_what_waits_what_is_late_and_what_is_due_today(office: Office, clock: SetClock) -> None:
    clerk, housing = office.people.person("clerk"), office.people.person("housing")
    assert office.tasks.counts(by=clerk) == {"mine": 0, "group": 0, "away": 0, "late": 0, "today": 0}

    # given an instant case that is due on the day of its acceptance, and a promised one
    case = accept(office, matter_of_type(office, "instant"))
    do_named(office, case, "check_materials")
    promised = accept(office, matter_of_type(office, "promised"))
    office.tasks.claim(promised["tasks"][0]["id"], by=clerk)

    # then each is counted where it belongs, and not for another unit
    assert office.tasks.counts(by=clerk) == {"mine": 1, "group": 1, "away": 0, "late": 0, "today": 1}
    assert office.tasks.counts(by=housing) == {"mine": 0, "group": 0, "away": 0, "late": 0, "today": 0}

    # and on the next day what was due is late
    clock.pass_time(days=1)
    assert office.tasks.counts(by=clerk) == {"mine": 1, "group": 1, "away": 0, "late": 1, "today": 0}


def test_an_inbox_is_filtered_by_limit_type_and_matter(office: Office, clock: SetClock) -> None:
    clerk = office.people.person("clerk")
    instant, promised = matter_of_type(office, "instant"), matter_of_type(office, "promised")
    for matter in (instant, promised):
        do_named(office, accept(office, matter), "check_materials")

    def found(**filters: object) -> set[str]:
        return {task["matter"] for task in office.tasks.list(by=clerk, **filters)["items"]}  # type: ignore[arg-type]

    assert found() == {instant, promised}
    assert found(type="promised") == {promised}
    assert found(matter=instant) == {instant}
    assert found(due_before=clock.now() + timedelta(days=1)) == {instant}
    with pytest.raises(Invalid):
        found(due_before=clock.now().replace(tzinfo=None))


def test_filters_are_kept_by_name_for_oneself(office: Office) -> None:
    kept, clerk, leader = office.saved_filters, office.people.person("clerk"), office.people.person("leader")
    kept.save("inbox", " 本周承诺件 ", {"type": "promised", "due": "week"}, by=clerk)
    kept.save("inbox", "本周承诺件", {"type": "promised", "due": "today"}, by=clerk)
    assert kept.list("inbox", by=clerk) == [{"name": "本周承诺件", "filters": {"type": "promised", "due": "today"}}]
    assert kept.list("cases", by=clerk) == kept.list("inbox", by=leader) == []

    # and forgotten, once or twice
    for _ in range(2):
        kept.remove("inbox", "本周承诺件", by=clerk)
    assert kept.list("inbox", by=clerk) == []


@pytest.mark.parametrize(
    ("name", "filters", "pointer"),
    [
        ("", {}, "/name"),
        ("x" * 41, {}, "/name"),
        ("一\n二", {}, "/name"),
        ("姓名", {"q": "测试人"}, "/filters/q"),
        ("长", {"matter": "x" * 65}, "/filters"),
    ],
)
def test_what_is_searched_for_is_never_kept(office: Office, name: str, filters: dict[str, str], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        office.saved_filters.save("cases", name, filters, by=office.people.person("clerk"))
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_one_person_keeps_so_many_filters(office: Office) -> None:
    clerk = office.people.person("clerk")
    for number in range(MOST):
        office.saved_filters.save("cases", f"筛选 {number}", {}, by=clerk)
    with pytest.raises(Invalid):
        office.saved_filters.save("cases", "多了", {}, by=clerk)
    assert len(office.saved_filters.list("cases", by=clerk)) == MOST


def test_what_a_person_has_is_counted_without_going_through_the_tasks_of_the_units(embedded_office: Office) -> None:
    """Of which a large group has a hundred thousand."""
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith("SELECT count"):
            steps = connection.connection.execute(f"explain query plan {statement}", parameters).fetchall()
            plans.append(" ".join(step[3] for step in steps))

    event.listen(embedded_office.database.engine, "before_cursor_execute", explain)
    embedded_office.tasks.counts(by=embedded_office.people.person("clerk"))
    assert plans and "ix_task_assignee" in plans[0] and "unit=" not in plans[0], plans[0]


def test_what_waits_in_a_case_for_somebody_is_theirs_to_take(embedded_office: Office) -> None:
    office, people = embedded_office, embedded_office.people.person
    case = accept(office, matter_of_type(office, "joint"))
    number, (task,) = case["number"], case["tasks"]
    assert office.tasks.waiting(number, by=people("clerk")) == [task["id"]]
    office.tasks.claim(task["id"], by=people("clerk"))
    assert office.tasks.waiting(number, by=people("clerk")) == [task["id"]]
    # A colleague has it; and who belongs to none of its groups may see the case all the same.
    assert office.tasks.waiting(number, by=people("leader")) == []
    assert office.tasks.waiting(number, by=people("auditor")) == []
    with pytest.raises(NotFound):
        office.tasks.waiting(number, by=people("planning"))
