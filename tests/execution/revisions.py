"""Random changes of a block-structured model, as a designer makes them: steps put in, taken out, changed, renamed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from engine.execution import Program
from tests.execution import blocks, generator
from tests.execution.blocks import Block, Event, Handler, Model

_NEW = frozenset(["sequence", "exclusive", "parallel", "inclusive", "loop", "subProcess", "event", "several", "race"])
#: Ids and hours of what is new do not meet those of what is there.
_BEYOND = 1000


class _Reviser:
    def __init__(self, model: Model, seed: int) -> None:
        self.model = model
        self.random = random.Random(seed)
        self.maker = generator._Maker(seed)
        self.maker.kinds = set(self.random.sample(sorted(_NEW), 3)) | {"sequence"}
        self.maker.count = self.maker.hours = _BEYOND
        #: Old id → new id, of blocks.
        self.renamed: dict[str, str] = {}

    def revised(self) -> Model:
        model = self.model
        for _ in range(self.random.choice([1, 1, 2])):
            changed = self.change(model)
            model = changed if sensible(changed) else model
        return model

    def change(self, model: Model) -> Model:
        if self.random.random() < 0.08:
            return replace(model, handlers=self.handlers(model.handlers))
        places = [id(block) for block in parts_of(model)]
        return rewritten(model, self.random.choice(places), self.edit)

    def fresh(self, size: int = 3) -> Block:
        return self.maker.block(self.random.randint(1, size), 3, "subProcess")

    def edit(self, block: Block, is_activity: bool) -> Block:
        if isinstance(block, blocks.Fork):
            return block
        draw = self.random.random()
        own = self.own(block)
        if own is not None and (is_activity or draw < 0.4):
            return own
        if is_activity:
            return block
        if draw < 0.75:
            pair = [block, self.fresh()]
            self.random.shuffle(pair)
            return blocks.Sequence(self.maker.id("q"), tuple(pair))
        if draw < 0.85:
            return blocks.Parallel(self.maker.id("all"), (block, self.fresh()))
        return self.fresh()

    def own(self, block: Block) -> Block | None:
        """Another way to say this very block, if it has one."""
        if isinstance(block, blocks.Task) or (isinstance(block, blocks.Inside) and block.kind == "subProcess"):
            if self.random.random() < 0.2 and isinstance(block, blocks.Inside):
                return replace(block, handlers=self.handlers(block.handlers))
            self.renamed[block.id] = f"{block.id}anew"
            return replace(block, id=f"{block.id}anew")
        if isinstance(block, blocks.Parallel):
            return replace(block, branches=(*block.branches, self.fresh()))
        if isinstance(block, blocks.Choice):
            return replace(block, branches=(*block.branches[:-1], self.fresh(), block.branches[-1]))
        if isinstance(block, blocks.Sequence) and not any(isinstance(p, blocks.Throw) for p in block.parts):
            kept = list(block.parts)
            del kept[self.random.randrange(len(kept))]
            return replace(block, parts=tuple(kept)) if kept else None
        if isinstance(block, blocks.Catch):
            # A receive task stays an activity: boundary events and loops may hang on it.
            return replace(block, event=Event("message", "M4") if block.receive else self.event())
        if isinstance(block, blocks.Guarded):
            return replace(block, handlers=self.handlers(block.handlers)) if block.handlers else None
        if isinstance(block, blocks.Race):
            return replace(block, ways=block.ways[:-1]) if len(block.ways) > 2 else None
        if isinstance(block, blocks.Several):
            return replace(block, sequential=not block.sequential)
        if isinstance(block, blocks.Repeat):
            return replace(block, before=False, most=4)
        return None

    def handlers(self, handlers: tuple[Handler, ...]) -> tuple[Handler, ...]:
        if not handlers:
            return handlers
        chosen = self.random.choice(handlers)
        if self.random.random() < 0.5 and chosen.event.kind in ("message", "timer"):
            other = replace(chosen, event=self.event())
            return tuple(other if handler is chosen else handler for handler in handlers)
        return tuple(handler for handler in handlers if handler is not chosen or handler.event.kind == "cancel")

    def event(self) -> Event:
        if self.random.random() < 0.5:
            return Event("message", "M4")
        self.maker.hours += 1
        return Event("timer", hours=self.maker.hours)


def parts_of(model: Model) -> Iterator[Block]:
    """Every block of a model."""
    yield from blocks.blocks_of(model.body)
    for handler in model.handlers:
        yield from blocks.blocks_of(handler.path)


def rewritten(model: Model, place: int, edit: Callable[[Block, bool], Block]) -> Model:
    """The model with one of its blocks, which is that very object, edited."""

    def handlers(old: tuple[Handler, ...]) -> tuple[Handler, ...]:
        # What undoes stays an activity.
        return tuple(
            handler if handler.event.kind == "compensate" else replace(handler, path=block(handler.path))
            for handler in old
        )

    def block(old: Block, is_activity: bool = False) -> Block:
        if id(old) == place:
            return edit(old, is_activity)
        if isinstance(old, blocks.Sequence):
            return replace(old, parts=tuple(map(block, old.parts)))
        if isinstance(old, (blocks.Choice, blocks.Parallel)):
            return replace(old, branches=tuple(map(block, old.branches)))
        if isinstance(old, blocks.Fork):
            return replace(old, branches=tuple(map(block, old.branches)), then=block(old.then))
        if isinstance(old, blocks.Loop):
            return replace(old, body=block(old.body))
        if isinstance(old, blocks.Inside):
            return replace(old, body=block(old.body), handlers=handlers(old.handlers))
        if isinstance(old, (blocks.Several, blocks.Repeat)):
            activity = block(old.activity, True)
            return old if activity.id != old.id else replace(old, activity=activity)
        if isinstance(old, blocks.Guarded):
            return replace(old, activity=block(old.activity, True), handlers=handlers(old.handlers))
        if isinstance(old, blocks.Race):
            return replace(old, ways=tuple((id, event, block(path)) for id, event, path in old.ways))
        return old

    return replace(model, body=block(model.body), handlers=handlers(model.handlers))


def sensible(model: Model) -> bool:
    """Whether it keeps to what the generator keeps to."""
    ids = {block.id for block in parts_of(model)}
    if any(isinstance(block, blocks.Undo) and block.activity not in (None, *ids) for block in parts_of(model)):
        return False
    for block in parts_of(model):
        if isinstance(block, blocks.Loop) and not generator.rests(block.body):
            return False
        # The tokens of a split without a join would wait for each other there.
        if isinstance(block, blocks.Fork) and any(map(generator.joins, blocks.blocks_of(block.then))):
            return False
        if isinstance(block, blocks.Inside) and block.kind == "transaction":
            continue
        handlers: tuple[Handler, ...] = getattr(block, "handlers", ())
        if not all(map(_plain, handlers)):
            return False
    return all(map(_plain, model.handlers))


def _plain(handler: Handler) -> bool:
    joined = any(map(generator.joins, blocks.blocks_of(handler.path)))
    return handler.interrupting or isinstance(handler.path, blocks.Inside) or not joined


def revised(model: Model, seed: int) -> tuple[Model, dict[str, str]]:
    """The model after a designer's visit, and the ids of blocks that have another now."""
    reviser = _Reviser(model, seed)
    changed = reviser.revised()
    there = {block.id for block in parts_of(changed)}
    return changed, {old: new for old, new in reviser.renamed.items() if new in there}


def renaming(program: Program, renamed: dict[str, str]) -> dict[str, dict[str, str]]:
    """How the elements of a program are to be called, by process."""
    found: dict[str, dict[str, str]] = {}
    for spec in program.specs.values():
        ids = found.setdefault(spec.level.process, {})
        for place in spec.level.places.values():
            for id in (place.id, *(flow.id for flow in place.outgoing)):
                new = id
                for old, anew in renamed.items():
                    new = re.sub(rf"(?<![A-Za-z0-9]){old}(?![A-Za-z0-9])", anew, new)
                if new != id:
                    ids[id] = new
    return found
