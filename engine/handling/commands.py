"""Applying one command to one case: the function that live work and replay share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.calendar import RecordedCalendar, asks_calendar, functions
from engine.definitions.model import MOST_PRIORITY, USUAL_PRIORITY, USUAL_RETRIES
from engine.errors import NotOffered
from engine.execution import Execution, Program
from engine.execution.model import Job, Milestone, OpenTask, Outcome, Step
from engine.handling.case import ENDINGS, FAILED, OPEN, SUSPENDED, TYPES, Case, Limit, OpenJob, OpenWork
from engine.handling.facts import Facts
from engine.handling.groups import resolve
from engine.handling.issuing import RecordedIssuer
from engine.handling.returning import BACKWARD
from engine.history.canonical import digest
from engine.history.kinds import Kind
from engine.instants import instant
from engine.notices.filling import content

Input = dict[str, Any]

#: Elements of a step's path that its entry names; only a loop that never waits passes more.
MOST_TOLD = 1000


@dataclass(frozen=True, kw_only=True)
class Command:
    """What somebody wants done, with everything that its execution needs to know of them and of it."""

    kind: Kind
    actor: str
    #: JSON, as it will stand in the history: personal fields are sealed already.
    input: Input
    #: What the command is about: an element, and the process that holds it.
    process: str | None = None
    element: str | None = None


@dataclass(frozen=True, kw_only=True)
class Past:
    """What a case was before an entry, as far as going back brings it again; to be used up."""

    execution: Execution
    decided_at: datetime | None


def no_past(seq: int) -> Past:
    """Where there is no history to go back in."""
    raise NotOffered(f"There is no entry {seq} to go back to.")


@dataclass(kw_only=True)
class Handling:
    """A case with what its steps are given: where it runs, and whom it asks."""

    case: Case
    program: Program
    #: None before the case has started.
    execution: Execution | None
    calendar: RecordedCalendar
    #: Unit codes by code or name; remembers what it answered.
    units: RecordedUnits
    #: Who gives the case's notices.
    issuer: RecordedIssuer = field(default_factory=RecordedIssuer)
    #: Gives what the case was before an entry.
    past: Callable[[int], Past] = no_past
    #: Where a step takes the case to another version: what it runs on from then on.
    following: Program | None = None
    #: What the execution is given for the step under way (see `step`).
    given: Step | None = None

    @property
    def running(self) -> Execution:
        """The execution of a case that has started."""
        assert self.execution is not None
        return self.execution


class RecordedUnits:
    """Unit codes by code or name, with a memory: a replay is given the old answers, whatever units exist then."""

    def __init__(self, ask: Callable[[str], str | None], answers: Mapping[str, str | None] | None = None) -> None:
        self._ask = ask
        self.answers: dict[str, str | None] = dict(answers or {})

    def __call__(self, name: str) -> str | None:
        if name not in self.answers:
            self.answers[name] = self._ask(name)
        return self.answers[name]


@dataclass(frozen=True, kw_only=True)
class GivenNotice:
    """A notice that a step gave."""

    id: str
    process: str
    element: str
    #: Name of the template's file, and SHA-256 (hex) of its content.
    name: str
    template: str
    #: JSON: see `engine.notices.filling`.
    content: dict[str, Any]
    #: SHA-256 (hex) of the content's canonical JSON.
    digest: str


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What a command did."""

    #: JSON for the history: the path, the milestones, the rules that matched, what was asked of the office.
    outcome: dict[str, Any]
    #: Tasks that are open no more, each `completed` or `cancelled`.
    closed: dict[str, str]
    #: Tasks that are new or changed.
    changed: frozenset[str]
    #: Jobs that are open no more, each `completed`, `thrown` (it ended in a BPMN error) or `cancelled`.
    jobs_closed: dict[str, str] = field(default_factory=dict)
    #: Jobs that are new or changed.
    jobs_changed: frozenset[str] = frozenset()
    #: Whether the limit that the whole case has still to meet has moved.
    limit_moved: bool
    #: Names of the signals that were thrown: other cases may wait for them.
    signals: tuple[str, ...] = ()
    #: Notices that were given, in that order.
    notices: tuple[GivenNotice, ...] = ()


