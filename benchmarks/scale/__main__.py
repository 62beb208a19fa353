"""A small and a large office, timed in turns: what is in `make bench-full` beside `make bench`.

python -m benchmarks.scale                            # 10,000 and 1,000,000 cases, embedded, then on PostgreSQL
python -m benchmarks.scale --cases 100000 --on sqlite
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.scale import checking, figures, places, starting

RESULTS = Path(__file__).parents[1] / "scale.json"


def measure(folder: Path, on: str, few: int, many: int, rounds: int) -> dict[str, Any]:
    """Make or open both offices, and time everything in them; gives the figures as they are written."""
    with ExitStack() as stack:
        url = stack.enter_context(places.server(folder) if on == "postgres" else nullcontext(None))
        opened, made = zip(*(stack.enter_context(places.office(folder, n, url)) for n in (few, many)), strict=True)
        proven = {place.name: checking.check(place.office, sample=200) for place in opened}
        turns = figures.measure(opened, rounds)
        started = {place.name: starting.seconds(place.office) for place in opened}
        ratios = figures.ratios(turns, *(place.name for place in opened))
        return {
            "ratios": {name: round(of_time, 2) for name, (of_time, _) in ratios.items()},
            "processor_ratios": {name: round(of_processor, 2) for name, (_, of_processor) in ratios.items()},
            "milliseconds": {name: round(turns.median(name), 2) for name in turns.taken},
            "processor_milliseconds": {name: round(turns.processor(name) or 0, 2) for name in turns.taken},
            "seconds_to_ready": {name: round(least, 2) for name, (least, _) in started.items()},
            "processor_seconds_to_ready": {name: round(least, 2) for name, (_, least) in started.items()},
            "made": dict(zip((str(few), str(many)), made, strict=True)),
            "proven": proven,
            "machine": {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "system": platform.platform(),
                "processors": os.cpu_count(),
                "load": [round(load, 1) for load in os.getloadavg()],
            },
        }


def table(on: str, found: dict[str, Any], few: int, many: int) -> str:
    """The figures for a person."""
    lines = [f"{on:<42}{few:>10}{many:>10}  ms{'ratio':>9}{'of processor time':>20}"]
    for name, ratio in found["ratios"].items():
        small, large = (found["milliseconds"][f"{n}: {name}"] for n in (few, many))
        computing = found["processor_ratios"][name]
        mark = "  *" if ratio > figures.GOAL else ""
        lines.append(f"{name:<42}{small:>10.2f}{large:>10.2f}{ratio:>12.2f}{computing:>20.2f}{mark}")
    small, large = (found["seconds_to_ready"][str(n)] for n in (few, many))
    lines.append(f"{'server until it is ready, seconds':<42}{small:>10.2f}{large:>10.2f}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--on", choices=("sqlite", "postgres"), action="append", help="both where none is named")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--folder", type=Path, help="where the offices are kept, and found the next time")
    given = parser.parse_args()
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for on in given.on or ("sqlite", "postgres"):
        # One after the other, so that the disk need not hold both.
        with nullcontext(given.folder) if given.folder else tempfile.TemporaryDirectory(prefix="scale-") as folder:
            found = measure(Path(folder), on, given.few, given.cases, given.rounds)
        print(table(on, found, given.few, given.cases), flush=True)
        kept[f"{on}, {given.cases} over {given.few}"] = found
        RESULTS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
