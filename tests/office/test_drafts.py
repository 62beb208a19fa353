"""Half-filled forms: kept for one person, sealed, and gone with the task."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from engine import Office
from engine.errors import (
    CaseSuspended,
    Forbidden,
    Invalid,
    NotFound,
    TaskAlreadyCompleted,
    TaskClaimedByAnother,
)
from engine.storage import tables
from tests.conftest import SetClock
from tests.office.at_work import accept, do, do_named, matter_of_type

SECRET = "申请人住在东街九号"


@pytest.fixture
def task(office: Office) -> str:
    """A task that waits at the clerk's window."""
    return str(accept(office, matter_of_type(office, "promised"))["tasks"][0]["id"])


def test_a_draft_is_kept_over_a_restart_and_replaced(
    office: Office, task: str, tmp_path: Path, clock: SetClock
) -> None:
    clerk = office.people.person("clerk")
    office.drafts.save(task, {"remarks": "一半"}, by=clerk)
    clock.pass_time(minutes=5)
    saved = office.drafts.save(task, {"remarks": SECRET, "count": None}, by=clerk)

    again = Office(
        office.database.url.render_as_string(hide_password=False),
        keyring=f"sqlite:///{tmp_path}/keyring.db",
        clock=clock,
    )
    assert again.drafts.get(task, by=clerk) == saved
    assert saved["data"] == {"remarks": SECRET, "count": None}
    again.close()


def test_nothing_of_a_draft_lies_in_the_clear_and_nothing_of_it_is_in_the_history(office: Office, task: str) -> None:
    office.drafts.save(task, {"remarks": SECRET}, by=office.people.person("clerk"))
    with office.database.read() as connection:
        (stored,) = connection.execute(select(tables.draft.c.data)).scalars()
        assert len(connection.execute(select(tables.entry)).all()) == 1
    assert "$sealed" in stored
    assert SECRET not in stored
    assert "remarks" not in stored


def test_a_draft_is_its_writers_alone(office: Office, task: str) -> None:
    office.drafts.save(task, {"remarks": SECRET}, by=office.people.person("clerk"))
    for other in ("leader", "auditor", "admin"):
        with pytest.raises(NotFound):
            office.drafts.get(task, by=office.people.person(other))
    office.drafts.save(task, {"remarks": "另一份"}, by=(leader := office.people.person("leader")))
    assert office.drafts.get(task, by=office.people.person("clerk"))["data"] == {"remarks": SECRET}
    office.drafts.discard(task, by=leader)
    assert office.drafts.get(task, by=office.people.person("clerk"))["data"] == {"remarks": SECRET}


def test_a_draft_is_gone_when_the_task_ends_however_it_ends(office: Office) -> None:
    clerk = office.people.person("clerk")
    done, cancelled = (accept(office, matter_of_type(office, "promised"), serial=n) for n in (903, 904))
    for case in (done, cancelled):
        office.drafts.save(case["tasks"][0]["id"], {"remarks": SECRET}, by=clerk)
    do(office, done["tasks"][0])
    office.cases.withdraw(cancelled["number"], "不办了", by=clerk)
    with office.database.read() as connection:
        assert connection.execute(select(tables.draft)).all() == []
    assert office.history.verify(done["number"], by=office.people.person("auditor"))["ok"]


def test_who_may_not_complete_a_task_has_no_draft_of_it(office: Office, task: str) -> None:
    people = {name: office.people.person(name) for name in ("clerk", "leader", "auditor", "planning")}
    with pytest.raises(Forbidden):
        office.drafts.save(task, {}, by=people["auditor"])
    with pytest.raises(NotFound):
        office.drafts.save(task, {}, by=people["planning"])
    with pytest.raises(NotFound):
        office.drafts.discard("nowhere", by=people["clerk"])
    with pytest.raises(Invalid) as refused:
        office.drafts.save(task, {"x": {"$sealed": "1.a.b"}}, by=people["clerk"])
    assert refused.value.errors[0].pointer == "/data"
    office.tasks.claim(task, by=people["leader"])
    with pytest.raises(TaskClaimedByAnother):
        office.drafts.save(task, {}, by=people["clerk"])


def test_no_draft_of_what_cannot_be_completed(office: Office) -> None:
    clerk = office.people.person("clerk")
    case = accept(office, matter_of_type(office, "promised"))
    ended = case["tasks"][0]["id"]
    case = do_named(office, case, "check_materials")
    with pytest.raises(TaskAlreadyCompleted):
        office.drafts.save(ended, {}, by=clerk)
    office.cases.suspend(case["number"], "专家评审", "expert-review", by=clerk)
    with pytest.raises(CaseSuspended):
        office.drafts.save(case["tasks"][0]["id"], {}, by=clerk)
