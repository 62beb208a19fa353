"""Runs simulated offices whose process is stopped, again and again, at points and instants that the seed decides."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event

from engine.storage import points
from tests.soak.invariants import comes_back, holds_at_the_end, holds_now
from tests.soak.simulated import Simulation

#: Commands of a simulation, and how often its process is stopped.
STEPS, STOPS = 45, 2

#: Of one seed in so many the last backup is brought back.
BROUGHT_BACK = 4


@dataclass
class Result:
    """What came of one seed."""

    seed: int
    #: What does not hold, and where the evidence is.
    fault: str | None = None
    #: Where the process was stopped, by the kind of place.
    stops: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    #: Commands that came in the middle of another one.
    between: int = 0


def run(seed: int, template: Path, folder: Path) -> Result:
    """Run one seed in a folder of its own, which is kept where something does not hold."""
    result = Result(seed)
    rng = random.Random(f"stops {seed}")
    shutil.copytree(template, folder)
    for life in range(STOPS + 1):
        place = _drawn(rng) if life < STOPS else None
        status = _in_a_process(lambda place=place: _live(folder, seed, place), folder / "fault")
        if status == 0:
            break
        if (told := folder / "fault").exists():
            result.fault = f"{told.read_text(encoding='utf-8')}\nkept in {folder}"
            return result
        assert place is not None, f"the process ended by itself with {status}"
        result.stops[place[0]] += 1
    journal = (folder / "journal").read_bytes()
    result.commands, result.between = journal.count(b'"answer"'), journal.count(b'"within"')
    shutil.rmtree(folder)
    return result


def warm_up(template: Path, folder: Path) -> None:
    """Do once in this process what each of its children would do for the first time otherwise."""
    shutil.copytree(template, folder)
    simulation = Simulation(folder, 0, 12)
    simulation.go_on()
    simulation.settle()
    simulation.close()
    shutil.rmtree(folder)


def _live(folder: Path, seed: int, place: tuple[str, float] | None) -> None:
    simulation = Simulation(folder, seed, STEPS)
    holds_now(simulation)
    if place is not None:
        _arm(simulation, *place)
    simulation.go_on()
    simulation.settle()
    # Nothing is to stop what looks at the result.
    points.observer = None
    signal.setitimer(signal.ITIMER_PROF, 0)
    _armed.clear()
    holds_at_the_end(simulation)
    if seed % BROUGHT_BACK == 0:
        comes_back(simulation, folder / "restored")
    simulation.close()


# -- stopping ----------------------------------------------------------------------------------------------

_armed: list[bool] = []


def _drawn(rng: random.Random) -> tuple[str, float]:
    """A kind of place, and which one of its kind."""
    kind = rng.choice([*points.ALL, "statement", "statement", "instant", "instant"])
    if kind == "instant":
        return kind, rng.uniform(0.001, 0.4)
    if kind == "statement":
        return kind, rng.randrange(1, 900)
    return kind, rng.randrange(1, 25 if kind in (points.COMMIT, points.COMMITTED) else 8)


def _arm(simulation: Simulation, kind: str, which: float) -> None:
    """Have this process killed, without a chance to tidy up, at the so manieth place of a kind."""
    _armed.append(True)
    left = which

    def pass_by(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0 and _armed:
            os.kill(os.getpid(), signal.SIGKILL)

    if kind == "instant":
        # Seconds of this process's own work; the default of the signal is to end it.
        signal.setitimer(signal.ITIMER_PROF, which)
    elif kind == "statement":

        def trace(raw: Any, _record: Any) -> None:
            raw.set_trace_callback(pass_by)

        for database in (simulation.office.database, simulation.office.keyring.database):
            event.listen(database.engine, "connect", trace)
            database.close()
    else:

        def observe(point: str) -> None:
            if point == kind:
                pass_by()

        simulation.watch = observe


def _in_a_process(work: Callable[[], None], told: Path) -> int:
    """Do some work in a process of its own. Gives 0, or how it ended; what it raises is told in a file."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    try:
        work()
        os._exit(0)
    except BaseException:
        told.write_text(traceback.format_exc(), encoding="utf-8")
        sys.stderr.flush()
        os._exit(1)
