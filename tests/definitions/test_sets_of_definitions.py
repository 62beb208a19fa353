"""Files that need each other: what one names must be in the set or deployed, and nothing personal decides."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise

import pytest
from definition_drawing import (
    between,
    condition,
    deployable,
    errors,
    flow,
    model,
    only,
    problems,
    process,
    reading,
    source,
)

from engine.definitions import Process, SourceFile, restore
from engine.errors import NotFound


@dataclass
class Deployed:
    """What an office has deployed already."""

    processes: frozenset[str] = frozenset()
    forms: dict[str, SourceFile] = field(default_factory=dict)
    decisions: dict[str, SourceFile] = field(default_factory=dict)

    def process(self, key: str) -> bool:
        return key in self.processes

    def form(self, id: str) -> SourceFile | None:
        return self.forms.get(id)

    def decision(self, id: str) -> SourceFile | None:
        return self.decisions.get(id)


CALL = '<callActivity id="x" calledElement="other"/>'
FORM = '<userTask id="x" camunda:formRef="stall" camunda:candidateGroups="window"/>'
RULE = '<businessRuleTask id="x" camunda:decisionRef="stall_fee" camunda:resultVariable="fee"/>'


def calling(key: str, *called: str) -> SourceFile:
    """A process that calls others, one after the other."""
    calls = "".join(f'<callActivity id="to_{other}" calledElement="{other}"/>' for other in called)
    path = ["s", *(f"to_{other}" for other in called), "e"]
    flows = "".join(flow(a, b) for a, b in pairwise(path))
    body = f'<startEvent id="s"/>{calls}{flows}<endEvent id="e"/>'
    return source(process(body).replace('id="p"', f'id="{key}"'), f"{key}.bpmn")


@pytest.mark.parametrize(
    ("element", "rule"), [(CALL, "unknown-process"), (FORM, "unknown-form"), (RULE, "unknown-decision")]
)
def test_what_is_nowhere_is_refused(element: str, rule: str) -> None:
    found = reading(between(element), known=Deployed())
    assert errors(found) == [(rule, "x")]
    assert problems(found, rule)[0].line == 4


def test_what_is_in_the_set_is_found() -> None:
    assert deployable(between(CALL), calling("other")).calls == {"other"}
    assert set(deployable(between(FORM), model("stall.form")).forms) == {"stall"}
    assert deployable(between(RULE), model("fee.dmn")).decisions == {"stall_fee": "fee.dmn"}


def test_the_form_keys_of_camunda_7_name_files() -> None:
    key = 'camunda:formKey="{}" camunda:candidateGroups="window"'
    file = between(f'<userTask id="x" {key.format("camunda-forms:deployment:stall.form")}/>')
    found = deployable(file, model("stall.form"))
    assert found.forms[found.elements["x"].form or ""]["id"] == "stall"
    page = reading(between(f'<userTask id="x" {key.format("embedded:app:forms/a.html")}/>'))
    assert page.ok
    assert only(page, "ignored-extension").element == "x"


def test_what_is_deployed_is_found() -> None:
    known = Deployed(
        processes=frozenset({"other"}),
        forms={"stall": model("stall.form")},
        decisions={"stall_fee": model("fee.dmn")},
    )
    assert deployable(between(CALL), known=known).calls == {"other"}
    with_form = deployable(between(FORM), known=known)
    assert [file.name for file in with_form.files] == ["p.bpmn", "stall.form"]
    assert with_form.forms["stall"]["id"] == "stall"
    assert [file.name for file in deployable(between(RULE), known=known).files] == ["fee.dmn", "p.bpmn"]


def test_a_process_that_is_not_executable_cannot_be_called() -> None:
    other = source(calling("other").content.replace(b'"true"', b'"false"'), "other.bpmn")
    assert errors(reading(between(CALL), other)) == [("unknown-process", "x")]


def test_the_called_process_may_be_named_with_a_prefix() -> None:
    file = between(CALL.replace('"other"', '"t:other"')).replace("<definitions ", '<definitions xmlns:t="urn:t" ')
    assert deployable(file, calling("other")).calls == {"other"}


def test_processes_that_call_each_other_in_a_circle() -> None:
    assert reading(calling("a", "b", "c"), calling("b", "c"), calling("c")).ok
    found = reading(calling("a", "b"), calling("b", "c"), calling("c", "b"))
    problem = only(found, "call-cycle")
    assert "b → c → b" in problem.message
    assert (problem.file, problem.element) == ("c.bpmn", "to_b")
    assert only(reading(calling("a", "a")), "call-cycle").element == "to_a"


def test_names_that_two_files_claim() -> None:
    twice = reading(between('<task id="x"/>'), source(between('<task id="x"/>'), "q.bpmn"))
    assert [(p.rule, p.file) for p in twice.problems] == [("duplicate-id", "q.bpmn")]
    forms = reading(between(FORM), model("stall.form"), source(model("stall.form").content, "again.form"))
    assert only(forms, "duplicate-id").file == "again.form"
    rules = reading(between(RULE), model("fee.dmn"), source(model("fee.dmn").content, "again.dmn"))
    assert only(rules, "duplicate-id").element == "stall_fee"


def test_a_form_that_cannot_be_read_is_not_missed_as_well() -> None:
    found = reading(between(FORM), source(b"{", "stall.form"))
    assert [p.rule for p in found.problems if p.severity == "error"] == ["not-json"]


def test_a_form_at_the_start_requires_no_file() -> None:
    def asking_for(**properties: object) -> SourceFile:
        picker = {"type": "filepicker", "key": "licence", "label": "L", **properties}
        form = {"type": "default", "id": "stall", "schemaVersion": 19, "components": [picker]}
        return source(json.dumps(form).encode(), "stall.form")

    start = process(f'<startEvent id="s" camunda:formRef="stall"/>{flow("s", "e")}<endEvent id="e"/>')
    found = only(reading(start, asking_for(validate={"required": True})), "start-form-file")
    assert (found.element, found.severity) == ("s", "error")
    assert "“licence”" in found.message
    assert "ask for it in the first task" in found.message
    # One that may be left empty, or that nobody can answer, keeps nobody from starting a case; nor does a task's.
    assert reading(start, asking_for()).ok
    assert reading(start, asking_for(validate={"required": True}, readonly=True)).ok
    assert reading(between(FORM), asking_for(validate={"required": True})).ok


def test_dmn_under_the_name_of_xml() -> None:
    assert deployable(between(RULE), source(model("fee.dmn").content, "fee.xml")).decisions == {"stall_fee": "fee.xml"}
    assert deployable(source(between('<task id="x"/>'), "p.bpmn20.xml")).file == "p.bpmn20.xml"


def test_the_digest_is_over_names_and_contents_of_what_the_process_uses() -> None:
    def read_with(*files: SourceFile) -> Process:
        return deployable(source(between(FORM)), *files)

    first = read_with(model("stall.form"))
    expected = sha256()
    for file in sorted(first.files, key=lambda file: file.name):
        expected.update(file.name.encode() + b"\0" + sha256(file.content).digest())
    assert first.digest == expected.hexdigest()
    # What the process does not use does not matter; what it uses does.
    assert read_with(model("stall.form"), model("opinion.form")).digest == first.digest
    changed = source(model("stall.form").content.replace(b"Days", b"days"), "stall.form")
    assert read_with(changed).digest != first.digest


def asking(expression: str) -> str:
    """A process that decides by an expression, on the flow `x_f`."""
    body = (
        f'<startEvent id="s" camunda:formRef="stall"/>{flow("s", "x")}<exclusiveGateway id="x" default="x_e"/>'
        f'{flow("x", "e")}<endEvent id="e"/>{flow("x", "f", condition(expression))}<endEvent id="f"/>'
    )
    return process(body)


@pytest.mark.parametrize("expression", ['applicant.name = "Wang"', "phone != null", 'days &gt; 3 and phone = "1"'])
def test_a_condition_on_personal_data_is_refused(expression: str) -> None:
    found = reading(asking(expression), model("stall.form"))
    assert errors(found) == [("reads-personal-data", "x_f")]
    # Also where the form is deployed already.
    assert errors(reading(asking(expression), known=Deployed(forms={"stall": model("stall.form")}))) == errors(found)


def test_a_conditional_event_on_personal_data_is_refused() -> None:
    event = "<conditionalEventDefinition><condition>= phone != null</condition></conditionalEventDefinition>"
    body = f'<startEvent id="s" camunda:formRef="stall"/>{flow("s", "x")}<endEvent id="e"/>{flow("x", "e")}'
    found = reading(
        process(f'{body}<intermediateCatchEvent id="x">{event}</intermediateCatchEvent>'), model("stall.form")
    )
    assert errors(found) == [("reads-personal-data", "x")]


def test_a_condition_on_what_is_not_personal_is_fine() -> None:
    assert deployable(asking("days &gt; 3 and case.phone = null"), model("stall.form"))


def test_personal_data_may_be_handed_on_unseen() -> None:
    mapping = '<zeebe:input source="{}" target="caller"/>'
    task = '<task id="x"><extensionElements><zeebe:ioMapping>{}</zeebe:ioMapping></extensionElements></task>'
    assert deployable(between(task.format(mapping.format("= applicant.name"))))
    looking = reading(between(task.format(mapping.format("= upper case(applicant.name)"))))
    assert errors(looking) == [("reads-personal-data", "x")]


@pytest.mark.parametrize(
    ("message", "source", "refused"),
    [
        ("withdraw", "= reason", False),
        ("withdraw", "= if reason = null then 1 else 2", True),
        ("return", "= { why: reason }", True),
        ("paid", "= upper case(reason)", False),
    ],
)
def test_the_reason_of_a_message_that_steers_is_handed_on_alone(message: str, source: str, refused: bool) -> None:
    body = (
        f'<intermediateCatchEvent id="x"><extensionElements><zeebe:ioMapping><zeebe:output source="{source}" '
        'target="why"/></zeebe:ioMapping></extensionElements><messageEventDefinition messageRef="m"/>'
        "</intermediateCatchEvent>"
    )
    found = reading(between(body, f'<message id="m" name="{message}"/>'))
    assert errors(found) == ([("reads-personal-data", "x")] if refused else [])


@pytest.mark.parametrize(
    ("fine", "looking", "line"),
    [
        (b"<text>days</text>", b"<text>phone</text>", 7),
        (b"<text>-</text>", b"<text>phone = null</text>", 11),
        (b"20 * days", b"string length(phone)", 11),
    ],
)
def test_a_decision_on_personal_data_is_refused(fine: bytes, looking: bytes, line: int) -> None:
    content = model("fee.dmn").content.replace(fine, looking)
    assert content != model("fee.dmn").content
    problem = only(reading(between(RULE), source(content, "fee.dmn"), model("stall.form")), "reads-personal-data")
    assert (problem.file, problem.line) == ("fee.dmn", line)


def test_a_personal_field_of_a_form_in_the_diagram() -> None:
    form = (
        '<extensionElements><camunda:formData><camunda:formField id="salary" type="long"><camunda:properties>'
        '<camunda:property name="personal" value="true"/></camunda:properties></camunda:formField></camunda:formData>'
        "</extensionElements>"
    )
    file = asking("salary &gt; 5").replace(' camunda:formRef="stall"/>', f">{form}</startEvent>")
    assert errors(reading(file)) == [("reads-personal-data", "x_f")]


def test_a_deployed_process_is_restored_without_being_judged_again() -> None:
    second = f'<startEvent id="qs" camunda:formRef="stall"/>{flow("qs", "qe")}<endEvent id="qe"/>'
    two = between('<task id="x"/>', f'<process id="q" isExecutable="true">{second}</process>')
    # The file holds a second process, whose form is not among the files of the first.
    assert not reading(two).ok
    restored = restore([source(two)], "p")
    assert (restored.key, set(restored.elements)) == ("p", {"p", "s", "s_x", "x", "x_e", "e"})
    read_once = deployable(between(FORM), model("stall.form"))
    again = restore(read_once.files, "p")
    assert (again.digest, again.elements) == (read_once.digest, read_once.elements)
    with pytest.raises(NotFound):
        restore(read_once.files, "other")
