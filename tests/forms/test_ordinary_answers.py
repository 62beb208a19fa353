"""A client that takes defaults and first options gets through every form of the house."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from form_designing import field, form, hidden_if, options

from engine import forms

TODAY = date(2026, 3, 10)
PROCESSES = Path(__file__).parents[2] / "processes"
HOUSE = sorted(PROCESSES.rglob("*.form"))


@pytest.mark.parametrize(
    ("component", "answer"),
    [
        (field("textfield"), ""),
        (field("textfield", v_required=True, label="理由"), "理由"),
        (field("textfield", v_required=True, label="理由", v_minLength=5), "理由理由理由"),
        (field("textfield", v_required=True, label="办理意见", v_maxLength=2), "办理"),
        (field("textfield", v_required=True, v_pattern=r"^\d{6}$", properties={"example": "100000"}), "100000"),
        (field("textfield", v_required=True, v_validationType="email"), "window@example.org"),
        (field("textfield", v_required=True, v_validationType="phone"), "+8613800000000"),
        (field("number", v_required=True), 0),
        (field("number", v_required=True, v_min=3), 3),
        (field("number", v_required=True, v_max=-3), -3),
        (field("number", v_required=True, v_min=3, increment=5), 5),
        (field("number", v_required=True, defaultValue=0, v_max=9), 0),
        (field("number", v_required=True, v_min="1.5", serializeToString=True), "1.5"),
        (field("checkbox"), False),
        (field("checkbox", v_required=True), True),
        (field("radio", values=options("a", "b")), "a"),
        (field("select", values=options("a", "b"), defaultValue="b"), "b"),
        (field("checklist", values=options("a", "b")), []),
        (field("taglist", values=options("a", "b"), v_required=True), ["a"]),
        (field("datetime", subtype="date", v_required=True, disallowPassedDates=True), "2026-03-10"),
        (field("datetime", subtype="time", v_required=True), "09:00:00"),
        (
            field("datetime", subtype="datetime", v_required=True, timeSerializingFormat="utc_offset"),
            "2026-03-10T09:00:00+08:00",
        ),
        (field("filepicker", v_required=True), "files::ordinary"),
        (field("textfield", v_required=True, disabled=True), ""),
    ],
)
def test_the_ordinary_answer(component: dict[str, Any], answer: Any) -> None:
    schema = form(component)
    assert forms.ordinary(schema, {}, today=TODAY) == {"x": answer}
    assert forms.validate(schema, forms.ordinary(schema, {}, today=TODAY), {}, today=TODAY) == {"x": answer}


def test_answers_that_bring_up_questions_are_followed() -> None:
    schema = form(
        hidden_if("b = null", field("textfield", "c", v_required=True)),
        hidden_if('a != "yes"', field("radio", "b", values=options("first", "second"))),
        field("radio", "a", values=options("yes", "no")),
    )
    assert forms.ordinary(schema, {}) == {"c": "c", "b": "first", "a": "yes"}


def test_every_item_of_a_list_is_answered() -> None:
    items = {"type": "dynamiclist", "path": "items", "defaultRepetitions": 2}
    schema = form({**items, "components": [field("textfield", "n", v_required=True), field("textfield", "m")]})
    ordinary = forms.ordinary(schema, {"items": [{"n": "kept"}, {}, {"m": "kept"}]})
    assert ordinary == {"items": [{"n": "kept", "m": ""}, {"n": "n", "m": ""}, {"n": "n", "m": "kept"}]}
    assert len(forms.ordinary(schema, {})["items"]) == 2


@pytest.mark.parametrize("path", HOUSE, ids=lambda path: path.stem)
def test_the_forms_of_the_house_are_sound_and_take_the_ordinary_answers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    schema = json.loads(text)
    assert forms.check_schema(schema, file=path.name, source=text) == []
    ordinary = forms.ordinary(schema, {}, today=TODAY)
    assert forms.validate(schema, ordinary, {}, today=TODAY) == ordinary


def test_there_are_forms_of_the_house() -> None:
    assert HOUSE
