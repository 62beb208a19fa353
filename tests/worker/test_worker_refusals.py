"""On the embedded database nobody but the server keeps the time."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from api.shell import main


@pytest.mark.parametrize("command", [["worker"], ["serve", "--no-clock"]])
def test_an_office_on_the_embedded_database_has_no_workers(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YICHUANG_DATABASE_URL", f"sqlite:///{tmp_path}/office.db")
    monkeypatch.setenv("YICHUANG_KEYRING_URL", f"sqlite:///{tmp_path}/keyring.db")
    shell = CliRunner()
    assert shell.invoke(main, ["init"]).exit_code == 0
    refused = shell.invoke(main, command)
    assert refused.exit_code == 2
    assert "embedded" in refused.output or "PostgreSQL" in refused.output
