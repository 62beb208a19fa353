"""The joint case of five completions in django-viewflow, in an environment of its own.

It is run as a program, and measured from outside.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from benchmarks.peers import apart
from benchmarks.timing import Turns

_PYTHON = apart.python("viewflow")

#: What is installed there.
PACKAGE = "django-viewflow>=2.4,<2.5"


def completions(cases: int) -> Turns:
    """Milliseconds of its completions; nothing where it is not installed."""
    turns = Turns()
    if not _PYTHON.exists():
        return turns
    flow = Path(__file__).with_name("viewflow_flow.py")
    with tempfile.TemporaryDirectory(prefix="viewflow-") as folder:
        command = [str(_PYTHON), "-I", str(flow), f"{folder}/office.db", str(cases)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
    for milliseconds in json.loads(told.stdout):
        turns.note("joint, viewflow", milliseconds)
    return turns


if __name__ == "__main__":
    apart.install("viewflow", PACKAGE)
