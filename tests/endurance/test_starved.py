"""The disk is full or read-only, the database is locked, the clock jumps: refused with 503, nothing half done, and
everything works again when that is over."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from api import create_app
from engine import Office
from engine.errors import Unavailable
from engine.storage import database
from tests.api.calling import Caller
from tests.conftest import SetClock
from tests.office.at_work import accept, applicant, matter_of_type
from tests.office.handing_in import PDF, hand_in


def _opening(office: Office, serial: int) -> dict[str, Any]:
    return {
        "matter": matter_of_type(office, "instant"),
        "applicant": applicant(serial),
        "data": {},
        "window": "H01",
    }


@pytest.fixture
def clerk(embedded_office: Office) -> Caller:
    """A clerk at the API of an office on the embedded database."""
    app = create_app(embedded_office, SECRET_KEY="of the tests")
    return Caller(app.test_client(), embedded_office.people.new_token("clerk")["token"])


def _is_whole(office: Office, cases: int) -> bool:
    _, proofs = office.history.survey(by=office.people.person("auditor"), jobs=1)
    proven = list(proofs)
    return len(proven) == cases and all(proof["ok"] for proof in proven)


def _cases(office: Office) -> int:
    return len(office.cases.list(by=office.people.person("auditor"), limit=200)["items"])


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process grows beyond a size: as a disk that is full, whoever the tests run as."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_is_full_refuses_and_loses_nothing(embedded_office: Office, clerk: Caller, tmp_path: Path) -> None:
    office = embedded_office
    case = accept(office, matter_of_type(office, "instant"))
    with _files_of_at_most(4096):
        answer = clerk.post("/cases", _opening(office, 902), Idempotency_Key="k")
        assert (answer.status_code, answer.headers["Retry-After"] != "") == (503, True)
        assert answer.json["type"] == "/problems/unavailable"
        with pytest.raises(Unavailable):
            hand_in(office, case, content=PDF + os.urandom(20_000))
        with pytest.raises(Unavailable):
            office.backups.make(tmp_path / "office.backup", keys=None)
        assert clerk.get(f"/cases/{case['number']}").status_code == 200, "what is there can be read"
    assert not [path for path in (tmp_path / "materials").rglob("*") if path.is_file()]
    assert not list(tmp_path.glob("*.backup")) and not list(tmp_path.glob(".office*"))

    assert clerk.post("/cases", _opening(office, 902), Idempotency_Key="k").status_code == 201
    hand_in(office, case, content=PDF + os.urandom(20_000))
    assert _is_whole(office, 2)


@pytest.fixture(scope="module")
def on_a_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Path]]:
    """An office on a file system of its own of six megabytes, where one can be mounted."""
    folder = tmp_path_factory.mktemp("disks")
    place = folder / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        office = Office(
            f"sqlite:///{place}/office.db",
            keyring=f"sqlite:///{folder}/keyring.db",
            clock=SetClock(),
            materials=place / "materials",
        )
        office.initialise(demo=True)
        yield office, place
        office.close()
    finally:
        subprocess.run(["umount", "--lazy", place], check=False)


def test_a_file_system_that_is_full_refuses_and_loses_nothing(on_a_disk: tuple[Office, Path]) -> None:
    office, place = on_a_disk
    case = accept(office, matter_of_type(office, "instant"))
    filling = place / "filling"
    with pytest.raises(OSError), filling.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    there = _cases(office)
    refused = 0
    for serial in range(910, 930):
        try:
            accept(office, case["matter"], serial=serial)
        except Unavailable:
            refused += 1
    assert refused
    with pytest.raises(Unavailable):
        hand_in(office, case, content=PDF + os.urandom(100_000))
    filling.unlink()
    assert _is_whole(office, there + 20 - refused)
    accept(office, case["matter"], serial=931)
    hand_in(office, case, content=PDF + os.urandom(100_000))
    assert _is_whole(office, there + 21 - refused)


def test_a_disk_that_becomes_read_only_refuses_and_loses_nothing(on_a_disk: tuple[Office, Path]) -> None:
    office, place = on_a_disk

    def remount(how: str) -> None:
        office.database.close()
        subprocess.run(["mount", "-o", f"remount,{how}", place], check=True)

    app = create_app(office, SECRET_KEY="of the tests")
    clerk = Caller(app.test_client(), office.people.new_token("clerk")["token"])
    case, opening, there = accept(office, matter_of_type(office, "instant")), _opening(office, 902), _cases(office)
    person = office.people.person("clerk")
    remount("ro")
    try:
        answer = clerk.post("/cases", opening, Idempotency_Key="read-only")
        assert (answer.status_code, answer.json["type"]) == (503, "/problems/unavailable")
        assert answer.headers["Retry-After"]
        with pytest.raises(Unavailable):
            office.cases.comment(case["number"], "无处可写", by=person)
    finally:
        remount("rw")
    assert clerk.post("/cases", opening, Idempotency_Key="read-only").status_code == 201
    hand_in(office, case)
    assert _is_whole(office, there + 1)


def test_a_database_that_is_locked_refuses_when_patience_ends_and_goes_on_after(
    embedded_office: Office, clerk: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = embedded_office
    holder = Office(
        office.database.url.render_as_string(), keyring=office.keyring.url.render_as_string(), clock=SetClock()
    )
    locked, free = threading.Event(), threading.Event()

    def hold() -> None:
        with holder.database.write():
            locked.set()
            free.wait(600)

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(180)
    # Ten seconds of patience would be long for a test: it is the same rule with less.
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 200)
    office.database.close()
    try:
        answer = clerk.post("/cases", _opening(office, 903), Idempotency_Key="k")
        assert (answer.status_code, answer.json["type"]) == (503, "/problems/unavailable")
        assert clerk.get("/cases").status_code == 200, "readers do not wait for writers"
    finally:
        free.set()
        thread.join()
        holder.close()
    assert clerk.post("/cases", _opening(office, 903), Idempotency_Key="k").status_code == 201
    assert _is_whole(office, 1)


def test_tables_that_another_locks_refuse_when_patience_ends_and_go_on_after(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    if office.database.is_embedded:
        pytest.skip("locks its file, not its tables: the test before this one")
    app = create_app(office, SECRET_KEY="of the tests")
    clerk = Caller(app.test_client(), office.people.new_token("clerk")["token"])
    opening = _opening(office, 903)
    holder = create_engine(office.database.url)
    # Who is connected already has the patience that there was.
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 200)
    office.database.close()
    try:
        with holder.begin() as connection:
            connection.exec_driver_sql("lock table entry in access exclusive mode")
            answer = clerk.post("/cases", opening, Idempotency_Key="k")
            assert (answer.status_code, answer.json["type"]) == (503, "/problems/unavailable")
            assert answer.headers["Retry-After"]
            assert clerk.get("/units").status_code == 200, "what is not locked can be read"
    finally:
        holder.dispose()
    assert clerk.post("/cases", opening, Idempotency_Key="k").status_code == 201
    assert _is_whole(office, 1)


def test_a_clock_that_jumps_fires_nothing_early_and_nothing_twice(embedded_office: Office, clock: SetClock) -> None:
    office = embedded_office
    case = accept(office, matter_of_type(office, "promised"))
    auditor = office.people.person("auditor")
    clock.pass_time(days=-400)
    assert office.clock.tick() == 0
    office.cases.comment(case["number"], "时钟倒拨", by=office.people.person("clerk"))
    clock.pass_time(days=400)
    clock.pass_time(days=30)
    fired = office.clock.tick()
    assert fired > 0 and office.clock.tick() == 0
    clock.pass_time(days=-30)
    assert office.clock.tick() == 0
    entries = office.history.entries(case["number"], by=auditor, limit=200)["items"]
    instants = [entry["at"] for entry in entries]
    assert instants == sorted(instants), "instants of a case rise, whatever the clock says"
    assert office.history.verify(case["number"], by=auditor)["ok"]


def test_memory_that_is_short_is_no_reason_to_lose_anything(clock: SetClock, tmp_path: Path) -> None:
    """A process that is refused memory in the middle of its work leaves a database that holds."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from tests.soak.simulated import Simulation, found\n"
        "folder = Path(sys.argv[1])\n"
        "found(folder)\n"
        "simulation = Simulation(folder, 5, 60)\n"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * 4096\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 2 * 2**20,) * 2)\n"
        "held = []\n"
        "journal = simulation.journal.note\n"
        "def note(what):\n"
        "    held.append(bytearray(2**20))\n"
        "    journal(what)\n"
        "simulation.journal.note = note\n"
        "simulation.go_on()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, timeout=120)
    assert ended.returncode != 0 and "MemoryError" in ended.stderr, ended.stderr
    from tests.soak.invariants import holds_at_the_end, holds_now
    from tests.soak.simulated import Simulation

    simulation = Simulation(tmp_path, 5, 60)
    holds_now(simulation)
    simulation.go_on()
    simulation.settle()
    holds_at_the_end(simulation)
    simulation.close()
