"""Whatever people choose and however long they take: a case never gets stuck, and comes to an end."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine import forms
from engine.execution import OpenTask
from tests.processes.ordinary import TYPES, Course, matter, schema

MAY_FOLLOW = [{"name": "授权委托书", "form": "original", "copies": 1, "required": False, "issuer": ""}]
DEPARTMENTS = ["planning", "housing", "fire", "environment", "water", "health", "market"]


def any_answers(chance: random.Random, task: OpenTask) -> dict[str, Any]:
    """An option for each choice of a task's form, ticks here and there; the rest stays ordinary."""
    answers: dict[str, Any] = {}
    for field in forms.fields(schema(task.element.form or "")):
        if field.options and chance.random() < 0.7:
            answers[field.key] = chance.choice(field.options).value
        elif field.type == "checkbox" and chance.random() < 0.2:
            answers[field.key] = True
    return answers


def shown_only(case: Course, task: OpenTask, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers to questions that these answers leave in sight."""
    kept = dict(answers)
    while True:
        seen = forms.ordinary(schema(task.element.form or ""), {**case.names(task), **kept}, now=case.now)
        if kept.keys() <= seen.keys():
            return kept
        kept = {key: value for key, value in kept.items() if key in seen}


def act(case: Course, chance: random.Random) -> None:
    """Let something happen: a task is done, time passes, a message comes."""
    draw = chance.random()
    messages = sorted(case.offers - {"withdraw"})
    if draw < 0.12 and messages:
        case.message(chance.choice(messages), reason="理由", note="补正", decision=chance.choice(["grant", "refuse"]))
    elif draw < 0.3 or not case.tasks:
        case.wait(working_days=chance.choice([1, 2, 3, 6, 11, 25]))
    else:
        task = chance.choice(case.tasks)
        case.complete(task, **shown_only(case, task, any_answers(chance, task)))


@pytest.mark.parametrize("seed", range(60))
def test_a_case_comes_to_an_end(seed: int) -> None:
    chance = random.Random(seed)
    departments = chance.sample(DEPARTMENTS, chance.randrange(len(DEPARTMENTS)))
    case = Course(matter(chance.choice(TYPES), chance.choice(DEPARTMENTS), departments, materials=MAY_FOLLOW))
    for _ in range(chance.randrange(40)):
        if case.status != "open":
            break
        act(case, chance)
        assert case.status != "open" or case.tasks or case.offers

    for _ in range(10):
        if case.status == "open":
            case.go_on().wait(working_days=70)
    assert case.status in ("completed", "returned", "withdrawn")
    assert (case.status == "returned") == (case.variables["type"] == "returned")
    assert case.milestones.count("delivered") <= case.milestones.count("decided")
    assert case.tasks == []
