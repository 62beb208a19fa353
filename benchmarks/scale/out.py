"""Several workers on one PostgreSQL: cases of their own, one hot case, one hot group.

python -m benchmarks.scale.out                      # 1, 2 and 4 workers, in `make bench-full`

Each worker is a process with an office of its own, as each of `yichuang serve --workers` is.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import drawn
from benchmarks.scale.places import server
from benchmarks.workplace import APPLICANT, DATA, FILES, LOOP
from engine import Office
from engine.errors import Conflict, TaskAlreadyCompleted, TaskClaimedByAnother
from engine.office.person import Person

RESULTS = Path(__file__).parents[1] / "scale_out.json"
WORKERS = (1, 2, 4)

#: What somebody else was faster with.
_LOST = (Conflict, TaskAlreadyCompleted, TaskClaimedByAnother)

#: Tasks of the hot group; more than all workers complete in a turn.
_WAITING = 150

Work = Callable[[], bool]


def apart(office: Office, by: Person, _hot: Any) -> Work:
    """Completions in a case of the worker's own."""
    case = _accepted(office, by)

    def work() -> bool:
        nonlocal case
        case = office.tasks.complete(case["tasks"][0]["id"], {"again": True}, by=by)
        return True

    return work


def hot_case(office: Office, by: Person, hot: str) -> Work:
    """Remarks on one case, all at once: each waits for the one before it, or starts again from what that left."""

    def work() -> bool:
        office.cases.comment(hot, "来电询问进度", by=by)
        return True

    return work


def hot_group(office: Office, by: Person, _hot: Any) -> Work:
    """Each worker looks at the inbox of one group, and completes one of the first ten tasks that it shows."""
    chance = random.Random(os.getpid())

    def work() -> bool:
        task = chance.choice(office.tasks.list(by=by, limit=10)["items"])
        office.tasks.complete(task["id"], {"again": True}, by=by)
        return True

    return work


KINDS: dict[str, Callable[[Office, Person, Any], Work]] = {
    "cases apart": apart,
    "one hot case": hot_case,
    "one hot group": hot_group,
}


def measure(seconds: float) -> dict[str, Any]:
    """Everything, by kind of work and number of workers: done a second, lost to others, and milliseconds waited."""
    found: dict[str, Any] = {kind: {} for kind in KINDS}
    with tempfile.TemporaryDirectory(prefix="out-") as folder, server(Path(folder)) as url:
        keyring = f"sqlite:///{folder}/keyring.db"
        office = Office(url, keyring=keyring)
        office.initialise(demo=True)
        office.definitions.deploy(FILES, by=office.people.person("designer"))
        office.catalogue.import_matters(drawn.matters(*FILES))
        clerk = office.people.person("clerk")
        hot = _accepted(office, clerk)["number"]
        for _ in range(_WAITING):
            _accepted(office, clerk)
        office.close()
        for workers in WORKERS:
            for kind in KINDS:
                found[kind][str(workers)] = _together(url, keyring, kind, hot, workers, seconds)
    return found


def _together(url: str, keyring: str, kind: str, hot: str, workers: int, seconds: float) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    ready, told = context.Barrier(workers), context.Queue()
    arguments = (url, keyring, kind, hot, seconds, ready, told)
    processes = [context.Process(target=_worker, args=arguments) for _ in range(workers)]
    for process in processes:
        process.start()
    counted, waited, computed = Counter[str](), list[float](), 0.0
    for _ in processes:
        each, times, processor = told.get(timeout=300)
        counted.update(each)
        waited += times
        computed += processor
    for process in processes:
        process.join()
    waited.sort()
    return {
        "per_second": round(counted["done"] / seconds, 1),
        "lost": counted["lost"],
        # Of the workers' processors, each: what the server computes is not in it.
        "processor": round(computed * 1000 / counted["done"], 2),
        "median": round(waited[len(waited) // 2], 2),
        "p99": round(waited[int(len(waited) * 0.99)], 2),
    }


def _worker(url: str, keyring: str, kind: str, hot: str, seconds: float, ready: Any, told: Any) -> None:
    office = Office(url, keyring=keyring)
    work = KINDS[kind](office, office.people.person("clerk"), hot)
    for _ in range(3):
        _tried(work)
    ready.wait()
    counted, waited, computing = Counter[str](), [], time.process_time()
    stop = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < stop:
        counted["done" if _tried(work) else "lost"] += 1
        waited.append((time.perf_counter() - begun) * 1000)
    told.put((counted, waited, time.process_time() - computing))
    office.close()


def _tried(work: Work) -> bool:
    try:
        return work()
    except _LOST:
        return False


def _accepted(office: Office, by: Person) -> Any:
    return office.cases.start(LOOP, APPLICANT, DATA, by=by, window="H01")


def table(found: dict[str, Any]) -> str:
    """The figures for a person."""
    lines = [f"{'':<16}{'workers':>8}{'a second':>10}{'lost':>7}{'processor':>11}{'median':>9}{'p99':>9}  ms"]
    for kind, by_workers in found.items():
        for workers, each in by_workers.items():
            done = f"{kind:<16}{workers:>8}{each['per_second']:>10.1f}{each['lost']:>7}{each['processor']:>11.2f}"
            lines.append(f"{done}{each['median']:>9.2f}{each['p99']:>9.2f}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale.out", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="of each turn")
    given = parser.parse_args()
    found = measure(given.seconds)
    found["machine"] = {"processors": os.cpu_count(), "load": [round(load, 1) for load in os.getloadavg()]}
    print(table({kind: found[kind] for kind in KINDS}))
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
