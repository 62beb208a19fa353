"""The stored state: small, flat however long a case goes on, checked, and the same for all threads."""

from __future__ import annotations

import threading
import time

import pytest

from engine.execution import Execution, StateError
from tests.execution.stories import Story, chain, compiled, definitions, flow, line, node, script, several, users


def _round(inner: str, first: str, last: str) -> str:
    body = (
        node("startEvent", "start")
        + node("exclusiveGateway", "in")
        + node("exclusiveGateway", "again", default="again_end")
    )
    flows = flow("start", "in") + flow("in", first) + flow(last, "again") + flow("again", "in", "= more")
    return definitions(body + inner + flows + node("endEvent", "end") + flow("again", "end"))


def _block() -> str:
    inner = node("parallelGateway", "split") + node("parallelGateway", "join") + users("a", "b", "c")
    return inner + "".join(flow("split", one) + flow(one, "join") for one in "abc")


_LOOPS = {
    "a user task": (users("a"), "a", "a"),
    "a parallel block of three": (_block(), "split", "join"),
    "a subprocess": (node("subProcess", "s", line("a", start="s1", end="e1")), "s", "s"),
    "five instances": (node("userTask", "m", several("[1, 2, 3, 4, 5]")), "m", "m"),
}


@pytest.mark.parametrize("loop", _LOOPS)
def test_three_hundred_rounds_leave_the_state_as_small_as_ten(loop: str) -> None:
    story = Story(_round(*_LOOPS[loop]), {"more": True})
    sizes = {}
    for number in range(1, 301):
        for task in story.execution.tasks:
            story._did(story.execution.complete(task.id, {}, story.step()))
        sizes[number] = story.size
        assert story.open, f"no task in round {number}"
    # The ids have more digits, and there is nothing more.
    assert sizes[300] <= 1.05 * sizes[10]


def test_a_loop_inside_a_parallel_branch_leaves_the_other_branch_and_its_join_alone() -> None:
    inner = node("parallelGateway", "split") + node("parallelGateway", "join") + users("a", "b", "z")
    inner += node("exclusiveGateway", "in") + node("exclusiveGateway", "again", default="again_join")
    inner += flow("in", "a") + flow("a", "again") + flow("again", "in", "= more") + flow("again", "join")
    inner += flow("split", "in") + flow("split", "b") + flow("b", "join") + flow("join", "z")
    story = Story(definitions(node("startEvent", "start") + flow("start", "split") + inner), {"more": True})
    story.do("b")
    sizes = set()
    for _ in range(300):
        story.do("a")
        sizes.add(story.size)
    assert max(sizes) - min(sizes) <= 8
    story.do("a", more=False)
    assert story.open == ["z"]


def test_a_damaged_state_is_not_run() -> None:
    story = Story(definitions(line("a", "b")))
    state = story.execution.dump()
    for broken in (state[:-1], state[:20] + bytes([state[20] ^ 1]) + state[21:], b"", b"not a state at all"):
        with pytest.raises(StateError):
            Execution.restore(story.program, broken)
    with pytest.raises(StateError, match="version"):
        Execution.restore(story.program, state[:2] + b"\xff" + state[3:])


def test_a_state_of_another_definition_is_not_run() -> None:
    state = Story(definitions(line("a", "b"))).execution.dump()
    with pytest.raises(StateError, match="a"):
        Execution.restore(compiled(definitions(line("b"))), state)


def test_the_definition_is_not_in_the_state() -> None:
    long = definitions(line(*(f"a_task_with_a_long_name_{number}" for number in range(300))))
    assert Story(long).size < 600


def test_the_same_steps_give_the_same_bytes_and_other_cases_other_ids() -> None:
    program = compiled(definitions(line("a", "b")))
    one, same, other = Story(program), Story(program), Story(program, case="20260302-A1-0002-Y")
    assert one.execution.dump() == same.execution.dump()
    assert one.task("a") == same.task("a") != other.task("a")
    assert one.execution.projection() == other.execution.projection()


def test_ids_stay_over_steps_and_are_never_given_twice() -> None:
    body = node("startEvent", "start") + node("parallelGateway", "split") + users("a", "b") + flow("start", "split")
    loop = node("exclusiveGateway", "in") + chain("split", "in", "a", "in") + flow("split", "b")
    story = Story(definitions(body + loop))
    stays, seen = story.task("b"), set()
    for _ in range(20):
        seen.add(story.task("a"))
        story.do("a")
        assert story.task("b") == stays
    assert len(seen) == 20


def test_the_projection_knows_nothing_of_the_library() -> None:
    story = Story(definitions(line("a", "b")), {"x": 1})
    assert story.execution.projection() == {
        "v": 1,
        "ended": False,
        "end": None,
        "tokens": [{"process": "P", "element": "a", "scope": []}],
        "tasks": [
            {
                "element": "a",
                "scope": [],
                "groups": [],
                "assignee": None,
                "due": None,
                "priority": None,
                "created": "2026-03-02T01:00:01.000000Z",
            }
        ],
        "timers": [],
        "jobs": [],
        "incidents": [],
        "variables": [{"scope": [], "variables": {"x": 1}}],
    }


def test_a_live_instance_and_a_loaded_one_go_the_same_way() -> None:
    inner = node("subProcess", "s", line("a", "b", start="s1", end="e1") + several("[1, 2, 3]"))
    program = compiled(_round(inner, "s", "s"))
    live, loaded = (Story(program, {"more": True}, stored=stored) for stored in (False, True))
    for _ in range(20):
        for story in (live, loaded):
            story.do(story.open[0], value=story.seq)
        assert live.execution.projection() == loaded.execution.projection()
        assert live.execution.dump() == loaded.execution.dump()


def test_eight_threads_run_their_cases_on_one_program() -> None:
    inner = _block() + script("x", "if x = null then 1 else x + 1", "x") + flow("join", "x")
    program = compiled(_round(inner, "split", "x"))
    states: list[bytes] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        for _ in range(5):
            story = Story(program, {"more": True})
            for _ in range(10):
                for name in ("a", "b", "c"):
                    story.do(name)
                    time.sleep(0)
            states.append(story.execution.dump())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(states) == 40 and len(set(states)) == 1
