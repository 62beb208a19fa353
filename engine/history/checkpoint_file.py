"""The file of an office's checkpoints: one JSON record a line, each naming the one before it.

`{"note": …, "heads": [[number, seq, hash], …]}` is a checkpoint with the heads that have changed since the
record before it; `{"note": …}` alone is a change of keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import orjson

from engine.history.checkpoint import BadNote, Checkpoint, Head, Rotation, note_hash, opened, tree
from engine.history.merkle import root


class Ledger:
    """What the records of a file come to, taken one after the other.

    :param origin: name of the office that must have made them.
    :param keys: the office's public keys, in the order in which they came into force.
    """

    def __init__(self, origin: str, keys: Sequence[bytes]) -> None:
        self._origin = origin
        self._keys = list(keys)
        #: The key in force; none yet, and then any of the office's, where a file begins.
        self.key: bytes | None = None
        #: The key under which the last checkpoint was signed.
        self.signer: bytes | None = None
        #: The last head of each case.
        self.heads: dict[str, Head] = {}
        #: The last checkpoint, and the hash of the last note.
        self.last: Checkpoint | None = None
        self.previous: str | None = None
        #: How many checkpoints there are.
        self.count = 0

    def read(self, lines: Iterable[bytes]) -> Iterator[list[Head]]:
        """Take a file's lines; gives the heads of each checkpoint that were new in it.

        :raises BadNote: at the first record that does not hold.
        """
        for number, line in enumerate(lines, start=1):
            try:
                heads = self.take(line)
            except (ValueError, TypeError, KeyError) as error:
                told = error if isinstance(error, BadNote) else "this is no record of a checkpoint"
                raise BadNote(f"line {number}: {told}") from error
            if heads is not None:
                yield heads

    def take(self, line: bytes) -> list[Head] | None:
        """Take one record; gives the heads that are new in it, or None where it changes the key."""
        record = orjson.loads(line)
        note = record["note"]
        if not isinstance(note, str):
            raise BadNote("this is no record of a checkpoint")
        text = self._opened(note)
        if "heads" not in record:
            self._rotate(Rotation.read(text))
            self.previous = note_hash(note)
            return None
        checkpoint = Checkpoint.read(text)
        if checkpoint.previous != self.previous:
            raise BadNote("the record does not follow the one before it")
        heads = [Head(*head) for head in record["heads"]]
        for head in heads:
            known = self.heads.get(head.number)
            if known is not None and head.seq <= known.seq:
                raise BadNote(f"the case {head.number} ends earlier than in the record before it")
            self.heads[head.number] = head
        leaves = tree(self.heads)
        if (checkpoint.size, checkpoint.root) != (len(leaves), root(leaves)):
            raise BadNote("the heads are not those that were signed")
        self.last, self.previous, self.signer = checkpoint, note_hash(note), self.key
        self.count += 1
        return heads

    def _opened(self, note: str) -> str:
        origin = note.partition("\n")[0]
        if origin != self._origin:
            raise BadNote(f"this is of another office ({origin}); this one is {self._origin}")
        for key in self._keys if self.key is None else [self.key]:
            try:
                text = opened(note, key)
            except BadNote:
                continue
            self.key = key
            return text
        raise BadNote("the signature does not hold under the office's key")

    def _rotate(self, rotation: Rotation) -> None:
        if rotation.previous != self.previous:
            raise BadNote("the record does not follow the one before it")
        if rotation.key not in self._keys:
            raise BadNote("the office does not have the key that follows")
        self.key = rotation.key


def record(note: str, heads: Iterable[Head] | None = None) -> bytes:
    """A line of the file."""
    fields = {"note": note} if heads is None else {"note": note, "heads": [list(head) for head in heads]}
    return orjson.dumps(fields) + b"\n"
