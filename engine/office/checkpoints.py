"""Checkpoints of an office: making them, and holding the office against those that were kept."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select, tuple_

from engine.errors import FieldError, Forbidden, Invalid, NotFound, YichuangError
from engine.history.checkpoint import BadNote, Checkpoint, Head, Rotation, origin_of, sign, tree, unsigned
from engine.history.checkpoint_file import Ledger, record
from engine.history.kinds import ActKind
from engine.history.merkle import inclusion_proof
from engine.instants import instant
from engine.office import cursor as cursors
from engine.office.context import Context
from engine.office.ledger import heads_of_chains, is_chain
from engine.office.once import Once
from engine.office.person import Person, Role
from engine.office.rights import none_to_see
from engine.office.sight import require_sight_of_row
from engine.office.views import (
    CheckpointView,
    ConsistencyView,
    FirstBad,
    InclusionView,
    KeptView,
    NoteView,
    Page,
    SignedView,
)
from engine.storage import tables
from engine.storage.disk import sync
from engine.storage.stored import lying, text_of

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

    def make(self, path: Path, *, by: Person | None = None, once: Once | None = None) -> CheckpointView:
        """Sign where all cases, and the office's own chains, are now, and append it to a file.

        :param by: who wants it; None is the server, or the shell of the machine itself.
        :raises Forbidden: for all but auditors and administrators.
        :raises Invalid: where the file does not hold, or a case has been removed or cut since its last record:
            that is not signed over.
        """
        if by is None:
            with self._context.database.read() as connection:
                return self._make(connection, path)
        self._require_reading(by)
        made = self._context.remembering(by, once, lambda connection: dict(self._make(connection, path)))
        return cast(CheckpointView, made)

    def _make(self, connection: Connection, path: Path) -> CheckpointView:
        with _appending(path) as file:
            ledger = self._read(file)
            heads = _heads(connection)
            now = self._context.now(connection)
            for name, known in ledger.heads.items():
                found = heads.get(name)
                if found is None or found.seq < known.seq or (found.seq == known.seq and found != known):
                    raise Invalid(
                        f"{_named(name)} had entry {known.seq} at the last checkpoint, and has it no more. No "
                        f"checkpoint is made; see `yichuang verify --against {path}`."
                    )
            changed = [head for name, head in sorted(heads.items()) if ledger.heads.get(name) != head]
            checkpoint = Checkpoint.of(heads, origin=self.origin, at=now, previous=ledger.previous)
            seed = self._seed(ledger)
            file.write(record(sign(checkpoint.text(), checkpoint.origin, seed), changed))
        chains = sum(map(is_chain, heads))
        return {
            "origin": checkpoint.origin,
            "cases": checkpoint.size - chains,
            "chains": chains,
            "changed": len(changed),
            "root": checkpoint.root.hex(),
            "at": checkpoint.at,
            "public_key": public_key(seed).hex(),
        }

    def list(self, path: Path, *, by: Person, limit: int = 100, cursor: str | None = None) -> Page:
        """The records of a file, the oldest first; none where there is no file yet.

        :param cursor: the `next` of the page before.
        :raises Forbidden: for all but auditors and administrators.
        :raises Invalid: where the file does not hold.
        """
        self._require_reading(by)
        after = cursors.number(cursor)
        items = [*self._notes(path)]
        more = len(items) > after + limit
        return {"items": items[after : after + limit], "next": str(after + limit) if more else None}

    def last(self, path: Path) -> NoteView | None:
        """The last checkpoint of a file; None where there is none.

        :raises Invalid: where the file does not hold.
        """
        return next((note for note in reversed([*self._notes(path)]) if note["root"] is not None), None)

    def consistency(self, path: Path, first: int, second: int, *, by: Person) -> ConsistencyView:
        """That one checkpoint follows another: the signed notes from the one to the other, each naming the one before.

        :param first: number of the earlier one, from 1; changes of the key have numbers too.
        :raises Forbidden: for all but auditors and administrators.
        :raises Invalid: where there are no such checkpoints, or the file does not hold.
        """
        self._require_reading(by)
        notes = [*self._notes(path)]
        for name, number in (("first", first), ("second", second)):
            if not 1 <= number <= len(notes) or notes[number - 1]["root"] is None:
                raise Invalid(errors=[FieldError(f"/{name}", "there is no checkpoint of this number")])
        if second < first:
            raise Invalid(errors=[FieldError("/second", "not before the first")])
        chosen = notes[first - 1 : second]
        return {"public_key": chosen[0]["public_key"], "notes": [note["note"] for note in chosen]}

    def content(self, path: Path, *, by: Person) -> Iterator[bytes]:
        """A file whole, piece by piece, so that it can be kept elsewhere.

        :raises Forbidden: for all but auditors and administrators.
        :raises NotFound: where there is none.
        """
        self._require_reading(by)
        if not path.exists():
            raise NotFound("No checkpoint was made yet.")
        return _pieces(path)

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
        """Hold the office against checkpoints that were kept: every head in them must still be an entry of its chain.

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

    def prove(
        self, number: str, path: Path, *, by: Person | None = None, checkpoint: int | None = None
    ) -> InclusionView:
        """That a case, or a chain of the office, stands in a checkpoint, in a form that can be checked elsewhere.

        :param by: who wants it; None is the shell of the machine itself.
        :param checkpoint: number of the record in the file, from 1; the last checkpoint where none is given.
        :raises NotFound: where the case is not in it, or is not the person's to see.
        """
        if by is not None:
            self._require_sight(number, by)
        ledger, found = self.ledger(), b""
        try:
            with path.open("rb") as file:
                for place, line in enumerate(file, start=1):
                    if ledger.take(line) is not None and checkpoint in (None, place):
                        found = line
                    if place == checkpoint:
                        break
        except FileNotFoundError:
            raise NotFound("No checkpoint was made yet.") from None
        except (ValueError, TypeError, KeyError) as error:
            raise Invalid(f"{path}: {error}.") from error
        if not found:
            raise NotFound("There is no checkpoint of this number.")
        if number not in ledger.heads:
            raise NotFound(f"{_named(number)} is not in this checkpoint.")
        leaves, index = tree(ledger.heads), sorted(ledger.heads).index(number)
        return {
            "note": orjson.loads(found)["note"],
            "public_key": (ledger.signer or b"").hex(),
            "head": list(ledger.heads[number]),
            "index": index,
            "proof": [node.hex() for node in inclusion_proof(leaves, index)],
        }

    def signed(self, number: str, path: Path, *, by: Person) -> SignedView | None:
        """How far a case's history stands in the last checkpoint, and whether it still does; None where it is in none.

        :raises Invalid: where the file does not hold.
        """
        try:
            found = self.prove(number, path, by=by)
        except NotFound:
            return None
        head, text = Head(*found["head"]), unsigned(found["note"])
        with self._context.database.read() as connection:
            bad = missing(connection, [head])
        at = self._context.local(datetime.fromisoformat(Checkpoint.read(text).at))
        return {"at": at or "", "seq": head.seq, "fault": bad["reason"] if bad else None}

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

    def _notes(self, path: Path) -> Iterator[NoteView]:
        ledger = self.ledger()
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    heads, note = ledger.take(line), orjson.loads(line)["note"]
                    if heads is not None and ledger.last is not None:
                        at, size, root = ledger.last.at, ledger.last.size, ledger.last.root.hex()
                        yield _note(number, at, note, ledger.signer, size=size, changed=len(heads), root=root)
                    else:
                        at = Rotation.read(unsigned(note)).at
                        yield _note(number, at, note, ledger.signer)
        except FileNotFoundError:
            return
        except (ValueError, TypeError, KeyError) as error:
            raise Invalid(f"{path}: {error}.") from error

    def _require_reading(self, by: Person) -> None:
        if not self._context.rights(by).sees_everything:
            raise Forbidden("Only auditors and administrators read and make checkpoints.")

    def _require_sight(self, number: str, by: Person) -> None:
        if is_chain(number):
            return self._require_reading(by)
        case = tables.case.c
        with self._context.database.read() as connection:
            row = connection.execute(select(case.id, case.unit).where(case.number == number)).first()
            if row is None:
                raise none_to_see(f"case {number}")
            require_sight_of_row(self._context.rights(by), connection, row, f"case {number}")

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
        sync(file.fileno())


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
    query = select(lying(connection, case.number), case.seq, lying(connection, case.head))
    rows = connection.execute(query.execution_options(yield_per=5000))
    heads = {(name := text_of(row.number)): Head(name, row.seq, text_of(row.head)) for row in rows}
    return heads | {chain: Head(chain, seq, hash) for chain, (seq, hash) in heads_of_chains(connection).items()}


