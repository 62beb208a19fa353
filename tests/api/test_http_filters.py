"""The lists of cases and tasks: each filter keeps what it names and leaves the rest out, and each order is one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.calling import Caller
from tests.conftest import SetClock
from tests.office.at_work import applicant

#: Queries of `GET /cases` → what is answered, in order: one that is late, one that ended, one of another matter.
CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "told ended late"),
    ({"sort": "received"}, "late ended told"),
    ({"sort": "due"}, "late told ended"),
    ({"sort": "-due"}, "ended told late"),
    ({"status": "withdrawn"}, "ended"),
    ({"status": "open"}, "told late"),
    ({"type": "instant"}, "told ended late"),
    ({"type": "joint"}, ""),
    ({"matter": "9900101003"}, "told"),
    ({"unit": "hall"}, "told ended late"),
    ({"unit": "housing"}, ""),
    ({"window": "H01"}, "told ended late"),
    ({"window": "H02"}, ""),
    ({"due_before": "2026-04-01T00:00:00+08:00"}, "late"),
    ({"overdue": "true"}, "late"),
    ({"overdue": "false"}, "told ended"),
    ({"received_from": "2026-04-01"}, "told ended"),
    ({"received_to": "2026-03-31"}, "late"),
    ({"q": "测试人902"}, "told"),
    ({"q": "20260310"}, "late"),
    ({"q": "测试人902", "overdue": "true"}, ""),
]

#: Queries of `GET /tasks` by the department → cases whose tasks are answered, in order.
TASKS: list[tuple[dict[str, Any], str]] = [
    ({}, "late told"),
    ({"sort": "-due"}, "told late"),
    ({"group": "housing"}, "late told"),
    ({"group": "planning"}, ""),
    ({"assignee": "me"}, "told"),
    ({"assignee": "housing"}, "told"),
    ({"assignee": "none"}, "late"),
    ({"overdue": "true"}, "late"),
    ({"overdue": "false"}, "told"),
    ({"matter": "9900101003"}, "told"),
    ({"type": "joint"}, ""),
    ({"priority_from": 51}, ""),
    ({"case": "late"}, "late"),
]


def test_each_filter_keeps_what_it_names(clerk: Caller, housing: Caller, clock: SetClock) -> None:
    # given a case that waits with the department for longer than it may, one that ended, and one of another matter
    def start(serial: int, **changes: Any) -> Any:
        return clerk.start(applicant=applicant(serial), **changes)

    cases = {"late": start(901)}
    clerk.post(f"/tasks/{cases['late']['tasks'][0]['id']}/complete", {"data": {"finding": "齐全"}})
    clock.pass_time(days=30)
    cases["ended"] = start(901)
    clerk.post(f"/cases/{cases['ended']['number']}/withdraw", {"reason": "不办了"})
    clock.pass_time(hours=1)
    cases["told"] = start(902, matter="9900101003")
    housing.post(f"/tasks/{cases['told']['tasks'][0]['id']}/claim")
    names = {case["number"]: name for name, case in cases.items()}

    # then each query is answered with what it names, in its order
    for query, expected in CASES:
        answer = clerk.get("/cases", **query)
        assert answer.status_code == 200, query
        assert " ".join(names[item["number"]] for item in answer.json["items"]) == expected, query
    for query, expected in TASKS:
        asked = query | ({"case": cases["late"]["number"]} if "case" in query else {})
        answer = housing.get("/tasks", **asked)
        assert " ".join(names[item["case"]] for item in answer.json["items"]) == expected, query


@pytest.mark.parametrize("limit", [1, 2])
def test_rows_that_come_and_go_shift_no_page(clerk: Caller, limit: int) -> None:
    numbers = [clerk.start()["number"] for _ in range(5)]
    first = clerk.get("/cases", sort="received", limit=limit).json
    clerk.post(f"/cases/{numbers[0]}/withdraw", {"reason": "不办了"})
    numbers.append(clerk.start()["number"])
    read = [case["number"] for case in first["items"]]
    cursor = first["next"]
    while cursor:
        page = clerk.get("/cases", sort="received", limit=limit, cursor=cursor).json
        read += [case["number"] for case in page["items"]]
        cursor = page["next"]
    assert read == numbers
