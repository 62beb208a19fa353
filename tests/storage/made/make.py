"""Makes the database that an upgrade is tried on: ``python -m tests.storage.made.make FILE.tar.gz``.

To be run once with a version of the program, and never again for that version: what it made is kept.
"""

from __future__ import annotations

import sqlite3
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.soak.simulated import Simulation, found

#: What is kept of the folder of an office.
_KEPT = ("office.db", "keyring.db", "materials", "checkpoints.jsonl")


def main(target: str) -> None:
    """Simulate an office for a while, and pack it."""
    folder = Path(tempfile.mkdtemp())
    found(folder)
    simulation = Simulation(folder, 7, 120)
    simulation.go_on()
    simulation.office.checkpoints.make(folder / "checkpoints.jsonl")
    simulation.close()
    for name in ("office.db", "keyring.db"):
        connection = sqlite3.connect(folder / name)
        connection.execute("pragma journal_mode = delete")
        connection.execute("vacuum")
        connection.close()
    with tarfile.open(target, "w:gz") as packed:
        for name in _KEPT:
            if (folder / name).exists():
                packed.add(folder / name, name)


if __name__ == "__main__":
    main(sys.argv[1])
