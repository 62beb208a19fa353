"""`backup` and `restore`."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.conftest import Shell


def test_an_office_is_copied_lost_and_brought_back(working: Shell, tmp_path: Path) -> None:
    case = working.json("start", "9900101001", "--data", "opening.json", "--as", "clerk")
    working.out("checkpoint")
    made = working.json("backup", "office.backup")
    assert (made["cases"], made["keyring"]) == (1, "office.backup.keyring")
    refused = working.run("restore", "office.backup")
    assert refused.exit_code == 1 and "--replace" in refused.output

    shutil.rmtree(tmp_path / "var")
    told = working.out("restore", "office.backup")
    assert "1 cases, all proven" in told
    assert working.json("verify", "--all", "--against", "var/checkpoints.jsonl")["ok"]
    assert working.json("show", case["number"])["applicant"] == case["applicant"]
    assert working.json("restore", "office.backup", "--replace")["kept"].startswith("var/checkpoints.jsonl.before-")


def test_the_keys_are_apart_or_left_out(shell: Shell, tmp_path: Path) -> None:
    assert shell.run("backup", "b", "--keyring", "k", "--without-keys").exit_code == 2
    assert "Keep it apart" in shell.out("backup", "b", "--keyring", "k")
    assert shell.json("backup", "c", "--without-keys")["keyring"] is None
    shutil.rmtree(tmp_path / "var")
    refused = shell.run("restore", "c")
    assert refused.exit_code == 1 and "has no keys" in refused.output
    assert not list((tmp_path / "var").glob("*.db"))
    assert "all proven" in shell.out("restore", "c", "--keyring", "k")
    (tmp_path / "b").write_bytes(b"PK")
    refused = shell.run("restore", "b", "--replace")
    assert refused.exit_code == 1 and "is no backup, or was cut short" in refused.output
