"""Checkpoints of an office: making them, and holding the office against those that were kept."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select, tuple_

from engine.errors import Forbidden, Invalid, NotFound, YichuangError
from engine.history.chain import instant
from engine.history.checkpoint import BadNote, Checkpoint, Head, Rotation, origin_of, sign, tree
from engine.history.checkpoint_file import Ledger, record
from engine.history.kinds import ActKind
from engine.history.merkle import inclusion_proof
from engine.office.context import Context
from engine.office.person import Person, Role
from engine.office.views import CheckpointView, FirstBad, InclusionView, KeptView
from engine.storage import tables

log = logging.getLogger("yichuang.checkpoints")

#: Seconds between two checkpoints that the server makes by itself, and between two looks whether one is due.
INTERVAL = 3600.0
LOOK = 30.0

#: Heads that are looked up at once.
_BATCH = 400


class Checkpoints:
    """The checkpoints of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def public_keys(self) -> list[bytes]:
        """The keys (32 bytes each) under which checkpoints are verified, in the order in which they came into force."""
        return [public_key(seed) for seed in self._context.keyring.signing_keys()]

    @property
    def origin(self) -> str:
        """Name of the office in its checkpoints."""
        return origin_of(self.public_keys[0])

    def make(self, path: Path) -> CheckpointView:
        """Sign where all cases are now, and append it to a file.

        :raises Invalid: where the file does not hold, or a case has been removed or cut since its last record:
            that is not signed over.
        """
        with _appending(path) as file:
            ledger = self._read(file)
            with self._context.database.read() as connection:
                heads = _heads(connection)
                now = self._context.now(connection)
            for number, known in ledger.heads.items():
                found = heads.get(number)
                if found is None or found.seq < known.seq or (found.seq == known.seq and found != known):
                    raise Invalid(
                        f"The case {number} had entry {known.seq} at the last checkpoint, and has it no more. No "
                        f"checkpoint is made; see `yichuang verify --against {path}`."
                    )
            changed = [head for number, head in sorted(heads.items()) if ledger.heads.get(number) != head]
            checkpoint = Checkpoint.of(heads, origin=self.origin, at=now, previous=ledger.previous)
            seed = self._seed(ledger)
            file.write(record(sign(checkpoint.text(), checkpoint.origin, seed), changed))
        return {
            "origin": checkpoint.origin,
            "cases": checkpoint.size,
            "changed": len(changed),
            "root": checkpoint.root.hex(),
            "at": checkpoint.at,
            "public_key": public_key(seed).hex(),
        }

    def rotate(self, path: Path, *, by: Person | None = None) -> str:
        """Let another key sign in a file from now on; the one before signs that there. Gives the new public key (hex).

        :param by: who wants it; None is the shell of the machine itself.
        :raises Forbidden: for all but administrators.
        :raises Invalid: where the file does not hold.
        """
        if by is not None and Role.ADMIN not in by.roles:
            raise Forbidden("Only an administrator changes the key that signs checkpoints.")
        with self._context.database.write() as connection:
            at = self._context.now(connection)
            with _appending(path) as file:
                ledger = self._read(file)
                origin, seed = self.origin, self._seed(ledger)
                fresh = public_key(self._context.keyring.next_signing_key()[-1])
                rotation = Rotation(origin=origin, key=fresh, at=instant(at), previous=ledger.previous)
                file.write(record(sign(rotation.text(), origin, seed)))
            changed = {"before": public_key(seed).hex(), "after": fresh.hex()}
            self._context.ledger.act(connection, ActKind.SIGNING_KEY_CHANGED, by, changed)
        return fresh.hex()

    def against(self, path: Path) -> KeptView:
        """Hold the office against checkpoints that were kept: every head in them must still be an entry of its case.

        :raises Invalid: where the file is not one of this office, or does not hold by itself.
        """
        ledger, heads = self.ledger(), 0
        first_bad: FirstBad | None = None
        with path.open("rb") as file, self._context.database.read() as connection:
            try:
                for fresh in ledger.read(file):
                    heads += len(fresh)
                    first_bad = first_bad or missing(connection, fresh)
            except BadNote as error:
                raise Invalid(f"{path}: {error}.") from error
        if ledger.last is None:
            raise Invalid(f"{path} holds no checkpoint.")
        return {
            "ok": first_bad is None,
            "checkpoints": ledger.count,
            "heads": heads,
            "last": ledger.last.at,
            "first_bad": first_bad,
        }

    def prove(self, number: str, path: Path) -> InclusionView:
        """That a case stands in the last checkpoint of a file, in a form that can be checked elsewhere.

        :raises NotFound: where the case is not in it.
        """
        ledger, last = self.ledger(), b""
        with path.open("rb") as file:
            try:
                for line in file:
                    if ledger.take(line) is not None:
                        last = line
            except (ValueError, TypeError, KeyError) as error:
                raise Invalid(f"{path}: {error}.") from error
        if number not in ledger.heads:
            raise NotFound(f"The case {number} is in no checkpoint of {path}.")
        leaves, index = tree(ledger.heads), sorted(ledger.heads).index(number)
        return {
            "note": orjson.loads(last)["note"],
            "public_key": (ledger.signer or b"").hex(),
            "head": list(ledger.heads[number]),
            "index": index,
            "proof": [node.hex() for node in inclusion_proof(leaves, index)],
        }

    def run(self, path: Path, stop: threading.Event) -> None:
        """Make a checkpoint every hour until `stop` is set."""
        while True:
            try:
                if _age(path) >= INTERVAL:
                    self.make(path)
            except YichuangError as error:
                log.warning("no checkpoint was made", extra={"fields": {"cause": error.detail}})
            except OSError as error:
                log.warning("no checkpoint was made", extra={"fields": {"cause": str(error)}})
            if stop.wait(LOOK):
                return

    def ledger(self) -> Ledger:
        """What reads a file of this office's checkpoints."""
        return Ledger(self.origin, self.public_keys)

    def _seed(self, ledger: Ledger) -> bytes:
        """The private key that is in force in a file."""
        seeds = self._context.keyring.signing_keys()
        return next((seed for seed in seeds if public_key(seed) == ledger.key), seeds[-1])

    def _read(self, file: BinaryIO) -> Ledger:
        ledger = self.ledger()
        try:
            for _ in ledger.read(file):
                pass
        except BadNote as error:
            raise Invalid(f"{file.name}: {error}.") from error
        return ledger


