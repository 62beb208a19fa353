"""One case played in memory, step by step, on a clock that only moves when it is told to.

The same rules as in the office (`engine.handling`), without its database, its people and their rights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import forms
from engine.calendar import Calendar, RecordedCalendar, functions
from engine.definitions.model import Process
from engine.errors import NotFound, TooLarge
from engine.execution import Job, OpenTask, Program, Timer
from engine.execution.execution import Execution
from engine.handling import Case, Command, Handling, Limit, RecordedUnits, apply
from engine.handling.commands import step
from engine.handling.facts import Facts
from engine.history.kinds import Kind
from engine.trial.probes import probed, sort
from engine.trial.scenario import Scenario, Wait

#: As long as a person takes; two steps differ in their instants.
MOMENT = timedelta(minutes=1)
#: So many steps are made of oneself, until a case that goes round is left where it is.
MOST_STEPS = 1_000
#: So many steps are made in one trial altogether, so that none goes on for ever.
MOST_STEPS_IN_ALL = 2_000

_MATTER: Mapping[str, Any] = {
    "code": "0000000000",
    "name": "试办事项",
    "type": None,
    "unit": "hall",
    "departments": [],
    "statutory_days": 20,
    "promised_days": 10,
    "legal_basis": None,
    "fee": 0,
}


class Trials:
    """The processes of a set, ready to be tried any number of times."""

    def __init__(self, processes: Mapping[str, Process]) -> None:
        """Make them ready.

        :raises DefinitionError: when one cannot be executed
        """
        self.processes = dict(processes)
        self._probed = probed(processes)
        self._programs: dict[str, Program] = {}

    def root(self, key: str | None) -> str:
        """The process of that key; without one, the only one that no other calls.

        :raises NotFound: when there is none, or more than one
        """
        if key is not None:
            if key not in self.processes:
                raise NotFound(f"the set holds no process {key}; it holds {', '.join(self.processes)}")
            return key
        called = {called for process in self.processes.values() for called in process.calls}
        roots = [key for key in self.processes if key not in called]
        if len(roots) != 1:
            raise NotFound(f"say which process is tried: {', '.join(roots or self.processes)}")
        return roots[0]

    def program(self, key: str) -> Program:
        """A process with all that it calls, with probes."""
        if key not in self._programs:
            self._programs[key] = Program.compile(self._probed[key], self._probed)
        return self._programs[key]

    def begin(self, scenario: Scenario, watch: Watch | None = None) -> Rehearsal:
        """A case of a scenario, before its first step.

        :param watch: is shown the case after each step, its start included
        """
        return Rehearsal(self.program(self.root(scenario.process)), scenario, watch)


class Rehearsal:
    """A case that is played."""

    def __init__(self, program: Program, scenario: Scenario, watch: Watch | None = None) -> None:
        """Receive the case."""
        self._scenario = scenario
        self._watch = watch
        self._program = program
        calendar = Calendar()
        self.now: datetime = scenario.received.astimezone(UTC)
        #: Elements that tokens entered, in order, with the keys of their processes.
        self.passed: list[tuple[str, str]] = []
        #: Sequence flows that tokens took, with the keys of their processes.
        self.flows: list[tuple[str, str]] = []
        self.milestones: list[str] = []
        self._answered: dict[str, int] = {}
        self._steps = 0
        matter = dict(_MATTER) | dict(scenario.matter)
        case = Case(
            number="20260302-H01-0001-8",
            window=scenario.window["code"],
            unit=scenario.window["unit"],
            channel=scenario.channel,
            agent="clerk",
            received_at=self.now,
            matter=matter,
            applicant={},
            tracking=None,
            root=program.root.key,
            versions={},
            type=None,
            limit=Limit(days=matter["promised_days"]),
        )
        self.handling = Handling(
            case=case,
            program=program,
            execution=None,
            calendar=RecordedCalendar(calendar),
            # A trial knows no units: every name may be one.
            units=RecordedUnits(lambda name: name),
        )
        self._apply(Kind.CASE_STARTED, {"data": dict(scenario.start)})

    # What is seen --------------------------------------------------------------------------------------------

    @property
    def case(self) -> Case:
        """The case."""
        return self.handling.case

    @property
    def execution(self) -> Execution:
        """Where its tokens are."""
        return self.handling.running

    @property
    def path(self) -> list[str]:
        """Elements that tokens entered, in order."""
        return [element for _, element in self.passed]

    @property
    def tasks(self) -> list[OpenTask]:
        """The open tasks."""
        return self.execution.tasks

    @property
    def jobs(self) -> list[Job]:
        """Work that waits to be done outside."""
        return self.execution.jobs

    @property
    def timers(self) -> list[Timer]:
        """The timers that wait, the earliest first."""
        return self.execution.timers

    @property
    def offers(self) -> frozenset[str]:
        """Messages that can be delivered."""
        return self.execution.waits_for()

    @property
    def end(self) -> str | None:
        """The end event that was passed last in the case's process."""
        milestone = self.execution.end
        return milestone.element.id if milestone else None

    def form(self, task: OpenTask) -> Mapping[str, Any] | None:
        """The form-js schema of a task."""
        element = task.element
        if element.form_schema is not None:
            return element.form_schema
        return self._program.processes[element.process].forms.get(element.form or "")

    def name_of(self, process: str, element: str) -> str:
        """What the diagram calls an element; empty where it has no name, or is none."""
        known = self._program.processes.get(process)
        found = known.elements.get(element) if known else None
        return found.name if found else ""

    def names(self, task: OpenTask) -> dict[str, Any]:
        """What a task's form sees: the variables in its scope, and the facts."""
        return {**self.execution.task_data(task.id), **Facts(self.case, self.handling.calendar.zone)}

    def ordinary(self, task: OpenTask, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answers to a task: those that are given, the ordinary ones to what else its form asks.

        :raises Invalid: when its form refuses one that is given
        """
        given = dict(given or {})
        form = self.form(task)
        if form is None:
            return given
        names, local = self.names(task), self._local()
        known = functions(self.handling.calendar, self.now)
        ordinary = forms.ordinary(form, {**names, **given}, functions=known, now=local, today=local.date())
        return forms.validate(form, {**ordinary, **given}, names, functions=known, now=local)

    def task(self, name: str) -> OpenTask:
        """The first open task at an element, or the one of that id.

        :raises NotFound: when there is none
        """
        for task in self.tasks:
            if name in (task.element.id, task.id):
                return task
        open = ", ".join(task.element.id for task in self.tasks) or "none"
        raise NotFound(f"no task is open at {name}; open: {open}")

    # What is done --------------------------------------------------------------------------------------------

    def complete(self, name: str, given: Mapping[str, Any] | None = None) -> None:
        """Complete a task, by its element or id.

        :param given: answers; without any those of the scenario for this time, and the ordinary ones

        :raises NotFound: when it is not open
        :raises Invalid: when its form refuses an answer
        """
        task = self.task(name)
        element = task.element
        data = self.ordinary(task, {**self.planned(element.id), **(given or {})})
        self._answered[element.id] = self._answered.get(element.id, 0) + 1
        self.now += MOMENT
        self._apply(Kind.TASK_COMPLETED, {"task": task.id, "data": data}, (element.process, element.id))

    def work(self, name: str, result: Mapping[str, Any] | None = None) -> None:
        """Do the work that waits outside at an element.

        :raises NotFound: when none does
        """
        for job in self.jobs:
            if name in (job.element.id, job.id):
                element = job.element.id
                given = {**self.planned(element), **(result or {})}
                self._answered[element] = self._answered.get(element, 0) + 1
                self._work(job, given)
                return
        raise NotFound(f"no work waits to be done outside at {name}")

    def _work(self, job: Job, result: Mapping[str, Any]) -> None:
        self.now += MOMENT
        self.case.seq += 1
        outcome = self.execution.complete_job(job.id, result, step(self.handling, self.now))
        self._note(outcome.entered, (one.properties.get("milestone") for one in outcome.milestones))
        # The case is brought in line with its execution after a command; this one does nothing else.
        self._apply(Kind.COMMENT_ADDED, {}, (job.element.process, job.element.id), seen_as=Kind.JOB_COMPLETED)

    def message(self, name: str, payload: Mapping[str, Any] | None = None) -> None:
        """Deliver a message.

        :raises NotOffered: when nothing waits for it
        """
        self.now += MOMENT
        self._apply(Kind.MESSAGE_RECEIVED, {"name": name, "payload": dict(payload or {})})

    def suspend(self, ground: str) -> None:
        """Stop the case's clock."""
        self.now += MOMENT
        self._apply(Kind.CASE_SUSPENDED, {"reason": "", "ground": ground})

    def resume(self) -> None:
        """Let the case's clock go on."""
        self.now += MOMENT
        self._apply(Kind.CASE_RESUMED, {"reason": ""})

    def extend(self, days: int) -> None:
        """Extend the case's limit."""
        self.now += MOMENT
        self._apply(Kind.CASE_EXTENDED, {"days": days, "reason": ""})

    def wait(self, length: Wait) -> None:
        """Let time pass."""
        instant = self.handling.calendar.shift(self.now, length.working_days) if length.working_days else self.now
        if length.length is not None:
            instant = length.length.after(instant, self.handling.calendar.zone)
        self.until(instant)

    def until(self, instant: datetime) -> None:
        """Let time pass up to an instant; each timer fires at its own."""
        for _ in range(MOST_STEPS):
            timers = [] if self.case.suspended else self.timers
            if not timers or timers[0].due > instant:
                break
            self.next_timer()
        self.now = max(self.now, instant.astimezone(UTC))

    def next_timer(self) -> Timer:
        """Let time pass up to the next timer, and fire it.

        :raises NotFound: when none waits
        """
        if not self.timers:
            raise NotFound("no timer waits")
        timer = self.timers[0]
        self.now = max(self.now + timedelta(microseconds=1), timer.due)
        self._apply(Kind.TIMER_FIRED, {}, (timer.process, timer.element))
        return timer

    def go_on(self, until: str | None = None) -> None:
        """Do whatever is open, and let time pass where nothing else is, up to a task at an element or to the end."""
        for _ in range(MOST_STEPS):
            if self.execution.ended or self.execution.incidents:
                return
            tasks = self.tasks
            if until is not None and any(task.element.id == until for task in tasks):
                return
            if tasks:
                self.complete(tasks[0].id)
            elif self.jobs:
                self.work(self.jobs[0].id)
            elif self.timers:
                self.next_timer()
            else:
                return

    # ---------------------------------------------------------------------------------------------------------

    def planned(self, element: str) -> Mapping[str, Any]:
        """What the scenario answers to a task or job of an element the next time."""
        answers = self._scenario.answers.get(element, ())
        return answers[min(self._answered.get(element, 0), len(answers) - 1)] if answers else {}

    def _local(self) -> datetime:
        return self.now.astimezone(self.handling.calendar.zone)

    def _apply(
        self, kind: Kind, input: dict[str, Any], at: tuple[str, str] | None = None, *, seen_as: Kind | None = None
    ) -> None:
        """Make a step.

        :param at: the element that it is about, with the key of its process
        :param seen_as: what kind of step it is to who watches, if not this one
        """
        self._steps += 1
        if self._steps > MOST_STEPS_IN_ALL:
            raise TooLarge(f"A trial has at most {MOST_STEPS_IN_ALL} steps: make several scenarios of it.")
        command = Command(kind=kind, actor="clerk", input=input, element=at and at[1])
        applied = apply(self.handling, command, self.now)
        milestones = [m["properties"].get("milestone") for m in applied.outcome.get("milestones", ())]
        self._note(applied.outcome.get("path", ()), milestones)
        if self._watch is not None:
            self._watch(self, seen_as or kind, input, at)

    def _note(self, entered: Iterable[tuple[str, str]], milestones: Iterable[str | None]) -> None:
        elements, flows = sort(entered)
        self.passed += elements
        self.flows += flows
        self.milestones += [name for name in milestones if name]


#: Is shown the case after a step: with its kind, its input, and the process and element that it was about.
Watch = Callable[[Rehearsal, Kind, Mapping[str, Any], tuple[str, str] | None], None]
