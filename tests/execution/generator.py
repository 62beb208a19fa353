"""Random models: block-structured ones, which the reference understands, and others, which nobody does."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.execution import blocks
from tests.execution.blocks import Block, Event, Handler
from tests.execution.stories import definitions

#: Kinds of block that a model may be made of; each model draws some of them.
KINDS = (
    *("sequence", "exclusive", "parallel", "inclusive", "loop", "subProcess", "callActivity", "transaction"),
    *("several", "repeat", "guarded", "race", "event", "terminate", "error", "escalation", "signal", "handlers"),
    *("undone", "undo", "message", "fork", "passed"),
)
#: What is thrown outwards; without a name, in what catches: of any code.
_ERRORS = (Event("error", "E1"), Event("error", "E2"), Event("error"))
_ESCALATIONS = (Event("escalation", "X1"), Event("escalation", "X2"), Event("escalation"))
_SIGNAL, _UNDO = Event("signal", "S1"), Event("compensate")
_DEEPEST = 6
#: What is drawn in other ways than by choosing a kind of block.
_NO_BLOCKS = frozenset(["event", "handlers", "fork", "passed"])
_OUTSIDE = ("serviceTask", "sendTask", "businessRuleTask", "scriptTask")
_PASSED = ("task", "scriptTask", "sendTask", "intermediateThrowEvent")


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.kinds = {"sequence", *self.random.sample(KINDS[1:], self.random.choice([2, 4, 6, len(KINDS) - 1]))}
        if "undone" in self.kinds or self.random.random() < 0.2:
            self.kinds |= {"undone", "undo"}
        #: Whether something waits for conditions. Then nothing is thrown to whoever listens: it would be a race,
        #: as what is completed may set both off at once.
        self.conditional = self.random.random() < 0.5
        self.outside = self.random.random() < 0.5
        self.count = 0
        self.hours = 0

    def id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def event(self) -> Event:
        kind = self.random.choice(["message", "message", "signal", "timer", "timer", "conditional"])
        if kind == "conditional" and not self.conditional:
            kind = "signal"
        if kind == "conditional":
            return Event(kind, self.random.choice(["C1", "C2"]))
        if kind == "timer":
            # No two timers of a model last equally long, so that their order is plain.
            self.hours += 1
            return Event("timer", hours=self.hours, date=self.random.random() < 0.2)
        return _SIGNAL if kind == "signal" else Event("message", self.random.choice(["M1", "M2", "M3"]))

    def model(self) -> blocks.Model:
        body = self.forked(self.block(self.random.randint(3, 40), 0, ""))
        start = self.event() if self.random.random() < 0.1 else None
        return blocks.Model(body, self.handlers(3, 0), start)

    def task(self) -> Block:
        if self.outside and self.random.random() < 0.5:
            return blocks.Task(self.id("job"), self.random.choice(_OUTSIDE))
        return blocks.Task(self.id("task"), self.random.choice(["userTask", "userTask", "manualTask"]))

    def simple(self) -> Block:
        """An activity without an inside."""
        draw = self.random.random()
        if "passed" in self.kinds and draw < 0.2:
            return blocks.Pass(self.id("pass"), self.random.choice(_PASSED[:-1]))
        if "event" in self.kinds and draw < 0.4:
            return blocks.Catch(self.id("catch"), Event("message", self.random.choice(["M1", "M2", "M3"])), True)
        return self.task()

    def forked(self, body: Block) -> Block:
        """Sometimes the body, behind a split that is not joined again."""
        if "fork" not in self.kinds or self.random.random() < 0.7 or any(map(joins, blocks.blocks_of(body))):
            return body
        branches = tuple(self.block(2, _DEEPEST - 1, "") for _ in range(2))
        return blocks.Fork(self.id("fork"), branches, body)

    def block(self, size: int, depth: int, inside: str) -> Block:
        """A block of about that size.

        :param inside: kind of the innermost subprocess around it, if any
        """
        if size <= 1 or depth > _DEEPEST:
            if "event" in self.kinds and self.random.random() < 0.25:
                event = self.event()
                receive = event.kind == "message" and self.random.random() < 0.3
                return blocks.Catch(self.id("catch"), event, receive)
            if "passed" in self.kinds and self.random.random() < 0.25:
                return blocks.Pass(self.id("pass"), self.random.choice(_PASSED))
            return self.task()
        usable = [kind for kind in KINDS if kind in self.kinds and kind not in _NO_BLOCKS]
        kind = self.random.choice([*usable, "sequence"])
        return getattr(self, f"_{kind}", self._throw)(kind, size, depth + 1, inside)  # type: ignore[no-any-return]

    def some(self, size: int, depth: int, inside: str, count: int) -> list[Block]:
        return [self.block(max(1, size // count), depth, inside) for _ in range(count)]

    def _sequence(self, _: str, size: int, depth: int, inside: str) -> Block:
        parts = self.some(size, depth, inside, self.random.choice([2, 3]))
        return blocks.Sequence(self.id("q"), tuple(parts), self.random.random() < 0.15)

    def _exclusive(self, kind: str, size: int, depth: int, inside: str) -> Block:
        branches = self.some(size, depth, inside, self.random.choice([2, 2, 3]))
        if self.random.random() < 0.3:
            branches[-1] = blocks.Skip(self.id("skip"))
        bare = "task" if kind == "inclusive" and self.random.random() < 0.3 else None
        return blocks.Choice(self.id("choice"), kind == "inclusive", tuple(branches), bare)

    _inclusive = _exclusive

    def _parallel(self, _: str, size: int, depth: int, inside: str) -> Block:
        bare = self.random.choice(["task", "intermediateThrowEvent"]) if self.random.random() < 0.3 else None
        branches = self.some(size, depth, inside, self.random.choice([2, 2, 3]))
        return blocks.Parallel(self.id("all"), tuple(branches), bare)

    def _loop(self, _: str, size: int, depth: int, inside: str) -> Block:
        body = self.block(size - 1, depth, inside)
        if not rests(body):
            body = blocks.Sequence(self.id("q"), (self.task(), body))
        return blocks.Loop(self.id("loop"), body)

    def _subProcess(self, kind: str, size: int, depth: int, inside: str) -> Block:
        body = self.block(size - 1, depth, kind)
        handlers = self.handlers(size // 3, depth)
        if kind == "subProcess" and "undone" in self.kinds and depth < _DEEPEST and self.random.random() < 0.2:
            path = self.block(size // 3, depth + 1, "subProcess")
            if self.random.random() < 0.6:
                path = self.undoing(path)
            handlers = (*handlers, Handler(self.id("on"), _UNDO, True, path))
        start = self.event() if kind == "callActivity" and self.random.random() < 0.1 else None
        return blocks.Inside(self.id("sub"), kind, self.forked(body), handlers, start)

    _callActivity = _subProcess

    def _transaction(self, kind: str, size: int, depth: int, inside: str) -> Block:
        body = self.block(size - 1, depth, kind)
        if "undone" in self.kinds and self.random.random() < 0.6:
            body = blocks.Sequence(self.id("q"), (self._undone(kind, size // 2, depth, kind), body))
        body = self.throwing(body, Event("cancel"))
        handlers = [Handler(self.id("on"), Event("cancel"), True, self.block(size // 3, depth, inside))]
        if self.random.random() < 0.3:
            handlers.append(self.handler(self.thrown_or_sent(), self.random.random() < 0.5, size // 3, depth, inside))
        activity: Block = blocks.Inside(self.id("sub"), kind, body, self.handlers(size // 3, depth))
        if self.random.random() < 0.2:
            activity = self.again_or_several(activity)
        return blocks.Guarded(self.id("guard"), activity, tuple(handlers))

    def _several(self, _: str, size: int, depth: int, inside: str) -> Block:
        activity = self.simple()
        if self.random.random() < 0.6:
            activity = self._subProcess(self.random.choice(["subProcess", "callActivity"]), size, depth, inside)
        sequential = self.random.random() < 0.4 or isinstance(activity, blocks.Catch)
        return blocks.Several(activity.id, sequential, activity, self.random.random() < 0.3)

    def _repeat(self, _: str, size: int, depth: int, inside: str) -> Block:
        activity = self.simple()
        if self.random.random() < 0.6:
            activity = self._subProcess(self.random.choice(["subProcess", "callActivity"]), size, depth, inside)
        most = self.random.choice([1, 2, 3]) if self.random.random() < 0.3 or not rests(activity) else None
        return blocks.Repeat(activity.id, self.random.random() < 0.4, activity, most)

    def again_or_several(self, activity: Block) -> Block:
        if self.random.random() < 0.5:
            return blocks.Several(activity.id, self.random.random() < 0.4, activity)
        return blocks.Repeat(activity.id, self.random.random() < 0.4, activity, None if rests(activity) else 3)

    def _guarded(self, _: str, size: int, depth: int, inside: str) -> Block:
        draw = self.random.random()
        if draw < 0.3:
            activity = self.simple()
        elif draw < 0.75:
            activity = self._subProcess(self.random.choice(["subProcess", "callActivity"]), size, depth, inside)
        else:
            activity = self.random.choice([self._several, self._repeat])("", size, depth, inside)
        several = isinstance(activity, (blocks.Several, blocks.Repeat))
        inner = activity.activity if isinstance(activity, (blocks.Several, blocks.Repeat)) else activity
        handlers: list[Handler] = []
        for _ in range(self.random.choice([1, 1, 2])):
            event = self.thrown_or_sent() if isinstance(inner, blocks.Inside) else self.event()
            if all(event != other.event for other in handlers):
                handlers.append(self.handler(event, self.random.random() < 0.5, size // 3, depth, inside))
                if event.kind in ("error", "escalation") and isinstance(inner, blocks.Inside):
                    inner = replace(inner, body=self.throwing(inner.body, self.thrown(event.kind)))
        activity = replace(activity, activity=inner) if several else inner
        return blocks.Guarded(self.id("guard"), activity, tuple(handlers))

    def _undone(self, _: str, size: int, depth: int, inside: str) -> Block:
        """An activity that can be undone, sometimes with other boundary events."""
        guarded = self._guarded("", size, depth, inside)
        assert isinstance(guarded, blocks.Guarded)
        activity = without_own(guarded.activity)
        undoes = self.activity(size // 2, depth)
        handlers = guarded.handlers if self.random.random() < 0.3 else ()
        handlers = (*handlers, Handler(self.id("on"), _UNDO, True, undoes))
        guarded = replace(guarded, activity=activity, handlers=handlers)
        return self.undoing(guarded) if self.random.random() < 0.4 else guarded

    def activity(self, size: int, depth: int) -> Block:
        """Something that undoes: an activity of any kind."""
        draw = self.random.random()
        if draw < 0.5 or depth >= _DEEPEST:
            return self.simple()
        if draw < 0.7:
            return without_own(
                self._subProcess(self.random.choice(["subProcess", "callActivity"]), size, depth + 1, "")
            )
        return without_own(self.random.choice([self._several, self._repeat])("", size, depth + 1, ""))

    def _undo(self, _: str, size: int, depth: int, inside: str) -> Block:
        return self.undoing(self.block(size - 1, depth, inside))

    def undoing(self, body: Block) -> Block:
        """The body, and behind a task an event that undoes all that is completed around it, or one activity."""
        body = self.closed(body)
        ids = [block.id for block in blocks.level_of(body) if isinstance(block, (blocks.Task, *_ACTIVITIES))]
        activity = self.random.choice(ids) if ids and self.random.random() < 0.4 else None
        undo = blocks.Undo(self.id("undo"), activity)
        return blocks.Sequence(self.id("q"), (body, self.task(), undo))

    def throwing(self, body: Block, event: Event) -> Block:
        """The body, with something at its end that throws: after a task, so that no two tokens race for it."""
        throw = blocks.Throw(self.id("throw"), event, ends=event.kind not in ("escalation", "signal", "message"))
        return blocks.Sequence(self.id("q"), (self.closed(body), self.task(), throw))

    def closed(self, body: Block) -> Block:
        """A body that something may follow: behind a split without a join that would be done several times."""
        if any(isinstance(block, blocks.Fork) for block in blocks.level_of(body)):
            return blocks.Inside(self.id("sub"), "subProcess", body)
        return body

    def thrown(self, kind: str) -> Event:
        return self.random.choice(_ERRORS[:-1] if kind == "error" else _ESCALATIONS[:-1])

    def thrown_or_sent(self) -> Event:
        return self.random.choice([*_ERRORS, *_ESCALATIONS, *(self.event() for _ in range(6))])

    def handler(self, event: Event, interrupting: bool, size: int, depth: int, inside: str) -> Handler:
        if event.kind == "error":
            interrupting = True
        elif event.kind == "timer" and not interrupting and self.random.random() < 0.5:
            event = replace(event, cycle=True, date=False)
        path = self.block(size, depth, inside)
        if not interrupting and any(map(joins, blocks.blocks_of(path))):
            # It may run several times at once, and joins would mix the tokens of these runs, as BPMN wants it.
            path = blocks.Inside(self.id("sub"), "subProcess", path)
        return Handler(self.id("on"), event, interrupting, path)

    def handlers(self, size: int, depth: int) -> tuple[Handler, ...]:
        """Event subprocesses of a level."""
        if "handlers" not in self.kinds or depth >= _DEEPEST or self.random.random() < 0.6:
            return ()
        found: list[Handler] = []
        for _ in range(self.random.choice([1, 1, 2])):
            event = self.thrown_or_sent()
            if all(event != other.event for other in found):
                handler = self.handler(event, self.random.random() < 0.5, size, depth + 1, "subProcess")
                if "undone" in self.kinds and self.random.random() < 0.4:
                    handler = replace(handler, path=self.undoing(handler.path))
                if self.random.random() < 0.2:
                    handler = replace(handler, handlers=self.handlers(size, depth + 2))
                found.append(handler)
        return tuple(found)

    def _race(self, _: str, size: int, depth: int, inside: str) -> Block:
        ways: list[tuple[str, Event, Block]] = []
        wanted = self.random.choice([2, 3])
        while len(ways) < wanted:
            event = self.event()
            if all(event != other for _, other, _ in ways):
                ways.append((self.id("catch"), event, self.block(size // 3, depth, inside)))
        return blocks.Race(self.id("race"), tuple(ways))

    def _throw(self, kind: str, size: int, depth: int, inside: str) -> Block:
        if kind in ("signal", "message") and self.conditional:
            kind = "escalation"
        if kind in ("error", "escalation"):
            event = self.thrown(kind)
        elif kind == "message":
            event = Event(kind, self.random.choice(["M1", "M2", "M3"]))
        else:
            event = _SIGNAL if kind == "signal" else Event(kind)
        return self.throwing(self.block(size - 1, depth, inside), event)


_ACTIVITIES = (blocks.Inside, blocks.Several, blocks.Repeat)


def inner_of(activity: Block) -> Block:
    """What is done several times, or again and again; else the activity itself."""
    return activity.activity if isinstance(activity, (blocks.Several, blocks.Repeat)) else activity


def without_own(activity: Block) -> Block:
    """An activity without a compensation event subprocess of its own, so that something else may undo it."""
    inner = inner_of(activity)
    if isinstance(inner, blocks.Inside):
        handlers = tuple(handler for handler in inner.handlers if handler.event != _UNDO)
        inner = replace(inner, handlers=handlers)
    return inner if inner_of(activity) is activity else replace(activity, activity=inner)  # type: ignore[call-arg]


def joins(block: Block) -> bool:
    """Whether tokens wait for each other in the block, or more of them come out of it."""
    inclusive = isinstance(block, blocks.Choice) and block.inclusive
    return inclusive or isinstance(block, (blocks.Parallel, blocks.Fork))


def rests(block: Block) -> bool:
    """Whether a token surely comes to rest in the block: a condition that is waited for may hold, a date be past."""
    if isinstance(block, blocks.Task):
        return True
    if isinstance(block, blocks.Catch):
        return not _is_at_once(block.event)
    if isinstance(block, blocks.Race):
        return not any(_is_at_once(event) for _, event, _ in block.ways)
    if isinstance(block, (blocks.Inside, blocks.Guarded)) and any(
        _is_at_once(handler.event) for handler in block.handlers
    ):
        return False
    if isinstance(block, blocks.Sequence):
        return any(rests(part) for part in block.parts)
    if isinstance(block, blocks.Fork):
        return rests(block.then) or any(map(rests, block.branches))
    if isinstance(block, blocks.Parallel):
        return any(rests(branch) for branch in block.branches)
    if isinstance(block, blocks.Choice):
        return all(rests(branch) for branch in block.branches)
    if isinstance(block, (blocks.Loop, blocks.Inside)):
        return rests(block.body)
    if isinstance(block, blocks.Repeat):
        return not block.before and rests(block.activity)
    return isinstance(block, blocks.Guarded) and rests(block.activity)


def _is_at_once(event: Event) -> bool:
    return event.kind == "conditional" or event.date


def model(seed: int) -> blocks.Model:
    """The block-structured model of that number."""
    return _Maker(seed).model()


def unstructured(seed: int) -> str:
    """A BPMN file with splits, joins and loops as they come."""
    rng = random.Random(seed)
    size = rng.randint(4, 9)
    outs = {i: sorted({rng.randint(i + 1, size) for _ in range(rng.choice([1, 1, 2, 2]))}) for i in range(size)}
    back = [(i, rng.randint(0, i)) for i in range(1, size) if rng.random() < 0.2]
    into: dict[int, int] = {0: 1}
    for target in [t for targets in outs.values() for t in targets] + [target for _, target in back]:
        into[target] = into.get(target, 0) + 1
    gateways = ["exclusiveGateway", "parallelGateway", "inclusiveGateway"]
    nodes, flows = ['<startEvent id="start"/>', f'<endEvent id="n{size}"/>'], []
    defaults: dict[str, str] = {}
    tags: dict[str, str] = {}

    def gateway(id: str, tag: str) -> str:
        tags[id] = tag
        return id

    def flow(source: str, target: str, condition: str = "") -> None:
        id = f"f{len(flows)}"
        if not condition and tags.get(source) in ("exclusiveGateway", "inclusiveGateway"):
            defaults.setdefault(source, id)
        inner = f"<conditionExpression>= {condition}</conditionExpression>" if condition else ""
        flows.append(f'<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>')

    heads = {}
    for i in range(size + 1):
        heads[i] = f"n{i}"
        if i < size:
            nodes.append(f'<userTask id="n{i}"/>')
        if into.get(i, 0) > 1:
            looped = any(target == i for _, target in back)
            heads[i] = gateway(f"j{i}", "exclusiveGateway" if looped else rng.choice(gateways))
            flow(heads[i], f"n{i}")
    flow("start", heads[0])
    for i in range(size):
        source = f"n{i}"
        for _, target in [pair for pair in back if pair[0] == i]:
            decide = gateway(f"l{i}", "exclusiveGateway")
            flow(source, decide)
            flow(decide, heads[target], f'holds("l{i}", "again")')
            source = decide
        if len(outs[i]) == 1:
            flow(source, heads[outs[i][0]])
            continue
        split = gateway(f"g{i}", rng.choice(gateways))
        flow(source, split)
        for index, target in enumerate(outs[i]):
            plain = tags[split] == "parallelGateway" or index == len(outs[i]) - 1
            flow(split, heads[target], "" if plain else f'holds("g{i}", {index})')
    nodes += [
        f'<{tag} id="{id}"{f" default={chr(34)}{defaults[id]}{chr(34)}" if id in defaults else ""}/>'
        for id, tag in tags.items()
    ]
    return definitions("".join(nodes + flows))
