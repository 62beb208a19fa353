"""The example that proves an export without any of our code."""

from __future__ import annotations

import ast
import json
import math
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Office
from examples import verify_export
from tests.office.at_work import accept, do, matter_of_type, to_the_end

PROGRAM = Path(verify_export.__file__)


@pytest.fixture
def folder(embedded_office: Office, tmp_path: Path) -> Path:
    """A folder with an export of two cases, and of the first the proof that it stands in a checkpoint."""
    office = embedded_office
    first = accept(office, matter_of_type(office, "joint"))
    for _ in range(2):
        first = do(office, first["tasks"][0])
    to_the_end(office, accept(office, matter_of_type(office, "instant"), serial=902, purpose="两行\u2028一值"))
    office.checkpoints.make(tmp_path / "kept.jsonl")
    proof = office.checkpoints.prove(first["number"], tmp_path / "kept.jsonl")
    (tmp_path / "inclusion.json").write_text(json.dumps(proof))
    do(office, first["tasks"][0])
    chunks = office.exports.write("jsonl", by=office.people.person("auditor"))
    (tmp_path / "export.jsonl").write_bytes(b"".join(chunks))
    return tmp_path


def run(folder: Path, *options: str) -> tuple[int, str]:
    """The program in a process of its own, where our packages cannot be found."""
    command = [sys.executable, "-I", str(PROGRAM), "export.jsonl", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def key(office: Office) -> str:
    return office.checkpoints.public_keys[-1].hex()


def test_it_needs_nothing_of_ours() -> None:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    foreign = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    assert foreign == {"cryptography"}


def test_an_honest_export_holds(embedded_office: Office, folder: Path) -> None:
    code, told = run(folder)
    assert (code, "of 2 histories hold" in told, "without a checkpoint" in told) == (0, True, True)
    code, told = run(folder, "--inclusion", "inclusion.json", "--key", key(embedded_office))
    assert code == 0, told
    assert "had signed entry 3 of case" in told
    assert run(folder, "--inclusion", "inclusion.json")[0] == 2


def changed(lines: list[str], place: int, change: Any) -> None:
    told = json.loads(lines[place])
    change(told)
    lines[place] = json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (lambda lines: changed(lines, 1, lambda t: t["entry"].update(actor="other")), "entry 2: the content"),
        (lambda lines: changed(lines, 1, lambda t: t.update(hash="0" * 64)), "entry 2: the content"),
        (lambda lines: lines.pop(1), "entry 2 is missing"),
        (lambda lines: lines.insert(1, lines.pop(2)), "entry 2 is missing"),
        (lambda lines: lines.insert(1, lines[0]), "entry 2 is missing"),
        (lambda lines: lines.__setitem__(1, lines[1].replace('"actor":', '"actor":"x","actor":')), "twice"),
        (lambda lines: lines.__setitem__(0, "[]"), "line 1"),
        (lambda lines: lines.__setitem__(0, "{"), "line 1"),
        (lambda lines: lines.__setitem__(0, '{"entry":{"case":"x","seq":1}}'), "line 1"),
        (lambda lines: lines.clear(), "no entry"),
    ],
)
def test_a_tampered_export_is_found(folder: Path, forge: Any, told: str) -> None:
    lines = (folder / "export.jsonl").read_text(encoding="utf-8").splitlines()
    forge(lines)
    (folder / "export.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    code, said = run(folder)
    assert (code, told in said) == (1, True), said


def test_a_tail_that_is_missing_is_found_by_the_checkpoint(embedded_office: Office, folder: Path) -> None:
    lines = (folder / "export.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "export.jsonl").write_text("".join(lines[:2] + lines[4:]), encoding="utf-8")
    assert run(folder)[0] == 0
    code, told = run(folder, "--inclusion", "inclusion.json", "--key", key(embedded_office))
    assert (code, "entry 3 is missing" in told) == (1, True), told


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (lambda p: p["head"].__setitem__(1, 2), "not in the checkpoint"),
        (lambda p: p["proof"].clear(), "not in the checkpoint"),
        (lambda p: p.update(index=1 - p["index"]), "not in the checkpoint"),
        (lambda p: p.update(note=p["note"].replace("\n3\n", "\n4\n")), "signature"),
        (lambda p: p.update(note=p["note"].replace("— ", "- ")), "no checkpoint"),
        (lambda p: p.update(note="x"), "no checkpoint"),
        (lambda p: p.pop("head"), "head"),
    ],
)
def test_a_tampered_proof_is_found(embedded_office: Office, folder: Path, forge: Any, told: str) -> None:
    proof = json.loads((folder / "inclusion.json").read_text())
    forge(proof)
    (folder / "inclusion.json").write_text(json.dumps(proof))
    code, said = run(folder, "--inclusion", "inclusion.json", "--key", key(embedded_office))
    assert (code, told in said) == (1, True), said


def test_another_offices_key_proves_nothing(folder: Path) -> None:
    code, told = run(folder, "--inclusion", "inclusion.json", "--key", "00" * 32)
    assert (code, "another key" in told) == (1, True), told


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES)
@settings(max_examples=200, deadline=None)
def test_its_canonical_form_is_that_of_the_standard(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        return
    assert verify_export.canonical(value).encode() == expected


@given(st.integers(0, 2**64 - 1))
@settings(max_examples=1000, deadline=None)
def test_its_numbers_are_those_of_the_standard(bits: int) -> None:
    (value,) = struct.unpack("<d", struct.pack("<Q", bits))
    if math.isfinite(value):
        assert verify_export.canonical(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [0.0, -0.0, 1e21, 1e20, 123e-8, 1e-6, 1e-7, 0.1, 1.5, 5e-324, 333333333.3333333])
def test_the_edges_between_notations(value: float) -> None:
    assert verify_export.canonical(value).encode() == rfc8785.dumps(value)


def test_that_a_checkpoint_follows_an_earlier_one(embedded_office: Office, folder: Path) -> None:
    office, kept = embedded_office, folder / "kept.jsonl"
    auditor, mine = office.people.person("auditor"), key(office)
    office.checkpoints.rotate(kept, by=office.people.person("admin"))
    office.checkpoints.make(kept)
    proof = office.checkpoints.consistency(kept, 1, 3, by=auditor)

    def check() -> tuple[int, str]:
        (folder / "consistency.json").write_text(json.dumps(proof))
        return run(folder, "--consistency", "consistency.json", "--key", mine)

    code, said = check()
    assert (code, "follows" in said) == (0, True), said
    del proof["notes"][1]
    code, said = check()
    assert (code, "another key" in said) == (1, True), said
    proof = office.checkpoints.consistency(kept, 1, 3, by=auditor)
    office.checkpoints.make(kept)
    proof["notes"][2] = office.checkpoints.consistency(kept, 4, 4, by=auditor)["notes"][0]
    code, said = check()
    assert (code, "note 3 does not follow" in said) == (1, True), said


def test_the_offices_own_chain(embedded_office: Office, folder: Path) -> None:
    office = embedded_office
    auditor = office.people.person("auditor")
    lines = b"".join(office.ledger.lines("office", by=auditor))
    (folder / "export.jsonl").write_bytes(lines)
    (folder / "inclusion.json").write_text(json.dumps(office.checkpoints.prove("office", folder / "kept.jsonl")))
    code, said = run(folder, "--inclusion", "inclusion.json", "--key", key(office))
    assert (code, "1 histories hold" in said) == (0, True), said
    (folder / "export.jsonl").write_bytes(lines.replace(b'"clerk"', b'"other"', 1))
    code, said = run(folder)
    assert (code, "chain office, entry" in said) == (1, True), said
