"""A case told step by step, as the office would run it: every command is a step, stored and loaded again."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from engine.definitions import SourceFile, read
from engine.execution import Execution, Outcome, Program, Step

START = python.datetime(2026, 3, 2, 1, 0, tzinfo=python.UTC)  # a Monday, 09:00 in Shanghai

NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)


def definitions(body: str, *processes: str, roots: str = "") -> str:
    """A BPMN file with the process ``P`` and further ones."""
    return (
        f'<definitions {NAMESPACES} id="D" targetNamespace="http://example.org/test">{roots}'
        f'<process id="P" isExecutable="true">{body}</process>{"".join(processes)}</definitions>'
    )


def chain(*ids: str) -> str:
    """Sequence flows from each element to the next."""
    return "".join(f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(ids))


def compiled(xml: str, **files: str) -> Program:
    """A file and what belongs to it, read and made ready to run; ``decision_dmn`` is ``decision.dmn``."""
    sources = [SourceFile(name="p.bpmn", content=xml.encode())]
    sources += [SourceFile(name=name.replace("_", "."), content=text.encode()) for name, text in files.items()]
    reading = read(sources)
    assert reading.ok, [problem for problem in reading.problems if problem.severity == "error"]
    processes = {process.key: process for process in reading.processes}
    return Program.compile(processes["P"], processes)


class Story:
    """One case of a program."""

    def __init__(
        self,
        program: Program | str,
        variables: Mapping[str, Any] | None = None,
        *,
        facts: Mapping[str, Any] | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        case: str = "20260302-A1-0001-X",
        stored: bool = True,
    ) -> None:
        """Start the case.

        :param stored: whether it is loaded anew before each step, as from the database
        """
        self.program = compiled(program) if isinstance(program, str) else program
        self.now = START
        self.facts = dict(facts or {})
        self.functions = dict(functions or {})
        self.case = case
        self.stored = stored
        self.seq = 0
        self.execution = Execution.start(self.program, variables or {}, self.step())
        self.outcome = self.execution.started
        self.size = 0
        self._store()

    def step(self) -> Step:
        """The next step, a second later."""
        self.seq += 1
        self.now += python.timedelta(seconds=1)
        return Step(case=self.case, seq=self.seq, now=self.now, facts=self.facts, functions=self.functions)

    def _store(self) -> None:
        state = self.execution.dump()
        self.size = len(state)
        if self.stored:
            loaded = Execution.restore(self.program, state)
            assert loaded.dump() == state
            assert loaded.projection() == self.execution.projection()
            self.execution = loaded

    def _did(self, outcome: Outcome) -> Outcome:
        self.outcome = outcome
        self._store()
        return outcome

    @property
    def open(self) -> list[str]:
        """Elements of the open tasks, sorted."""
        return sorted(task.element.id for task in self.execution.tasks)

    def task(self, element: str, *index: int) -> str:
        """Id of the open task at an element, in the instance of that index where there are several."""
        found = [
            task.id
            for task in self.execution.tasks
            if task.element.id == element and (not index or task.scope[-1:] == index)
        ]
        assert found, f"no open task at {element} {index}, open are {self.open}"
        return found[0]

    def do(self, element: str, *index: int, **data: Any) -> Outcome:
        """Complete the task at an element."""
        return self._did(self.execution.complete(self.task(element, *index), data, self.step()))

    def send(self, name: str, correlation: Any = None, **payload: Any) -> Outcome:
        """Send a message."""
        return self._did(self.execution.message(name, payload, self.step(), correlation))

    def wait(self, **length: float) -> list[str]:
        """Let time pass and fire what is due; the elements that fired."""
        self.now += python.timedelta(**length)
        fired = []
        while (outcome := self.execution.fire_next(self.step())) is not None:
            assert outcome.fired is not None
            fired.append(outcome.fired.element)
            self._did(outcome)
        return fired

    def work(self, **result: Any) -> Outcome:
        """Complete the only job."""
        (job,) = self.execution.jobs
        return self._did(self.execution.complete_job(job.id, result, self.step()))

    def fail(self, cause: str) -> Outcome:
        """Give the only job up."""
        (job,) = self.execution.jobs
        return self._did(self.execution.fail_job(job.id, cause, self.step()))

    def throw(self, code: str, **data: Any) -> Outcome:
        """End the only job in an error."""
        (job,) = self.execution.jobs
        return self._did(self.execution.throw_error(job.id, code, data, f"{code}!", self.step()))

    def retry(self, element: str | None = None) -> Outcome:
        """Try incidents again."""
        return self._did(self.execution.retry(self.step(), element))

    def recompute(self) -> Outcome:
        """Have the timers computed anew."""
        return self._did(self.execution.recompute_timers(self.step()))

    @property
    def ended(self) -> bool:
        """Whether the case's process has ended."""
        return self.execution.ended

    @property
    def variables(self) -> dict[str, Any]:
        """The root process's variables."""
        return self.execution.variables

    @property
    def stuck(self) -> list[str]:
        """Elements of the incidents."""
        return sorted(incident.element for incident in self.execution.incidents)


