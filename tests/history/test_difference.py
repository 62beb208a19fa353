"""What has changed in a case between two moments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from engine import Office
from engine.errors import Invalid
from engine.history.difference import differences
from engine.storage import tables
from tests.conftest import SetClock
from tests.history.test_verify_command import made, numbers, shell, working
from tests.office.at_work import accept, do, matter_of_type

__all__ = ["made", "numbers", "shell", "working"]


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [{"field": "/a", "before": 1, "after": 2}]),
        ({}, {"a": None}, [{"field": "/a", "after": None}]),
        ({"a": {"b": [1]}}, {"a": {"b": [1, 2]}}, [{"field": "/a/b", "before": [1], "after": [1, 2]}]),
        ({"a/b~": 1}, {}, [{"field": "/a~1b~0", "before": 1}]),
        ({"a": {}}, {"a": []}, [{"field": "/a", "before": {}, "after": []}]),
    ],
)
def test_fields_are_named_by_their_pointers(before: Any, after: Any, changes: Any) -> None:
    assert list(differences(before, after)) == changes


@pytest.fixture
def case(embedded_office: Office, clock: SetClock) -> Any:
    """A promised case, three steps on, an hour between them."""
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    for _ in range(3):
        clock.pass_time(hours=1)
        case = do(embedded_office, case["tasks"][0])
    return case


def test_between_two_entries(embedded_office: Office, case: Any) -> None:
    auditor = embedded_office.people.person("auditor")
    replay = embedded_office.history.replay
    state = replay(case["number"], by=auditor, at=1, to=4)
    assert (state["since"]["seq"], state["seq"], state["data"]) == (1, 4, case["data"])
    fields = {change["field"].split("/")[1] for change in state["changes"]}
    assert {"data", "tasks", "tokens"} <= fields
    before, after = replay(case["number"], by=auditor, at=1), replay(case["number"], by=auditor, at=4)
    (due,) = [c for c in state["changes"] if c["field"] == "/due"]
    assert (due["before"], due["after"]) == (before["due"], after["due"])
    assert replay(case["number"], by=auditor, at=2, to=2)["changes"] == []


def test_between_two_times(embedded_office: Office, case: Any, clock: SetClock) -> None:
    auditor, now = embedded_office.people.person("auditor"), clock.now()
    replay = embedded_office.history.replay
    state = replay(case["number"], by=auditor, at=now - timedelta(minutes=90), to=now)
    assert (state["since"]["seq"], state["seq"]) == (2, 4)
    for wrong in ({"at": 4, "to": 2}, {"at": now + timedelta(seconds=1)}, {"at": 1, "to": now + timedelta(days=1)}):
        with pytest.raises(Invalid):
            replay(case["number"], by=auditor, **wrong)


def test_a_history_that_was_forged_is_not_shown_as_if_it_had_been(embedded_office: Office, case: Any) -> None:
    auditor, replay = embedded_office.people.person("auditor"), embedded_office.history.replay
    for change in ({"task": "none"}, {"data": "none"}):
        with embedded_office.database.write() as connection:
            row = connection.execute(tables.entry.select().where(tables.entry.c.seq == 3)).one()
            entry = orjson.loads(row.body)
            body = orjson.dumps({**entry, "input": {**entry["input"], **change}})
            connection.execute(update(tables.entry).where(tables.entry.c.seq == 3).values(body=body))
        assert replay(case["number"], by=auditor, at=2)["seq"] == 2
        with pytest.raises(Invalid, match="Entry 3"):
            replay(case["number"], by=auditor)


def test_from_the_shell(working: Any, numbers: list[str]) -> None:
    task = working.json("show", numbers[0])["tasks"][0]
    working.file("look.json", {"finding": "齐全"})
    working.out("complete", task["id"], "--data", "look.json", "--as", "clerk")
    state = working.json("replay", numbers[0], "--at", "1", "--to", datetime.fromisoformat(task["created"]).isoformat())
    assert state["changes"] == []
    state = working.json("replay", numbers[0], "--at", "1", "--to", "2")
    assert {"field": "/data/finding", "after": "齐全"} in state["changes"]
    assert 'data finding: "齐全"' in working.out("replay", numbers[0], "--at", "1", "--to", "2")