def apply(handling: Handling, command: Command, at: datetime) -> Applied:
    """Do what `command` says at the instant `at`, which is later than that of the step before.

    :raises YichuangError: where it cannot be done; the objects of `handling` are then to be dropped.
    """
    case = handling.case
    type_before, status_before, work_before, owed_before = case.type, case.status, dict(case.work), case.owed
    jobs_before = dict(case.jobs)
    case.seq += 1
    case.last_at = at
    outcome = _APPLY[command.kind](handling, command, at)
    completed = command.input.get("task") if command.kind is Kind.TASK_COMPLETED else None
    _settle(handling, at)
    closed = {task: "completed" if task == completed else "cancelled" for task in work_before.keys() - case.work.keys()}
    changed = frozenset(task for task, work in case.work.items() if work_before.get(task) is not work)
    done = {command.input.get("job"): _CLOSES.get(command.kind, "cancelled")}
    jobs_closed = {job: done.get(job, "cancelled") for job in jobs_before.keys() - case.jobs.keys()}
    told: dict[str, Any] = _tell(outcome)
    if case.type != type_before:
        if case.decided_at != at and command.kind not in BACKWARD:
            case.decided_at = None  # Another type is handled anew: what was decided before answers it no more.
        reason = handling.running.variables.get("type_reason") or command.input.get("reason")
        told["type"] = {"from": type_before, "to": case.type, "reason": reason}
    if case.status != status_before or command.kind is Kind.CASE_STARTED:
        told["status"] = case.status
    notices = tuple(_notices(case, outcome))
    if notices:
        told["notices"] = [
            {"id": one.id, "process": one.process, "element": one.element, "name": one.name, "digest": one.digest}
            for one in notices
        ]
    asked = {
        "calendar": dict(handling.calendar.answers),
        "units": dict(handling.units.answers),
        "issuer": handling.issuer.answer,
    }
    told["asked"] = {name: answers for name, answers in asked.items() if answers}
    return Applied(
        outcome=told,
        closed=closed,
        changed=changed,
        jobs_closed=jobs_closed,
        jobs_changed=frozenset(id for id, job in case.jobs.items() if jobs_before.get(id) is not job),
        limit_moved=case.owed != owed_before,
        signals=outcome.signals,
        notices=notices,
    )


def step(handling: Handling, at: datetime) -> Step:
    """What the execution is given for the step under way."""
    case, known = handling.case, handling.given
    if known is not None and known.seq == case.seq and known.now is at:
        return known

    def reached(milestone: Milestone) -> None:
        _pass(handling, milestone, at)

    handling.given = given = Step(
        case=case.number,
        seq=case.seq,
        now=at,
        facts=Facts(case, handling.calendar.zone),
        functions=functions(handling.calendar, at),
        reached=reached,
        issuing=lambda: handling.issuer.names(case),
    )
    return given


def recount(case: Case, calendar: RecordedCalendar) -> None:
    """Set the case's limit from its acceptance: the days of the matter, with what was added and taken out."""
    case.due, case.due_provisional = _counted(case, case.limit, calendar)


def _counted(case: Case, limit: Limit, calendar: RecordedCalendar) -> tuple[datetime | None, bool]:
    """Where a limit of the case ends, and whether that may still move."""
    if case.accepted_at is None:
        return None, False
    due = calendar.limit(case.accepted_at, limit.days + limit.extended + limit.excluded)
    return due, calendar.is_provisional(calendar.today(due))


def is_concerned(handling: Handling, command: Command, at: datetime) -> bool:
    """Whether `Kind.CASE_RECOUNTED` would change anything in a case. Changes nothing.

    :raises Invalid: where one of its timers cannot be computed any more.
    """
    case, limit = handling.case, _recounted_limit(handling, command)
    timers = handling.running.would_move(step(handling, at), asks_calendar)
    counted = _counted(case, limit, handling.calendar)
    return timers or limit != case.limit or counted != (case.due, case.due_provisional)


# -- one function a kind ----------------------------------------------------------------------------


def _start(handling: Handling, command: Command, at: datetime) -> Outcome:
    case, given = handling.case, command.input
    variables = {**given["data"], "type": case.type}
    handling.execution = Execution.start(handling.program, variables, step(handling, at))
    return handling.execution.started


def _complete(handling: Handling, command: Command, at: datetime) -> Outcome:
    return handling.running.complete(command.input["task"], command.input["data"], step(handling, at))