def missing(connection: Connection, heads: Sequence[Head]) -> FirstBad | None:
    """The first of some heads that is no entry of its case, or chain, any more."""
    for start in range(0, len(heads), _BATCH):
        batch = heads[start : start + _BATCH]
        wanted = [(head.number, head.seq) for head in batch]
        found = {(row.name, row.seq): row.body for row in _entries(connection, wanted)}
        for head in batch:
            body = found.get((head.number, head.seq))
            if body is None:
                what = "chain" if is_chain(head.number) else "case"
                reason = (
                    f"the history was cut: entry {head.seq} stands in a checkpoint, and is not there any more"
                    if _is_there(connection, head.number)
                    else f"the {what} was removed after the checkpoint in which it ended with entry {head.seq}"
                )
                return {"case": head.number, "seq": head.seq, "reason": reason}
            if hashlib.sha256(body).hexdigest() != head.hash:
                reason = f"the history was rewritten: entry {head.seq} stands in a checkpoint with another hash"
                return {"case": head.number, "seq": head.seq, "reason": reason}
    return None


def _entries(connection: Connection, wanted: Sequence[tuple[str, int]]) -> Iterator[Any]:
    """The entries of cases and chains, by name and sequence number."""
    case, entry = tables.case.c, tables.entry.c
    joined = tables.entry.join(tables.case, case.id == entry.case_id)
    query = select(case.number.label("name"), entry.seq, entry.body).select_from(joined)
    yield from connection.execute(query.where(tuple_(case.number, entry.seq).in_(wanted)))
    act = tables.act.c
    acts = select(act.chain.label("name"), act.seq, act.body).where(tuple_(act.chain, act.seq).in_(wanted))
    yield from connection.execute(acts)


def _is_there(connection: Connection, name: str) -> bool:
    table, column = (tables.act, tables.act.c.chain) if is_chain(name) else (tables.case, tables.case.c.number)
    return connection.execute(select(table).where(column == name).limit(1)).first() is not None


def _named(name: str) -> str:
    return f"The chain {name}" if is_chain(name) else f"The case {name}"


def _note(
    number: int,
    at: str,
    note: str,
    signer: bytes | None,
    *,
    size: int | None = None,
    changed: int | None = None,
    root: str | None = None,
) -> NoteView:
    signed = (signer or b"").hex()
    return {
        "number": number,
        "at": at,
        "size": size,
        "changed": changed,
        "root": root,
        "public_key": signed,
        "note": note,
    }


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(2**16):
            yield piece


def public_key(seed: bytes) -> bytes:
    """The public key (32 bytes) of a private one."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
