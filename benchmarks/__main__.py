"""All benchmarks: one table on the terminal, the figures in `benchmarks/results.json`.

python -m benchmarks            # or `make bench`; two to three minutes; draws the plots of the documentation too
python -m benchmarks --check    # compares with the figures that are kept, and keeps them
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import feel, growth, over_http, plots, replays, steps
from benchmarks.peers import viewflow
from benchmarks.timing import Turns
from benchmarks.workplace import workplace

RESULTS = Path(__file__).parent / "results.json"

#: What a ratio may be worse by before `--check` says so: below this it is the machine's unrest.
TOLERANCE = 0.20


def measure() -> dict[str, Any]:
    """Run everything; gives the figures as they are written."""
    begun = time.monotonic()
    with workplace() as place:
        sections = {
            "step": _told("one completion", steps.completions(place, cases=12)),
            "peer": _told("one completion, django-viewflow", viewflow.completions(cases=60)),
            "block": _told("one completion, small diagram", steps.on_a_plain_block(place, cases=200)),
            "at once": _told("the same, without rest", steps.on_a_plain_block_at_once(place, cases=60)),
            "unsynced": _told("the same, synchronous = normal", steps.on_a_plain_block_unsynced(place, cases=100)),
            "loops": _told("one completion in a loop", growth.loops(place, cases=2)),
            "departments": _told("one opinion", growth.departments(place, cases=6)),
            "openings": _told("opening a case", growth.openings(place, cases=12)),
            "replays": _told("one replay", replays.replays(place, cases=12)),
            "http": _told("one request, 4 clients, 2 workers", over_http.completions(place, turns=9)),
        }
        left = growth.sizes(place)
    step, peer, block, hurried, unsynced, loops, joint, opening, again, served = (
        sections[name].median for name in sections
    )
    late = {
        name: loops(f"{name}, round {growth.LATE}") / loops(f"{name}, round {growth.EARLY}")
        for name in ("loop of a task", "loop of a block")
    }
    ratios = {
        "step_over_floor": block("block, office") / block("block, floor"),
        "step_over_floor_at_once": hurried("at once, office") / hurried("at once, floor"),
        "naive_over_floor": block("block, naive") / block("block, floor"),
        "step_over_naive_at_normal": unsynced("unsynced, office") / unsynced("unsynced, naive"),
        "joint_step_over_floor": step("step, at hand") / step("floor"),
        "joint_step_restored_over_floor": step("step, restored") / step("floor"),
        "loop_200_over_loop_10": max(late.values()),
        "departments_44_over_3": joint("opinion of one of 44") / joint("opinion of one of 3"),
        "open_2000_over_20": opening(f"opening a case of {growth.MANY} entries")
        / opening(f"opening a case of {growth.FEW} entries"),
        "replay_over_step": again("replayed entry") / again("live entry"),
        "http_over_bare_endpoint": served("http completion") / served("http bare endpoint"),
    }
    if sections["peer"].taken:
        ratios["viewflow_over_floor"] = peer("joint, viewflow") / block("block, floor")
    return {
        "ratios": {name: round(value, 2) for name, value in ratios.items()},
        "milliseconds": {name: _row(turns, name) for turns in sections.values() for name in turns.taken},
        "per_second": {name: round(1000 / served(name), 1) for name in ("http completion", "http bare endpoint")},
        "p99": {name: round(sections["http"].slowest(name), 1) for name in sections["http"].taken if "waited" in name},
        "loop_200_over_loop_10": {name: round(value, 2) for name, value in late.items()},
        "loop_leaves": {name: round(value, 2) for name, value in left.items()},
        "feel": feel.measure(),
        "machine": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "system": platform.platform(),
            "processors": os.cpu_count(),
            "load": [round(load, 1) for load in os.getloadavg()],
            "seconds": round(time.monotonic() - begun),
        },
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for a person."""
    lines = [f"{'':<34}{'median':>9}{'p10':>9}{'p90':>9}{'processor':>11}  ms"]
    for name, times in figures["milliseconds"].items():
        computing = "" if times["processor"] is None else f"{times['processor']:.2f}"
        lines.append(f"{name:<34}{times['median']:>9.2f}{times['p10']:>9.2f}{times['p90']:>9.2f}{computing:>11}")
    lines += ["", *(f"{name:<34}{value:>9.1f}  a second" for name, value in figures["per_second"].items())]
    lines += [f"{name:<34}{value:>9.1f}  ms, 99 of 100 below" for name, value in figures["p99"].items()]
    lines += ["", *(f"{name:<40}{value:>9.2f}" for name, value in figures["loop_leaves"].items())]
    lines += ["", *(f"{name:<34}{value:>9.2f}" for name, value in figures["ratios"].items())]
    lines += ["", *(f"feel: {name:<28}{value:>9.2f}" for name, value in figures["feel"].items())]
    return "\n".join(lines)


def worse(figures: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Which ratios are more than `TOLERANCE` above those that are kept: a line each."""
    return [
        f"{name}: {figures['ratios'][name]} where {before} is kept"
        for name, before in kept.get("ratios", {}).items()
        if name in figures["ratios"] and figures["ratios"][name] > before * (1 + TOLERANCE)
    ]


def main() -> int:
    """Measure, print, and write or compare; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the kept figures; 1 where one is worse")
    given = parser.parse_args()
    figures = measure()
    print(table(figures))
    if not given.check:
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        plots.draw()
        return 0
    lines = worse(figures, json.loads(RESULTS.read_text(encoding="utf-8")))
    for line in lines:
        print(f"worse: {line}", file=sys.stderr)
    return 1 if lines else 0


def _row(turns: Turns, name: str) -> dict[str, float | None]:
    low, high = turns.spread(name)
    computing = turns.processor(name)
    return {
        "median": round(turns.median(name), 3),
        "p10": round(low, 3),
        "p90": round(high, 3),
        "processor": None if computing is None else round(computing, 3),
        "runs": len(turns.taken[name]),
    }


def _told(what: str, turns: Turns) -> Turns:
    if sys.stderr.isatty():
        print(f"measured {what}", file=sys.stderr)
    return turns


if __name__ == "__main__":
    sys.exit(main())
