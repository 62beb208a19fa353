"""What a task says of what comes next is what comes."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from tests.office.at_work import accept, do, matter_of_type, ordinary, who_may


@pytest.mark.parametrize("type", ["instant", "joint", "promised", "reported", "returned"])
def test_what_was_told_comes(embedded_office: Office, type: str) -> None:
    office = embedded_office
    case: Any = accept(office, matter_of_type(office, type))
    told = 0
    while case["tasks"]:
        task = case["tasks"][0]
        by = who_may(office, task)
        answers = ordinary(office, task, by)
        lines = [
            line
            for line in office.tasks.following(task["id"], by=by)
            if all(answers.get(one["field"]) in one["values"] for one in line["answers"])
        ]
        assert len(lines) == 1, f"{task['name']}: {lines}"
        before = {one["id"] for one in case["tasks"]}
        case = do(office, task)
        new = {one["name"] for one in case["tasks"] if one["id"] not in before}
        reached = lines[0]["reached"]
        if case["ended"]:
            assert [one["kind"] for one in reached] == ["endEvent"]
        elif new:
            assert {one["name"] for one in reached} == new and {one["when"] for one in reached} == {""}
        elif case["tasks"]:
            assert all(one["when"] or not one["kind"] for one in reached)
        told += 1
    assert told >= 3
    assert office.tasks.following(task["id"], by=by) == []
