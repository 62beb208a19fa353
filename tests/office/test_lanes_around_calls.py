"""A lane around a call says who does the tasks of the called process that name nobody."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from engine.definitions import read
from engine.definitions.model import SourceFile
from tests.execution.stories import several
from tests.office.test_four_eyes import Hall, file, node, steps, task


def lanes(**held: str) -> str:
    inner = "".join(
        f'<lane id="of_{id}" name="{name.replace("_", ":")}"><flowNodeRef>{id}</flowNodeRef></lane>'
        for id, name in held.items()
    )
    return f"<laneSet>{inner}</laneSet>"


def call(id: str, called: str, more: str = "") -> str:
    extension = f'<extensionElements><zeebe:calledElement processId="{called}"/></extensionElements>'
    return node("callActivity", id, extension + more)


def called(key: str, *inner: str, ids: str, before: str = "") -> str:
    return f'<process id="{key}" isExecutable="true">{before}{steps(*inner, ids=ids, level=key)}</process>'


def bare(id: str) -> str:
    return node("userTask", id)


def groups(case: Any) -> list[tuple[str, str]]:
    return sorted((one["element"], one["group"]) for one in case["tasks"])


NESTED = file(
    lanes(outer="hall_leader") + steps(call("outer", "middle"), bare("last"), ids="outer last"),
    called(
        "middle",
        bare("plain"),
        task("named", group="window"),
        call("near", "deep", several("[1, 2]")),
        call("far", "deeper"),
        ids="plain named near far",
        before=lanes(near="hall_clerk"),
    ),
    called("deep", bare("each"), ids="each"),
    called("deeper", bare("inmost"), ids="inmost"),
)


def test_the_nearest_lane_around_a_call_says_who_does_a_task(office: Office) -> None:
    hall = Hall(office, NESTED)
    case = hall.start()
    assert groups(case) == [("plain", "hall:leader")]
    hall.holds(case)
    case = hall.complete(case, "plain", hall.leader)
    assert groups(case) == [("named", "window")]
    case = hall.complete(case, "named", hall.clerk)
    assert groups(case) == [("each", "hall:clerk"), ("each", "hall:clerk")]
    hall.holds(case)
    case = hall.complete(case, "each", hall.clerk)
    case = hall.complete(case, "each", hall.clerk)
    assert groups(case) == [("inmost", "hall:leader")]
    case = hall.complete(case, "inmost", hall.leader)
    assert groups(case) == [("last", "window")]
    case = hall.complete(case, "last", hall.clerk)
    assert case["status"] == "completed"
    hall.holds(case)


def told(text: str) -> set[str | None]:
    found = read([SourceFile(name="eyes.bpmn", content=text.encode())])
    assert found.ok, found.problems
    return {problem.element for problem in found.problems if problem.rule == "task-without-group"}


INNER = called("inner", bare("x"), ids="x")


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        (NESTED, {"last"}),
        (file(lanes(a="hall") + steps(call("a", "inner"), ids="a"), INNER), set()),
        (file(steps(call("a", "inner"), ids="a"), INNER), {"x"}),
        (file(lanes(a="hall") + steps(call("a", "inner"), call("b", "inner"), ids="a b"), INNER), {"x"}),
        (file(steps(task("y"), ids="y"), INNER), {"x"}),
    ],
    ids=["nested", "every caller in a lane", "no lane", "one of two in a lane", "called by none"],
)
def test_a_task_that_no_lane_reaches_is_told(text: str, elements: set[str]) -> None:
    assert told(text) == elements
