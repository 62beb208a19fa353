"""Deploying definitions over HTTP, and reading them back."""

from __future__ import annotations

import json

import pytest

from tests.api.calling import MODELS, Caller, problem
from tests.definitions.bad_sets import BAD_SETS, GOOD

BPMN = (MODELS / "two_steps.bpmn").read_bytes()
FORM = (MODELS / "look.form").read_bytes()
SET = {"two_steps.bpmn": BPMN, "look.form": FORM}
CHANGED = {"two_steps.bpmn": BPMN.replace("答复".encode(), "书面答复".encode()), "look.form": FORM}


@pytest.fixture
def designer(callers: dict[str, Caller]) -> Caller:
    """A designer."""
    return callers["designer"]


def test_a_changed_set_becomes_the_next_version(designer: Caller, clerk: Caller) -> None:
    running = clerk.start()
    answer = designer.upload("/definitions", CHANGED)
    assert answer.status_code == 201
    ((deployed),) = answer.json["definitions"]
    assert (deployed["key"], deployed["version"], len(deployed["digest"])) == ("two_steps", 2, 64)
    assert answer.json["warnings"] == [] or all(w["severity"] != "error" for w in answer.json["warnings"])
    assert clerk.get(f"/cases/{running['number']}").json["versions"] == {"two_steps": 1}
    assert clerk.start()["versions"] == {"two_steps": 2}


def test_the_same_content_again_keeps_its_version(designer: Caller) -> None:
    answer = designer.upload("/definitions", SET)
    assert (answer.status_code, answer.json["definitions"][0]["version"]) == (200, 1)


def test_a_dry_run_deploys_nothing(designer: Caller) -> None:
    answer = designer.upload("/definitions?dry_run=true", CHANGED)
    assert answer.status_code == 200
    assert len(designer.get("/definitions/two_steps").json["versions"]) == 1


def test_an_invalid_set_says_what_is_wrong_and_where(designer: Caller) -> None:
    answer = designer.upload("/definitions", {"broken.bpmn": (MODELS / "broken.bpmn").read_bytes()})
    assert problem(answer) == (422, "definition-invalid")
    (finding,) = [p for p in answer.json["problems"] if p["element"] == "odd" and p["severity"] == "error"][:1]
    assert finding.keys() == {"file", "line", "column", "element", "rule", "severity", "message"}
    assert (finding["file"], finding["line"]) == ("broken.bpmn", 5)
    assert problem(designer.get("/definitions/broken")) == (404, "not-found")


def test_an_upload_is_repeated_safely(designer: Caller) -> None:
    first = designer.upload("/definitions", CHANGED, Idempotency_Key="d-1")
    again = designer.upload("/definitions", CHANGED, Idempotency_Key="d-1")
    assert (again.status_code, again.json) == (201, first.json)
    assert problem(designer.upload("/definitions", SET, Idempotency_Key="d-1")) == (422, "idempotency-key-reused")


def test_versions_and_files_are_read_back_as_they_were_sent(designer: Caller) -> None:
    (entry,) = [d for d in designer.get("/definitions").json["items"] if d["key"] == "two_steps"]
    assert (entry["name"], entry["version"], entry["deployed_by"]) == ("两步", 1, "designer")
    version = designer.get("/definitions/two_steps/versions/1").json
    assert sorted(version["files"]) == ["look.form", "two_steps.bpmn"]
    file = designer.get("/definitions/two_steps/versions/1/files/two_steps.bpmn")
    assert file.data == BPMN
    assert file.headers["Content-Disposition"] == "attachment; filename=two_steps.bpmn"
    assert json.loads(designer.get("/definitions/two_steps/versions/1/files/look.form").data)["id"] == "look"


@pytest.mark.parametrize(
    "path", ["/definitions/none", "/definitions/two_steps/versions/9", "/definitions/two_steps/versions/1/files/none"]
)
def test_what_was_never_deployed_is_not_found(designer: Caller, path: str) -> None:
    assert problem(designer.get(path)) == (404, "not-found")


def test_a_path_in_a_file_name_says_nothing(designer: Caller) -> None:
    answer = designer.upload(
        "/definitions", {"/home/li/models/two_steps.bpmn": CHANGED["two_steps.bpmn"], "../look.form": FORM}
    )
    assert answer.status_code == 201, answer.json
    assert sorted(designer.get("/definitions/two_steps/versions/2").json["files"]) == ["look.form", "two_steps.bpmn"]


@pytest.mark.parametrize("files", [{}, {"": b"x"}], ids=["no file", "no name"])
def test_an_upload_without_a_file_is_refused(designer: Caller, files: dict[str, bytes]) -> None:
    assert problem(designer.upload("/definitions", files)) == (422, "validation")


def test_another_field_is_refused(designer: Caller) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="comment"\r\n\r\nx\r\n--b--\r\n'
    answer = designer.send("/definitions", body, "multipart/form-data; boundary=b")
    assert problem(answer) == (422, "validation")
    assert answer.json["errors"][0]["pointer"] == "/comment"


