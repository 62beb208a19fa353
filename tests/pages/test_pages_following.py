"""What comes when a task is completed, told on its page: also beyond the end of a part, in the diagram around it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from engine import Office
from tests.execution.stories import node, several
from tests.office.at_work import accept, do_named, matter_of_type, who_may
from tests.office.test_four_eyes import Hall, file, steps
from tests.office.test_lanes_around_calls import call, called
from tests.pages.test_pages_protection import log_in

CALLED = '<extensionElements><zeebe:calledElement processId="inner"/></extensionElements>'
NESTED = file(
    steps(
        call("first", "inner"),
        node("subProcess", "part", steps(node("userTask", "within"), ids="within", level="part"), name="一段"),
        node("callActivity", "many", CALLED + several("[1, 2]"), name="几次"),
        node("userTask", "each", several("[1, 2]"), name="各自"),
        node("userTask", "late", name="最后"),
        ids="first part many each late",
    ),
    called("inner", call("nested", "inmost"), ids="nested"),
    called("inmost", node("userTask", "work"), ids="work"),
)


def follows(client: FlaskClient, task: str) -> list[list[str]]:
    told = re.search(r'<span class="next-title">.*?</ul>', client.get(f"/tasks/{task}").text, re.DOTALL)
    assert told is not None
    return [re.sub(r"<[^>]+>", " ", line).split() for line in re.findall("<li>(.*?)</li>", told[0], re.DOTALL)]


def test_what_follows_the_end_of_a_part_is_told_of_the_diagram_around_it(
    client: FlaskClient, embedded_office: Office
) -> None:
    hall = Hall(embedded_office, NESTED)
    log_in(client, "clerk")
    case = hall.start()
    told = []
    while case["tasks"]:
        element, identity = case["tasks"][0]["element"], case["tasks"][0]["id"]
        told.append((element, *follows(client, identity)))
        case = hall.complete(case, element, hall.clerk)
    assert told == [
        ("work", ["一段"]),
        ("within", ["几次"]),
        *[("work", ["全部完成后", "各自"])] * 2,
        *[("each", ["全部完成后", "最后"])] * 2,
        ("late", ["流程结束"]),
    ]


@pytest.mark.parametrize(
    ("type", "element", "expected"),
    [
        ("instant", "decide", [["准予或不予", "已决定"], ["退回", "已决定"]]),
        ("reported", "record_answer", [["已决定"]]),
        # Where the data will decide, what may come stands in one line.
        ("promised", "decide", [["已决定", "/", "转为退回件"]]),
    ],
)
def test_the_last_task_of_a_case_type_leads_to_the_decision(
    client: FlaskClient, embedded_office: Office, type: str, element: str, expected: list[list[str]]
) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, type))
    while case["tasks"][0]["element"] != element:
        case = do_named(embedded_office, case, case["tasks"][0]["element"])
    log_in(client, who_may(embedded_office, case["tasks"][0]).username)
    assert follows(client, case["tasks"][0]["id"]) == expected
