"""Whether a worker's memory stays flat: what the process holds while it takes a hundred thousand steps.

python -m benchmarks.memory                     # in `make bench-full`; five to ten minutes
python -m benchmarks.memory --steps 20000
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.workplace import LOOP, LOOP_OF_BRANCHES, Workplace, workplace
from engine.office.live import CAPACITY

#: How often the memory is looked at.
LOOKS = 20

#: From this part of the steps on nothing may grow: until then caches fill.
SETTLED = 0.25

#: What it may grow by from then on: pages that the allocator keeps.
GOAL = 1.05


def held() -> float:
    """Megabytes of memory that this process has (resident)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def growth(place: Workplace, steps: int) -> Iterator[tuple[int, float]]:
    """Take so many steps in more cases than are kept in memory; gives now and then how many, and the memory held.

    Each is a completion with a key; now and then a case is started, an inbox and a case are read.
    """
    office, clerk = place.office, place.person("clerk")
    cases = [place.accept(LOOP if n % 2 else LOOP_OF_BRANCHES, {}) for n in range(CAPACITY + CAPACITY // 5)]
    every = max(steps // LOOKS, 1)
    for step in range(1, steps + 1):
        at = step * 7919 % len(cases)
        task = cases[at]["tasks"][0]
        cases[at] = office.tasks.complete(task["id"], {"again": True}, by=clerk, once=place.once(task))
        if step % 100 == 0:
            office.tasks.list(by=clerk)
            office.cases.get(cases[at]["number"], by=clerk)
            cases[at] = place.accept(LOOP, {})
        if step % every == 0:
            gc.collect()
            yield step, held()


def main() -> int:
    """Take the steps and say what was held; 1 where it grew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=100_000)
    given = parser.parse_args()
    with workplace() as place:
        seen = []
        for step, megabytes in growth(place, given.steps):
            seen.append((step, megabytes))
            print(f"{step:>8} steps {megabytes:>8.1f} MB", flush=True)
    settled = [megabytes for step, megabytes in seen if step >= given.steps * SETTLED]
    # The last quarter over the first one since it settled, so that one look decides nothing.
    part = max(len(settled) // 4, 1)
    ratio = (sum(settled[-part:]) / part) / (sum(settled[:part]) / part)
    print(json.dumps({"steps": given.steps, "memory_late_over_settled": round(ratio, 3)}))
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main())