# Drawing, in few words -----------------------------------------------------------------------------------------


def flow(source: str, target: str, condition: str = "") -> str:
    """A sequence flow, named ``source_target``."""
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def node(tag: str, id: str, inner: str = "", **attributes: str) -> str:
    """Any element."""
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<{tag} id="{id}"{written}>{inner}</{tag}>'


def users(*ids: str) -> str:
    """User tasks."""
    return "".join(node("userTask", id) for id in ids)


def line(*ids: str, start: str = "start", end: str = "end") -> str:
    """User tasks one after the other, between a start and an end event."""
    return node("startEvent", start) + users(*ids) + node("endEvent", end) + chain(start, *ids, end)


def boundary(id: str, on: str, definition: str, *, interrupting: bool = True) -> str:
    """A boundary event."""
    return node("boundaryEvent", id, definition, attachedToRef=on, cancelActivity=str(interrupting).lower())


def message(name: str) -> str:
    """The definition of a message event."""
    return f'<messageEventDefinition messageRef="message_{name}"/>'


def messages(*names: str) -> str:
    """Messages, as root elements."""
    return "".join(f'<message id="message_{name}" name="{name}"/>' for name in names)


def timer(text: str, kind: str = "timeDuration") -> str:
    """The definition of a timer event."""
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def mappings(*pairs: str) -> str:
    """Input and output mappings: ``in: target = source`` or ``out: target = source``."""
    written = []
    for pair in pairs:
        direction, rest = pair.split(":", 1)
        target, source = (part.strip() for part in rest.split("=", 1))
        tag = {"in": "input", "out": "output"}[direction]
        written.append(f'<zeebe:{tag} source="= {escape(source)}" target="{target}"/>')
    return f"<extensionElements><zeebe:ioMapping>{''.join(written)}</zeebe:ioMapping></extensionElements>"


def several(collection: str, *, element: str = "item", sequential: bool = False, more: str = "", done: str = "") -> str:
    """Multi-instance characteristics over a collection.

    :param more: further attributes of ``zeebe:loopCharacteristics``
    :param done: a completion condition
    """
    condition = f"<completionCondition>= {escape(done)}</completionCondition>" if done else ""
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><extensionElements>'
        f'<zeebe:loopCharacteristics inputCollection="= {escape(collection)}" inputElement="{element}" {more}/>'
        f"</extensionElements>{condition}</multiInstanceLoopCharacteristics>"
    )


def properties(**values: str) -> str:
    """Extension properties."""
    written = "".join(f'<zeebe:property name="{name}" value="{escape(value)}"/>' for name, value in values.items())
    return f"<extensionElements><zeebe:properties>{written}</zeebe:properties></extensionElements>"


def script(id: str, expression: str, variable: str) -> str:
    """A script task."""
    inner = f'<zeebe:script expression="= {escape(expression)}" resultVariable="{variable}"/>'
    return node("scriptTask", id, f"<extensionElements>{inner}</extensionElements>")


def escape(text: str) -> str:
    """Text for an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
