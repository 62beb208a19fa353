"""Doing a thing once, and only if nothing has changed: Idempotency-Key, ETag and If-Match."""

from __future__ import annotations

import orjson
import pytest
from werkzeug.test import TestResponse

from tests.api.calling import MODELS, Caller, opening, problem


class TestIdempotencyKey:
    """The same key and body give the first answer again."""

    def test_a_repeated_acceptance_makes_one_case(self, clerk: Caller) -> None:
        first = clerk.post("/cases", opening(), Idempotency_Key="a-1")
        again = clerk.post("/cases", opening(), Idempotency_Key="a-1")
        assert (again.status_code, again.json) == (201, first.json)
        assert again.headers["ETag"] == first.headers["ETag"]
        assert len(clerk.get("/cases").json["items"]) == 1

    def test_the_order_of_members_does_not_matter(self, clerk: Caller) -> None:
        first = clerk.post("/cases", opening(), Idempotency_Key="a-1")
        again = clerk.post("/cases", dict(reversed(opening().items())), Idempotency_Key="a-1")
        assert again.json == first.json

    def test_another_body_is_refused(self, clerk: Caller) -> None:
        clerk.post("/cases", opening(), Idempotency_Key="a-1")
        other = clerk.post("/cases", opening(channel="online"), Idempotency_Key="a-1")
        assert problem(other) == (422, "idempotency-key-reused")
        assert len(clerk.get("/cases").json["items"]) == 1

    def test_a_repeated_completion_gives_the_case_after_the_first(self, clerk: Caller) -> None:
        id = clerk.start()["tasks"][0]["id"]
        body = {"data": {"finding": "x"}}
        first = clerk.post(f"/tasks/{id}/complete", body, Idempotency_Key="c-1")
        again = clerk.post(f"/tasks/{id}/complete", body, Idempotency_Key="c-1")
        assert (again.status_code, again.json) == (200, first.json)
        assert problem(clerk.post(f"/tasks/{id}/complete", body)) == (409, "task-already-completed")

    def test_a_refusal_is_kept_too(self, clerk: Caller) -> None:
        number = clerk.start()["number"]
        first = clerk.post(f"/cases/{number}/report", {"reason": "x"}, Idempotency_Key="r-1")
        again = clerk.post(f"/cases/{number}/report", {"reason": "x"}, Idempotency_Key="r-1")
        assert problem(first) == problem(again) == (409, "not-offered")

    @pytest.mark.parametrize("sent", [0, 1, 30])
    def test_a_request_that_was_cut_on_its_way_does_nothing_and_leaves_its_key_free(
        self, clerk: Caller, sent: int
    ) -> None:
        number = clerk.start()["number"]
        whole = orjson.dumps({"note": "请抓紧办理，申请人来电催问"})
        cut = clerk.cut(f"/cases/{number}/remind", whole[:sent], len(whole), Idempotency_Key="c-1")
        assert problem(cut) == (400, "malformed")
        again = clerk.post(f"/cases/{number}/remind", orjson.loads(whole), Idempotency_Key="c-1")
        assert again.status_code == 200, again.json

    def test_a_key_is_its_persons_and_its_paths(self, clerk: Caller, callers: dict[str, Caller]) -> None:
        one = clerk.post("/cases", opening(), Idempotency_Key="a-1").json
        other = callers["leader"].post("/cases", opening(), Idempotency_Key="a-1").json
        assert one["number"] != other["number"]
        assert clerk.post(f"/cases/{one['number']}/comments", {"text": "x"}, Idempotency_Key="a-1").status_code == 201

    def test_rights_come_before_the_memory(self, clerk: Caller, callers: dict[str, Caller]) -> None:
        number = clerk.start()["number"]
        assert problem(callers["planning"].post(f"/cases/{number}/comments", {"text": "x"}, Idempotency_Key="k")) == (
            404,
            "not-found",
        )

    @pytest.mark.parametrize("key", ["", " ", "two words", "ключ", "x" * 256])
    def test_a_key_that_is_none_is_malformed(self, clerk: Caller, key: str) -> None:
        assert problem(clerk.post("/cases", opening(), Idempotency_Key=key)) == (400, "malformed")


