"""Simulated offices whose process is stopped at random, and whether their watchers would see a fault."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.materials.store import Store, Upload
from engine.storage import driver, tables
from tests.soak.invariants import Broken, holds_at_the_end
from tests.soak.running import run
from tests.soak.simulated import Simulation, found

SEEDS = 50


def test_whatever_stops_an_office_nothing_is_lost_or_doubled() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--seeds", str(SEEDS)],
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{SEEDS} seeds" in told.stdout and "0 faults" in told.stdout


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    """An office that nothing has stopped."""
    folder = tmp_path_factory.mktemp("soak")
    found(folder)
    simulation = Simulation(folder, 3, 40)
    simulation.go_on()
    simulation.settle()
    holds_at_the_end(simulation)
    yield simulation
    simulation.close()


def _forgotten(simulation: Simulation) -> Callable[[], None]:
    """An acknowledged step that is not there."""
    n = next(n for n, answer in simulation.journal.answered.items() if "seq" in answer)
    answer = simulation.journal.answered[n]
    simulation.journal.answered[n] = {**answer, "seq": answer["seq"] + 100}
    return lambda: simulation.journal.answered.__setitem__(n, answer)


def _unasked(simulation: Simulation) -> Callable[[], None]:
    """A step that nobody was told of."""
    n = next(n for n, answer in simulation.journal.answered.items() if "seq" in answer)
    answer = simulation.journal.answered[n]
    simulation.journal.answered[n] = {"refused": "unavailable"}
    return lambda: simulation.journal.answered.__setitem__(n, answer)


def _lost_file(simulation: Simulation) -> Callable[[], None]:
    """A row without its file."""
    file = next(path for path in (simulation.folder / "materials").rglob("*") if path.is_file())
    content = file.read_bytes()
    file.unlink()
    return lambda: file.write_bytes(content) and None


def _lost_task(simulation: Simulation) -> Callable[[], None]:
    """A task of the state that is in no inbox."""
    with simulation.office.database.write() as connection:
        row = connection.execute(tables.task.select().where(tables.task.c.status == "open").limit(1)).one()
        connection.execute(tables.task.delete().where(tables.task.c.id == row.id))

    def back() -> None:
        with simulation.office.database.write() as connection:
            connection.execute(tables.task.insert(), dict(row._mapping))

    return back


def _never_sent(simulation: Simulation) -> Callable[[], None]:
    """Work that is said to be done outside, and that nobody there has seen."""
    file = simulation.folder / "network"
    content = file.read_text()
    file.write_text("".join(content.splitlines(keepends=True)[1:]).replace(content.split()[0], ""))
    return lambda: file.write_text(content) and None


def _unmoved(simulation: Simulation) -> Callable[[], None]:
    """A move to another version that somebody was told of, and that never was."""
    n, answer = next((n, answer) for n, answer in simulation.journal.answered.items() if answer.get("moved"))
    simulation.journal.answered[n] = {**answer, "to": answer["to"] + 100}
    return lambda: simulation.journal.answered.__setitem__(n, answer)


def _early_timer(simulation: Simulation) -> Callable[[], None]:
    """Timers that ought to have fired later."""
    from tests.soak import invariants

    before = dict(invariants._AT_WORK)
    invariants._AT_WORK["warn"] = [100 * delay for delay in before["warn"]]
    return lambda: invariants._AT_WORK.update(before)


@pytest.mark.parametrize("change", [_forgotten, _unasked, _lost_file, _lost_task, _never_sent, _unmoved, _early_timer])
def test_a_fault_is_seen(settled: Simulation, change: Callable[[Simulation], Callable[[], None]]) -> None:
    back = change(settled)
    try:
        with pytest.raises(Broken):
            holds_at_the_end(settled)
    finally:
        back()
    holds_at_the_end(settled)


def _a_commit_that_never_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction in twenty is acknowledged, and undone."""
    commit, done = driver.commit, 0

    def skipping(connection: Any) -> None:
        nonlocal done
        done += 1
        (driver.roll_back if done % 20 == 0 else commit)(connection)

    monkeypatch.setattr(driver, "commit", skipping)


def _a_file_that_never_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step speaks of a file that was put nowhere."""
    monkeypatch.setattr(Store, "put", lambda store, upload: upload.digest)


def _a_race_that_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who loses a race looks for the file where it lay before."""
    monkeypatch.setattr(Upload, "lies", lambda upload, place: None)


@pytest.mark.parametrize(
    ("plant", "seed"), [(_a_commit_that_never_was, 1), (_a_file_that_never_was, 1), (_a_race_that_was_forgotten, 1)]
)
def test_a_defect_of_the_program_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Any, seed: int
) -> None:
    found(tmp_path / "template")
    plant(monkeypatch)
    result = run(seed, tmp_path / "template", tmp_path / "office")
    assert result.fault is not None
