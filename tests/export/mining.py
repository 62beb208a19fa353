"""Process mining of what an office exports, by a program that is not ours.

    python -m tests.export.mining

Joint cases are handled: most to their end, the departments in any order; some are suspended on the way, some are
withdrawn. Their export is read as XES and as OCEL 2.0, a model is discovered from it, and each trace must fit that
model. Ends with 1 where anything is not so.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from benchmarks.peers import apart
from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, do, matter_of_type

#: What is installed, in an environment of its own.
PACKAGE = "pm4py>=2.7.23,<2.8"

_PYTHON = apart.python("mining")
#: Names of the files of the formats.
_FILES = {"xes": "log.xes", "ocel2": "log.jsonocel", "ocel2-sqlite": "log.sqlite"}


def work(office: Office, clock: SetClock, cases: int, seed: int) -> int:
    """Handle joint cases; gives the number of their entries."""
    chance = random.Random(seed)
    clerk, leader, auditor = (office.people.person(name) for name in ("clerk", "leader", "auditor"))
    matter, entries = matter_of_type(office, "joint"), 0
    for serial in range(1, cases + 1):
        case: Any = accept(office, matter, serial=serial)
        fate, stops = chance.choice(("ends", "ends", "ends", "stopped", "withdrawn")), chance.randrange(4, 7)
        for step in range(1, 100):
            clock.pass_time(minutes=chance.randrange(1, 60))
            if not case["tasks"] or case["status"] != "open":
                break
            if step == stops and fate == "withdrawn":
                office.cases.withdraw(case["number"], "不再办理", by=clerk)
                break
            if step == stops and fate == "stopped":
                office.cases.suspend(case["number"], ground="testing", reason="检验", by=clerk)
                office.cases.resume(case["number"], reason="检验完毕", by=leader)
            case = do(office, chance.choice(case["tasks"]))
        entries += len(office.history.entries(case["number"], by=auditor, limit=1000)["items"])
    return entries


def read(folder: Path) -> Any:
    """What the program finds in the logs of a folder."""
    command = [str(_PYTHON), "-I", str(Path(__file__).with_name("mining_read.py")), str(folder)]
    quiet = {**os.environ, "TQDM_DISABLE": "1"}
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=quiet).stdout)


def wrong(found: Any, cases: int, entries: int) -> list[str]:
    """What is not as it should be."""
    objects = found["ocel"]["objects"]
    held = {
        f"{cases} traces of {entries} events": (found["traces"], found["events"]) == (cases, entries),
        "cases differ in their courses": found["variants"] > 1,
        "each trace fits the model by replay": found["replayed"] == 1.0 and found["fitting"] == 100.0,
        "each trace fits the model by alignment": found["aligned"] == 1.0 and not found["deviating"],
        "the traces from their ends do not": found["backwards"] < 100.0,
        "the document has the same events": found["ocel"]["events"] == entries,
        "the objects are the cases and their applicants": objects["case"] == objects["applicant"] == cases,
        "the database says what the document says": found["ocel"] == found["sqlite"],
    }
    return [name for name, holds in held.items() if not holds]


@click.command()
@click.option("--cases", default=40, show_default=True, help="How many joint cases.")
@click.option("--seed", default=20260310, show_default=True, help="What is drawn.")
def main(cases: int, seed: int) -> None:
    """Mine the export of joint cases."""
    apart.install("mining", PACKAGE)
    with tempfile.TemporaryDirectory(prefix="mining-") as name:
        folder, clock = Path(name), SetClock()
        office = Office(f"sqlite:///{folder}/office.db", keyring=f"sqlite:///{folder}/keyring.db", clock=clock)
        office.initialise(demo=True)
        entries = work(office, clock, cases, seed)
        for format, file in _FILES.items():
            chunks = office.exports.write(format, by=office.people.person("auditor"))
            (folder / file).write_bytes(b"".join(chunks))
        office.close()
        found = read(folder)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    if faults := wrong(found, cases, entries):
        sys.exit("Does not hold: " + "; ".join(faults))


if __name__ == "__main__":
    main()
