"""An office of the benchmarks' own: the demonstration office on a new embedded database, and its people at work."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from benchmarks import drawn
from engine import Office, forms
from engine.office.once import Once
from engine.office.person import Person
from engine.storage import driver
from engine.storage.tables import setting

APPLICANT = {"name": "申请人甲", "id_type": "resident_id", "id_number": "110101190001010014", "phone": "010-00000001"}

#: About five kilobytes of data of a case, as an application with some twenty fields has.
DATA = {f"field_{n:02}": f"{n:02} " + "填写的内容 what was filled in " * 6 for n in range(24)}

FILES = (drawn.loop(), drawn.loop_of_branches(), drawn.block(3))
LOOP, LOOP_OF_BRANCHES, BLOCK = (drawn.code_of(place) for place in range(len(FILES)))


class Workplace:
    """The office, opened twice: as two worker processes have it.

    A step that the other one took has to be read back from the database.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "office.db"
        self.url, self.keyring = f"sqlite:///{self.file}", f"sqlite:///{folder}/keyring.db"
        self.office, self.other = (Office(self.url, keyring=self.keyring) for _ in range(2))
        self.office.initialise(demo=True)
        # With the time of its machine, as any office but the demonstration's.
        with self.office.database.write() as connection:
            connection.execute(delete(setting).where(setting.c.name == "demonstration"))
        self.office.definitions.deploy(FILES, by=self.office.people.person("designer"))
        self.office.catalogue.import_matters(drawn.matters(*FILES))
        self.floor = Floor(self.file)
        # Neither the office's connection nor the floor's: each finds that another has written since its last step.
        self._reader = sqlite3.connect(self.file, isolation_level=None)
        self._keys = count()
        self._people: dict[str, Person] = {}

    def close(self) -> None:
        """Let go of the databases."""
        self._reader.close()
        self.floor.close()
        self.office.close()
        self.other.close()

    def person(self, name: str) -> Person:
        """One of the office's people."""
        if name not in self._people:
            self._people[name] = self.office.people.person(name)
        return self._people[name]

    def who(self, task: Any) -> Person:
        """Who does a task: in the demonstration office, user names follow from units and roles."""
        unit, role = task["unit"], task["role"]
        known = {"hall": "clerk"} if role is None else {"hall": "leader"}
        return self.person(known.get(unit, f"{unit}.{role}" if role else unit))

    def matter_of(self, departments: int) -> str:
        """The joint matter with that many departments beside the leading one."""
        return next(
            m["code"]
            for m in self.office.catalogue.matters()
            if m["type"] == "joint" and len(m["departments"]) == departments
        )

    def accept(self, matter: str, data: dict[str, Any] | None = None) -> Any:
        """A new case."""
        data = DATA if data is None else data
        return self.office.cases.start(matter, APPLICANT, data, by=self.person("clerk"), window="H01")

    def once(self, task: Any) -> Once:
        """The idempotency key of one completion, as the pages and careful clients send one with each."""
        return Once(key=f"key-{next(self._keys)}", scope=f"/api/v1/tasks/{task['id']}/complete", digest="0" * 64)

    def answer(self, task: Any, office: Office | None = None) -> dict[str, Any]:
        """The ordinary answer to a task, read through one of the two."""
        whole = (office or self.office).tasks.get(task["id"], by=self.who(task))
        return forms.ordinary(whole["form"], whole["data"]) if whole["form"] else {}

    @contextmanager
    def unsynced(self) -> Iterator[None]:
        """The office and the floor with `synchronous = normal` meanwhile; any other work has it full."""
        self._set_synchronous("normal")
        yield
        self._set_synchronous("full")

    def _set_synchronous(self, level: str) -> None:
        pragma = f"pragma synchronous = {level}"
        with ExitStack() as open_at_once:
            # More than a step has at once; the pragma is not to be given in a transaction, and a glance is in none.
            for _ in range(4):
                driver.run(open_at_once.enter_context(self.office.database.glance()), pragma)
        self.floor.set(pragma)

    def written(self, number: str, once: Once) -> tuple[bytes, bytes, bytes]:
        """What the last step of a case stored: its state, the body of its entry, and the answer kept with its key."""
        row = self._reader.execute(
            "select c.state, e.body, i.answer from case_file c join entry e on e.case_id = c.id and e.seq = c.seq "
            "join idempotency i on i.username = e.actor and i.scope = ? and i.key = ? where c.number = ?",
            (once.scope, once.key, number),
        ).fetchone()
        return row[0], row[1], row[2]


class Floor:
    """The least that a durable step could do: one UPDATE and one INSERT of the same bytes, in one transaction.

    On the same database file with the same pragmas, through the driver alone.
    """

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        self._connection.execute("pragma synchronous = full")
        assert self._connection.execute("pragma journal_mode").fetchone() == ("wal",)
        self._connection.execute("create table floor_case (id integer primary key, seq integer, state blob)")
        self._connection.execute(
            "create table floor_entry "
            "(case_id integer, seq integer, body blob, answer blob, primary key (case_id, seq))"
        )
        self._connection.execute("insert into floor_case values (1, 0, x'')")
        self._seq = 0

    def step(self, state: bytes, body: bytes, answer: bytes) -> None:
        """One such transaction."""
        self._seq += 1
        run = self._connection.execute
        run("begin immediate")
        run("update floor_case set state = ?, seq = ? where id = 1", (state, self._seq))
        run("insert into floor_entry values (1, ?, ?, ?)", (self._seq, body, answer))
        run("commit")

    def set(self, pragma: str) -> None:
        """Run a pragma on its connection."""
        self._connection.execute(pragma)

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


@contextmanager
def workplace() -> Iterator[Workplace]:
    """A workplace in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="yichuang-bench-") as folder:
        opened = Workplace(Path(folder))
        try:
            yield opened
        finally:
            opened.close()
