"""Many cases from one: each copy is a case of its own, whose chain, digests and sealed values are made anew.

An original is taken apart once, into what all its copies share and what each has for itself: its number, the ids of its
tasks and notices, the instants that move with its beginning, the applicant with the key that seals what is personal,
and so every digest of a state, of a notice and of an entry. What a copy says of itself follows from these in the order
in which the office would have written it, so it is proven and replayed like any other.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Table, select
from stdnum.cn import ric

from benchmarks.scale.originals import MICROSECOND, SPREAD
from engine import Office, numbering
from engine.execution import state
from engine.execution.ids import case_prefix
from engine.history.canonical import canonical, digest
from engine.instants import instant
from engine.office.proof import recorded
from engine.office.replay import Replay
from engine.sealing import MARK, Keyring, unseal
from engine.sealing.seal import NONCE, sealed
from engine.storage import tables

#: The tables that have rows of a case, the case's own first.
TABLES: tuple[Table, ...] = (
    tables.case,
    tables.case_unit,
    tables.task,
    tables.entry,
    tables.notice,
    tables.subscription,
)

#: Those of which an original may have no rows.
_NONE_OF = (tables.job, tables.material, tables.rating, tables.mention)

#: What of an instant moves: its minutes and seconds. Its hour stays what it is, in every zone.
_MOVING = re.compile(rb"(?<=T\d\d:)\d\d:\d\d\.%04d\d\d(?=Z|[+-]\d\d:\d\d)" % (MICROSECOND // 100))
#: An instant in a stored state: microseconds since 1970.
_COUNTED = re.compile(rb"(?<![0-9])\d{10}%04d\d\d(?![0-9])" % (MICROSECOND // 100))

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Applicant:
    """Somebody who is nobody, with a key."""

    id: str
    name: str
    id_number: str
    identity: str
    name_hash: str
    key: bytes
    cipher: AESGCM

    @classmethod
    def made(cls, n: int, keyring: Keyring) -> Applicant:
        """The n-th of them."""
        born = date(1950, 1, 1) + timedelta(days=n % 20000)
        stem = f"110101{born:%Y%m%d}{n // 20000 + 1:03d}"
        name, number = name_of(n), stem + str(ric.calc_check_digit(stem + "0"))
        key = os.urandom(32)
        return cls(
            id=secrets.token_hex(8),
            name=name,
            id_number=number,
            identity=keyring.hash("identity", "resident_id", number),
            name_hash=keyring.hash("name", name),
            key=key,
            cipher=AESGCM(key),
        )


def name_of(n: int) -> str:
    """The name of the n-th applicant."""
    return f"申请人{n:07d}"


def _tracking_code(_who: Applicant) -> bytes:
    """A new one as JSON, as `numbering.tracking_code` makes them, at a tenth of its time."""
    code = "".join([numbering.TRACKING_ALPHABET[byte & 31] for byte in os.urandom(12)])
    return f'"{code[:4]}-{code[4:8]}-{code[8:]}"'.encode()


class _Pattern:
    """A text with places in it that are filled for each copy."""

    __slots__ = ("_parts", "_taken")

    def __init__(self, parts: list[bytes], slots: dict[bytes, int]) -> None:
        # Every second part is the name of a place.
        self._parts = parts
        self._taken = _taking([slots[part] for part in parts[1::2]])

    @property
    def is_whole(self) -> bool:
        """Whether no place is in it."""
        return len(self._parts) == 1

    def filled(self, values: list[Any]) -> bytes:
        """The text with these values."""
        parts = self._parts[:]
        parts[1::2] = self._taken(values)
        return b"".join(parts)


def _taking(places: list[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    """Takes what is at these places of a list."""
    if len(places) == 1:
        (only,) = places
        return lambda values: (values[only],)
    return itemgetter(*places) if places else lambda values: ()


class Copier:
    """Copies one case.

    :param connection: sees the case and its history.
    """

    def __init__(self, office: Office, connection: Connection, number: str) -> None:
        self._context = office._context
        (case,) = connection.execute(select(tables.case).where(tables.case.c.number == number)).all()
        of = {table: table.c.id if table is tables.case else table.c.case_id for table in (*TABLES, *_NONE_OF)}
        rows = {
            table: [dict(row._mapping) for row in connection.execute(select(table).where(of[table] == case.id))]
            for table in (*TABLES, *_NONE_OF)
        }
        assert not any(rows[table] for table in _NONE_OF), f"case {number} has rows that are not copied"
        self.window, self.day = case.window, numbering.parse(number).day
        self._owner = case.applicant
        #: Places of what a copy has for itself, by what the original has there.
        self._names: dict[bytes, int] = {}
        self._take_apart(connection, case, rows)

    def _take_apart(self, connection: Connection, case: Any, rows: dict[Table, list[dict[str, Any]]]) -> None:
        prefix = case_prefix(case.number)
        self._number = self._slot(case.number.encode())
        self._uuid = self._slot(_uuid_of(prefix))
        self._prefix = self._slot(str(prefix).encode())
        self._id = self._slot(self._owner.encode())
        self._name_hash = self._slot(case.name_hash.encode())
        entries = sorted(rows[tables.entry], key=lambda row: row["seq"])
        steps = list(self._repeated(connection, case))
        self._places = [
            (self._slot(digest([case.number, row["seq"]])[:28].encode()), row["seq"]) for row in rows[tables.notice]
        ]
        digested = {self._slot(row["digest"].encode()): row["content"].encode() for row in rows[tables.notice]}
        for row, (execution, whole) in zip(entries, steps, strict=True):
            # What a step leaves as it was has the digest that it had.
            digested[self._slot(hashlib.sha256(execution).hexdigest().encode())] = execution
            digested[self._slot(hashlib.sha256(whole).hexdigest().encode())] = whole
            digested[self._slot(row["hash"].encode())] = row["body"]
        body = state.unpacked(case.state).rstrip(b" ")
        self._find_what_moves([*digested.values(), body, case.opening.encode()], case, body)
        named = b"|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        self._split = re.compile(b"(" + named + b")")
        #: What a copy begins with: what all have, and nothing where each has its own.
        self._common: list[Any] = [None] * len(self._names)
        self._kept: dict[Any, int] = {}
        self._row_id, self._packed = self._place(), self._place()
        self._bodies = {row["body"]: self._place() for row in entries}
        nowhere = self._place()
        self._digested = [
            (slot, self._bodies.get(text, nowhere), self._pattern(text)) for slot, text in digested.items()
        ]
        self._state = self._pattern(body)
        self._texts: list[tuple[int, _Pattern]] = []
        self._rows = {table: [self._row(table, row) for row in rows[table]] for table in TABLES}

    def _repeated(self, connection: Connection, case: Any) -> Iterator[tuple[bytes, bytes]]:
        """What the digest of each state is over: the execution's projection, and the whole."""
        entries = list(recorded(connection, case))
        replay = Replay(self._context, connection, entries)
        for entry in entries:
            difference = replay.repeat(entry)
            assert difference is None, difference
            execution = canonical(replay.execution.projection())
            yield execution, canonical(replay.case.projection(hashlib.sha256(execution).hexdigest()))

    def _find_what_moves(self, texts: list[bytes], case: Any, body: bytes) -> None:
        """The sealed values and the instants in what is said of the case.

        :param body: of its state, where instants are numbers.
        """
        marked = re.compile(rb"1\.%s\.[A-Za-z0-9_=-]+" % self._owner.encode())
        keys = self._context.keyring.keys([self._owner])
        opening = orjson.loads(case.opening)
        applicant = unseal(opening["applicant"], lambda owners: keys)
        of_applicant: dict[Any, Callable[[Applicant], bytes]] = {
            applicant["name"]: lambda who: orjson.dumps(who.name),
            applicant["id_number"]: lambda who: orjson.dumps(who.id_number),
        }
        self._sealed: list[tuple[int, Callable[[Applicant], bytes]]] = []
        for found in sorted({each for text in texts for each in marked.findall(text)}):
            plain = unseal({"v": {MARK: found.decode()}}, lambda owners: keys)["v"]
            if found.decode() == opening["tracking"][MARK]:
                made = _tracking_code
            elif isinstance(plain, str) and plain in of_applicant:
                made = of_applicant[plain]
            else:
                made = _same(orjson.dumps(plain))
            self._sealed.append((self._slot(found), made))
        columns = [instant(at).encode() for at in (case.received_at, case.last_at, case.wake_at) if at is not None]
        self._moving: list[tuple[int, int]] = []
        for found in sorted({each for text in (*texts, *columns) for each in _MOVING.findall(text)}):
            minutes, seconds, microseconds = (int(part) for part in re.split(rb"[:.]", found))
            assert minutes + SPREAD < 60, f"{found.decode()} in case {case.number} would move into the next hour"
            self._moving.append((self._slot(found), (minutes * 60 + seconds) * 1_000_000 + microseconds))
        self._counted = [(self._slot(found), int(found)) for found in sorted(set(_COUNTED.findall(body)))]

    def _slot(self, name: bytes) -> int:
        return self._names.setdefault(name, len(self._names))

    def _pattern(self, text: bytes) -> _Pattern:
        return _Pattern(self._split.split(text), self._names)

    def _place(self, value: Any = None) -> int:
        """A place for what all copies have, or for what is made of a slot's values."""
        self._common.append(value)
        return len(self._common) - 1

    def _row(self, table: Table, row: dict[str, Any]) -> Callable[[list[Any]], tuple[Any, ...]]:
        """Takes one row out of a copy's values."""
        places = []
        for column in table.columns:
            value = row[column.name]
            if column.name == "case_id" or (table is tables.case and column.name == "id"):
                places.append(self._row_id)
            elif column.name == "state":
                places.append(self._packed)
            elif table is tables.entry and column.name == "body":
                places.append(self._bodies[value])
            else:
                places.append(self._column(instant(value) if isinstance(value, datetime) else value))
        return _taking(places)

    def _column(self, value: Any) -> int:
        """Where the value of a column is."""
        key = type(value), value
        if key not in self._kept:
            self._kept[key] = place = self._place(value)
            if isinstance(value, str) and not (pattern := self._pattern(value.encode())).is_whole:
                self._texts.append((place, pattern))
        return self._kept[key]

    def copy(self, id: int, serial: int, shift: float, applicant: Applicant) -> dict[Table, list[Row]]:
        """The rows of a copy.

        :param id: of the case's row.
        :param serial: of the day at the window.
        :param shift: how much later than the original it is, as a part (below 1) of `SPREAD` minutes.
        """
        number = str(numbering.make(self.day, self.window, serial))
        prefix = case_prefix(number)
        values = self._common[:]
        values[self._row_id] = id
        values[self._number] = number.encode()
        values[self._uuid] = _uuid_of(prefix)
        values[self._prefix] = str(prefix).encode()
        values[self._id] = applicant.id.encode()
        values[self._name_hash] = applicant.name_hash.encode()
        nonces = os.urandom(NONCE * len(self._sealed))
        for turn, (slot, plain) in enumerate(self._sealed):
            nonce = nonces[turn * NONCE : (turn + 1) * NONCE]
            values[slot] = sealed(plain(applicant), applicant.id, applicant.cipher, nonce).encode()
        later = int(shift * SPREAD * 60e6)
        for slot, at in self._moving:
            seconds, microseconds = divmod(at + later, 1_000_000)
            values[slot] = b"%02d:%02d.%06d" % (*divmod(seconds, 60), microseconds)
        for slot, at in self._counted:
            values[slot] = b"%d" % (at + later)
        for slot, seq in self._places:
            values[slot] = digest([number, seq])[:28].encode()
        for slot, kept, pattern in self._digested:
            values[kept] = text = pattern.filled(values)
            values[slot] = hashlib.sha256(text).hexdigest().encode()
        values[self._packed] = state.packed(self._state.filled(values))
        for place, pattern in self._texts:
            values[place] = pattern.filled(values).decode()
        return {table: [taken(values) for taken in rows] for table, rows in self._rows.items()}


def _uuid_of(prefix: int) -> bytes:
    """How the ids of a case begin."""
    text = f"{prefix:012x}"
    return f"{text[:8]}-{text[8:]}-".encode()


def _same(plain: bytes) -> Callable[[Applicant], bytes]:
    return lambda who: plain
