"""The joint case of five completions in django-viewflow, in an environment of its own.

It is under the AGPL, so it is never a dependency: it is installed apart, run as a program, and measured from outside.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Turns

_FOLDER = Path(__file__).parents[2] / ".peers" / "viewflow"
_PYTHON = _FOLDER / "bin" / "python"

#: What is installed there.
PACKAGE = "django-viewflow>=2.4,<2.5"


def install() -> None:
    """Make the environment, if it is not there.

    :raises CalledProcessError: where the package index cannot be reached.
    """
    if not _PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_FOLDER)], check=True)
        pip = [str(_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
        try:
            subprocess.run(pip, check=True)
        except subprocess.CalledProcessError:
            _PYTHON.unlink()
            raise


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
    install()
