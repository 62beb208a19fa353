"""What is stored of the values that expressions give, what a person sees, and who may hide whom."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.execution.stories import Story, chain, compiled, definitions, line, mappings, node, script, users


def _scripted(expression: str, **more: object) -> Story:
    body = node("startEvent", "start") + script("s", expression, "x") + users("a") + chain("start", "s", "a")
    return Story(definitions(body), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "stored"),
    [
        ("1 + 1", 2),
        ("0.1 + 0.2", 0.3),
        ("10 / 4", 2.5),
        ("1 / 3", "decimal:0.3333333333333333333333333333333333"),
        ("12345678901234567890", "decimal:12345678901234567890"),
        ("null", None),
        ("[1, {a: true}]", [1, {"a": True}]),
        ('date("2026-03-02")', "2026-03-02"),
        ('date and time("2026-03-02T09:00:00+08:00")', "2026-03-02T09:00:00+08:00"),
        ('time("09:30:00")', "09:30:00"),
        ('duration("P1DT2H")', "P1DT2H"),
        ('duration("-PT0.5S")', "-PT0.5S"),
        ('duration("P14M")', "P1Y2M"),
    ],
)
def test_a_value_is_stored_as_json(expression: str, stored: object) -> None:
    assert _scripted(expression).variables["x"] == stored


def test_an_exact_number_is_still_a_number_when_it_is_read_again() -> None:
    body = node("startEvent", "start") + script("s", "1 / 3", "x") + script("t", "x * 3 &lt; 1", "y") + users("a")
    story = Story(definitions(body.replace("&amp;lt;", "&lt;") + chain("start", "s", "t", "a")))
    assert story.variables["y"] is True


def test_a_decimal_that_was_given_is_stored_as_a_double() -> None:
    story = Story(definitions(line("a", "b")))
    story.do("a", amount=Decimal("2.5"), exact=Decimal("0.1000000000000000000001"))
    assert story.variables == {"amount": 2.5, "exact": "decimal:0.1000000000000000000001"}


def test_what_was_given_is_copied() -> None:
    given = {"list": [1]}
    story = Story(definitions(line("a", "b")), stored=False)
    story.execution.complete(story.task("a"), given, story.step())
    given["list"].append(2)
    assert story.variables == {"list": [1]}


def test_facts_cannot_be_hidden_by_a_forms_field() -> None:
    story = _scripted("case.agent", variables={"case": {"agent": "mallory"}}, facts={"case": {"agent": "ann"}})
    assert story.variables["x"] == "ann"


def test_a_person_sees_the_inputs_of_the_task() -> None:
    task = node("userTask", "a", mappings("in:name = applicant.name", "in:order.id = 7"))
    story = Story(definitions(node("startEvent", "start") + task + chain("start", "a")), {"applicant": {"name": "Li"}})
    data = story.execution.task_data(story.task("a"))
    assert data == {"applicant": {"name": "Li"}, "name": "Li", "order": {"id": 7}}
    story.do("a", name="Wang")
    # What a person gives belongs to the case, also under an input's name.
    assert story.variables == {"applicant": {"name": "Li"}, "name": "Wang"}


def test_output_mappings_alone_say_what_is_kept() -> None:
    task = node("userTask", "a", mappings("out:opinion.text = text", "out:n = opinion.text"))
    story = Story(
        definitions(node("startEvent", "start") + task + users("b") + chain("start", "a", "b")),
        {"opinion": {"of": "tax"}},
    )
    story.do("a", text="agree", draft="none of your business")
    assert story.variables == {"opinion": {"of": "tax", "text": "agree"}, "n": "agree"}


def test_groups_assignee_due_and_priority_of_a_task() -> None:
    inner = (
        "<extensionElements>"
        '<zeebe:assignmentDefinition assignee="= case.agent" candidateGroups="= [lead, &quot;x&quot;]"/>'
        '<zeebe:taskSchedule dueDate="= &quot;PT1H&quot;"/><zeebe:priorityDefinition priority="70"/>'
        "</extensionElements>"
    )
    body = node("startEvent", "start") + node("userTask", "a", inner) + chain("start", "a")
    story = Story(definitions(body), {"lead": "housing:leader"}, facts={"case": {"agent": "ann"}})
    (task,) = story.execution.tasks
    assert (task.groups, task.assignee, task.priority) == (("housing:leader", "x"), "ann", 70)
    assert task.due is not None and (task.due - task.created_at).total_seconds() == 3600


_DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="triage" name="Triage"><variable name="Triage"/>
<decisionTable hitPolicy="{policy}"><input><inputExpression><text>departments</text></inputExpression></input>
<output name="type"/>
<rule><inputEntry><text>1</text></inputEntry><outputEntry><text>"instant"</text></outputEntry></rule>
<rule><inputEntry><text>{second}</text></inputEntry><outputEntry><text>"joint"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def _decided() -> str:
    task = '<zeebe:calledDecision decisionId="triage" resultVariable="proposed"/>'
    rule = node("businessRuleTask", "rule", f"<extensionElements>{task}</extensionElements>")
    return definitions(node("startEvent", "start") + rule + users("a") + chain("start", "rule", "a"))


def test_a_decision_proposes_and_says_which_rule_held() -> None:
    program = compiled(_decided(), triage_dmn=_DMN.format(policy="UNIQUE", second="&gt; 1"))
    story = Story(program, {"departments": 3})
    assert story.variables["proposed"] == "joint"
    (ruling,) = story.outcome.rulings
    assert (ruling.element, ruling.decision, ruling.result) == ("rule", "triage", "joint")
    assert [rules for _, rules in ruling.matched] == [(2,)]


def test_a_decision_that_contradicts_itself_is_an_incident() -> None:
    program = compiled(_decided(), triage_dmn=_DMN.format(policy="UNIQUE", second="&gt;= least"))
    story = Story(program, {"departments": 1, "least": 1})
    assert story.stuck == ["rule"] and "triage" in story.execution.incidents[0].cause
