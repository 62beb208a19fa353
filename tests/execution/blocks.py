"""Block-structured process models, and how they are drawn as BPMN.

A block has one way in and one way out, so what it means is plain without any engine: `reference` says it in
its own words, and the differential test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

from tests.execution.stories import START, definitions


@dataclass(frozen=True)
class Event:
    """What is waited for or thrown."""

    kind: str
    name: str = ""
    hours: int = 0
    #: Of a timer: fires again and again.
    cycle: bool = False
    #: Of a timer: counts from the beginning of the case, not from where it is waited for.
    date: bool = False

    @property
    def minutes(self) -> int:
        """How long a timer waits; the rounds of a cycle and dates never end together with another timer."""
        return self.hours * 60 + (13 if self.cycle else 29 if self.date else 0)


@dataclass(frozen=True)
class Handler:
    """A boundary event or an event subprocess, and what runs when it fires."""

    id: str
    event: Event
    interrupting: bool
    path: Block
    #: Of an event subprocess: those within it.
    handlers: tuple[Handler, ...] = ()


@dataclass(frozen=True)
class Block:
    """Any part of a model."""

    id: str


@dataclass(frozen=True)
class Skip(Block):
    """A flow and nothing else."""


@dataclass(frozen=True)
class Pass(Block):
    """Something that is passed at once."""

    tag: str


@dataclass(frozen=True)
class Task(Block):
    """Something that is done by a person or outside."""

    tag: str = "userTask"

    @property
    def outside(self) -> bool:
        """Whether it is done outside."""
        return self.tag not in ("userTask", "manualTask")


@dataclass(frozen=True)
class Catch(Block):
    """An intermediate catch event or a receive task."""

    event: Event
    receive: bool = False


@dataclass(frozen=True)
class Sequence(Block):
    """One after the other."""

    parts: tuple[Block, ...]
    #: Whether link events join them.
    linked: bool = False


@dataclass(frozen=True)
class Choice(Block):
    """An exclusive or inclusive split and join; the last branch is the default."""

    inclusive: bool
    branches: tuple[Block, ...]
    #: What splits, where it is no gateway.
    bare: str | None = None


@dataclass(frozen=True)
class Parallel(Block):
    """A parallel split and join."""

    branches: tuple[Block, ...]
    #: What splits, where it is no gateway.
    bare: str | None = None


@dataclass(frozen=True)
class Fork(Block):
    """A parallel split without a join: what follows is done once for each branch. The last of its level."""

    branches: tuple[Block, ...]
    then: Block


@dataclass(frozen=True)
class Loop(Block):
    """The body, and again while the condition holds."""

    body: Block


@dataclass(frozen=True)
class Inside(Block):
    """A subprocess, a transaction or a called process."""

    kind: str
    body: Block
    handlers: tuple[Handler, ...] = ()
    #: Of a called process: what its start event waits for.
    start: Event | None = None


@dataclass(frozen=True)
class Several(Block):
    """A multi-instance activity."""

    sequential: bool
    activity: Block
    #: Whether it has a completion condition.
    enough: bool = False


@dataclass(frozen=True)
class Repeat(Block):
    """An activity with a loop marker."""

    #: Whether its condition is asked before the first round.
    before: bool
    activity: Block
    #: So many rounds at most; without end if None.
    most: int | None = None


@dataclass(frozen=True)
class Guarded(Block):
    """An activity with boundary events."""

    activity: Block
    handlers: tuple[Handler, ...]


@dataclass(frozen=True)
class Race(Block):
    """An event-based gateway."""

    ways: tuple[tuple[str, Event, Block], ...]


@dataclass(frozen=True)
class Throw(Block):
    """On a condition, an end event that ends more than its token; or an intermediate throw event."""

    event: Event
    ends: bool = True


@dataclass(frozen=True)
class Undo(Block):
    """An event that undoes what was completed: all, or the activity of that id."""

    activity: str | None = None


@dataclass(frozen=True)
class Model:
    """A process with its event subprocesses."""

    body: Block
    handlers: tuple[Handler, ...] = ()
    #: What its start event waits for.
    start: Event | None = None


_SCRIPT = '<extensionElements><zeebe:script expression="= 1" resultVariable="one"/></extensionElements>'
_TOPIC = '<extensionElements><zeebe:taskDefinition type="work"/></extensionElements>'


def _definition(event: Event) -> str:
    if event.kind == "timer":
        if event.date:
            at = (START + timedelta(minutes=event.minutes)).isoformat()
            return f"<timerEventDefinition><timeDate>{at}</timeDate></timerEventDefinition>"
        tag, rounds = ("timeCycle", "R/") if event.cycle else ("timeDuration", "")
        return f"<timerEventDefinition><{tag}>{rounds}PT{event.minutes}M</{tag}></timerEventDefinition>"
    if event.kind == "conditional":
        condition = f'<condition>= holds("{event.name}", "is")</condition>'
        return f"<conditionalEventDefinition>{condition}</conditionalEventDefinition>"
    if not event.name:  # one without a name, or an error or escalation of any code
        return f"<{event.kind}EventDefinition/>"
    return f'<{event.kind}EventDefinition {event.kind}Ref="{event.kind}_{event.name}"/>'


@dataclass
class _Drawing:
    processes: list[str] = field(default_factory=list)
    roots: dict[str, str] = field(default_factory=dict)

    def need(self, event: Event) -> str:
        if event.name and event.kind != "conditional":
            code = f' {event.kind}Code="{event.name}"' if event.kind in ("error", "escalation") else ""
            id = f"{event.kind}_{event.name}"
            self.roots[id] = f'<{event.kind} id="{id}" name="{event.name}"{code}/>'
        return _definition(event)


class _Level:
    def __init__(self, drawing: _Drawing) -> None:
        self.drawing = drawing
        self.nodes: list[str] = []
        self.flows: list[str] = []
        self.defaults: dict[str, str] = {}
        self.pending_default: set[str] = set()

    def node(self, tag: str, id: str, inner: str = "", **attributes: str) -> str:
        self.nodes.append(
            f"{tag}\t{id}\t{''.join(f' {k}={chr(34)}{v}{chr(34)}' for k, v in attributes.items())}\t{inner}"
        )
        return id

    def flow(self, source: str, target: str, condition: str = "") -> None:
        # Of two flows between the same nodes the second has a number: an id does not hang on what else is drawn.
        twins = sum(f'sourceRef="{source}" targetRef="{target}"' in flow for flow in self.flows)
        id = f"{source}_to_{target}_{twins}"
        if not condition and source in self.pending_default:
            self.pending_default.discard(source)
            self.defaults[source] = id
        inner = f"<conditionExpression>= {condition}</conditionExpression>" if condition else ""
        self.flows.append(f'<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>')

    def xml(self) -> str:
        out = []
        for row in self.nodes:
            tag, id, attributes, inner = row.split("\t")
            default = f' default="{self.defaults[id]}"' if id in self.defaults else ""
            out.append(f'<{tag} id="{id}"{attributes}{default}>{inner}</{tag}>')
        return "".join(out + self.flows)

    def body(self, block: Block, handlers: tuple[Handler, ...], prefix: str, start: Event | None = None) -> str:
        self.line(self.node("startEvent", f"{prefix}_start", self.drawing.need(start) if start else ""), block, prefix)
        self.events(handlers)
        return self.xml()

    def line(self, begin: str, block: Block, prefix: str) -> None:
        """What follows a start event, up to its end."""
        last = block.parts[-1] if isinstance(block, Sequence) and len(block.parts) > 1 else None
        if isinstance(block, Sequence) and (isinstance(last, Undo) or (isinstance(last, Throw) and not last.ends)):
            # The same as an end event.
            entry, leave = self.draw(replace(block, parts=block.parts[:-1]))
            self.flow(leave, self.throw("endEvent", last))
        else:
            entry, leave = self.draw(block)
            self.flow(leave, self.node("endEvent", f"{prefix}_end"))
        self.flow(begin, entry)

    def events(self, handlers: tuple[Handler, ...]) -> None:
        """Event subprocesses."""
        for handler in handlers:
            inside = _Level(self.drawing)
            interrupting = "true" if handler.interrupting else "false"
            definition = self.drawing.need(handler.event)
            begin = inside.node("startEvent", f"{handler.id}_on", definition, isInterrupting=interrupting)
            inside.line(begin, handler.path, handler.id)
            inside.events(handler.handlers)
            self.node("subProcess", handler.id, inside.xml(), triggeredByEvent="true")

    def draw(self, block: Block) -> tuple[str, str]:
        """Draw a block; its first and its last node."""
        id = block.id
        if isinstance(block, Skip):
            self.node("task", id)
            return id, id
        if isinstance(block, Pass) and block.tag.endswith("Event"):
            self.node(block.tag, id)
            return id, id
        if isinstance(block, (Task, Pass, Inside, Several, Repeat)):
            self.activity(block)
            return id, id
        if isinstance(block, Catch):
            if block.receive:
                self.activity(block)
            else:
                self.node("intermediateCatchEvent", id, self.drawing.need(block.event))
            return id, id
        if isinstance(block, Sequence):
            ends = [self.draw(part) for part in block.parts]
            for (_, last), (first, _) in pairwise(ends):
                if block.linked:
                    name = f'<linkEventDefinition name="{first}"/>'
                    self.flow(last, self.node("intermediateThrowEvent", f"{first}_from", name))
                    last = self.node("intermediateCatchEvent", f"{first}_here", name)
                self.flow(last, first)
            return ends[0][0], ends[-1][1]
        if isinstance(block, (Choice, Parallel)):
            return self.split(block)
        if isinstance(block, Fork):
            gate = self.node("parallelGateway", id)
            then, leave = self.draw(block.then)
            for branch in block.branches:
                entry, last = self.draw(branch)
                self.flow(gate, entry)
                self.flow(last, then)
            return gate, leave
        if isinstance(block, Loop):
            merge = self.node("exclusiveGateway", f"{id}_in")
            decide = self.node("exclusiveGateway", id)
            entry, leave = self.draw(block.body)
            self.flow(merge, entry)
            self.flow(leave, decide)
            self.pending_default.add(decide)
            self.flow(decide, merge, f'holds("{id}", "again")')
            out = self.node("exclusiveGateway", f"{id}_out")
            self.flow(decide, out)
            return merge, out
        if isinstance(block, Guarded):
            return self.guarded(block)
        if isinstance(block, Race):
            gate = self.node("eventBasedGateway", id)
            merge = self.node("exclusiveGateway", f"{id}_out")
            for event_id, event, path in block.ways:
                self.node("intermediateCatchEvent", event_id, self.drawing.need(event))
                self.flow(gate, event_id)
                entry, leave = self.draw(path)
                self.flow(event_id, entry)
                self.flow(leave, merge)
            return gate, merge
        assert isinstance(block, (Throw, Undo))
        if isinstance(block, Undo) or not block.ends:
            self.throw("intermediateThrowEvent", block)
            return id, id
        gate = self.node("exclusiveGateway", id)
        end = self.node("endEvent", f"{id}_end", self.drawing.need(block.event))
        self.pending_default.add(gate)
        self.flow(gate, end, f'holds("{id}", "throw")')
        out = self.node("exclusiveGateway", f"{id}_out")
        self.flow(gate, out)
        return gate, out

    def throw(self, tag: str, block: Throw | Undo) -> str:
        if isinstance(block, Throw):
            return self.node(tag, block.id, self.drawing.need(block.event))
        named = "" if block.activity is None else f' activityRef="{block.activity}"'
        return self.node(tag, block.id, f"<compensateEventDefinition{named}/>")

    def split(self, block: Choice | Parallel) -> tuple[str, str]:
        tag = "parallelGateway"
        if isinstance(block, Choice):
            tag = "inclusiveGateway" if block.inclusive else "exclusiveGateway"
        gate, join = self.node(block.bare or tag, block.id), self.node(tag, f"{block.id}_join")
        last = len(block.branches) - 1
        for index, branch in enumerate(block.branches):
            condition = ""
            if isinstance(block, Choice):
                if index == last:
                    self.pending_default.add(gate)
                else:
                    condition = f'holds("{block.id}", {index})'
            if isinstance(branch, Skip):
                self.flow(gate, join, condition)
                continue
            entry, leave = self.draw(branch)
            self.flow(gate, entry, condition)
            self.flow(leave, join)
        return gate, join

    def guarded(self, block: Guarded) -> tuple[str, str]:
        activity, _ = self.draw(block.activity)
        merge = self.node("exclusiveGateway", block.id)
        self.flow(activity, merge)
        for handler in block.handlers:
            self.node(
                "boundaryEvent",
                handler.id,
                self.drawing.need(handler.event),
                attachedToRef=activity,
                cancelActivity="true" if handler.interrupting else "false",
            )
            if handler.event.kind == "compensate":
                self.activity(handler.path, isForCompensation="true")
                ends = f'sourceRef="{handler.id}" targetRef="{handler.path.id}"'
                self.flows.append(f'<association id="{handler.id}_undone" {ends}/>')
                continue
            entry, leave = self.draw(handler.path)
            self.flow(handler.id, entry)
            self.flow(leave, merge if handler.interrupting else self.node("endEvent", f"{handler.id}_end"))
        return activity, merge

    def activity(self, block: Block, **marks: str) -> None:
        inner = ""
        if isinstance(block, Several):
            condition = f'<completionCondition>= holds("{block.id}", "enough")</completionCondition>'
            inner = (
                f'<multiInstanceLoopCharacteristics isSequential="{str(block.sequential).lower()}">'
                f'<loopCardinality>= count_of("{block.id}")</loopCardinality>'
                f"{condition if block.enough else ''}</multiInstanceLoopCharacteristics>"
            )
            block = block.activity
        elif isinstance(block, Repeat):
            most = "" if block.most is None else f' loopMaximum="{block.most}"'
            inner = (
                f'<standardLoopCharacteristics testBefore="{str(block.before).lower()}"{most}>'
                f'<loopCondition>= holds("{block.id}", "again") and loopCounter &gt;= 0</loopCondition>'
                "</standardLoopCharacteristics>"
            )
            block = block.activity
        if isinstance(block, (Task, Pass)):
            work = _TOPIC if isinstance(block, Task) and block.outside else ""
            work = _SCRIPT if block.tag == "scriptTask" and not work else work
            self.node(block.tag, block.id, work + inner, **marks)
            return
        if isinstance(block, Catch):
            self.drawing.need(block.event)
            self.node("receiveTask", block.id, inner, messageRef=f"message_{block.event.name}", **marks)
            return
        assert isinstance(block, Inside)
        inside = _Level(self.drawing)
        xml = inside.body(block.body, block.handlers, block.id, block.start)
        if block.kind == "callActivity":
            key = f"{block.id}_called"
            self.drawing.processes.append(f'<process id="{key}" isExecutable="true">{xml}</process>')
            self.node("callActivity", block.id, inner, calledElement=key, **marks)
        else:
            self.node(block.kind, block.id, xml + inner, **marks)


def draw(model: Model) -> str:
    """The model as a BPMN file."""
    drawing = _Drawing()
    root = _Level(drawing).body(model.body, model.handlers, "P", model.start)
    return definitions(root, *drawing.processes, roots="".join(drawing.roots.values()))


def blocks_of(block: Block) -> Iterator[Block]:
    """A block and all within it."""
    for beside in level_of(block):
        yield beside
        if isinstance(beside, Inside):
            for inner in (beside.body, *(handler.path for handler in handlers_of(beside.handlers))):
                yield from blocks_of(inner)
        elif isinstance(beside, (Several, Repeat)):
            yield from blocks_of(beside.activity)


def handlers_of(handlers: tuple[Handler, ...]) -> Iterator[Handler]:
    """Event subprocesses, and those within them."""
    for handler in handlers:
        yield handler
        yield from handlers_of(handler.handlers)


def level_of(block: Block) -> Iterator[Block]:
    """A block and those within it that stand on the same level."""
    yield block
    within: tuple[Block, ...] = ()
    if isinstance(block, Sequence):
        within = block.parts
    elif isinstance(block, (Choice, Parallel)):
        within = block.branches
    elif isinstance(block, Fork):
        within = (*block.branches, block.then)
    elif isinstance(block, Loop):
        within = (block.body,)
    elif isinstance(block, Guarded):
        within = (block.activity, *(handler.path for handler in block.handlers))
    elif isinstance(block, Race):
        within = tuple(path for _, _, path in block.ways)
    for inner in within:
        yield from level_of(inner)
