"""The auditor's three over HTTP: read, re-execute, prove."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from engine import Office
from engine.storage import tables
from tests.api.calling import Caller, problem


@pytest.fixture
def case(clerk: Caller, housing: Caller) -> Any:
    """A case that was carried to its end."""
    started = clerk.start()
    looked = clerk.post(f"/tasks/{started['tasks'][0]['id']}/complete", {"data": {"finding": "齐全"}}).json
    return housing.post(f"/tasks/{looked['tasks'][0]['id']}/complete", {"data": {"agree": True}}).json


def test_every_step_is_an_entry_in_a_chain(callers: dict[str, Caller], case: Any) -> None:
    page = callers["auditor"].get(f"/cases/{case['number']}/history").json
    assert [(e["seq"], e["kind"], e["actor"]) for e in page["items"]] == [
        (1, "case.started", "clerk"),
        (2, "task.completed", "clerk"),
        (3, "task.completed", "housing"),
    ]
    assert [e["previous"] for e in page["items"][1:]] == [e["hash"] for e in page["items"][:-1]]
    assert page["items"][1]["input"]["data"]["finding"] == "齐全"
    assert page["next"] is None


def test_a_long_history_is_read_page_by_page(callers: dict[str, Caller], case: Any) -> None:
    auditor, path = callers["auditor"], f"/cases/{case['number']}/history"
    first = auditor.get(path, limit=2).json
    rest = auditor.get(path, limit=2, cursor=first["next"]).json
    assert [e["seq"] for e in first["items"] + rest["items"]] == [1, 2, 3]


def test_the_case_as_it_was_after_an_entry(callers: dict[str, Caller], case: Any) -> None:
    auditor, path = callers["auditor"], f"/cases/{case['number']}/replay"
    now = auditor.get(path).json
    assert (now["seq"], now["status"], now["data"]) == (3, "completed", case["data"])
    then = auditor.get(path, at=2).json
    assert (then["seq"], then["status"]) == (2, "open")
    assert "answer" in [token["element"] for token in then["tokens"]]
    assert then.keys() == {"seq", "at", "status", "type", "data", "tasks", "tokens", "due", "due_provisional"}
    assert problem(auditor.get(path, at=4)) == (422, "validation")


def test_an_untouched_case_holds(callers: dict[str, Caller], case: Any) -> None:
    proof = callers["auditor"].post(f"/cases/{case['number']}/verify").json
    assert proof == {"ok": True, "entries": 3, "first_bad": None}


def test_a_forged_entry_is_named(callers: dict[str, Caller], case: Any, office: Office) -> None:
    with office.database.write() as connection:
        connection.execute(update(tables.entry).where(tables.entry.c.seq == 2).values(actor="auditor"))
    proof = callers["auditor"].post(f"/cases/{case['number']}/verify").json
    assert (proof["ok"], proof["first_bad"]["case"], proof["first_bad"]["seq"]) == (False, case["number"], 2)
    assert proof["first_bad"]["reason"]


def test_what_has_changed_between_two_moments(callers: dict[str, Caller], case: Any) -> None:
    auditor, path = callers["auditor"], f"/cases/{case['number']}"
    started, looked, _ = auditor.get(f"{path}/history").json["items"]
    told = auditor.get(f"{path}/replay", at=started["at"], to=looked["at"]).json
    assert (told["since"]["seq"], told["seq"]) == (1, 2)
    assert {"field": "/data/finding", "after": "齐全"} in told["changes"]
    assert problem(auditor.get(f"{path}/replay", at=3, to=2)) == (422, "validation")
    assert problem(auditor.get(f"{path}/replay", at="yesterday")) == (422, "validation")


def test_what_was_done_to_the_office(callers: dict[str, Caller], office: Office) -> None:
    auditor = callers["auditor"]
    first = auditor.get("/history/office", limit=2).json
    assert [act["seq"] for act in first["items"]] == [1, 2]
    assert auditor.get("/history/office", cursor=first["next"]).json["items"][0]["seq"] == 3
    chains = {chain["chain"]: chain for chain in auditor.get("/history/chains").json["items"]}
    (readings,) = chains.keys() - {"office"}
    page = auditor.get("/history/office", chain=readings).json
    assert [act["about"]["request"].rpartition("/")[2] for act in page["items"]] == ["office", "office", "chains"]
    assert problem(auditor.get("/history/office", chain="access/none")) == (404, "not-found")
    assert problem(callers["admin"].get("/history/office", chain=readings)) == (403, "forbidden")
    assert [chain["chain"] for chain in callers["admin"].get("/history/chains").json["items"]] == ["office"]


def test_checkpoints_are_made_listed_and_taken_elsewhere(callers: dict[str, Caller], case: Any, tmp_path: Any) -> None:
    auditor = callers["auditor"]
    assert auditor.get("/checkpoints").json == {"items": [], "next": None}
    assert problem(auditor.get("/checkpoints/file")) == (404, "not-found")
    assert problem(auditor.get(f"/cases/{case['number']}/inclusion")) == (404, "not-found")
    made = auditor.post("/checkpoints", Idempotency_Key="once")
    assert (made.status_code, made.json["cases"]) == (201, 1)
    assert auditor.post("/checkpoints", Idempotency_Key="once").json == made.json
    callers["clerk"].start()
    assert auditor.post("/checkpoints").json["cases"] == 2
    page = auditor.get("/checkpoints", limit=1).json
    assert (page["items"][0]["root"], page["next"]) == (made.json["root"], "1")
    (second,) = auditor.get("/checkpoints", cursor=page["next"]).json["items"]
    assert (second["number"], second["public_key"]) == (2, made.json["public_key"])
    kept = auditor.get("/checkpoints/file")
    assert kept.data == (tmp_path / "checkpoints.jsonl").read_bytes()
    assert kept.data.count(b"\n") == 2
    proof = auditor.get(f"/cases/{case['number']}/inclusion", checkpoint=1).json
    assert (proof["head"][:2], proof["note"]) == ([case["number"], 3], page["items"][0]["note"])
    assert problem(auditor.get(f"/cases/{case['number']}/inclusion", checkpoint=3)) == (404, "not-found")
    notes = auditor.get("/checkpoints/consistency", first=1, second=2).json["notes"]
    assert notes == [page["items"][0]["note"], second["note"]]
    assert problem(auditor.get("/checkpoints/consistency", first=2, second=1)) == (422, "validation")
    assert problem(auditor.get("/checkpoints/consistency", first=1, second=3)) == (422, "validation")


def test_no_checkpoint_is_made_over_a_loss(callers: dict[str, Caller], case: Any, office: Office) -> None:
    callers["auditor"].post("/checkpoints")
    with office.database.write() as connection:
        connection.execute(update(tables.case).values(seq=2))
    answer = callers["auditor"].post("/checkpoints")
    assert problem(answer) == (422, "validation")
    assert case["number"] in answer.json["detail"]


def test_what_is_held_against_the_diagram_names_all_cases_of_one_deviation(callers: dict[str, Caller]) -> None:
    number = callers["clerk"].start()["number"]
    callers["clerk"].post(f"/cases/{number}/withdraw", {"reason": "不办了"})
    told = callers["auditor"].get("/conformance", process="two_steps", every="withdrawn").json
    assert told["deviations"] == [{"kind": "withdrawn", "cases": 1, "times": 1, "examples": [number]}]
    refused = callers["auditor"].get("/conformance", process="two_steps", every="bored")
    assert problem(refused) == (422, "validation")
    assert refused.json["errors"][0]["pointer"] == "/every"


def test_histories_are_searched_and_that_is_recorded(callers: dict[str, Caller], case: Any, office: Office) -> None:
    auditor = callers["auditor"]
    page = auditor.get("/history", actor="housing", kind="task.completed", element="answer").json
    assert [(e["case"], e["seq"]) for e in page["items"]] == [(case["number"], 3)]
    assert auditor.get("/history", until="2020-01-01T00:00:00Z").json["items"] == []
    assert problem(auditor.get("/history", kind="x")) == (422, "validation")
    assert problem(auditor.get("/history", since="yesterday")) == (422, "validation")
    (chain,) = (one["chain"] for one in auditor.get("/history/chains").json["items"] if one["chain"] != "office")
    read = auditor.get("/history/office", chain=chain).json["items"][0]["about"]
    assert read["request"].endswith("/history") and read["given"]["actor"] == "housing"
