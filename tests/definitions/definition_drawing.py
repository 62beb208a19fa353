"""Small definitions, drawn in a line or two; reading them back."""

from __future__ import annotations

from pathlib import Path

from engine.definitions import Lookup, Problem, Process, Reading, SourceFile, read

MODELS = Path(__file__).with_name("models")
NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:operaton="http://operaton.org/schema/1.0/bpmn" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
)


def definitions(content: str) -> str:
    """A BPMN file with that in it."""
    return f'<definitions {NAMESPACES} targetNamespace="http://example.org">\n{content}\n</definitions>'


def process(body: str, beside: str = "") -> str:
    """A BPMN file with one executable process, and what stands beside it."""
    return definitions(f'{beside}<process id="p" isExecutable="true">\n{body}\n</process>')


def flow(source: str, target: str, inside: str = "") -> str:
    """A sequence flow."""
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def condition(text: str) -> str:
    """What makes a sequence flow conditional."""
    return f"<conditionExpression>{text}</conditionExpression>"


def between(element: str, beside: str = "", id: str = "x", more: str = "") -> str:
    """A process that runs from its start over one element to its end."""
    body = f'<startEvent id="s"/>{flow("s", id)}\n{element}\n{flow(id, "e")}<endEvent id="e"/>{more}'
    return process(body, beside)


def source(content: str | bytes, name: str = "p.bpmn") -> SourceFile:
    """One file of a set."""
    return SourceFile(name=name, content=content.encode() if isinstance(content, str) else content)


def model(name: str) -> SourceFile:
    """One of the models in the folder beside."""
    return SourceFile(name=name, content=(MODELS / name).read_bytes())


def reading(*contents: str | bytes | SourceFile, known: Lookup | None = None) -> Reading:
    """What comes out of a set; a first file that is not named is ``p.bpmn``."""
    return read([one if isinstance(one, SourceFile) else source(one) for one in contents], known=known)


def deployable(*contents: str | SourceFile, known: Lookup | None = None) -> Process:
    """The first process of a set without errors."""
    found = reading(*contents, known=known)
    assert found.ok, found.problems
    return found.processes[0]


def problems(found: Reading, rule: str) -> list[Problem]:
    """The problems of one rule."""
    return [problem for problem in found.problems if problem.rule == rule]


def only(found: Reading, rule: str) -> Problem:
    """The one problem of that rule."""
    of_rule = problems(found, rule)
    assert len(of_rule) == 1, found.problems
    return of_rule[0]


def errors(found: Reading) -> list[tuple[str, str | None]]:
    """Rule and element of each error."""
    return [(problem.rule, problem.element) for problem in found.problems if problem.severity == "error"]