@contextmanager
def _appending(path: Path) -> Iterator[BinaryIO]:
    """A file to read and append to, alone; what was written is on the disk when the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _cut_torn_line(file)
        file.seek(0)
        yield file
        file.flush()
        os.fsync(file.fileno())


def _cut_torn_line(file: BinaryIO) -> None:
    """Drop a last line that a crash has left half written: it was never reported as made."""
    file.seek(0)
    whole = 0
    for line in file:
        if line.endswith(b"\n"):
            whole += len(line)
    file.truncate(whole)


def _age(path: Path) -> float:
    """Seconds since the file was written last."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return INTERVAL


def _heads(connection: Connection) -> dict[str, Head]:
    case = tables.case.c
    rows = connection.execute(select(case.number, case.seq, case.head).execution_options(yield_per=5000))
    return {row.number: Head(*row) for row in rows}


def missing(connection: Connection, heads: Sequence[Head]) -> FirstBad | None:
    """The first of some heads that is no entry of its case any more."""
    case, entry = tables.case.c, tables.entry.c
    joined = tables.entry.join(tables.case, case.id == entry.case_id)
    for start in range(0, len(heads), _BATCH):
        batch = heads[start : start + _BATCH]
        wanted = tuple_(case.number, entry.seq).in_([(head.number, head.seq) for head in batch])
        query = select(case.number, entry.seq, entry.body).select_from(joined).where(wanted)
        found = {(row.number, row.seq): row.body for row in connection.execute(query)}
        for head in batch:
            body = found.get((head.number, head.seq))
            if body is None:
                there = connection.execute(select(case.seq).where(case.number == head.number)).first()
                reason = (
                    f"the case was removed after the checkpoint in which it ended with entry {head.seq}"
                    if there is None
                    else f"the history was cut: entry {head.seq} stands in a checkpoint, and is not there any more"
                )
                return {"case": head.number, "seq": head.seq, "reason": reason}
            if hashlib.sha256(body).hexdigest() != head.hash:
                reason = f"the history was rewritten: entry {head.seq} stands in a checkpoint with another hash"
                return {"case": head.number, "seq": head.seq, "reason": reason}
    return None


def public_key(seed: bytes) -> bytes:
    """The public key (32 bytes) of a private one."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
