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
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
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
from engine.sealing import MARK, Keyring, seal, unseal
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

_INSTANT = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.%04d\d\d(?:Z|[+-]\d\d:\d\d)" % (MICROSECOND // 100)
#: The same in a stored state: microseconds since 1970.
_COUNTED = rb"(?<![0-9])\d{10}%04d\d\d(?![0-9])" % (MICROSECOND // 100)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPES: dict[bytes, Callable[[datetime], str]] = {
    b"Z": instant,
    b"+00:00": lambda at: at.astimezone(UTC).isoformat(timespec="microseconds"),
}

Row = tuple[Any, ...]


class _RowPattern:
    """One row of a case."""

    def __init__(self) -> None:
        #: Its values, as all copies have them.
        self.values: list[Any] = []
        #: Where the case's id is.
        self.ids: list[int] = []
        #: Where what one slot holds is, as text or as bytes; and what is filled.
        self.texts: list[tuple[int, int]] = []
        self.bytes: list[tuple[int, int]] = []
        self.patterns: list[tuple[int, _Pattern]] = []
        self.state: int | None = None


@dataclass(frozen=True)
class Applicant:
    """Somebody who is nobody, with a key."""

    id: str
    name: str
    id_number: str
    identity: str
    name_hash: str
    key: bytes

    @classmethod
    def made(cls, n: int, keyring: Keyring) -> Applicant:
        """The n-th of them."""
        born = date(1950, 1, 1) + timedelta(days=n % 20000)
        stem = f"110101{born:%Y%m%d}{n // 20000 + 1:03d}"
        name, number = name_of(n), stem + str(ric.calc_check_digit(stem + "0"))
        return cls(
            id=secrets.token_hex(8),
            name=name,
            id_number=number,
            identity=keyring.hash("identity", "resident_id", number),
            name_hash=keyring.hash("name", name),
            key=os.urandom(32),
        )


def name_of(n: int) -> str:
    """The name of the n-th applicant."""
    return f"申请人{n:07d}"


def _tracking_code() -> str:
    """As `numbering.tracking_code`, at a tenth of its time."""
    code = "".join([numbering.TRACKING_ALPHABET[byte & 31] for byte in os.urandom(12)])
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


