"""Gateways (BPMN 2.0.2 §13.4).

A join keeps one waiting token for each arrival, with the flow on which it came, so tokens of several rounds
of a loop are told apart and an excess token waits for the next round.
"""

from __future__ import annotations

from engine.execution import library
from engine.execution.behaviour import Behaviour
from engine.execution.library import Token
from engine.execution.places import Flow
from engine.execution.run import Run


class ExclusiveGateway(Behaviour):
    """The first flow whose condition holds (§13.4.2)."""

    def choose(self, token: Token, run: Run) -> tuple[Flow, ...]:
        """The first flow whose condition holds, in the order written, else the default."""
        names = run.names(run.instance.scope_of(token))
        for flow in self.place.outgoing:
            if flow.id != self.place.default and (flow.condition is None or run.test(flow.condition, names)):
                return (flow,)
        return self.default_flow()


class _Join(Behaviour):
    is_join = True

    def arrived(self, token: Token) -> dict[str, Token]:
        """The oldest waiting token of each incoming flow that has one."""
        first: dict[str, Token] = {}
        for other in token.workflow.tokens():
            if other.task_spec is self and other._state == library.WAITING:
                first.setdefault(other.internal_data["via"], other)
        return first


class ParallelGateway(_Join):
    """Waits for a token on each incoming flow, then lets one go out on each outgoing flow (§13.4.1)."""

    def enter(self, token: Token, run: Run) -> bool:
        """Wait, unless the token is the last that was missing."""
        if len(self.place.incoming) < 2:
            return True
        others = self.arrived(token)
        others.pop(token.internal_data["via"], None)
        if len(others) + 1 < len(self.place.incoming):
            return run.wait(token, started=False)
        for other in others.values():
            run.consume(other)
        return True

    def choose(self, token: Token, run: Run) -> tuple[Flow, ...]:
        """All flows: conditions do not count here."""
        return self.place.outgoing


class InclusiveGateway(_Join):
    """Waits for all tokens that can still come, then takes every flow whose condition holds (§13.4.3)."""

    def enter(self, token: Token, run: Run) -> bool:
        """Wait: whether others can still come is seen when all tokens rest."""
        return len(self.place.incoming) < 2 or run.wait(token, started=False)

    def merge(self, token: Token, run: Run) -> bool:
        """Merge what has arrived, if no token elsewhere can still reach a flow that has none."""
        arrived = self.arrived(token)
        reach = self.place.reach
        to_empty = frozenset[str]().union(*(reach[flow] for flow in reach if flow not in arrived))
        to_full = frozenset[str]().union(*(reach[flow] for flow in arrived))
        missed = to_empty - to_full
        if any(other.task_spec is not self and other.task_spec.place.id in missed for other in token.workflow.tokens()):
            return False
        survivor, *others = arrived.values()
        for other in others:
            run.consume(other)
        run.resume(survivor)
        return True


class EventBasedGateway(Behaviour):
    """Waits for the first of several events (§13.4.4); each keeps a timer of its own."""

    def enter(self, token: Token, run: Run) -> bool:
        """Wait for the events behind the gateway."""
        places = token.workflow.level.places
        events = {flow.target: places[flow.target] for flow in self.place.outgoing}
        token.internal_data["on"] = run.listen(events, run.names(run.instance.scope_of(token)))
        return run.wait(token, started=False)
