"""Scenario files that cannot be read: line and field are told, whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions import SourceFile
from engine.trial import ScenarioError, check_scenarios, load, running
from tests.processes.ordinary import processes


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("", 1, ""),
        ("scenario: [", 1, ""),
        ("- a", 1, ""),
        ("scenario: s\nanswer: {}", 2, "answer"),
        ("scenario: s\nsteps:\n  - wait: soon", 3, "steps[1].wait"),
        ("scenario: s\nsteps:\n  - wait: -P1D", 3, "steps[1].wait"),
        ("scenario: s\nsteps:\n  - complete: a\n    wiht: {}", 4, "steps[1].wiht"),
        ("scenario: s\nsteps:\n  - dance: a", 3, "steps[1]"),
        ("scenario: s\nreceived: 2026-03-02", 2, "received"),
        ("scenario: s\nexpect:\n  status: 7", 3, "expect.status"),
        ("scenario: s\nexpect:\n  path: [a, {b: c}]", 3, "expect.path[2]"),
        ("scenario: s\nanswers:\n  a: []", 3, "answers.a"),
        ("scenario: s\nanswers:\n  a: yes", 3, "answers.a"),
        ("scenario: s\nscenario: t", 2, ""),
        ("scenario: s\nstart: &a {b: 1}\nmatter: *a", 3, ""),
        ("scenario: s\nstart: !!python/object:os.system {}", 2, ""),
        ("scenario: s\nstart:\n  a: !!binary aGk=", 3, ""),
        ("scenario: s\nstart:\n  a: [9007199254740992]", 3, ""),
        ("scenario: s\nexpect:\n  data: {a: .nan}", 3, ""),
        ("scenario: s\nstart:\n  a:\n    1: b", 4, ""),
        ("scenario: s\nfinish: maybe", 2, "finish"),
        ("scenario: s\nstart: " + "{a: " * 30 + "1" + "}" * 30, 2, ""),
    ],
)
def test_what_cannot_be_read_is_told_with_line_and_field(text: str, line: int, field: str) -> None:
    with pytest.raises(ScenarioError) as error:
        load(text, "s.yaml")
    assert (error.value.line, error.value.field) == (line, field)
    assert error.value.detail.startswith("s.yaml")


def test_a_huge_file_is_not_read() -> None:
    with pytest.raises(ScenarioError, match="longer than"):
        load("scenario: s\n#" + "x" * 300_000)


def test_text_stays_text() -> None:
    scenario = load("scenario: on\nstart: {day: 2026-03-02, agreed: yes, sure: true, number: 07}")
    assert scenario.start == {"day": "2026-03-02", "agreed": "yes", "sure": True, "number": 7}


def test_a_bad_file_of_a_set_is_a_problem_of_it() -> None:
    bad = [
        SourceFile(name="a.yaml", content=b"scenario: s\nprocess: nobody"),
        SourceFile(name="b.yaml", content=b"\xff\xfe\xfa"),
        SourceFile(name="c.yaml", content=b"scenario: s\nprocess: instant\nsteps: [{complete: nothing}]"),
    ]
    problems = check_scenarios(processes(), bad)
    assert [(problem.file, problem.severity) for problem in problems] == [(f.name, "error") for f in bad]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}[]:-\n abc&*!|>'\"#%@`?,0", max_size=60))
def test_any_text_is_a_scenario_or_refused(text: str) -> None:
    try:
        load("scenario: s\n" + text)
    except ScenarioError as error:
        assert error.detail


def test_what_is_left_when_the_time_for_scenarios_is_spent_is_refused_unplayed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_SECONDS", -1)
    file = SourceFile(name="scenarios/a.yaml", content=b"scenario: s")
    (problem,) = check_scenarios(processes(), [file])
    assert problem.file == "scenarios/a.yaml" and "not played" in problem.message
