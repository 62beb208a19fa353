"""Random tamperings of an office's database, by somebody with everything but the signing key: each must be found.

`python -m tests.history.tamper --rounds 1000` makes an office with a few cases and a checkpoint that is kept elsewhere,
then changes it in one way after the other, each time from the honest state: a byte of a row that belongs to a case, an
entry, a tail or a whole case deleted, two entries in each other's place, a history written anew with fitting hashes, a
checkpoint signed with another key. It ends with 1 at the first tampering that is not found, or not at its place.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from engine import Office
from engine.errors import Invalid
from engine.history.canonical import canonical
from engine.history.checkpoint import sign
from tests.conftest import SetClock
from tests.office.at_work import accept, applicant, do, do_named, matter_of_type, to_the_end
from tests.office.handing_in import hand_in

#: Tables whose rows belong to a case, by the column that says to which.
BELONGING = {
    "case_file": "id",
    "entry": "case_id",
    "task": "case_id",
    "case_unit": "case_id",
    "material": "case_id",
    "rating": "case_id",
    "notice": "case_id",
    "job": "case_id",
    "mention": "case_id",
}

#: What follows from no entry: who holds a job for how long, whether somebody has seen where they are named, and the
#: number of a row that nothing refers to.
_UNPROVEN = {
    *(("job", column) for column in ("worker", "locked_by", "locked_until")),
    *(("mention", column) for column in ("id", "read_at")),
}

#: Columns in which a row says whose it is: another value there makes it another case's.
_WHOSE = ("id", "case_id", "number")


class Expected(NamedTuple):
    """What must be named: the case, where one is certain, and the entry, where one is."""

    case: str | None
    seq: int | None


class Tampering:
    """One office, and what is done to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.office = Office(
            f"sqlite:///{folder}/office.db",
            keyring=f"sqlite:///{folder}/keyring.db",
            clock=SetClock(),
            materials=folder / "materials",
        )
        self.office.initialise(demo=True)
        self._work()
        self._kept = folder / "kept.jsonl"
        self._forged = folder / "forged.jsonl"
        self.office.checkpoints.make(self._kept)
        self._file = sqlite3.connect(folder / "office.db", isolation_level=None)
        self._honest = sqlite3.connect(":memory:")
        self._file.backup(self._honest)
        self.numbers: dict[int, str] = dict(self._file.execute("select id, number from case_file"))
        self.ways: list[Callable[[], Expected | None]] = [
            *[self.byte] * 5,
            self.entry_gone,
            self.tail_gone,
            self.case_gone,
            self.two_swapped,
            self.written_anew,
            self.signed_by_another,
        ]

    def close(self) -> None:
        """Let go of the databases."""
        self._file.close()
        self._honest.close()
        self.office.close()

    def round(self) -> tuple[str, str | None]:
        """Tamper once, and look. Gives the way, and what is wrong with what was found, or None."""
        way = self.chance.choice(self.ways)
        expected = None
        while expected is None:
            expected = way()
        try:
            bad = self.first_bad()
            if bad is None:
                return way.__name__, "it was not found"
            if expected.case not in (None, bad["case"]) or expected.seq not in (None, bad["seq"]):
                return way.__name__, f"expected {expected}, found {bad}"
            return way.__name__, None
        finally:
            self._honest.backup(self._file)
            self._forged.unlink(missing_ok=True)

    def first_bad(self) -> Any:
        """What `verify --all --against` finds first: the cases, then what was kept elsewhere."""
        _, proofs = self.office.history.survey(by=self.office.people.person("auditor"), jobs=1)
        for proof in proofs:
            if not proof["ok"]:
                return proof["first_bad"]
        try:
            return self.office.checkpoints.against(self._forged if self._forged.exists() else self._kept)["first_bad"]
        except Invalid as error:
            return {"case": "checkpoint", "seq": 1, "reason": error.detail}

    # -- the ways ------------------------------------------------------------------------------------------

    def byte(self) -> Expected | None:
        """Another byte, or digit, in a row."""
        table = self.chance.choice(list(BELONGING))
        rows = self._file.execute(f"select rowid as place, * from {table}")
        names = [column[0] for column in rows.description]
        row = dict(zip(names, self.chance.choice(rows.fetchall()), strict=True))
        column = self.chance.choice(names[1:])
        before = row[column]
        if before in (None, "", b"") or (table, column) in _UNPROVEN:
            return None
        after = self._other(before)
        put = "cast(? as text)" if isinstance(before, str) else "?"
        try:
            self._file.execute(f'update {table} set "{column}" = {put} where rowid = ?', (after, row["place"]))
        except sqlite3.IntegrityError:
            return None
        case = None if column in _WHOSE else self.numbers[row[BELONGING[table]]]
        return Expected(case, row["seq"] if table == "entry" and case and column != "seq" else None)

    def entry_gone(self) -> Expected:
        """One entry, deleted."""
        id, seq = self._entry()
        self._file.execute("delete from entry where case_id = ? and seq = ?", (id, seq))
        return Expected(self.numbers[id], seq)

    def tail_gone(self) -> Expected:
        """All entries from one on, deleted."""
        id, seq = self._entry()
        self._file.execute("delete from entry where case_id = ? and seq >= ?", (id, seq))
        return Expected(self.numbers[id], seq)

    def case_gone(self) -> Expected:
        """A case without a trace: only what was kept elsewhere knows of it."""
        id = self.chance.choice(list(self.numbers))
        (last,) = self._file.execute("select seq from case_file where id = ?", (id,)).fetchone()
        for table in self._file.execute("select name from sqlite_master where type = 'table'").fetchall():
            if any(info[1] == "case_id" for info in self._file.execute(f"pragma table_info({table[0]})")):
                self._file.execute(f"delete from {table[0]} where case_id = ?", (id,))
        self._file.execute("delete from case_file where id = ?", (id,))
        return Expected(self.numbers[id], last)

    def two_swapped(self) -> Expected:
        """Two entries of a case in each other's place."""
        id, one = self._entry()
        seqs = [row[0] for row in self._file.execute("select seq from entry where case_id = ?", (id,)) if row[0] != one]
        other = self.chance.choice(seqs)
        for before, after in ((one, -1), (other, one), (-1, other)):
            self._file.execute("update entry set seq = ? where case_id = ? and seq = ?", (after, id, before))
        return Expected(self.numbers[id], min(one, other))

    def written_anew(self) -> Expected:
        """Another actor in one entry, and fitting hashes from there to the end, the case's row included."""
        id, first = self._entry()
        rows = self._file.execute(
            "select seq, body from entry where case_id = ? and seq >= ? order by seq", (id, first)
        )
        previous = None
        for seq, body in rows.fetchall():
            fields = json.loads(body)
            if previous is None:
                fields["actor"] = "somebody"
            else:
                fields["previous"] = previous
            made = canonical(fields)
            previous = hashlib.sha256(made).hexdigest()
            self._file.execute(
                "update entry set body = ?, hash = ?, actor = ? where case_id = ? and seq = ?",
                (made, previous, fields["actor"], id, seq),
            )
        self._file.execute("update case_file set head = ? where id = ?", (previous, id))
        # Where no row shows it, the checkpoint does, at the case's last entry of then.
        return Expected(self.numbers[id], None)

    def signed_by_another(self) -> Expected:
        """The checkpoint that was kept, with the signature of another key."""
        record = json.loads(self._kept.read_bytes())
        text = record["note"].rpartition("\n\n")[0] + "\n"
        record["note"] = sign(text, text.partition("\n")[0], os.urandom(32))
        self._forged.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
        return Expected("checkpoint", 1)

    # ------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Cases of every kind: ended, with departments at work, suspended, just accepted, withdrawn."""
        office, clerk = self.office, self.office.people.person("clerk")
        ended = to_the_end(office, accept(office, matter_of_type(office, "instant")))
        office.ratings.rate(ended["number"], ended["tracking_code"], 4, comment="很快")
        joint = accept(office, matter_of_type(office, "joint"), serial=902)
        while len(joint["tasks"]) == 1:
            joint = do_named(office, joint, joint["tasks"][0]["element"])
        do(office, joint["tasks"][0])
        hand_in(office, joint)
        suspended = accept(office, matter_of_type(office, "promised"), serial=903)
        while suspended["due"] is None:
            suspended = do(office, suspended["tasks"][0])
        office.cases.suspend(suspended["number"], ground="testing", reason="检验", by=clerk)
        do(office, accept(office, matter_of_type(office, "instant"), serial=904)["tasks"][0])
        withdrawn = accept(office, matter_of_type(office, "instant"), serial=905)
        office.cases.withdraw(withdrawn["number"], "不再办理", by=clerk)
        # Its notices go out by mail: work outside.
        mailed = {**applicant(906), "email": "nobody@example.org"}
        case = office.cases.start(matter_of_type(office, "instant"), mailed, {}, by=clerk, window="H01")
        do(office, case["tasks"][0])
        office.cases.comment(case["number"], "请 @leader 过目", by=clerk)

    def _entry(self) -> tuple[int, int]:
        """Some entry of some case."""
        return self.chance.choice(self._file.execute("select case_id, seq from entry").fetchall())

    def _other(self, value: Any) -> Any:
        """A value of the same type with one byte, or one digit, that is not the same."""
        if isinstance(value, int):
            return value + self.chance.choice((-1, 1))
        content = bytearray(value.encode() if isinstance(value, str) else value)
        content[self.chance.randrange(len(content))] ^= 1 << self.chance.randrange(8)
        return bytes(content)


def tamper(rounds: int, seed: int) -> Counter[str]:
    """Tamper so many times; gives how often in each way.

    :raises AssertionError: at the first tampering that is not found at its place.
    """
    with tempfile.TemporaryDirectory() as folder, closing(Tampering(Path(folder), seed)) as tampering:
        assert tampering.first_bad() is None
        done: Counter[str] = Counter()
        for round in range(rounds):
            way, fault = tampering.round()
            assert fault is None, f"seed {seed}, round {round}, {way}: {fault}"
            done[way] += 1
        assert tampering.first_bad() is None
        return done


def main() -> int:
    """Tamper as the command line says."""
    parser = argparse.ArgumentParser(description="Random tamperings of an office's database: each must be found.")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20260310)
    given = parser.parse_args()
    try:
        done = tamper(given.rounds, given.seed)
    except AssertionError as error:
        print(f"Not found: {error}")
        return 1
    ways = ", ".join(f"{way} {count}" for way, count in sorted(done.items()))
    print(f"{given.rounds} tamperings, each found at its place: {ways}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
