"""``python -m tests.soak --seeds 1000``: so many simulated offices, each stopped again and again; exits 1 on a fault.

``--seed N`` runs one of them, and keeps what it leaves where something does not hold.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from tests import places
from tests.soak.running import run, warm_up
from tests.soak.simulated import found


def _begin(folder: Path) -> None:
    warm_up(folder / "template", folder / f"warm{os.getpid()}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many, from --first on")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.seeds) if given.seed is None else [given.seed]
    folder, begun = places.short("soak"), time.monotonic()
    found(folder / "template")
    stops, commands, between, faults, done = Counter[str](), 0, 0, 0, 0
    with ProcessPoolExecutor(given.jobs, initializer=_begin, initargs=(folder,)) as pool:
        running = [pool.submit(partial(run, seed, folder / "template", folder / str(seed))) for seed in seeds]
        for future in as_completed(running):
            result = future.result()
            done += 1
            stops += result.stops
            commands += result.commands
            between += result.between
            if result.fault is not None:
                faults += 1
                print(
                    f"seed {result.seed}: {result.fault}\nagain: python -m tests.soak --seed {result.seed}", flush=True
                )
            if done % 100 == 0:
                print(f"{done} seeds, {faults} faults, {time.monotonic() - begun:.0f} s", flush=True)
    told = ", ".join(f"{count} at {place}" for place, count in sorted(stops.items()))
    print(
        f"{done} seeds, {commands} commands, {between} of them in the middle of others, "
        f"{sum(stops.values())} stops ({told}), {faults} faults"
    )
    if not faults:
        shutil.rmtree(folder)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
