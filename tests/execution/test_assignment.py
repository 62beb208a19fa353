"""Who does a task, by when, and how pressing it is: constants and expressions in both modelers' words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.execution.stories import NAMESPACES, Story, chain, node

_CAMUNDA = {"groups": "candidateGroups", "assignee": "assignee", "due": "dueDate", "priority": "priority"}
_ZEEBE = {
    "groups": '<zeebe:assignmentDefinition candidateGroups="{}"/>',
    "assignee": '<zeebe:assignmentDefinition assignee="{}"/>',
    "due": '<zeebe:taskSchedule dueDate="{}"/>',
    "priority": '<zeebe:priorityDefinition priority="{}"/>',
}
_PREFIXES = {
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "operaton": "http://operaton.org/schema/1.0/bpmn",
}
DIALECTS = ("camunda", "operaton", "zeebe")


def story(dialect: str, what: str, text: str, **facts: Any) -> Story:
    """A case that has come to a task which says one thing."""
    spaces = NAMESPACES
    if dialect == "zeebe":
        task = node("userTask", "t", f"<extensionElements>{_ZEEBE[what].format(text)}</extensionElements>")
    else:
        task = node("userTask", "t").replace("<userTask ", f'<userTask {dialect}:{_CAMUNDA[what]}="{text}" ')
        if f"xmlns:{dialect}=" not in spaces:
            spaces += f' xmlns:{dialect}="{_PREFIXES[dialect]}"'
    body = node("startEvent", "s") + task + node("endEvent", "e") + chain("s", "t", "e")
    return Story(
        f'<definitions {spaces} id="D" targetNamespace="http://example.org/test">'
        f'<process id="P" isExecutable="true">{body}</process></definitions>',
        facts,
    )


SAID = [
    ("groups", "tax", {}, ("tax",)),
    ("groups", "tax, land", {}, ("tax", "land")),
    ("groups", "= unit", {"unit": "tax"}, ("tax",)),
    ("groups", "${unit}", {"unit": "tax"}, ("tax",)),
    ("groups", "= units", {"units": ["tax", "land"]}, ("tax", "land")),
    ("groups", "${units}", {"units": []}, ()),
    ("assignee", "ann", {}, "ann"),
    ("assignee", "= who", {"who": "ann"}, "ann"),
    ("assignee", "${who}", {"who": "ann"}, "ann"),
    ("assignee", "= who", {}, None),
    ("due", "2030-01-02T03:04:05Z", {}, datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ("due", "= by", {"by": "2030-01-02T03:04:05Z"}, datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ("due", "${by}", {}, None),
    ("priority", "70", {}, 70),
    ("priority", "= 2 * half", {"half": 35}, 70),
    ("priority", "${half}", {"half": 35}, 35),
    ("priority", "= half", {}, None),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("what", "text", "facts", "given"), SAID)
def test_a_task_has_what_its_diagram_says(
    dialect: str, what: str, text: str, facts: dict[str, Any], given: Any
) -> None:
    (task,) = story(dialect, what, text, **facts).execution.tasks
    assert getattr(task, what) == given


WRONG = [
    ("groups", {}, "the group wrong gives null"),
    ("groups", {"wrong": 7}, "the group wrong gives 7"),
    ("groups", {"wrong": ["tax", 7]}, "the group wrong gives"),
    ("groups", {"wrong": ""}, "the group wrong gives"),
    ("assignee", {"wrong": 7}, "the assignee wrong gives 7"),
    ("assignee", {"wrong": ""}, "the assignee wrong gives"),
    ("due", {"wrong": True}, "the due date wrong gives True"),
    ("due", {"wrong": "soon"}, "the due date wrong gives"),
    ("priority", {"wrong": "high"}, "the priority wrong gives"),
    ("priority", {"wrong": True}, "the priority wrong gives True"),
    ("priority", {"wrong": [1]}, "the priority wrong gives"),
]


@pytest.mark.parametrize(("what", "facts", "cause"), WRONG)
def test_what_gives_nothing_of_use_is_an_incident_that_names_it(what: str, facts: dict[str, Any], cause: str) -> None:
    stuck = story("zeebe", what, "= wrong", **facts)
    (incident,) = stuck.execution.incidents
    assert incident.element == "t" and stuck.open == []
    assert cause in incident.cause
