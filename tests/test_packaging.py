"""What the project installs can be installed where it says that it runs."""

from __future__ import annotations

import re
from configparser import ConfigParser
from importlib.metadata import distributions
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)$", re.MULTILINE)


def oldest_python() -> str:
    """The first release that `python_requires` of setup.cfg allows, such as 3.11.0."""
    read = ConfigParser()
    read.read(ROOT / "setup.cfg", encoding="utf-8")
    return read["options"]["python_requires"].removeprefix(">=").strip() + ".0"


def test_every_pinned_version_runs_on_the_oldest_python_that_we_allow() -> None:
    pins = {
        canonicalize_name(pin["name"]): pin["version"] for pin in _PIN.finditer((ROOT / "constraints.txt").read_text())
    }
    needs = {
        f"{found.name}=={found.version}": found.metadata["Requires-Python"] or ""
        for found in distributions()
        if pins.get(canonicalize_name(found.name)) == found.version
    }
    assert len(needs) > 100, "the pinned versions are the ones installed here"
    python = oldest_python()
    assert {name: need for name, need in needs.items() if python not in SpecifierSet(need)} == {}
