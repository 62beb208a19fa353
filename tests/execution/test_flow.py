"""Where tokens go: gateways, splits and joins, loops, links, ends."""

from __future__ import annotations

from tests.execution.stories import Story, chain, definitions, flow, line, node, properties, users


def _choice(condition: str, *, default: bool = True) -> str:
    gate = node("exclusiveGateway", "gate", **({"default": "gate_no"} if default else {}))
    flows = flow("start", "gate") + flow("gate", "yes", condition)
    last = flow("gate", "no") if default else flow("gate", "no", "= false")
    ends = node("endEvent", "e1") + node("endEvent", "e2") + flow("yes", "e1") + flow("no", "e2")
    return definitions(node("startEvent", "start") + gate + users("yes", "no") + flows + last + ends)


def test_a_case_runs_to_its_end() -> None:
    story = Story(definitions(line("accept", "reply")))
    assert story.open == ["accept"]
    assert story.do("accept", opinion="agree").path == ("reply",)
    story.do("reply")
    assert story.ended
    assert story.variables == {"opinion": "agree"}
    assert story.execution.end is not None and story.execution.end.element.id == "end"


def test_the_condition_chooses_and_the_default_catches_the_rest() -> None:
    for amount, expected in ((6000, "yes"), (5000, "no")):
        assert Story(_choice("= amount &gt; 5000"), {"amount": amount}).open == [expected]
    assert Story(_choice("${amount &gt; 5000}"), {"amount": 6000}).open == ["yes"]


def test_a_condition_that_is_null_or_no_boolean_is_an_incident_also_with_a_default() -> None:
    for condition in ("= amount &gt; 5000", "= 1 + 1"):
        story = Story(_choice(condition))
        assert story.open == [] and story.stuck == ["gate"]
        assert "neither true nor false" in story.execution.incidents[0].cause


def test_the_incident_of_a_condition_names_the_values_involved() -> None:
    story = Story(_choice("= amount &gt; limit.most"), {"amount": "viel", "limit": {"most": 5000}})
    cause = story.execution.incidents[0].cause
    assert "gives null" in cause and "amount = viel" in cause and "limit.most = 5000" in cause


def test_no_condition_holds_and_there_is_no_default() -> None:
    story = Story(_choice("= amount &gt; 5000", default=False), {"amount": 1})
    assert story.stuck == ["gate"]


def test_a_designers_python_is_never_run() -> None:
    story = Story(_choice("= context put({}, &quot;a&quot;, 1).a = 1"))
    assert story.open == ["yes"]
    # What Python would have run is a name without a value here.
    story = Story(_choice("= os = null and system = null"))
    assert story.open == ["yes"]


def test_several_flows_out_of_a_task_are_a_split_and_several_into_one_do_not_wait() -> None:
    body = node("startEvent", "start") + users("a", "b", "c", "d") + node("endEvent", "end")
    story = Story(
        definitions(
            body + flow("start", "a") + flow("a", "b") + flow("a", "c") + chain("b", "d", "end") + flow("c", "d")
        )
    )
    story.do("a")
    assert story.open == ["b", "c"]
    story.do("b")
    story.do("c")
    assert story.open == ["d", "d"]
    story.do("d")
    assert not story.ended
    story.do("d")
    assert story.ended


def test_conditions_on_flows_out_of_a_task() -> None:
    body = node("startEvent", "start") + node("userTask", "a", default="a_c") + users("b", "c")
    xml = definitions(body + flow("start", "a") + flow("a", "b", "= x = 1") + flow("a", "c"))
    story = Story(xml)
    story.do("a", x=1)
    assert story.open == ["b"]
    other = Story(xml)
    other.do("a", x=2)
    assert other.open == ["c"]


def _parallel(*branches: str, join: str = "parallelGateway") -> str:
    """A split, a task a branch, a join, and a task behind it."""
    body = node("startEvent", "start") + node(join, "split") + node(join, "join") + users(*branches, "after")
    flows = flow("start", "split") + flow("join", "after")
    return definitions(body + flows + "".join(flow("split", b) + flow(b, "join") for b in branches))


def test_a_parallel_join_waits_for_all() -> None:
    story = Story(_parallel("a", "b", "c"))
    for branch in ("b", "a"):
        story.do(branch)
        assert "after" not in story.open
    story.do("c")
    assert story.open == ["after"]


def test_two_flows_from_one_gateway_to_one_join_are_two_tokens() -> None:
    body = (
        node("startEvent", "start")
        + node("parallelGateway", "split")
        + node("parallelGateway", "join")
        + users("a", "z")
    )
    twice = "".join(f'<sequenceFlow id="f{n}" sourceRef="split" targetRef="join"/>' for n in (1, 2))
    story = Story(
        definitions(body + flow("start", "split") + twice + flow("split", "a") + flow("a", "join") + flow("join", "z"))
    )
    assert story.open == ["a"]
    story.do("a")
    assert story.open == ["z"]


