"""The only module that imports SpiffWorkflow: tokens, the nodes they pass and the levels they pass them on.

SpiffWorkflow moves tokens. Its specs are built directly from `places`, never by its parser, so no expression
of a designer's and no extension can be read, guessed or dropped by it. Three of its habits are switched off
by subclassing: it predicts tasks that may come (here a task is a token that exists), it copies data from
task to task (here `task.data` stays empty), and it looks at all waiting tasks after each completion (here
only what an event concerns is touched). A finished task is taken out of the tree at once and what followed
it hangs under the root, so a tree holds live tokens and nothing else, however often a loop has turned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NoReturn, TypeAlias

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.execution.places import Level, Place

#: One token: `.id`, `.state`, `.workflow`, `.task_spec` (a `Node`) and `.internal_data` (our notes on it).
Token: TypeAlias = Any

FUTURE: int = TaskState.FUTURE
WAITING: int = TaskState.WAITING
READY: int = TaskState.READY
STARTED: int = TaskState.STARTED
CANCELLED: int = TaskState.CANCELLED

#: Name of each level's root. No element can have it: an XML id holds no blank.
ROOT = "level root"


class NoScripts:
    """The script engine that the library is given: it evaluates nothing."""

    def evaluate(self, *_: object, **__: object) -> NoReturn:
        """Refuse.

        :raises RuntimeError: always
        """
        raise RuntimeError("SpiffWorkflow evaluates nothing here")

    execute = evaluate


class LevelSpec(BpmnProcessSpec):  # type: ignore[misc]
    """What SpiffWorkflow knows of a process or subprocess: its nodes, without the parts for joining ends."""

    def __init__(self, level: Level) -> None:
        """Make an empty spec; nodes add themselves to it."""
        WorkflowSpec.__init__(self, name=level.key)
        self.level = level
        self.data_objects: dict[str, Any] = {}
        self.io_specification = None
        self.start = BpmnStartTask(self, ROOT)


class Node(BpmnTaskSpec):  # type: ignore[misc]
    """A place as SpiffWorkflow sees it. A token becomes READY on arrival and is then on the agenda."""

    def __init__(self, spec: LevelSpec, place: Place, name: str | None = None) -> None:
        """Add the node to its level.

        :param name: another name than the element's id, for the instances of a multi-instance activity
        """
        super().__init__(spec, name or place.id)
        self.place = place

    def _update(self, task: Token) -> None:
        task._state = READY
        task.workflow.top_workflow.agenda.append(task)

    def _on_complete(self, task: Token) -> None:
        tasks = task.workflow.tasks
        for child in task._children:
            following = tasks[child]
            if following._state == FUTURE:
                following.task_spec._update(following)


class _Task(Task):  # type: ignore[misc]
    """A token, which keeps no log of its own: the history says what happened."""

    def _set_state(self, value: int) -> None:
        self._state = value


class _Branches:
    """What the root and the nested trees have in common."""

    tasks: dict[int, Token]
    task_tree: Token
    spec: LevelSpec
    completed: bool

    def plant(self, id: int) -> None:
        """Give the tree its root, a finished task that all live tokens hang under."""
        #: How many live tokens the level holds.
        self.live = 0
        self.task_tree = _Task(self, self.spec.start, state=TaskState.COMPLETED, id=id)

    @property
    def level(self) -> Level:
        """What runs here."""
        return self.spec.level

    @property
    def root(self) -> Token:
        """The finished task at the top; its notes hold the event subprocesses that listen."""
        return self.task_tree

    def tokens(self) -> Iterator[Token]:
        """The live tokens, oldest first."""
        tokens = iter(self.tasks.values())
        next(tokens)
        return tokens


class Tree(_Branches, BpmnWorkflow):  # type: ignore[misc]
    """The tokens of one case: the root process."""

    owner: None = None

    def __init__(self, spec: LevelSpec, specs: dict[str, LevelSpec]) -> None:
        """Make an empty tree; `plant` it before use."""
        super().__init__(spec, specs, script_engine=NoScripts(), deserializing=True)
        #: READY tokens in the order of their arrival.
        self.agenda: deque[Token] = deque()

    def levels(self) -> Iterator[Any]:
        """The root process and all that runs inside it, each parent before its children."""
        yield self
        yield from self.subprocesses.values()

    def branch(self, owner: Token, key: str, id: int) -> Any:
        """Open what runs inside the owner."""
        branch = Branch(self.subprocess_specs[key], owner)
        branch.plant(id)
        self.subprocesses[owner.id] = branch
        return branch

    def find(self, id: int) -> Token | None:
        """The live token of that id."""
        for level in self.levels():
            token = level.tasks.get(id)
            if token is not None:
                return token
        return None


class Branch(_Branches, BpmnSubWorkflow):  # type: ignore[misc]
    """The tokens inside a subprocess or a called process."""

    def __init__(self, spec: LevelSpec, owner: Token) -> None:
        """Make an empty tree; `plant` it before use."""
        self.owner = owner
        super().__init__(spec, owner.id, owner.workflow.top_workflow, deserializing=True)


def new_token(workflow: Any, name: str, id: int, parent: Token, state: int = FUTURE) -> Token:
    """A token at the node of that name.

    :param parent: the token that it follows, or the root
    """
    token = _Task(workflow, workflow.spec.task_specs[name], parent, state, id)
    workflow.live += 1
    return token


def arrive(token: Token) -> None:
    """Make a new token READY."""
    token.task_spec._update(token)


def wait(token: Token, state: int) -> None:
    """Let the token wait, or put it back on the agenda: WAITING, STARTED or READY."""
    token._set_state(state)


def finish(token: Token) -> None:
    """Complete the token; those that follow it, its children, become READY."""
    token.complete()
    _take_out(token)


def cancel(token: Token) -> None:
    """Take the token away. What runs inside it must be gone."""
    token.cancel()
    _take_out(token)


def _take_out(token: Token) -> None:
    workflow = token.workflow
    workflow.live -= 1
    root = workflow.task_tree
    parent = workflow.tasks[token._parent]
    parent._children.remove(token.id)
    for child in token._children:
        workflow.tasks[child]._parent = root.id
        root._children.append(child)
    del workflow.tasks[token.id]
