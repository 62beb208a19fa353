"""What each type of field takes and refuses, as a clerk's page or another system's client sends it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from form_designing import field, form, options, refusal

from engine import forms

ABSENT = object()
LONG = "长" * 10_000

# Component, what is sent, what the case takes.
TAKEN: list[tuple[dict[str, Any], Any, Any]] = [
    (field("textfield"), "王小明", "王小明"),
    (field("textfield"), ABSENT, ""),
    (field("textfield"), None, ""),
    (field("textfield"), 12, "12"),
    (field("textfield"), "a\r\nb\tc", "a b c"),
    (field("textfield"), LONG, LONG),
    (field("textfield", v_maxLength=20_000), LONG * 2, LONG * 2),
    (field("textfield", v_maxLength=3), " 王小明 ", " 王小明 "),
    (field("textfield", v_minLength=2), "", ""),
    (field("textfield", v_pattern=r"^\d{6}$"), "100000", "100000"),
    (field("textfield", v_pattern=r"^\d{6}$"), "", ""),
    (field("textfield", v_pattern="b"), "abc", "abc"),
    (field("textfield", v_validationType="email"), "li@window.example.org", "li@window.example.org"),
    (field("textfield", v_validationType="email"), "li@window", "li@window"),
    (field("textfield", v_validationType="phone"), "+8613800000000", "+8613800000000"),
    (field("textfield", v_validationType="phone"), "010-12345678", "010-12345678"),
    (field("textarea"), "一\n二", "一\n二"),
    (field("number"), 5, 5),
    (field("number"), 5.0, 5),
    (field("number"), "12.50", 12.5),
    (field("number"), " １２ ", 12),
    (field("number"), "-1e3", -1000),
    (field("number"), "", None),
    (field("number"), ABSENT, None),
    (field("number", v_min=0, v_max=10), 0, 0),
    (field("number", v_min="0", v_max="= 5 * 2"), 10, 10),
    (field("number", decimalDigits=2), 0.15, 0.15),
    (field("number", decimalDigits=0), 1e3, 1000),
    (field("number", increment="0.05"), 0.15, 0.15),
    (field("number", serializeToString=True), "12.50", "12.50"),
    (field("number", serializeToString=True), "0.1234567890123456789", "0.1234567890123456789"),
    (field("number", serializeToString=True), 5, "5"),
    (field("number"), 2**53 - 1, 2**53 - 1),
    (field("checkbox"), True, True),
    (field("checkbox"), "true", True),
    (field("checkbox"), ABSENT, False),
    (field("checkbox"), None, False),
    (field("radio", values=options("a", "b")), "b", "b"),
    (field("select", values=options(1, 2)), "2", 2),
    (field("select", values=options("1", "2")), "2", "2"),
    (field("select", values=options(True, False)), False, False),
    (field("select", values=options({"code": 1})), {"code": 1}, {"code": 1}),
    (field("select", values=options("a")), "", None),
    (field("select", values=options("a")), ABSENT, None),
    (field("checklist", values=options("a", "b")), ["b", "a"], ["b", "a"]),
    (field("checklist", values=options("a", "b")), ABSENT, []),
    (field("taglist", values=options(1, 2)), ["1"], [1]),
    (field("datetime", subtype="date"), "2026-02-28", "2026-02-28"),
    (field("datetime", subtype="date"), None, None),
    (field("datetime", subtype="time"), "09:30", "09:30:00"),
    (field("datetime", subtype="time", timeSerializingFormat="utc_offset"), "09:30+08:00", "09:30:00+08:00"),
    (field("datetime", subtype="time", timeSerializingFormat="utc_normalized"), "09:30+08:00", "01:30:00Z"),
    (field("datetime", subtype="datetime"), "2026-02-28T09:30", "2026-02-28T09:30:00"),
    (
        field("datetime", subtype="datetime", timeSerializingFormat="utc_normalized"),
        "2026-03-01T07:30+08:00",
        "2026-02-28T23:30:00Z",
    ),
    (field("datetime", subtype="date", disallowPassedDates=True), "2026-03-10", "2026-03-10"),
    (field("filepicker"), "files::1", "files::1"),
    (field("filepicker", multiple=True), ["a", "b"], ["a", "b"]),
    (field("filepicker"), ABSENT, None),
    (field("expression", expression="= 1 + 1"), ABSENT, 2),
    (field("expression", expression="= 1 + 1"), 7, 2),
    (field("textfield", defaultValue="甲"), ABSENT, "甲"),
    (field("textfield", defaultValue="甲"), "", ""),
    (field("number", defaultValue=3), ABSENT, 3),
    (field("number", defaultValue="= 2 * 3"), ABSENT, 6),
    (field("checkbox", defaultValue=True), ABSENT, True),
    (field("checklist", values=options("a", "b"), defaultValue=["a"]), ABSENT, ["a"]),
]

# Component, what is sent, what the message says in English.
REFUSED: list[tuple[dict[str, Any], Any, str]] = [
    (field("textfield", v_required=True), ABSENT, "required"),
    (field("textfield", v_required=True), "", "required"),
    (field("textfield", v_required=True), " 　 ", "required"),
    (field("textfield"), True, "must be text"),
    (field("textfield"), ["a"], "must be text"),
    (field("textfield"), LONG + "长", "at most 10000"),
    (field("textfield"), "a\x00b", "control characters"),
    (field("textfield"), "\ud800", "control characters"),
    (field("textfield", v_minLength=2), "王", "at least 2"),
    (field("textfield", v_maxLength=3), "王小小明", "at most 3"),
    (field("textfield", v_maxLength="= 1 + 2"), "王小小明", "at most 3"),
    (field("textfield", v_pattern=r"^\d{6}$"), "10000", "pattern"),
    (field("textfield", v_pattern=r"^\d{6}$"), "100000\n1", "pattern"),
    (field("textfield", v_pattern=r"^\d{6}$", v_patternErrorMessage="六位邮政编码"), "1", "六位邮政编码"),
    (field("textfield", v_validationType="email"), "li@", "e-mail"),
    (field("textfield", v_validationType="email"), "li wei@example.org", "e-mail"),
    (field("textfield", v_validationType="email"), "li@-example.org", "e-mail"),
    (field("textfield", v_validationType="email"), "李@example.org", "e-mail"),
    (field("textfield", v_validationType="phone"), "123", "telephone"),
    (field("number", v_required=True), None, "required"),
    (field("number"), "zwölf", "must be a number"),
    (field("number"), "1_000", "must be a number"),
    (field("number"), "NaN", "must be a number"),
    (field("number"), True, "must be a number"),
    (field("number"), [1], "must be a number"),
    (field("number"), 2**53, "IEEE double"),
    (field("number"), "0.1234567890123456789", "IEEE double"),
    (field("number"), "1e400", "IEEE double"),
    (field("number", serializeToString=True), "1e400", "IEEE double"),
    (field("number", v_min=1), 0, "at least 1"),
    (field("number", v_max="9.5"), 10, "at most 9.5"),
    (field("number", v_max="= 5 * 2"), 11, "at most 10"),
    (field("number", decimalDigits=0), 1.5, "whole number"),
    (field("number", decimalDigits=2), "1.005", "at most 2 decimal"),
    (field("number", increment=5), 12, "multiple of 5"),
    (field("checkbox", v_required=True), False, "required"),
    (field("checkbox"), "yes", "true or false"),
    (field("checkbox"), 1, "true or false"),
    (field("radio", values=options("a", "b"), v_required=True), None, "required"),
    (field("radio", values=options("a", "b")), "c", "not one of the options: a、b"),
    (field("radio", values=options(1)), True, "not one of the options"),
    (field("select", values=options("a")), ["a"], "not one of the options"),
    (field("checklist", values=options("a", "b"), v_required=True), [], "required"),
    (field("checklist", values=options("a", "b")), ["a", "c"], "not one of the options"),
    (field("checklist", values=options("a", "b")), ["a", "a"], "chosen twice"),
    (field("checklist", values=options("a", "b")), "a", "must be a list"),
    (field("datetime", subtype="date"), "2026-02-30", "date such as"),
    (field("datetime", subtype="date"), "28.2.2026", "date such as"),
    (field("datetime", subtype="date"), "2026-02-28T09:30", "date such as"),
    (field("datetime", subtype="date"), 20260228, "date such as"),
    (field("datetime", subtype="time"), "25:00", "09:30"),
    (field("datetime", subtype="time"), "09:30Z", "09:30"),
    (field("datetime", subtype="time", timeSerializingFormat="utc_offset"), "09:30", "09:30+08:00"),
    (field("datetime", subtype="datetime"), "2026-02-28", "09:30"),
    (field("datetime", subtype="date", disallowPassedDates=True), "2026-03-09", "before today"),
    (field("filepicker"), ["a", "b"], "uploaded file"),
    (field("filepicker", v_required=True), None, "required"),
    (field("filepicker"), {"name": "a"}, "uploaded file"),
]


def sent(value: Any) -> dict[str, Any]:
    return {} if value is ABSENT else {"x": value}


@pytest.mark.parametrize(("component", "value", "kept"), TAKEN)
def test_an_answer_is_taken(component: dict[str, Any], value: Any, kept: Any) -> None:
    schema = form(component)
    assert forms.check_schema(schema, file="f.form") == []
    taken = forms.validate(schema, sent(value), {}, today=date(2026, 3, 10))
    assert taken == {"x": kept}
    assert type(taken["x"]) is type(kept)


@pytest.mark.parametrize(("component", "value", "says"), REFUSED)
def test_an_answer_is_refused_at_its_field(component: dict[str, Any], value: Any, says: str) -> None:
    schema = form(component)
    assert forms.check_schema(schema, file="f.form") == []
    errors = refusal(schema, sent(value), today=date(2026, 3, 10))
    assert list(errors) == ["/data/x"]
    assert says in errors["/data/x"]


def test_every_message_is_in_both_languages() -> None:
    errors = refusal(form(field("textfield", v_required=True), field("number", "y")), {"y": "?", "z": 1})
    assert all(" / " in message and not message.isascii() for message in errors.values())


def test_all_faults_are_told_at_once() -> None:
    schema = form(field("textfield", "a", v_required=True), field("number", "b"), field("checkbox", "c"))
    assert set(refusal(schema, {"b": "?", "c": "?", "d": 1})) == {"/data/a", "/data/b", "/data/c", "/data/d"}


def test_what_shows_something_holds_nothing() -> None:
    kinds = ["text", "html", "image", "iframe", "table", "button", "separator", "spacer", "documentPreview"]
    schema = form(*({"type": kind, "id": kind, "key": kind} for kind in kinds))
    assert forms.check_schema(schema, file="f.form") == []
    assert forms.validate(schema, {}, {}) == {}
    assert refusal(schema, {"text": "a"}) == {"/data/text": "表单中没有此项 / not a field of this form"}


def test_a_name_with_a_slash_is_escaped_in_the_pointer() -> None:
    assert list(refusal(form(field("textfield")), {"a/b~c": 1})) == ["/data/a~1b~0c"]


def test_data_beyond_the_bounds_is_refused() -> None:
    schema = form(field("textarea", v_maxLength=10**6))
    assert "at most 262144" in refusal(schema, {"x": "长" * 100_000})["/data"]
    deep: Any = "x"
    for _ in range(20):
        deep = [deep]
    [(pointer, message)] = refusal(schema, {"x": deep}).items()
    assert pointer == "/data/x" + "/0" * 15
    assert "deeper than 16" in message
    assert refusal(schema, []) == {"/data": "应为对象 / must be an object"}  # type: ignore[arg-type]
