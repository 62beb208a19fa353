"""The office's catalogue over HTTP."""

from __future__ import annotations

from tests.api.calling import MATTER, Caller, problem


def test_matters_are_listed_and_searched(clerk: Caller) -> None:
    everything = clerk.get("/matters").json["items"]
    assert len(everything) > 25
    assert {matter["type"] for matter in everything} == {"instant", "joint", "promised", "reported", "returned"}
    assert [matter["code"] for matter in clerk.get("/matters", q="试验").json["items"]] == [MATTER]


def test_a_matter_is_read_with_its_limits_and_materials(clerk: Caller) -> None:
    matter = clerk.get(f"/matters/{MATTER}").json
    assert (matter["statutory_days"], matter["promised_days"], matter["process"]) == (20, 10, "two_steps")
    assert matter["materials"][0]["name"] == "申请书"
    assert problem(clerk.get("/matters/0000000000")) == (404, "not-found")


def test_units_are_a_tree_and_windows_belong_to_them(clerk: Caller) -> None:
    units = {unit["code"]: unit for unit in clerk.get("/units").json["items"]}
    assert [code for code, unit in units.items() if unit["parent"] is None] == ["chenghuai"]
    windows = {window["code"]: window for window in clerk.get("/windows").json["items"]}
    assert windows["H01"]["unit"] in units
