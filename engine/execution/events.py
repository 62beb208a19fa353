"""Events (BPMN 2.0.2 §10.5, §13.5)."""

from __future__ import annotations

from typing import Any

from engine.execution import compensation
from engine.execution.behaviour import Behaviour
from engine.execution.errors import Failure
from engine.execution.library import Token
from engine.execution.run import Run


class CatchEvent(Behaviour):
    """Waits for its trigger, unless that has happened already: after an event-based gateway, on a boundary."""

    def enter(self, token: Token, run: Run) -> bool:
        """Wait, if the trigger has not happened."""
        if self.place.trigger.kind in ("none", "link") or token.internal_data.get("fired"):
            return True
        token.internal_data["on"] = run.listen({self.place.id: self.place}, run.names(run.instance.scope_of(token)))
        return run.wait(token, started=False)

    def leave(self, token: Token, run: Run) -> None:
        """Write what the message carries, or what the output mappings make of it."""
        data = token.internal_data.get("data", {})
        scope = run.instance.scope_of(token)
        outputs = self.place.element.outputs
        results: dict[str, Any] = run.mapped(outputs, scope, data) if outputs else data
        run.scopes.assign(scope, results)
        token.internal_data.pop("data", None)


class StartEvent(CatchEvent):
    """Where a level begins; its event subprocesses listen from here on."""

    def enter(self, token: Token, run: Run) -> bool:
        """Let the level's event subprocesses listen, and wait where the process starts on an event."""
        level = token.workflow.level
        if level.event_subprocesses and "on" not in token.workflow.root.internal_data:
            names = run.names(run.instance.level_scope(token.workflow))
            token.workflow.root.internal_data["on"] = run.listen(level.event_subprocesses, names)
        return super().enter(token, run)


class ThrowEvent(Behaviour):
    """An intermediate throw event: a milestone, or something that others in the case catch."""

    def route(self, token: Token, run: Run) -> None:
        """Throw, and go on unless that interrupted this very flow; wait for what is undone."""
        if self.place.trigger.kind == "compensate" and compensation.undo(token, run, self.place.trigger.name):
            return
        flows = self.choose(token, run)
        self.throw(token, run)
        if token.id in token.workflow.tasks:
            run.pass_on(token, flows)

    def throw(self, token: Token, run: Run) -> None:
        """Do what the event definition says.

        :raises Failure: when a property cannot be evaluated, or nobody catches the error
        """
        trigger = self.place.trigger
        # What the event carries: its input mappings, seen from where it is thrown.
        data = run.mapped(self.place.element.inputs, run.instance.scope_of(token))
        if trigger.kind == "none":
            if self.place.element.properties:
                run.reached(token, run.properties(token))
            # After the milestone, whose effect it tells; tried again after a failure, that is noted once more.
            run.give(run.notice_of(token))
        elif trigger.kind == "signal":
            run.signal(trigger.name)
        elif trigger.kind == "message" and trigger.name is not None:
            run.deliver(trigger.name, data)
        elif trigger.kind == "escalation":
            run.throw_up(token, "escalation", trigger.name, data)
        elif trigger.kind == "error" and not run.throw_up(token, "error", trigger.name, data):
            raise Failure(f"nobody catches the error {trigger.name or ''}".rstrip())


class EndEvent(ThrowEvent):
    """Ends its token, in the way that its definition says."""

    def route(self, token: Token, run: Run) -> None:
        """Throw, and end the token unless that took it away."""
        workflow, kind = token.workflow, self.place.trigger.kind
        if kind == "cancel":
            compensation.begin_cancelling(token, run)
            if not compensation.undo(token, run):
                run.cancel_transaction(token)
            return
        if kind == "compensate" and compensation.undo(token, run, self.place.trigger.name):
            return
        properties = run.properties(token)
        ends_root = run.instance.is_root_process(workflow)
        self.throw(token, run)
        if kind == "terminate":
            run.cancel_all(workflow, but=token)
        if ends_root and kind != "error":
            run.instance.end = (self.place.id, properties)
        if token.id in workflow.tasks:
            run.finish(token)
