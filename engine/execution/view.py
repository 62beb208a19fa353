"""What there is to see of an instance between two steps: found in one walk, good until a token moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.execution import clock, library, projection
from engine.execution.ids import public
from engine.execution.library import Token
from engine.execution.model import Incident, Job, OpenTask, Timer
from engine.execution.run import Listener

if TYPE_CHECKING:
    from engine.execution.instance import Instance


class View:
    """Tokens, and what they wait for. Nothing in it is to be changed.

    :param before: the view before the last step: of what did not change since, its objects are taken over
    """

    def __init__(self, instance: Instance, before: View | None = None) -> None:
        """Look at an instance whose tokens all wait."""
        self._instance = instance
        self._prefix = instance.prefix
        #: All live tokens, level by level, oldest first, each with where it is.
        self.tokens: list[tuple[Token, tuple[str | int, ...]]] = []
        #: The open tasks, in the order of their tokens.
        self.tasks: list[OpenTask] = []
        #: Work that waits to be done outside.
        self.jobs: list[Job] = []
        #: Work outside that was given up, and waits to be tried again.
        self.failed_jobs: list[Job] = []
        #: The tokens that cannot go on by themselves.
        self.incidents: list[Incident] = []
        #: All events that are waited for: on each level those of tokens, then those of event subprocesses.
        self.listeners: list[Listener] = []
        #: Tasks by their tokens' ids, with the notes that they were made from.
        self._known_tasks: dict[int, tuple[dict[str, Any], int | None, OpenTask]] = {}
        #: Timers by holder and event, with what they were made from.
        self._known_timers: dict[tuple[int, str], tuple[Listener, Timer]] = {}
        self._projection: dict[str, Any] | None = None
        self._look(before)
        #: The timers that wait, the earliest first.
        self.timers = sorted(self._known_timers.values(), key=lambda known: known[1].due)

    @property
    def projection(self) -> dict[str, Any]:
        """Our own view of the state (see `projection`)."""
        if self._projection is None:
            self._projection = projection.project(self._instance, self)
        return self._projection

    def _look(self, before: View | None) -> None:
        instance = self._instance
        for level in instance.tree.levels():
            path = instance.path_of(level)
            listens = not level.completed
            for token in level.tokens():
                note = token.internal_data
                at = path if "index" not in note else instance.scope_path(token)
                self.tokens.append((token, at))
                if "incident" in note:
                    element = token.task_spec.place.id
                    self.incidents.append(Incident(element=element, scope=at, cause=note["incident"]))
                    if token._state == library.STARTED and token.task_spec.work == "outside":
                        self.failed_jobs.append(self._job(token, at))
                elif token._state == library.STARTED and token.task_spec.work is not None:
                    self._look_at_work(token, at, before)
                if listens and "on" in note:
                    self._listen(token, at, before)
            if listens and "on" in level.root.internal_data:
                self._listen(level.root, path, before)

    def _look_at_work(self, token: Token, at: tuple[str | int, ...], before: View | None) -> None:
        element = token.task_spec.place.element
        if token.task_spec.work == "outside":
            self.jobs.append(self._job(token, at))
            return
        work = token.internal_data["task"]
        known = before._known_tasks.get(token.id) if before is not None else None
        if known is None or known[0] is not work or known[1] != work["due"]:
            task = OpenTask(
                id=public(self._prefix, token.id),
                element=element,
                scope=at,
                groups=tuple(work["groups"]),
                assignee=work["assignee"],
                due=None if work["due"] is None else clock.read(work["due"]),
                priority=work["priority"],
                created_at=clock.read(work["at"]),
                lane=_lane(token),
            )
            known = (work, work["due"], task)
        self._known_tasks[token.id] = known
        self.tasks.append(known[2])

    def _job(self, token: Token, at: tuple[str | int, ...]) -> Job:
        element = token.task_spec.place.element
        return Job(id=public(self._prefix, token.id), element=element, topic=element.topic, scope=at)

    def _listen(self, holder: Token, at: tuple[str | int, ...], before: View | None) -> None:
        for event, note in holder.internal_data["on"].items():
            timer = note if isinstance(note, list) else None
            listener = Listener(holder, event, self._instance.event_place(holder, event), timer)
            self.listeners.append(listener)
            if timer is not None:
                known = before._known_timers.get((holder.id, event)) if before is not None else None
                if known is None or known[0].timer is not timer:
                    known = (listener, self._timer(listener, at))
                self._known_timers[holder.id, event] = known

    def _timer(self, listener: Listener, at: tuple[str | int, ...]) -> Timer:
        assert listener.due is not None
        holder = listener.holder
        return Timer(
            id=f"{public(self._prefix, holder.id)}:{listener.event}",
            process=holder.workflow.level.process,
            element=listener.event,
            scope=at,
            due=listener.due,
        )


def _lane(token: Token) -> str | None:
    """The lane of a token's element, else of the nearest activity around it that stands in one."""
    lane: str | None = token.task_spec.place.element.lane
    while lane is None:
        token = token.workflow.owner
        if token is None:
            return None
        lane = token.task_spec.place.element.lane
    return lane
