"""An office in a folder of its own, and its command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.shell import main
from engine import Office, demonstration
from tests.api.calling import APPLICANT, MODELS


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of a demonstration office that has our own matter."""
    folder = tmp_path_factory.mktemp("made")
    office = Office(f"sqlite:///{folder}/yichuang.db", keyring=f"sqlite:///{folder}/keyring.db")
    office.upgrade()
    demonstration.load(office)
    office.close()
    return folder


class Shell:
    """The command `yichuang`, run in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, input: str | None = None) -> Result:
        """Run a command, whatever comes of it."""
        return CliRunner().invoke(main, arguments, input=input, prog_name="yichuang")

    def out(self, *arguments: str, input: str | None = None) -> str:
        """What a command writes that must succeed."""
        result = self.run(*arguments, input=input)
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    def json(self, *arguments: str) -> Any:
        """What a command with `--json` writes."""
        return json.loads(self.out(*arguments, "--json"))

    def file(self, name: str, content: Any) -> str:
        """A JSON file in the folder; gives its name."""
        (self.folder / name).write_text(json.dumps(content), encoding="utf-8")
        return name


@pytest.fixture
def shell(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell in a folder whose `var/` holds a fresh copy of the office."""
    (tmp_path / "var").mkdir()
    for file in made.glob("*.db"):
        shutil.copy(file, tmp_path / "var")
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def working(shell: Shell) -> Shell:
    """A shell whose office has our process of two steps and its matter."""
    shell.out("deploy", str(MODELS / "two_steps.bpmn"), str(MODELS / "look.form"), "--as", "designer")
    shell.out("matter", "import", str(MODELS / "matters.csv"))
    shell.file("opening.json", {"applicant": APPLICANT, "data": {"purpose": "试验"}, "window": "H01"})
    return shell


@pytest.fixture
def timed(working: Shell) -> Shell:
    """The same with a matter, 9900101009, whose cases wait a second and end."""
    working.out("deploy", str(MODELS / "waits_a_second.bpmn"), "--as", "designer")
    matters = (MODELS / "matters.csv").read_text(encoding="utf-8")
    waiting = matters.replace("9900101001", "9900101009").replace("two_steps", "waits_a_second")
    (working.folder / "waiting.csv").write_text(waiting, encoding="utf-8")
    working.out("matter", "import", "waiting.csv")
    return working
