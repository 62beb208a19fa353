"""An instance as bytes and back: compact, versioned, with a checksum; the definition is not in it.

Layout: two bytes of mark, one of version, one that says whether the body is compressed, eight of BLAKE2b
over the body, the body. The body is JSON: tokens by level (each token's level after the one that holds its
owner), scopes, and the end. The order of everything in it counts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson

from engine.execution import compensation, library
from engine.execution.errors import StateError
from engine.execution.instance import Instance
from engine.execution.library import Token, Tree
from engine.execution.places import Place
from engine.execution.scopes import Scopes

if TYPE_CHECKING:
    from engine.execution.program import Program

_MARK = b"Yc"
_VERSION = 1
_HEAD = 12
#: Up to this size, in bytes, compressing takes longer than writing the pages that it saves.
_SMALL = 8_000
#: What is not compressed is filled up with blanks to a multiple of this. A row that stays as long as it was is
#: overwritten in its place, where another length has SQLite give its pages back and take new ones.
_ROUND = 512


def dump(instance: Instance) -> bytes:
    """The instance as bytes."""
    return packed(orjson.dumps(body_of(instance)))


def packed(body: bytes) -> bytes:
    """A body, as it is stored."""
    if len(body) > _SMALL:
        flag, kept = b"\x01", zlib.compress(body, 1)
    else:
        flag, kept = b"\x00", body + b" " * (-len(body) % _ROUND)
    return _MARK + bytes([_VERSION]) + flag + blake2b(kept, digest_size=8).digest() + kept


def restore(program: Program, state: bytes) -> Instance:
    """The instance from `dump`.

    :raises StateError: when the bytes are damaged, of another version, or of another definition
    """
    return built(program, orjson.loads(unpacked(state)))


def unpacked(state: bytes) -> bytes:
    """The body of what `packed` gave.

    :raises StateError: when the bytes are damaged, or of another version
    """
    head, kept = state[:_HEAD], state[_HEAD:]
    if head[:2] != _MARK or head[4:] != blake2b(kept, digest_size=8).digest():
        raise StateError("the stored state is damaged")
    if head[2] != _VERSION:
        raise StateError(f"the stored state has version {head[2]}, this is version {_VERSION}")
    return zlib.decompress(kept) if head[3] else kept


def standing(program: Program, state: bytes) -> Iterator[tuple[str, str]]:
    """Where the tokens of a stored instance are: process and element of each. Nothing is restored for it.

    :raises StateError: when the bytes are damaged, of another version, or of another definition
    """
    places: dict[int, Place] = {}
    try:
        for owner, _, _, _, tokens in orjson.loads(unpacked(state))[1]:
            spec = program.spec(None if owner is None else places[owner].inside)
            for id, name, stage, note, *_ in tokens:
                places[id] = place = spec.task_specs[name].place
                if stage != library.STARTED or "count" not in note:
                    yield spec.level.process, place.id
    except KeyError as error:
        raise StateError(f"the definition does not know {error.args[0]}, where the case is") from error


def body_of(instance: Instance) -> list[Any]:
    """What is written of an instance. It shares notes and variables with it."""
    return [
        instance.prefix,
        [_dump_level(level) for level in instance.tree.levels()],
        instance.scopes.dump(),
        instance.end,
    ]


def built(program: Program, body: list[Any]) -> Instance:
    """The instance that was written, which takes the body's notes and variables for its own.

    :raises StateError: where it belongs to another definition
    """
    prefix, levels, scopes, end = body
    tree = Tree(program.spec(), program.specs)
    try:
        _load_level(tree, levels[0])
        for row in levels[1:]:
            owner = tree.find(row[0])
            if owner is None:
                raise StateError("the stored state holds a level that nothing owns")
            branch = library.Branch(program.spec(owner.task_spec.place.inside), owner)
            tree.subprocesses[owner.id] = branch
            _load_level(branch, row)
        for level in tree.levels() if program.undoes else ():
            compensation.check(level, program.specs)
    except KeyError as error:
        raise StateError(f"the definition does not know {error.args[0]}, where the case is") from error
    return Instance(program, prefix, tree, Scopes.load(scopes), tuple(end) if end else None)


def _dump_level(level: Any) -> list[Any]:
    root = level.root
    return [
        None if level.owner is None else level.owner.id,
        root.id,
        root.internal_data,
        int(level.completed),
        [_dump_token(token, root.id) for token in level.tokens()],
    ]


def _dump_token(token: Token, root: int) -> list[Any]:
    row = [token.id, token.task_spec.name, token._state, token.internal_data]
    if token._parent != root:
        row.append(token._parent)
    return row


def _load_level(level: Any, row: list[Any]) -> None:
    _, root, note, completed, tokens = row
    level.plant(root)
    level.root.internal_data = note
    level.completed = bool(completed)
    for id, name, state, note, *owner in tokens:
        parent = level.tasks[owner[0]] if owner else level.root
        token = library.new_token(level, name, id, parent, state)
        token.internal_data = note