class _Pattern:
    """A text with places in it that are filled for each copy."""

    __slots__ = ("_parts", "_places")

    def __init__(self, parts: list[bytes], slots: dict[bytes, int]) -> None:
        # Every second part is the name of a place.
        self._parts = parts
        self._places = [(at, slots[parts[at]]) for at in range(1, len(parts), 2)]

    @property
    def whole(self) -> bytes | None:
        """The text, where no place is in it."""
        return None if self._places else self._parts[0]

    @property
    def slot(self) -> int | None:
        """The place that is all of it, where one is."""
        return self._places[0][1] if len(self._places) == 1 and not any(self._parts[::2]) else None

    def filled(self, values: list[bytes]) -> bytes:
        """The text with these values."""
        parts = self._parts[:]
        for at, slot in self._places:
            parts[at] = values[slot]
        return b"".join(parts)


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
        self.entries, self.tasks = case.seq, sum(row["status"] == "open" for row in rows[tables.task])
        self._names: dict[bytes, int] = {}
        self._owner = case.applicant
        self._take_apart(connection, case, rows)

    def _take_apart(self, connection: Connection, case: Any, rows: dict[Table, list[dict[str, Any]]]) -> None:
        prefix = case_prefix(case.number)
        hexed = f"{prefix:012x}"
        self._number = self._slot(case.number.encode())
        self._uuid = self._slot(f"{hexed[:8]}-{hexed[8:]}-".encode())
        self._prefix = self._slot(str(prefix).encode())
        self._id = self._slot(self._owner.encode())
        self._name_hash = self._slot(case.name_hash.encode())
        entries = sorted(rows[tables.entry], key=lambda row: row["seq"])
        steps = list(self._repeated(connection, case))
        self._places = [
            (self._slot(digest([case.number, row["seq"]])[:28].encode()), row["seq"]) for row in rows[tables.notice]
        ]
        notices = [(self._slot(row["digest"].encode()), row["content"].encode()) for row in rows[tables.notice]]
        chain = []
        for row, (execution, whole) in zip(entries, steps, strict=True):
            executed = self._slot(hashlib.sha256(execution).hexdigest().encode())
            stated = self._slot(hashlib.sha256(whole).hexdigest().encode())
            chain += [(executed, execution), (stated, whole), (self._slot(row["hash"].encode()), row["body"])]
        texts = [text for _, text in (*notices, *chain)]
        body = state.unpacked(case.state).rstrip(b" ")
        texts += [body, case.opening.encode()]
        self._find_what_moves(texts, case, body)
        named = b"|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        self._split = re.compile(b"(" + named + b")")
        self._digested = [(slot, self._pattern(text)) for slot, text in (*notices, *chain)]
        self._state = self._pattern(body)
        self._rows = {table: [self._row(table, row) for row in rows[table]] for table in TABLES}
        self._texts = {slot for rows in self._rows.values() for row in rows for _, slot in row.texts}

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
        sealed = re.compile(rb"1\.%s\.[A-Za-z0-9_=-]+" % self._owner.encode())
        keys = self._context.keyring.keys([self._owner])
        opening = orjson.loads(case.opening)
        applicant = unseal(opening["applicant"], lambda owners: keys)
        self._applicant = {applicant["name"]: "name", applicant["id_number"]: "id_number"}
        self._sealed: list[tuple[int, Any]] = []
        self._moving: list[tuple[int, datetime, Callable[[datetime], str]]] = []
        for found in sorted({each for text in texts for each in sealed.findall(text)}):
            plain = unseal({"v": {MARK: found.decode()}}, lambda owners: keys)["v"]
            plain = _tracking_code if found.decode() == opening["tracking"][MARK] else plain
            self._sealed.append((self._slot(found), plain))
        columns = [instant(at).encode() for at in (case.received_at, case.last_at, case.wake_at) if at is not None]
        for found in sorted({each for text in (*texts, *columns) for each in re.findall(_INSTANT, text)}):
            at = datetime.fromisoformat(found.decode())
            shape = _SHAPES.get(b"Z" if found.endswith(b"Z") else found[-6:], datetime.isoformat)
            self._moving.append((self._slot(found), at, shape))
        for found in sorted(set(re.findall(_COUNTED, body))):
            at = _EPOCH + timedelta(microseconds=int(found))
            self._moving.append((self._slot(found), at, lambda at: str((at - _EPOCH) // timedelta(microseconds=1))))

    def _slot(self, name: bytes) -> int:
        return self._names.setdefault(name, len(self._names))

    def _pattern(self, text: bytes) -> _Pattern:
        return _Pattern(self._split.split(text), self._names)

    def _row(self, table: Table, row: dict[str, Any]) -> _RowPattern:
        made = _RowPattern()
        digested = {tables.entry: ("body", "hash"), tables.notice: ("content", "digest")}.get(table, ("", ""))
        for place, column in enumerate(table.columns):
            value = row[column.name]
            if isinstance(value, datetime):
                value = instant(value)
            if column.name == "case_id" or (table is tables.case and column.name == "id"):
                made.ids.append(place)
            elif column.name == "state":
                made.state = place
            elif column.name == digested[0]:
                # It was filled for its digest.
                kept = made.texts if isinstance(value, str) else made.bytes
                kept.append((place, len(self._names) + self._names[row[digested[1]].encode()]))
            elif isinstance(value, str):
                pattern = self._pattern(value.encode())
                if (slot := pattern.slot) is not None:
                    made.texts.append((place, slot))
                elif pattern.whole is None:
                    made.patterns.append((place, pattern))
            made.values.append(value)
        return made

    def copy(self, id: int, serial: int, shift: float, applicant: Applicant) -> dict[Table, list[Row]]:
        """The rows of a copy.

        :param id: of the case's row.
        :param serial: of the day at the window.
        :param shift: how much later than the original it is, as a part (below 1) of `SPREAD` minutes.
        """
        number = str(numbering.make(self.day, self.window, serial))
        prefix = case_prefix(number)
        hexed = f"{prefix:012x}"
        values: list[bytes] = [b""] * len(self._names)
        values[self._number] = number.encode()
        values[self._uuid] = f"{hexed[:8]}-{hexed[8:]}-".encode()
        values[self._prefix] = str(prefix).encode()
        values[self._id] = applicant.id.encode()
        values[self._name_hash] = applicant.name_hash.encode()
        for slot, plain in self._sealed:
            if isinstance(plain, str) and plain in self._applicant:
                plain = getattr(applicant, self._applicant[plain])
            elif callable(plain):
                plain = plain()
            values[slot] = seal(plain, applicant.id, applicant.key)[MARK].encode()
        later = timedelta(microseconds=int(shift * SPREAD * 60e6))
        for slot, at, shape in self._moving:
            values[slot] = shape(at + later).encode()
        for slot, seq in self._places:
            values[slot] = digest([number, seq])[:28].encode()
        whole: list[bytes] = [b""] * len(values)
        for slot, pattern in self._digested:
            whole[slot] = text = pattern.filled(values)
            values[slot] = hashlib.sha256(text).hexdigest().encode()
        values += whole
        texts = {slot: values[slot].decode() for slot in self._texts}
        return {table: [self._filled(row, id, values, texts) for row in rows] for table, rows in self._rows.items()}

    def _filled(self, pattern: _RowPattern, id: int, values: list[bytes], texts: dict[int, str]) -> Row:
        row = pattern.values[:]
        for place in pattern.ids:
            row[place] = id
        for place, slot in pattern.texts:
            row[place] = texts[slot]
        for place, slot in pattern.bytes:
            row[place] = values[slot]
        for place, part in pattern.patterns:
            row[place] = part.filled(values).decode()
        if pattern.state is not None:
            row[pattern.state] = state.packed(self._state.filled(values))
        return tuple(row)
