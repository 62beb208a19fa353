"""Dynamic lists and groups: an application that names several owners, each with addresses."""

from __future__ import annotations

from typing import Any

from form_designing import field, form, hidden_if, refusal

from engine import forms


def dynamic_list(path: str, *components: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "dynamiclist", "path": path, "isRepeating": True, "components": list(components), **properties}


OWNERS = form(
    field("checkbox", "shared"),
    dynamic_list(
        "land.owners",
        field("textfield", "name", v_required=True),
        hidden_if("shared = false", field("number", "share", v_required=True)),
        field("expression", "position", expression="= i[1]"),
        dynamic_list(
            "addresses",
            field("textfield", "street", v_required=True),
            field("expression", "of", expression="= parent.name"),
            defaultRepetitions=0,
        ),
    ),
)


def test_each_item_is_checked_in_its_place() -> None:
    owners = [{"name": "甲", "share": 1}, {"share": "?", "addresses": [{}, {"zip": 1}]}]
    errors = refusal(OWNERS, {"shared": True, "land": {"owners": owners}})
    assert set(errors) == {
        "/data/land/owners/1/name",
        "/data/land/owners/1/share",
        "/data/land/owners/1/addresses/0/street",
        "/data/land/owners/1/addresses/1/street",
        "/data/land/owners/1/addresses/1/zip",
    }


def test_items_have_a_scope_of_their_own() -> None:
    taken = forms.validate(
        OWNERS, {"land": {"owners": [{"name": "甲"}, {"name": "乙", "addresses": [{"street": "长街 1 号"}]}]}}, {}
    )
    assert taken == {
        "shared": False,
        "land": {
            "owners": [
                {"name": "甲", "position": 1, "addresses": []},
                {"name": "乙", "position": 2, "addresses": [{"street": "长街 1 号", "of": "乙"}]},
            ]
        },
    }


def test_this_names_the_item() -> None:
    schema = form(
        dynamic_list(
            "rooms",
            field("number", "area"),
            hidden_if("this.area < 100", field("textfield", "report", v_required=True)),
        )
    )
    assert list(refusal(schema, {"rooms": [{"area": 50}, {"area": 150}]})) == ["/data/rooms/1/report"]


def test_a_list_starts_as_the_case_has_it_or_with_its_default_items() -> None:
    schema = form(dynamic_list("a", field("textfield", "n"), defaultRepetitions=2))
    assert forms.defaults(schema, {}) == {"a": [{"n": ""}, {"n": ""}]}
    assert forms.defaults(schema, {"a": [{"n": "x", "other": 1}]}) == {"a": [{"n": "x"}]}
    assert forms.validate(schema, {"a": []}, {"a": [{"n": "x"}]}) == {"a": []}
    assert forms.validate(schema, {"a": None}, {"a": [{"n": "x"}]}) == {"a": []}


def test_a_list_to_which_nothing_can_be_added_keeps_its_length() -> None:
    schema = form(dynamic_list("a", field("textfield", "n"), allowAddRemove=False))
    context = {"a": [{"n": "x"}, {"n": "y"}]}
    assert forms.validate(schema, {"a": [{"n": "1"}, {"n": "2"}]}, context) == {"a": [{"n": "1"}, {"n": "2"}]}
    assert "must have 2 items" in refusal(schema, {"a": [{}]}, context)["/data/a"]


def test_a_list_is_a_list_of_objects() -> None:
    group = {"type": "group", "path": "g", "components": [field("number", "m")]}
    schema = form(dynamic_list("a", field("textfield", "n")), group)
    assert refusal(schema, {"a": "x"}) == {"/data/a": "应为列表 / must be a list"}
    assert refusal(schema, {"a": ["x"]}) == {"/data/a/0": "应为对象 / must be an object"}
    assert refusal(schema, {"g": 5}) == {"/data/g": "应为对象 / must be an object"}


def test_a_list_that_does_not_repeat_is_a_group() -> None:
    schema = form({"type": "dynamiclist", "path": "a", "isRepeating": False, "components": [field("number", "m")]})
    assert forms.validate(schema, {"a": {"m": 1}}, {}) == {"a": {"m": 1}}


def test_a_hidden_list_is_left_out() -> None:
    names = dynamic_list("a", field("textfield", "n", v_required=True))
    schema = form(field("checkbox", "c"), hidden_if("c = false", names))
    assert forms.validate(schema, {"a": [{}]}, {}) == {"c": False}


def test_items_are_bounded_in_all() -> None:
    inner = dynamic_list("b", field("checkbox", "c"), defaultRepetitions=0)
    schema = form(dynamic_list("a", inner))
    assert len(forms.validate(schema, {"a": [{}] * 1000}, {})["a"]) == 1000
    assert "at most 1000 items" in refusal(schema, {"a": [{}] * 1001})["/data/a"]
    assert "/data/a/30/b" in refusal(schema, {"a": [{"b": [{}] * 31}] * 40})


def test_dotted_keys_and_paths_lead_into_objects() -> None:
    schema = form(
        field("textfield", "site.street"),
        {"type": "group", "path": "site.owner", "components": [field("textfield", "name.family")]},
    )
    context = {"site": {"street": "长街", "city": "北京", "owner": {"name": {"family": "王", "given": "明"}}}}
    assert forms.validate(schema, {"site": {"street": "短街"}}, context) == {
        "site": {"street": "短街", "owner": {"name": {"family": "王"}}}
    }
