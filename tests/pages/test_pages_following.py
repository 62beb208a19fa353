"""What comes when a task is completed, told on its page: also beyond the end of a part, in the diagram around it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from tests.execution.stories import node, several
from tests.office.at_work import accept, do_named, matter_of_type, who_may
from tests.office.test_four_eyes import Hall, file, steps
from tests.office.test_lanes_around_calls import call, called
from tests.pages.desk import Desk
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
    return [re.sub(r"<[^>]+>", " ", line).split() for line in re.findall("<li[^>]*>(.*?)</li>", told[0], re.DOTALL)]


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
        ("work", ["全部完成后", "各自"]),
        ("work", ["各自"]),
        ("each", ["全部完成后", "最后"]),
        ("each", ["最后"]),
        ("late", ["流程结束"]),
    ]


def at(office: Office, type: str, element: str) -> Any:
    """A case of a type that waits at a task, with only answers that are given most."""
    case = accept(office, matter_of_type(office, type))
    while case["tasks"][0]["element"] != element:
        case = do_named(office, case, case["tasks"][0]["element"])
    return case


@pytest.mark.parametrize(
    ("type", "element", "expected"),
    [
        # An escalation leaves the part for another type's process, which begins with another task.
        ("instant", "decide", [["准予", "/", "不予", "制作答复"], ["转为退回件", "说明依据和理由"]]),
        ("reported", "record_answer", [["制作答复"]]),
        ("promised", "decide", [["准予", "/", "不予", "制作答复"], ["转为退回件", "说明依据和理由"]]),
        # What the data decides already is not told at all: no survey is needed.
        ("promised", "issue_slip", [["审查办理"]]),
        ("promised", "deliver", [["流程结束", "(办结)"]]),
    ],
)
def test_what_comes_next_is_what_the_data_and_each_answer_lead_to(
    client: FlaskClient, embedded_office: Office, type: str, element: str, expected: list[list[str]]
) -> None:
    case = at(embedded_office, type, element)
    log_in(client, who_may(embedded_office, case["tasks"][0]).username)
    assert follows(client, case["tasks"][0]["id"]) == expected


def test_what_was_ticked_at_the_check_decides_what_comes_after_the_slip(
    client: FlaskClient, embedded_office: Office
) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    case = do_named(embedded_office, case, "check_materials", needs_survey=True)
    case = do_named(embedded_office, case, "confirm_type")
    log_in(client, "clerk")
    assert follows(client, case["tasks"][0]["id"]) == [["现场勘验"]]


def test_the_page_marks_what_the_answers_in_the_form_lead_to(desk: Desk, embedded_office: Office) -> None:
    case = at(embedded_office, "instant", "decide")
    desk.log_in("clerk")
    desk.go(f"/tasks/{case['tasks'][0]['id']}")
    marked = desk.page.locator(".next li[aria-current=true]")
    expect(marked).to_contain_text("制作答复")
    desk.page.get_by_label("转为退回件", exact=False).check()
    expect(marked).to_contain_text("说明依据和理由")
    expect(marked).to_have_count(1)
