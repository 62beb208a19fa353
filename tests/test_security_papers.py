"""What the papers on security name as evidence is there: files, folders, and the tests in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: A place of ours between backticks, perhaps with the test in it.
_PLACE = re.compile(r"`((?:api|engine|tests|docs|examples|processes|\.ci)/[\w./-]*)(?:::(\w+))?`")
#: A row of a table of requirements.
_ROW = re.compile(r"^\| (\d[\d., –]*) \| ([12](?:, 2)?) \| [^|]+ \| ([^|]+) \| [^|]+ \|$", re.M)
_NUMBERS = re.compile(r"(\d+\.\d+)\.(\d+)(?:–\1\.(\d+))?")


@pytest.mark.parametrize("paper", ["docs/asvs.md", "docs/security.md", "docs/trust.md"])
def test_what_is_named_as_evidence_is_there(paper: str) -> None:
    named = _PLACE.findall((ROOT / paper).read_text("utf-8"))
    assert len(named) >= 15
    for path, test in named:
        place = ROOT / path
        assert place.exists(), path
        assert not test or re.search(rf"^ *def {test}\(", place.read_text("utf-8"), re.M), f"{path}::{test}"


def test_each_threat_has_a_test() -> None:
    rows = re.findall(
        r"^\| (?!who, what|---)(.+?) \| .+ \| (.+) \|$", (ROOT / "docs/security.md").read_text("utf-8"), re.M
    )
    assert len(rows) > 30
    assert not [threat for threat, tested in rows if not _PLACE.search(tested) or "::" not in tested]


def test_each_requirement_stands_once_with_a_state_and_the_counts_are_right() -> None:
    text = (ROOT / "docs/asvs.md").read_text("utf-8")
    states: dict[str, str] = {}
    for numbers, _level, state in _ROW.findall(text):
        for group, first, last in _NUMBERS.findall(numbers):
            for number in range(int(first), int(last or first) + 1):
                assert states.setdefault(f"{group}.{number}", state) == state, f"{group}.{number}"
    columns = ("holds", "partly", "not", "does not apply")
    counts = [
        list(map(int, row)) for row in re.findall(r"^\| [12] \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.M)
    ]
    assert [sum(column) for column in zip(*counts, strict=True)] == [[*states.values()].count(c) for c in columns]
    # The standard has 70 requirements of level 1 and 183 of level 2.
    assert [sum(row) for row in counts] == [70, 183]


def test_what_is_not_fulfilled_says_what_is_done_instead() -> None:
    rows = [line for line in (ROOT / "docs/asvs.md").read_text("utf-8").splitlines() if _ROW.match(line)]
    assert len(rows) > 150
    for row in rows:
        state, evidence = (cell.strip() for cell in row.split("|")[4:6])
        why, instead, done = evidence.partition("**Instead:** ")
        assert (state in {"partly", "not"}) == bool(instead), row
        assert not instead or (len(why) > 10 and len(done) > 10), row
        assert len(evidence) >= 5, row