def _loop_around(inner: str, first: str, last: str) -> str:
    body = (
        node("startEvent", "start")
        + node("exclusiveGateway", "again_in")
        + node("exclusiveGateway", "again", default="again_end")
    )
    flows = (
        flow("start", "again_in") + flow("again_in", first) + flow(last, "again") + flow("again", "again_in", "= more")
    )
    return definitions(body + inner + flows + node("endEvent", "end") + flow("again", "end"))


def test_a_join_in_a_loop_waits_in_each_round() -> None:
    # The library lets it fire early from the second round on: predicted descendants count as arrivals there.
    inner = node("parallelGateway", "split") + node("parallelGateway", "join") + users("a", "b", "sum")
    inner += chain("split", "a", "join", "sum") + flow("split", "b") + flow("b", "join")
    story = Story(_loop_around(inner, "split", "sum"))
    for _ in range(3):
        story.do("a")
        assert story.open == ["b"]
        story.do("b")
        story.do("sum", more=True)
    assert story.open == ["a", "b"]


def test_an_inclusive_join_in_a_loop_waits_for_those_that_were_chosen() -> None:
    inner = (
        node("inclusiveGateway", "split", default="split_c")
        + node("inclusiveGateway", "join")
        + users("a", "b", "c", "sum")
    )
    inner += flow("split", "a", "= x") + flow("split", "b", "= y") + flow("split", "c")
    inner += "".join(flow(branch, "join") for branch in "abc") + flow("join", "sum")
    story = Story(_loop_around(inner, "split", "sum"), {"x": True, "y": True})
    for _ in range(2):
        assert story.open == ["a", "b"]
        story.do("a")
        assert story.open == ["b"]
        story.do("b")
        story.do("sum", more=True)
    story.do("a")
    story.do("b")
    story.do("sum", more=True, x=False, y=False)
    assert story.open == ["c"]


def test_two_tokens_through_one_split_do_not_erase_each_other() -> None:
    body = node("startEvent", "start") + node("parallelGateway", "two") + users("one", "other", "a", "b", "z")
    body += node("exclusiveGateway", "merge") + node("parallelGateway", "split") + node("parallelGateway", "join")
    flows = (
        flow("start", "two") + flow("two", "one") + flow("two", "other") + flow("one", "merge") + flow("other", "merge")
    )
    flows += chain("merge", "split", "a", "join", "z") + flow("split", "b") + flow("b", "join")
    story = Story(definitions(body + flows))
    story.do("one")
    story.do("other")
    assert story.open == ["a", "a", "b", "b"]
    story.do("a")
    story.do("a")
    assert "z" not in story.open
    story.do("b")
    assert story.open == ["b", "z"]
    story.do("b")
    assert story.open == ["z", "z"]


def test_link_events_lead_on() -> None:
    throw = node("intermediateThrowEvent", "there", '<linkEventDefinition id="l1" name="office"/>')
    catch = node("intermediateCatchEvent", "here", '<linkEventDefinition id="l2" name="office"/>')
    body = (
        node("startEvent", "start")
        + users("a", "b")
        + throw
        + catch
        + chain("start", "a", "there")
        + chain("here", "b")
    )
    story = Story(definitions(body))
    assert story.do("a").path == ("there", "here", "b")
    assert story.open == ["b"]


def test_a_terminate_end_takes_all_tokens_of_its_level_away() -> None:
    stop = node("endEvent", "stop", "<terminateEventDefinition/>")
    body = node("startEvent", "start") + node("parallelGateway", "split") + users("a", "b") + stop
    story = Story(definitions(body + chain("start", "split", "a", "stop") + flow("split", "b")))
    story.do("a")
    assert story.ended and story.open == []


def test_milestones_are_told_in_order_with_their_values_and_before_what_follows() -> None:
    reached = node("intermediateThrowEvent", "accepted", properties(milestone="accepted", since="= day"))
    end = node("endEvent", "end", properties(status="returned"))
    body = node("startEvent", "start") + users("a") + reached + end + chain("start", "accepted", "a", "end")
    story = Story(definitions(body), {"day": "monday"})
    (first,) = story.outcome.milestones
    assert (first.element.id, dict(first.properties)) == ("accepted", {"milestone": "accepted", "since": "monday"})
    (last,) = story.do("a").milestones
    assert dict(last.properties) == {"status": "returned"}
    assert story.execution.end is not None and story.execution.end.properties == {"status": "returned"}


def test_abstract_tasks_send_tasks_and_thrown_messages_are_passed() -> None:
    body = node("startEvent", "start") + node("task", "t") + node("sendTask", "s") + node("endEvent", "end")
    story = Story(definitions(body + chain("start", "t", "s", "end")))
    assert story.ended
    assert story.outcome.path == ("start", "t", "s", "end")
