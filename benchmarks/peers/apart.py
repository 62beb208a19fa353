"""Environments of their own, under `.peers/`, for programs whose licence keeps them out of ours.

They are under the AGPL, so they are never a dependency: each is installed apart and run as a program.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / ".peers"


def python(name: str) -> Path:
    """The interpreter of an environment, which is there once it was installed."""
    return _FOLDER / name / "bin" / "python"


def install(name: str, package: str) -> None:
    """Make an environment with a package in it, if it is not there.

    :raises CalledProcessError: where the package index cannot be reached.
    """
    program = python(name)
    if program.exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(program.parents[1])], check=True)
    try:
        command = [str(program), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
        subprocess.run(command, check=True)
    except subprocess.CalledProcessError:
        program.unlink()
        raise