def _back(handling: Handling, command: Command, at: datetime) -> Outcome:
    """Back to before the completion that is named; its task is open anew, for the person who is named."""
    case, given = handling.case, command.input
    leaving = given["task"] if command.kind is Kind.TASK_RETURNED else None
    before = handling.past(given["entry"])
    outcome, id = handling.running.go_back(before.execution, given["completed"], leaving, step(handling, at))
    open_now = {task.id: task for task in handling.running.tasks}
    for work in case.work.values():
        taken = work.assignee not in (None, work.task.assignee, command.actor)
        if taken and work.task.id not in open_now and work.task.id != leaving:
            raise NotOffered(
                f"{work.assignee} has begun what followed: {work.task.element.name or work.task.element.id}."
            )
    case.work[id] = replace(_work(handling, open_now[id], None), assignee=given["assignee"])
    # What was decided since is undone, and so is what took away a decision of before.
    case.decided_at = before.decided_at
    return outcome


def _fire(handling: Handling, _command: Command, at: datetime) -> Outcome:
    fired = handling.running.fire_next(step(handling, at))
    if fired is None:
        raise NotOffered("No timer of this case is due.")
    return fired


def _message(handling: Handling, command: Command, at: datetime) -> Outcome:
    given = command.input
    return handling.running.message(given["name"], given["payload"], step(handling, at), given.get("correlation_key"))


def _signal(handling: Handling, command: Command, at: datetime) -> Outcome:
    return handling.running.signal(command.input["name"], command.input["payload"], step(handling, at))


def _complete_job(handling: Handling, command: Command, at: datetime) -> Outcome:
    return handling.running.complete_job(command.input["job"], command.input["data"], step(handling, at))


def _fail_job(handling: Handling, command: Command, at: datetime) -> Outcome:
    given, jobs = command.input, handling.case.jobs
    job = replace(jobs[given["job"]], retries=given["retries"], version=handling.case.seq)
    if given["retries"]:
        jobs[given["job"]] = replace(job, due=datetime.fromisoformat(given["again"]))
        return Outcome()
    jobs[given["job"]] = job
    return handling.running.fail_job(given["job"], given["message"], step(handling, at))


def _throw_error(handling: Handling, command: Command, at: datetime) -> Outcome:
    given = command.input
    return handling.running.throw_error(
        given["job"], given["error_code"], given["data"], given["message"], step(handling, at)
    )


def _retry(handling: Handling, _command: Command, at: datetime) -> Outcome:
    return handling.running.retry(step(handling, at))


def _claim(handling: Handling, command: Command, _at: datetime) -> Outcome:
    handling.case.assign(command.input["task"], command.input["assignee"], handling.case.seq)
    return Outcome()


def _note(_handling: Handling, _command: Command, _at: datetime) -> Outcome:
    """What stands in the file, and moves nothing."""
    return Outcome()


def _hand_in(handling: Handling, command: Command, at: datetime) -> Outcome:
    """What stands in the file, and may be the last of what was undertaken: the diagram is told of that."""
    message = command.input.get("message")
    return handling.running.message(message, {}, step(handling, at)) if message else Outcome()


def _assign_agent(handling: Handling, command: Command, _at: datetime) -> Outcome:
    handling.case.agent = command.input["agent"]
    return Outcome()


def _prioritise(handling: Handling, command: Command, _at: datetime) -> Outcome:
    case = handling.case
    case.priority = command.input["priority"]
    for id, work in case.work.items():
        if (priority := _priority(case, work.task)) != work.priority:
            case.work[id] = replace(work, priority=priority, version=case.seq)
    return Outcome()


def _remind(handling: Handling, command: Command, at: datetime) -> Outcome:
    work, meant = handling.case.work, command.input["task"]
    for id in [meant] if meant is not None else list(work):
        work[id] = replace(work[id], reminded=at)
    return Outcome()


def _suspend(handling: Handling, command: Command, at: datetime) -> Outcome:
    handling.case.limit = replace(handling.case.limit, suspended_at=at)
    told = {"ground": command.input["ground"], "days": command.input.get("days"), "since": at}
    return _tell_of_limit(handling, command, at, "suspended", told, handling.case.due)


def _resume(handling: Handling, command: Command, at: datetime) -> Outcome:
    limit, calendar, before = handling.case.limit, handling.calendar, handling.case.due
    assert limit.suspended_at is not None
    out = calendar.between(calendar.today(limit.suspended_at), calendar.today(at))
    handling.case.limit = replace(limit, excluded=limit.excluded + out, suspended_at=None)
    recount(handling.case, calendar)
    handling.running.recompute_timers(step(handling, at))
    return _tell_of_limit(handling, command, at, "resumed", {"days": out, "since": limit.suspended_at}, before)