class TestIfMatch:
    """A command insists on the version that was read."""

    def test_the_version_that_was_read_is_let_through(self, clerk: Caller) -> None:
        task = clerk.get(f"/tasks/{clerk.start()['tasks'][0]['id']}")
        done = clerk.post(
            f"/tasks/{task.json['id']}/complete", {"data": {"finding": "x"}}, If_Match=task.headers["ETag"]
        )
        assert done.status_code == 200

    @pytest.mark.parametrize("tag", ['"v99"', 'W/"v1"', '"something"', "v1"])
    def test_another_version_is_stale(self, clerk: Caller, tag: str) -> None:
        case = clerk.start()
        path = f"/cases/{case['number']}"
        assert problem(clerk.post(f"{path}/withdraw", {"reason": "x"}, If_Match=tag)) == (412, "stale-version")
        assert clerk.get(path).json["version"] == case["version"]

    def test_a_star_matches_whatever_is_there(self, clerk: Caller) -> None:
        number = clerk.start()["number"]
        assert clerk.post(f"/cases/{number}/withdraw", {"reason": "x"}, If_Match="*").status_code == 200

    def test_several_tags_are_malformed(self, clerk: Caller) -> None:
        number = clerk.start()["number"]
        answer = clerk.post(f"/cases/{number}/withdraw", {"reason": "x"}, If_Match='"v1", "v2"')
        assert problem(answer) == (400, "malformed")

    def test_a_tasks_tag_changes_only_with_the_task(self, clerk: Caller) -> None:
        case = clerk.start()
        id = case["tasks"][0]["id"]
        before = clerk.get(f"/tasks/{id}").headers["ETag"]
        clerk.post(f"/cases/{case['number']}/comments", {"text": "x"})
        assert clerk.get(f"/tasks/{id}").headers["ETag"] == before
        clerk.post(f"/tasks/{id}/claim")
        assert clerk.get(f"/tasks/{id}").headers["ETag"] != before

    def test_completed_wins_over_stale(self, clerk: Caller) -> None:
        id = clerk.start()["tasks"][0]["id"]
        clerk.post(f"/tasks/{id}/complete", {"data": {"finding": "x"}})
        answer = clerk.post(f"/tasks/{id}/complete", {"data": {"finding": "x"}}, If_Match='"v99"')
        assert problem(answer) == (409, "task-already-completed")

    def test_the_memory_comes_before_the_version(self, clerk: Caller) -> None:
        case = clerk.start()
        path, tag = f"/cases/{case['number']}/comments", f'"v{case["version"]}"'
        path = f"/cases/{case['number']}/messages"
        body = {"name": "note", "payload": {"n": 1}}
        first = clerk.post(path, body, Idempotency_Key="m-1", If_Match=tag)
        again = clerk.post(path, body, Idempotency_Key="m-1", If_Match=tag)
        assert (first.status_code, again.json) == (200, first.json)


def _deploy(designer: Caller, name: str, key: str) -> TestResponse:
    return designer.upload("/definitions", {name: (MODELS / name).read_bytes()}, Idempotency_Key=key)


class TestKeyOfWhatWasRefused:
    """A key that was sent with a refused request is that request's: no other is done under it."""

    @pytest.mark.parametrize("text", [b'{"matter": 1}', b'{"matter": ', b"[]", b'{"data": {"a": 1e999}}'])
    def test_a_body_that_could_not_be_read(self, clerk: Caller, text: bytes) -> None:
        clerk.headers["Idempotency-Key"] = "u-1"
        first, again = clerk.send("/cases", text), clerk.send("/cases", text)
        assert first.status_code in (400, 422)
        assert {**first.json, "request_id": None} == {**again.json, "request_id": None}
        assert problem(clerk.post("/cases", opening())) == (422, "idempotency-key-reused")
        assert clerk.get("/cases").json["items"] == []

    def test_a_body_that_cannot_be_read_after_one_that_was_done(self, clerk: Caller) -> None:
        assert clerk.post("/cases", opening(), Idempotency_Key="u-1").status_code == 201
        refused = clerk.post("/cases", {"matter": 1}, Idempotency_Key="u-1")
        assert problem(refused) == (422, "idempotency-key-reused")

    def test_a_definition_with_errors(self, callers: dict[str, Caller]) -> None:
        designer, wrong = callers["designer"], {"a.bpmn": b"<x"}
        first = designer.upload("/definitions", wrong, Idempotency_Key="d-1")
        again = designer.upload("/definitions", wrong, Idempotency_Key="d-1")
        assert problem(first) == problem(again) == (422, "definition-invalid")
        assert first.json["problems"] == again.json["problems"] != []
        assert problem(_deploy(designer, "look.form", "d-1")) == (422, "idempotency-key-reused")

    def test_a_proof_is_told_again_as_it_was(self, clerk: Caller) -> None:
        path = f"/cases/{clerk.start()['number']}"
        first = clerk.post(f"{path}/verify", Idempotency_Key="v-1")
        clerk.post(f"{path}/comments", {"text": "x"})
        assert clerk.post(f"{path}/verify", Idempotency_Key="v-1").json == first.json
        assert clerk.post(f"{path}/verify").json["entries"] == first.json["entries"] + 1
