"""What every place has in common: it is entered, left and routed (see `run`)."""

from __future__ import annotations

from typing import Literal

from engine.execution.errors import Failure
from engine.execution.library import Node, Token
from engine.execution.places import Flow
from engine.execution.run import Run


class Behaviour(Node):
    """A place that is passed at once."""

    #: Whether tokens are told apart by the flow on which they came.
    is_join = False
    #: Who does the work that a token waits for here.
    work: Literal["person", "outside"] | None = None

    def enter(self, token: Token, run: Run) -> bool:
        """Begin; whether the token leaves at once.

        :raises Failure: when it cannot begin; nothing has changed then
        """
        return True

    def leave(self, token: Token, run: Run) -> None:
        """Write the results.

        :raises Failure: when they cannot be made; nothing has changed then
        """

    def route(self, token: Token, run: Run) -> None:
        """Let the token go on.

        :raises Failure: when it cannot; nothing has changed then
        """
        run.pass_on(token, self.choose(token, run))

    def merge(self, token: Token, run: Run) -> bool:
        """Whether waiting tokens here were merged after all others have come to rest."""
        return False

    def choose(self, token: Token, run: Run) -> tuple[Flow, ...]:
        """The flows that the token takes: all without a condition or with one that holds, else the default.

        :raises Failure: when a condition gives neither true nor false, or no flow is left
        """
        outgoing = self.place.outgoing
        if not self.place.default and not any(flow.condition for flow in outgoing):
            return outgoing
        names = run.names(run.instance.scope_of(token))
        chosen = tuple(
            flow
            for flow in outgoing
            if flow.id != self.place.default and (flow.condition is None or run.test(flow.condition, names))
        )
        return chosen or self.default_flow()

    def default_flow(self) -> tuple[Flow, ...]:
        """The default flow.

        :raises Failure: when there is none
        """
        for flow in self.place.outgoing:
            if flow.id == self.place.default:
                return (flow,)
        raise Failure("no condition of the outgoing flows holds, and none of them is the default")