def _extend(handling: Handling, command: Command, at: datetime) -> Outcome:
    limit, days, before = handling.case.limit, command.input["days"], handling.case.due
    handling.case.limit = replace(limit, extended=limit.extended + days)
    recount(handling.case, handling.calendar)
    handling.running.recompute_timers(step(handling, at))
    return _tell_of_limit(handling, command, at, "extended", {"days": days}, before)


def _tell_of_limit(
    handling: Handling, command: Command, at: datetime, change: str, told: dict[str, Any], before: datetime | None
) -> Outcome:
    """The notice of what became of the limit: its reason is handed on sealed, as it stands in the history.

    :param told: what it may read besides the reason and where the limit ended: working days, ground, since when
    :param before: where the limit ended before
    """
    zone = handling.calendar.zone
    instants = {"due_before": before, "since": told.get("since")}
    local = {name: one.astimezone(zone) if one else None for name, one in instants.items()}
    names = {"limit_change": {"ground": None, **told, **local, "reason": command.input["reason"]}}
    return handling.running.tell_of_limit(change, names, step(handling, at))


def _recounted(handling: Handling, command: Command, at: datetime) -> Outcome:
    handling.case.limit = _recounted_limit(handling, command)
    recount(handling.case, handling.calendar)
    if "timers_kept" in command.input:
        return Outcome()
    return handling.running.recompute_timers(step(handling, at), asks_calendar)


def _migrate(handling: Handling, command: Command, at: datetime) -> Outcome:
    program, given = handling.following, command.input
    assert program is not None
    handling.execution = moved = handling.running.moved(program, given["renamed"], step(handling, at))
    handling.program, handling.following = program, None
    handling.case.versions = dict(given["versions"])
    return moved.started


def _recounted_limit(handling: Handling, command: Command) -> Limit:
    """The limit with its suspensions counted anew: `stood` names the instants between which the clock stood."""
    calendar, out = handling.calendar, 0
    for since, until in command.input["stood"]:
        days = (calendar.today(datetime.fromisoformat(instant)) for instant in (since, until))
        out += calendar.between(*days)
    return replace(handling.case.limit, excluded=out)


_APPLY: dict[Kind, Callable[[Handling, Command, datetime], Outcome]] = {
    Kind.CASE_STARTED: _start,
    Kind.TASK_CLAIMED: _claim,
    Kind.TASK_UNCLAIMED: _claim,
    Kind.TASK_DELEGATED: _claim,
    Kind.TASK_COMPLETED: _complete,
    Kind.TASK_RETURNED: _back,
    Kind.TASK_WITHDRAWN: _back,
    Kind.TIMER_FIRED: _fire,
    Kind.MESSAGE_RECEIVED: _message,
    Kind.COMMENT_ADDED: _note,
    Kind.MATERIAL_ADDED: _hand_in,
    Kind.MATERIAL_VERIFIED: _hand_in,
    Kind.MATERIAL_WITHDRAWN: _note,
    Kind.SIGNAL_RECEIVED: _signal,
    Kind.AGENT_ASSIGNED: _assign_agent,
    Kind.CASE_SUSPENDED: _suspend,
    Kind.CASE_RESUMED: _resume,
    Kind.CASE_EXTENDED: _extend,
    Kind.CASE_RETRIED: _retry,
    Kind.CASE_RECOUNTED: _recounted,
    Kind.CASE_PRIORITISED: _prioritise,
    Kind.CASE_REMINDED: _remind,
    Kind.JOB_COMPLETED: _complete_job,
    Kind.JOB_FAILED: _fail_job,
    Kind.JOB_ERROR: _throw_error,
    Kind.CASE_MIGRATED: _migrate,
    Kind.CASE_RATED: _note,
    Kind.RATING_ANSWERED: _note,
    Kind.NOTICE_MAILED: _note,
    Kind.NOTICE_UNMAILED: _note,
    Kind.NOTICE_RETRIED: _note,
}

#: What becomes of the job that a command is about, where it is open no more then.
_CLOSES = {Kind.JOB_COMPLETED: "completed", Kind.JOB_ERROR: "thrown"}


# -- what follows from every step --------------------------------------------------------------------