def test_two_versions_are_compared(designer: Caller) -> None:
    designer.upload("/definitions", CHANGED)
    answer = designer.get("/definitions/two_steps/diff", **{"from": 1, "to": 2})
    assert answer.json == {
        "changes": [
            {
                "element": "answer",
                "kind": "userTask",
                "name": "书面答复",
                "change": "changed",
                "moved": False,
                "values": [{"name": "name", "old": "答复", "new": "书面答复"}],
            }
        ]
    }
    assert designer.get("/definitions/two_steps/diff", **{"from": 2, "to": 2}).json == {"changes": []}


@pytest.mark.parametrize(
    ("key", "query", "expected"),
    [
        ("none", {"from": 1, "to": 1}, (404, "not-found")),
        ("two_steps", {"from": 1, "to": 9}, (404, "not-found")),
        ("two_steps", {"from": 10**30, "to": 1}, (404, "not-found")),
        ("two_steps", {"from": 1}, (422, "validation")),
        ("two_steps", {"from": 0, "to": 1}, (422, "validation")),
        ("two_steps", {"old": 1, "new": 1}, (422, "validation")),
    ],
)
def test_what_cannot_be_compared(designer: Caller, key: str, query: dict[str, int], expected: tuple[int, str]) -> None:
    assert problem(designer.get(f"/definitions/{key}/diff", **query)) == expected


@pytest.mark.parametrize("n", [9, 10**30])
def test_a_version_that_there_is_not_is_not_found(designer: Caller, n: int) -> None:
    version = f"/definitions/two_steps/versions/{n}"
    assert problem(designer.get(version)) == (404, "not-found")
    assert problem(designer.get(f"{version}/tokens")) == (404, "not-found")
    for action in ("retire", "reactivate"):
        assert problem(designer.post(f"{version}/{action}", {"reason": "x"})) == (404, "not-found")
    moved = designer.post("/definitions/two_steps/migrations", {"to": n})
    assert problem(moved) == (422, "validation")


def test_scenarios_are_played_when_a_set_is_sent(designer: Caller) -> None:
    wrong = b"scenario: A visit\nanswers: {answer: {agree: true}}\nexpect:\n  status: withdrawn\n"
    answer = designer.upload("/definitions", {**CHANGED, "visit.yaml": wrong})
    assert problem(answer) == (422, "definition-invalid")
    (found,) = [p for p in answer.json["problems"] if p["severity"] == "error"]
    assert (found["file"], found["line"], found["rule"]) == ("visit.yaml", 3, "scenario-failed")
    right = b"scenario: A visit\nanswers: {answer: {agree: true}}\nexpect: {status: completed}\n"
    assert designer.upload("/definitions", {**CHANGED, "visit.yaml": right}).status_code == 201
    assert sorted(designer.get("/definitions/two_steps/versions/2").json["files"]) == ["look.form", "two_steps.bpmn"]


def test_cases_are_moved_each_with_a_result_of_its_own(designer: Caller, clerk: Caller) -> None:
    case = clerk.start()
    designer.upload("/definitions", CHANGED)
    preview = designer.post("/definitions/two_steps/migrations", {"to": 2, "from": 1, "dry_run": True})
    assert (preview.status_code, preview.json["moved"], preview.json["can_move"]) == (200, 0, 1)
    body = {"to": 2, "cases": [case["number"]]}
    first = designer.post("/definitions/two_steps/migrations", body, Idempotency_Key="m-1")
    assert first.json == {
        "definition": "two_steps",
        "to": 2,
        "dry_run": False,
        "can_move": 1,
        "moved": 1,
        "refused": 0,
        "cases": [{"number": case["number"], "from": 1, "to": 2, "can_move": True, "moved": True, "because": []}],
    }
    again = designer.post("/definitions/two_steps/migrations", body, Idempotency_Key="m-1")
    assert (again.status_code, again.json) == (200, first.json)
    assert clerk.get(f"/cases/{case['number']}").json["versions"] == {"two_steps": 2}


@pytest.mark.parametrize(
    ("body", "expected", "pointer"),
    [
        ({"to": 9}, (422, "validation"), "/to"),
        ({"to": 1, "from": 9}, (422, "validation"), "/from"),
        ({"to": 1, "mapping": {"look": 1}}, (422, "validation"), "/mapping/look"),
        ({}, (422, "validation"), "/to"),
    ],
)
def test_a_move_to_nowhere_is_refused(
    designer: Caller, body: dict[str, object], expected: tuple[int, str], pointer: str
) -> None:
    answer = designer.post("/definitions/two_steps/migrations", body)
    assert problem(answer) == expected
    assert answer.json["errors"][0]["pointer"] == pointer


def test_of_a_set_with_one_bad_file_nothing_is_deployed(designer: Caller) -> None:
    for what, (bad, rule, named) in BAD_SETS.items():
        answer = designer.upload("/definitions", {**GOOD, **bad})
        assert problem(answer) == (422, "definition-invalid"), what
        found = [(p["rule"], p["file"]) for p in answer.json["problems"] if p["severity"] == "error"]
        assert (rule, named) in found, (what, found)
    assert problem(designer.get("/definitions/good")) == (404, "not-found")
    assert problem(designer.get("/definitions/bad")) == (404, "not-found")
