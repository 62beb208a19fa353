"""What block-structured models mean, in few words and without an engine: the other side of the differential test.

Each block that runs is an object with the blocks that run within it. `settle` goes over them until nothing
moves any more. Nothing is shared with the execution but the models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.execution import blocks
from tests.execution.blocks import Block, Event, Handler
from tests.execution.stories import START

Where = tuple[str | int, ...]


@dataclass
class World:
    """What the model is told from outside."""

    now: datetime
    holds: Callable[[str, object], bool]
    count_of: Callable[[str], int]


@dataclass
class Ear:
    """Something that waits for an event."""

    event: Event
    depth: int
    id: str
    where: Where
    due: datetime | None
    hear: Callable[[], None]
    #: Who listens.
    who: Running


class Running:
    """A block that runs."""

    def __init__(self, level: Level, where: Where) -> None:
        self.level = level
        self.world = level.world
        self.where = where
        self.done = False
        self.gone = False
        #: Whether the conditions that are waited for held when they were last asked, by the id of the event.
        self.held: dict[str, bool] = {}
        #: Whether it can be undone when it is completed: not what undoes itself.
        self.remembers = True

    def within(self) -> list[Running]:
        return []

    def settle(self) -> None:
        for part in self.within():
            if not part.gone:
                part.settle()
        if not self.gone and not self.done:
            self.proceed()

    def proceed(self) -> None:
        pass

    def remove(self) -> None:
        self.gone = True
        for part in self.within():
            part.remove()

    def ears(self) -> Iterator[Ear]:
        yield from ()

    def ear(self, event: Event, id: str, due: datetime | None, hear: Callable[[], None]) -> Ear:
        return Ear(event, self.level.depth, id, self.where, due, hear, self)

    def due(self, event: Event) -> datetime | None:
        if event.date:
            return START + timedelta(minutes=event.minutes)
        return self.world.now + timedelta(minutes=event.minutes) if event.kind == "timer" else None


def everything(running: Running) -> Iterator[Running]:
    """What runs and is neither done nor gone, outermost first."""
    if running.done or running.gone:
        return
    yield running
    for part in running.within():
        yield from everything(part)


@dataclass
class Record:
    """An activity that was completed, or one of its instances, and can be undone."""

    id: str
    index: int | None
    #: What undoes it; else what was completed inside is undone, or the event subprocess inside does that.
    path: Block | None
    inside: list[Record]
    undoing: Handler | None

    def start(self, level: Level) -> Running:
        """Undo it."""
        if self.path is None:
            return Reopened(self, level)
        running = start_handler(self.path, level, self.index)
        running.remembers = False
        return running


class Level(Running):
    """A process or the inside of a subprocess, with its event subprocesses."""

    def __init__(
        self,
        world: World,
        body: Block | Callable[[Level], Running],
        handlers: tuple[Handler, ...],
        owner: Running | None,
        where: Where,
    ):
        self.owner = owner
        self.depth = 0 if owner is None else owner.level.depth + 1
        self.world = world
        super().__init__(self, where)
        self.handlers = {handler.id: handler for handler in handlers if handler.event.kind != "compensate"}
        self.undoing = next((handler for handler in handlers if handler.event.kind == "compensate"), None)
        self.listening = {id: self.due(handler.event) for id, handler in self.handlers.items()}
        #: What was completed and can be undone, in this order.
        self.records: list[Record] = []
        self.side: list[Running] = []
        self.main: Running | None = None
        self.main = start(body, self) if isinstance(body, Block) else body(self)
        notice(self.ears())

    def within(self) -> list[Running]:
        return [*([self.main] if self.main else []), *self.side]

    def proceed(self) -> None:
        self.side = [part for part in self.side if not part.gone]
        self.done = all(part.done for part in self.within())

    def ears(self) -> Iterator[Ear]:
        for id, due in list(self.listening.items()):
            yield self.ear(self.handlers[id].event, id, due, lambda id=id: self.handle(id))

    def handle(self, id: str) -> None:
        handler = self.handlers[id]
        if handler.interrupting:
            self.empty()
            self.listening = {}
        else:
            again(self, self.listening, handler)
        self.side.append(Opened(handler.id, handler.path, handler.handlers, self, self.where, by_event=True))

    def empty(self) -> None:
        for part in self.within():
            part.remove()
        self.main, self.side = None, []

    def throw(self, event: Event) -> bool:
        """Throw an error, escalation or cancel from this level outwards."""
        for id in catching({id: self.handlers[id] for id in self.listening}, event):
            self.handle(id)
            return True
        return False if self.owner is None else throw_from(self.owner, event)


def throw_from(activity: Running, event: Event) -> bool:
    """Throw what happened in an activity: its own boundary events come first."""
    whole = whole_of(activity)
    guard = getattr(whole, "guard", None)
    if guard is not None:
        # One that is being cancelled hears of nothing else.
        heard = {id: one for id, one in guard.handlers.items() if event.kind == "cancel" or id in guard.listening}
        for id in catching(heard, event):
            guard.handle(id)
            return True
    return whole.level.throw(event)


def whole_of(activity: Running) -> Running:
    """Of an instance or a round the activity as a whole."""
    return getattr(activity, "owner", None) or activity


def catching(handlers: dict[str, Handler], event: Event) -> list[str]:
    """Which of them catch what is thrown: those that name it before those that catch any."""
    kind = [id for id, handler in handlers.items() if handler.event.kind == event.kind]
    named = [id for id in kind if handlers[id].event.name == event.name]
    return named or [id for id in kind if not handlers[id].event.name]


def same(one: Event, other: Event) -> bool:
    return (one.kind, one.name) == (other.kind, other.name)


def again(running: Running, listening: dict[str, datetime | None], handler: Handler) -> None:
    """What becomes of one that listens and does not interrupt, after it has heard."""
    if handler.event.cycle:
        due = listening[handler.id]
        assert due is not None
        listening[handler.id] = due + timedelta(minutes=handler.event.minutes)
    elif handler.event.kind == "timer":
        del listening[handler.id]


class TaskRun(Running):
    #: Whether the work outside failed.
    stuck = False
    guard: GuardedRun | None = None
    #: Of an instance or a round, the activity as a whole.
    owner: Running | None = None

    def __init__(self, block: blocks.Task, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.id, self.outside = block.id, block.outside


class PassRun(Running):
    guard: GuardedRun | None = None

    def __init__(self, block: blocks.Pass, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.id = block.id
        self.done = True


class CatchRun(Running):
    guard: GuardedRun | None = None

    def __init__(self, block: blocks.Catch, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.id = block.id
        self.block, self.at = block, self.due(block.event)
        notice(self.ears())

    def ears(self) -> Iterator[Ear]:
        if not self.done:
            yield self.ear(self.block.event, self.block.id, self.at, self.hear)

    def hear(self) -> None:
        self.done = True


class SequenceRun(Running):
    def __init__(self, block: blocks.Sequence, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.rest = list(block.parts)
        self.current = start(self.rest.pop(0), level)

    def within(self) -> list[Running]:
        return [self.current]

    def proceed(self) -> None:
        while self.current.done and not self.gone:
            if not self.rest:
                self.done = True
                return
            self.current = start(self.rest.pop(0), self.level)
            self.current.settle()


class ManyRun(Running):
    """Parallel branches, or those that were chosen."""

    def __init__(self, branches: list[Block], level: Level, where: Where, *, inclusive: bool = False) -> None:
        super().__init__(level, where)
        self.inclusive = inclusive
        self.branches = [start(branch, level) for branch in branches]

    def within(self) -> list[Running]:
        return list(self.branches)

    def proceed(self) -> None:
        waiting = [branch for branch in self.branches if not branch.done]
        if self.inclusive and len(waiting) < len(self.branches) and not any(map(may_come, waiting)):
            # An inclusive gateway waits for nobody who has no way to it (BPMN 2.0.2 §13.4.3); they stay where they are.
            self.level.side += waiting
            self.branches = [branch for branch in self.branches if branch.done]
        self.done = all(branch.done for branch in self.branches)


def may_come(running: Running) -> bool:
    """Whether a token of it has a way on in its level: not from an end event at which it is stuck."""
    if isinstance(running, ThrowRun):
        return not (running.block.ends and running.stuck)
    if isinstance(running, (SequenceRun, LoopRun, RaceRun, GuardedRun, ManyRun)):
        parts = running.within()
        return not parts or any(part.done or may_come(part) for part in parts)
    return True


class LoopRun(Running):
    def __init__(self, block: blocks.Loop, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.block = block
        self.body = start(block.body, level)

    def within(self) -> list[Running]:
        return [self.body]

    def proceed(self) -> None:
        while self.body.done and not self.gone:
            if not self.world.holds(self.block.id, "again"):
                self.done = True
                return
            self.body = start(self.block.body, self.level)
            self.body.settle()


class Opened(Running):
    """A subprocess, a called process, or an event subprocess that was triggered."""

    guard: GuardedRun | None = None

    def __init__(
        self,
        id: str,
        body: Block,
        handlers: tuple[Handler, ...],
        level: Level,
        where: Where,
        *,
        called: bool = False,
        by_event: bool = False,
    ) -> None:
        super().__init__(level, where)
        self.id, self.called, self.by_event = id, called, by_event
        instance = bool(where) and where != level.where
        self.inner = Level(level.world, body, handlers, self, where if instance else (*where, id))

    def within(self) -> list[Running]:
        return [self.inner]

    def proceed(self) -> None:
        self.done = self.inner.done
        if self.done and self.remembers:
            self.level.records += records_of(self, self.id, None, self.guard)


def records_of(activity: Running, id: str, index: int | None, guard: GuardedRun | None) -> list[Record]:
    """The record of a completed activity or instance, if it can be undone."""
    if guard is not None and guard.undone_by is not None:
        return [Record(id, index, guard.undone_by, [], None)]
    if isinstance(activity, Opened) and not activity.called and (activity.inner.records or activity.inner.undoing):
        return [Record(id, index, None, activity.inner.records, activity.inner.undoing)]
    return []


def start_handler(path: Block, level: Level, index: int | None) -> Running:
    """What undoes an activity, of an instance with its index."""
    where = level.where if index is None else (*level.where, path.id, index)
    if isinstance(path, blocks.Task):
        return TaskRun(path, level, where)
    if isinstance(path, blocks.Pass):
        return PassRun(path, level, where)
    if isinstance(path, blocks.Catch):
        return CatchRun(path, level, where)
    if isinstance(path, blocks.Inside):
        return opened(path, level, where)
    return start(path, level)


def opened(block: blocks.Inside, level: Level, where: Where) -> Opened:
    return Opened(block.id, begun(block), block.handlers, level, where, called=block.kind == "callActivity")


def begun(of: blocks.Inside | blocks.Model) -> Block:
    """The body, behind what its start event waits for."""
    if of.start is None:
        return of.body
    id = of.id if isinstance(of, blocks.Inside) else "P"
    return blocks.Sequence(f"{id}_start", (blocks.Catch(f"{id}_start", of.start), of.body))


class UndoRun(Running):
    """Undoes records one after the other, the last one first."""

    def __init__(self, left: list[tuple[Level, Record]], level: Level) -> None:
        super().__init__(level, level.where)
        self.left = left
        self.current: Running | None = None

    def within(self) -> list[Running]:
        return [] if self.current is None else [self.current]

    def proceed(self) -> None:
        while not self.gone and (self.current is None or self.current.done):
            if not self.left:
                self.done = True
                return
            level, record = self.left.pop()
            self.current = record.start(level)
            self.current.settle()


class Reopened(Running):
    """A completed subprocess that is opened again to be undone."""

    def __init__(self, record: Record, level: Level) -> None:
        super().__init__(level, level.where)
        where = (*level.where, record.id) if record.index is None else (*level.where, record.id, record.index)
        self.record = record
        self.inner = Level(level.world, self.begin, (), self, where)

    def begin(self, inner: Level) -> Running:
        handler = self.record.undoing
        if handler is None:
            return UndoRun([(inner, record) for record in self.record.inside], inner)
        inner.records = self.record.inside
        return Opened(handler.id, handler.path, handler.handlers, inner, inner.where, by_event=True)

    def within(self) -> list[Running]:
        return [self.inner]

    def proceed(self) -> None:
        self.done = self.inner.done


class UndoEventRun(Running):
    """An event that undoes what was completed around it."""

    def __init__(self, block: blocks.Undo, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.block = block
        self.run: UndoRun | None = None

    def within(self) -> list[Running]:
        return [] if self.run is None else [self.run]

    def proceed(self) -> None:
        if self.run is None:
            self.run = UndoRun(self.taken(), self.level)
            self.run.settle()
        self.done = self.run.done

    def taken(self) -> list[tuple[Level, Record]]:
        found: list[tuple[Level, Record]] = []
        level = self.level
        while True:
            mine = [record for record in level.records if self.block.activity in (None, record.id)]
            level.records = [record for record in level.records if record not in mine]
            found = [*((level, record) for record in mine), *found]
            if not (isinstance(level.owner, Opened) and level.owner.by_event):
                return found
            level = level.owner.level


class CancelRun(Running):
    """A transaction that is being cancelled: what was completed in it is undone, then it is left."""

    def __init__(self, level: Level) -> None:
        super().__init__(level, level.where)
        self.run = UndoRun([(level, record) for record in level.records], level)
        level.records = []

    def within(self) -> list[Running]:
        return [self.run]

    def proceed(self) -> None:
        if self.run.done:
            self.level.throw(Event("cancel"))


class Instance(Opened):
    """An instance of a subprocess in several instances, or a round of one in a loop."""

    owner: Running


def instance_of(activity: Block, owner: Running, number: int) -> Running:
    """One instance or round of an activity."""
    where = (*owner.where, activity.id, number)
    if isinstance(activity, blocks.Task):
        task = TaskRun(activity, owner.level, where)
        task.owner = owner
        return task
    if isinstance(activity, blocks.Pass):
        return PassRun(activity, owner.level, where)
    if isinstance(activity, blocks.Catch):
        return CatchRun(activity, owner.level, where)
    assert isinstance(activity, blocks.Inside)
    instance = Instance.__new__(Instance)
    instance.owner = owner
    called = activity.kind == "callActivity"
    Opened.__init__(instance, activity.id, begun(activity), activity.handlers, owner.level, where, called=called)
    # The activity as a whole remembers its instances.
    instance.remembers = False
    return instance


class RepeatRun(Running):
    guard: GuardedRun | None = None

    def __init__(self, block: blocks.Repeat, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.block = block
        self.rounds = 0
        self.records: list[Record] = []
        self.round: Running | None = None
        if not block.before or self.again():
            self.begin()
        self.done = self.round is None

    def again(self) -> bool:
        most = self.block.most
        return (most is None or self.rounds < most) and self.world.holds(self.block.id, "again")

    def begin(self) -> None:
        self.round = instance_of(self.block.activity, self, self.rounds)
        self.rounds += 1

    def within(self) -> list[Running]:
        return [] if self.round is None else [self.round]

    def proceed(self) -> None:
        while self.round is not None and self.round.done and not self.gone:
            self.records += records_of(self.round, self.block.id, self.rounds - 1, self.guard)
            if not self.again():
                self.done = True
                if self.remembers:
                    self.level.records += self.records
                return
            self.begin()
            self.round.settle()


class SeveralRun(Running):
    guard: GuardedRun | None = None

    def __init__(self, block: blocks.Several, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.block = block
        self.count = level.world.count_of(block.id)
        self.next = 0
        self.records: list[Record] = []
        self.finished = 0
        self.instances: list[Running] = []
        for _ in range(min(1, self.count) if block.sequential else self.count):
            self.add()
        self.done = not self.count

    def add(self) -> None:
        self.instances.append(instance_of(self.block.activity, self, self.next))
        self.next += 1

    def finish(self) -> None:
        self.done = True
        if self.remembers:
            self.level.records += self.records

    def within(self) -> list[Running]:
        return list(self.instances)

    def proceed(self) -> None:
        while not self.gone:
            done = next((instance for instance in self.instances if instance.done), None)
            if done is None:
                if not self.instances and self.finished == self.count:
                    self.finish()
                return
            self.records += records_of(done, self.block.id, done.where[-1], self.guard)  # type: ignore[arg-type]
            self.instances.remove(done)
            self.finished += 1
            if self.block.enough and self.world.holds(self.block.id, "enough"):
                for instance in self.instances:
                    instance.remove()
                self.instances = []
                self.finish()
                return
            if self.block.sequential and self.next < self.count:
                self.add()
                self.instances[-1].settle()


class GuardedRun(Running):
    def __init__(self, block: blocks.Guarded, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.block = block
        self.handlers = {handler.id: handler for handler in block.handlers if handler.event.kind != "compensate"}
        self.undone_by = next((one.path for one in block.handlers if one.event.kind == "compensate"), None)
        self.listening = {id: self.due(handler.event) for id, handler in self.handlers.items()}
        self.instead: Running | None = None
        self.activity = start(block.activity, level)
        self.activity.guard = self  # type: ignore[attr-defined]
        notice(self.ears())

    def within(self) -> list[Running]:
        return [self.instead or self.activity]

    def proceed(self) -> None:
        self.done = (self.instead or self.activity).done
        if self.activity.done and self.instead is None and isinstance(self.activity, (TaskRun, PassRun, CatchRun)):
            self.level.records += records_of(self.activity, self.activity.id, None, self)

    def ears(self) -> Iterator[Ear]:
        if self.instead is None and not self.activity.done:
            for id, due in list(self.listening.items()):
                yield self.ear(self.handlers[id].event, id, due, lambda id=id: self.handle(id))

    def handle(self, id: str) -> None:
        handler = self.handlers[id]
        if handler.interrupting:
            self.activity.remove()
            self.instead = start(handler.path, self.level)
        else:
            again(self, self.listening, handler)
            self.level.side.append(start(handler.path, self.level))


class RaceRun(Running):
    def __init__(self, block: blocks.Race, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.waiting = {id: (event, path, self.due(event)) for id, event, path in block.ways}
        self.taken: Running | None = None
        notice(self.ears())

    def within(self) -> list[Running]:
        return [self.taken] if self.taken else []

    def proceed(self) -> None:
        self.done = self.taken is not None and self.taken.done

    def ears(self) -> Iterator[Ear]:
        if self.taken is None:
            for id, (event, path, due) in self.waiting.items():
                yield self.ear(event, id, due, lambda path=path: self.take(path))

    def take(self, path: Block) -> None:
        self.taken = start(path, self.level)


class ThrowRun(Running):
    def __init__(self, block: blocks.Throw, level: Level, where: Where) -> None:
        super().__init__(level, where)
        self.block = block
        self.stuck = False

    def proceed(self) -> None:
        if self.stuck:
            return
        event, level = self.block.event, self.level
        if self.block.ends and not self.world.holds(self.block.id, "throw"):
            self.done = True
            return
        if event.kind == "terminate":
            level.empty()
        elif event.kind == "cancel":
            level.empty()
            level.listening = {}
            assert level.owner is not None
            whole = whole_of(level.owner)
            whole.guard.listening = {}  # type: ignore[attr-defined]
            for other in whole.within() if whole is not level.owner else []:
                if other is not level.owner:
                    other.remove()
            level.main = CancelRun(level)
        elif event.kind == "signal":
            for ear in list(all_ears(root_of(level))):
                if same(ear.event, event) and not ear.who.gone:
                    ear.hear()
        elif event.kind == "message":
            hear_message(root_of(level), event.name)
        elif not level.throw(event) and event.kind == "error":
            self.stuck = True
        # What ends its token ends the whole level with it, if it is not stuck.
        self.done = not self.block.ends and not self.gone


def notice(ears: Iterable[Ear]) -> None:
    """Let those hear that wait for a condition which has come to hold."""
    for ear in [ear for ear in ears if ear.event.kind == "conditional"]:
        who = ear.who
        if not who.gone and not who.done and any(other.id == ear.id for other in who.ears()):
            holds = who.world.holds(ear.event.name, "is")
            held, who.held[ear.id] = who.held.get(ear.id, False), holds
            if holds and not held:
                ear.hear()


class Undecided(Exception):
    """Two wait for a message, and nothing says which of them gets it."""


def hear_message(root: Level, name: str) -> None:
    """Give a message to the one that is further in than all others."""
    ears = [ear for ear in all_ears(root) if ear.event == Event("message", name)]
    deepest = [ear for ear in ears if ear.depth == max(ear.depth for ear in ears)]
    if len(deepest) > 1:
        raise Undecided
    for ear in deepest:
        ear.hear()


def root_of(level: Level) -> Level:
    while level.owner is not None:
        level = level.owner.level
    return level


def all_ears(root: Level) -> Iterator[Ear]:
    """All that listen."""
    for running in everything(root):
        yield from running.ears()


def start(block: Block, level: Level) -> Running:
    """Begin a block."""
    where, world = level.where, level.world
    if isinstance(block, blocks.Task):
        return TaskRun(block, level, where)
    if isinstance(block, blocks.Skip):
        return ManyRun([], level, where)
    if isinstance(block, blocks.Pass):
        return PassRun(block, level, where)
    if isinstance(block, blocks.Fork):
        ways = [blocks.Sequence(f"{block.id} {branch.id}", (branch, block.then)) for branch in block.branches]
        return ManyRun(list(ways), level, where)
    if isinstance(block, blocks.Catch):
        return CatchRun(block, level, where)
    if isinstance(block, blocks.Sequence):
        return SequenceRun(block, level, where)
    if isinstance(block, blocks.Parallel):
        return ManyRun(list(block.branches), level, where)
    if isinstance(block, blocks.Choice):
        *conditional, default = block.branches
        chosen = [branch for index, branch in enumerate(conditional) if world.holds(block.id, index)]
        taken = (chosen if block.inclusive else chosen[:1]) or [default]
        return ManyRun(taken, level, where, inclusive=block.inclusive)
    if isinstance(block, blocks.Loop):
        return LoopRun(block, level, where)
    if isinstance(block, blocks.Inside):
        return opened(block, level, where)
    if isinstance(block, blocks.Undo):
        return UndoEventRun(block, level, where)
    if isinstance(block, blocks.Several):
        return SeveralRun(block, level, where)
    if isinstance(block, blocks.Repeat):
        return RepeatRun(block, level, where)
    if isinstance(block, blocks.Guarded):
        return GuardedRun(block, level, where)
    if isinstance(block, blocks.Race):
        return RaceRun(block, level, where)
    assert isinstance(block, blocks.Throw)
    return ThrowRun(block, level, where)


class Reference:
    """One run of a model."""

    def __init__(self, model: blocks.Model, world: World) -> None:
        self.world = world
        self.root = Level(world, begun(model), model.handlers, None, ())
        self.settle()

    def settle(self) -> None:
        before = None
        while before != (now := self._picture()):
            before = now
            self.root.settle()

    def _picture(self) -> object:
        return [id(run) for run in everything(self.root)]

    @property
    def ended(self) -> bool:
        return self.root.done

    def tasks(self) -> list[tuple[str, Where]]:
        return self._work(outside=False)

    def jobs(self) -> list[tuple[str, Where]]:
        return self._work(outside=True)

    def _work(self, *, outside: bool) -> list[tuple[str, Where]]:
        found = [
            (run.id, run.where)
            for run in everything(self.root)
            if isinstance(run, TaskRun) and run.outside == outside and not run.stuck
        ]
        return sorted(found, key=repr)

    def timers(self) -> list[tuple[str, Where, datetime]]:
        found = [(ear.id, ear.where, ear.due) for ear in all_ears(self.root) if ear.due is not None]
        return sorted(found, key=repr)

    def messages(self) -> list[str]:
        return sorted({ear.event.name for ear in all_ears(self.root) if ear.event.kind == "message"})

    def stuck(self) -> list[str]:
        running = list(everything(self.root))
        found = [run.block.id for run in running if isinstance(run, ThrowRun) and run.stuck]
        return sorted(found + [run.id for run in running if isinstance(run, TaskRun) and run.stuck])

    def listens(self) -> bool:
        """Whether it is stuck, or waits for an event of any kind."""
        return bool(self.stuck()) or any(True for _ in all_ears(self.root))

    def plain_messages(self) -> list[str]:
        """Messages with one receiver that is further in than all others."""
        found = []
        for name in self.messages():
            depths = [ear.depth for ear in all_ears(self.root) if ear.event == Event("message", name)]
            if depths.count(max(depths)) == 1:
                found.append(name)
        return found

    def complete(self, id: str, where: Where) -> None:
        self._at(id, where).done = True
        notice(all_ears(self.root))
        self.settle()

    def fail(self, id: str, where: Where, code: str) -> None:
        """Work outside ends in an error."""
        run = self._at(id, where)
        run.stuck = not throw_from(run, Event("error", code))
        if not run.stuck:
            notice(all_ears(self.root))
            self.settle()

    def _at(self, id: str, where: Where) -> TaskRun:
        running = (run for run in everything(self.root) if isinstance(run, TaskRun) and not run.stuck)
        return next(run for run in running if (run.id, run.where) == (id, where))

    def send(self, name: str) -> None:
        hear_message(self.root, name)
        notice(all_ears(self.root))
        self.settle()

    def fire(self) -> bool:
        """Fire the earliest timer that is due."""
        due = [ear for ear in all_ears(self.root) if ear.due is not None and ear.due <= self.world.now]
        if not due:
            return False
        min(due, key=lambda ear: ear.due or self.world.now).hear()
        notice(all_ears(self.root))
        self.settle()
        return True