def _pass(handling: Handling, milestone: Milestone, at: datetime) -> None:
    """Take note of a milestone while the step goes on."""
    case = handling.case
    match milestone.properties.get("milestone"):
        case "accepted" if case.accepted_at is None:
            case.accepted_at = at
            recount(case, handling.calendar)
        case "deemed-accepted" if case.accepted_at is None:
            case.accepted_at = _since(milestone.properties.get("since")) or case.received_at
            recount(case, handling.calendar)
        case "decided":
            case.decided_at = at
        case "reopened":
            case.decided_at = None


def _since(stated: Any) -> datetime | None:
    """The instant that a milestone's property states, if it states one."""
    try:
        since = datetime.fromisoformat(stated)
    except (TypeError, ValueError):
        return None
    return since if since.tzinfo else None


def _settle(handling: Handling, at: datetime) -> None:
    """Bring the case in line with its execution after a step."""
    case, execution = handling.case, handling.running
    if case.closed:
        return  # What is said of it afterwards moves nothing.
    if execution.variables.get("type") in TYPES:
        case.type = execution.variables["type"]
    case.work = {task.id: _work(handling, task, case.work.get(task.id)) for task in execution.tasks}
    if handling.program.goes_outside:
        case.jobs = {job.id: _job(case, job, False) for job in execution.jobs} | {
            job.id: _job(case, job, True) for job in execution.failed_jobs
        }
    if execution.ended:
        stated = execution.end.properties.get("status") if execution.end else None
        case.status = stated if stated in ENDINGS else "completed"
        case.ended_at = at
        case.limit = replace(case.limit, suspended_at=None)
    elif case.suspended:
        case.status = SUSPENDED
    else:
        case.status = FAILED if execution.incidents else OPEN


def _work(handling: Handling, task: OpenTask, known: OpenWork | None) -> OpenWork:
    if known is not None:
        return known if _shown(known.task) == _shown(task) else replace(known, task=task, version=handling.case.seq)
    group = resolve(task.groups, task.lane, handling.case.unit, handling.units)
    return OpenWork(
        task=task,
        group=group.text,
        unit=group.unit,
        role=group.role,
        assignee=task.assignee,
        priority=_priority(handling.case, task),
        version=handling.case.seq,
    )


def _priority(case: Case, task: OpenTask) -> int:
    """What was said of the case holds for each of its tasks; what a diagram computes beyond the ends is the nearest."""
    if case.priority is not None:
        return case.priority
    return USUAL_PRIORITY if task.priority is None else min(max(task.priority, 0), MOST_PRIORITY)


def _job(case: Case, job: Job, failed: bool) -> OpenJob:
    known = case.jobs.get(job.id)
    if known is not None and known.failed == failed:
        return known if known.job == job else replace(known, job=job, version=case.seq)
    if known is not None and failed:
        return replace(known, retries=0, failed=True, version=case.seq)
    return OpenJob(job=job, retries=(job.element.retries or USUAL_RETRIES).times, version=case.seq)


def _shown(task: OpenTask) -> tuple[Any, ...]:
    """What the inbox has of an open task, and may become another."""
    return task.due, task.scope, task.element


def _notices(case: Case, outcome: Outcome) -> Iterator[GivenNotice]:
    """The notices of a step, each with an id that its place in the history gives: in order where sorted by them."""
    if not outcome.notices:
        return
    place = digest([case.number, case.seq])[:28]
    for count, notice in enumerate(outcome.notices):
        held = content(notice.name, notice.template, notice.values)
        yield GivenNotice(
            id=f"{place}{count:04x}",
            process=notice.process,
            element=notice.element,
            name=notice.name,
            template=notice.template,
            content=held,
            digest=digest(held),
        )


def _tell(outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if outcome.entered:
        told["path"] = [[process, element] for process, element in outcome.entered[:MOST_TOLD]]
    if outcome.fired:
        fired = outcome.fired
        told["fired"] = {
            "process": fired.process,
            "element": fired.element,
            "scope": list(fired.scope),
            "due": instant(fired.due),
        }
    if outcome.milestones:
        told["milestones"] = [
            {"element": passed.element.id, "properties": dict(passed.properties)} for passed in outcome.milestones
        ]
    if outcome.rulings:
        told["rulings"] = [
            {
                "element": ruling.element,
                "decision": ruling.decision,
                "matched": [{"table": table, "rules": list(rules)} for table, rules in ruling.matched],
                "result": ruling.result,
            }
            for ruling in outcome.rulings
        ]
    return told
