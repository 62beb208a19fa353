"""What is kept of a running case between two steps: tokens, scopes, and how it ended."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.execution import library
from engine.execution.errors import Failure
from engine.execution.expressions import Names, evaluate, to_json
from engine.execution.library import Token, Tree
from engine.execution.model import Step
from engine.execution.places import Place
from engine.execution.run import Listener
from engine.execution.scopes import Scopes

if TYPE_CHECKING:
    from engine.execution.program import Program


#: Longest correlation key, in characters.
LONGEST_KEY = 255


@dataclass
class Instance:
    """One running case."""

    program: Program
    #: What stands for the case in the ids that the world sees.
    prefix: int
    tree: Tree
    scopes: Scopes
    #: Id of the last end event of the root process that was passed, and its properties.
    end: tuple[str, dict[str, Any]] | None = None

    # Where tokens are ----------------------------------------------------------------------------------------

    def tokens(self) -> Iterator[Token]:
        """All live tokens, level by level, oldest first."""
        for level in self.tree.levels():
            yield from level.tokens()

    def level_scope(self, level: Any) -> int:
        """The scope in which a level's tokens run."""
        owner = level.owner
        if owner is None:
            return Scopes.ROOT
        inner = owner.internal_data.get("inner")
        return self.scope_of(owner) if inner is None else int(inner)

    def scope_of(self, token: Token) -> int:
        """The scope that a token's own expressions are evaluated in."""
        own = token.internal_data.get("scope")
        return self.level_scope(token.workflow) if own is None else int(own)

    def path_of(self, level: Any) -> tuple[str | int, ...]:
        """Where a level is: element ids and indexes of instances from the root down."""
        owner = level.owner
        if owner is None:
            return ()
        path = self.scope_path(owner)
        return path if "index" in owner.internal_data else (*path, owner.task_spec.place.id)

    def scope_path(self, token: Token) -> tuple[str | int, ...]:
        """Where a token is; an instance of a multi-instance activity is within that activity."""
        path = self.path_of(token.workflow)
        index = token.internal_data.get("index")
        return path if index is None else (*path, token.task_spec.place.id, index)

    def around(self, token: Token) -> Iterator[Token]:
        """The activities that a token runs in, from the inside out."""
        while True:
            if "index" in token.internal_data:
                token = token.parent
            elif token.workflow.owner is not None:
                token = token.workflow.owner
            else:
                return
            yield token

    def is_root_process(self, level: Any) -> bool:
        """Whether the end of a level's tokens is an end of the root process: it, or an event subprocess of it."""
        while level.owner is not None:
            if not level.owner.task_spec.place.event_subprocess:
                return False
            level = level.owner.workflow
        return True

    # What they wait for --------------------------------------------------------------------------------------

    def event_place(self, holder: Token, event: str) -> Place:
        """The place with the trigger of an event that a holder waits for."""
        level = holder.workflow.level
        if holder is holder.workflow.root:
            return level.event_subprocesses[event]  # type: ignore[no-any-return]
        return level.places[event]  # type: ignore[no-any-return]

    def listeners(self) -> Iterator[Listener]:
        """All events that are waited for: on each level those of tokens, then those of event subprocesses."""
        for level in self.tree.levels():
            yield from self._listeners_on(level)

    def conditions(self) -> Iterator[Listener]:
        """Those of `listeners` that wait for a condition: asked for again and again within a step."""
        conditional = self.program.conditional
        for level in self.tree.levels():
            if (wanted := conditional.get(level.level.key)) is not None:
                yield from self._listeners_on(level, wanted)

    def _listeners_on(self, level: Any, wanted: Container[str] | None = None) -> Iterator[Listener]:
        if level.completed:
            return
        for holder in (*level.tokens(), level.root):
            for event, note in holder.internal_data.get("on", {}).items():
                if wanted is None or event in wanted:
                    timer = note if isinstance(note, list) else None
                    yield Listener(holder, event, self.event_place(holder, event), timer)

    def addressee(self, name: str, correlation: Any, step: Step) -> Listener | None:
        """The one that a message is for: the innermost that waits for it, among those the oldest.

        :param correlation: where given, those that name a correlation key are passed over unless it is theirs
        """
        best, best_depth = None, -1
        for listener in self.listeners():
            trigger = listener.place.trigger
            if trigger.kind != "message" or trigger.name != name:
                continue
            depth = listener.holder.workflow.depth
            if depth > best_depth and self._correlates(listener, correlation, step):
                best, best_depth = listener, depth
        return best

    def _correlates(self, listener: Listener, correlation: Any, step: Step) -> bool:
        if correlation is None or listener.place.trigger.correlation is None:
            return True
        return self.correlation(listener, step) == key_text(correlation)

    def correlation(self, listener: Listener, step: Step) -> str | None:
        """The key by which a message finds the one that waits, as text; None where it cannot be read."""
        key = listener.place.trigger.correlation
        assert key is not None
        names = Names([step.facts, *self.scopes.layers(self.scope_of(listener.holder))])
        try:
            return key_text(to_json(evaluate(key, names, step, step.now)))
        except Failure:
            return None  # a key that cannot be read is nobody's

    # What they wait in ---------------------------------------------------------------------------------------

    def open_token(self, id: int, kinds: frozenset[str]) -> Token | None:
        """The token that waits for work of one of these kinds, and is no incident."""
        token = self.tree.find(id)
        if token is None or token._state != library.STARTED or "incident" in token.internal_data:
            return None
        return token if token.task_spec.work in kinds else None


def key_text(key: Any) -> str | None:
    """A correlation key as it is compared: texts and numbers only, and nobody waits for an empty one."""
    if isinstance(key, bool) or not isinstance(key, (str, int, float)):
        return None
    text = str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)
    return text if text and len(text) <= LONGEST_KEY else None
