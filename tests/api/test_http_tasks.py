"""The inbox over HTTP, and what people do with tasks."""

from __future__ import annotations

from tests.api.calling import Caller, problem


def test_the_inbox_shows_what_one_may_take(clerk: Caller, housing: Caller) -> None:
    case = clerk.start()
    (row,) = clerk.get("/tasks", case=case["number"]).json["items"]
    assert (row["id"], row["group"], row["assignee"]) == (case["tasks"][0]["id"], "window", None)
    assert housing.get("/tasks").json["items"] == []


def test_a_task_is_read_with_form_data_and_instructions(clerk: Caller) -> None:
    id = clerk.start()["tasks"][0]["id"]
    answer = clerk.get(f"/tasks/{id}")
    assert answer.json["instructions"] == "Look at what the applicant brought."
    assert answer.json["form"]["id"] == "look"
    assert answer.json["initial"]["amount"] == 1
    assert answer.json["data"]["purpose"] == "试验"
    assert answer.headers["ETag"] == f'"v{answer.json["version"]}"'


def test_a_claimed_task_is_its_owners(clerk: Caller, callers: dict[str, Caller]) -> None:
    id = clerk.start()["tasks"][0]["id"]
    claimed = clerk.post(f"/tasks/{id}/claim")
    assert claimed.json["tasks"][0]["assignee"] == "clerk"
    assert clerk.get("/tasks", assignee="me").json["items"][0]["id"] == id

    late = callers["leader"].post(f"/tasks/{id}/complete", {"data": {"finding": "x"}})
    assert problem(late) == (409, "task-claimed-by-another")

    given_back = clerk.post(f"/tasks/{id}/unclaim")
    assert given_back.json["tasks"][0]["assignee"] is None


def test_a_leader_hands_a_task_to_somebody(clerk: Caller, callers: dict[str, Caller]) -> None:
    id = clerk.start()["tasks"][0]["id"]
    answer = callers["leader"].post(f"/tasks/{id}/delegate", {"to": "clerk"})
    assert answer.json["tasks"][0]["assignee"] == "clerk"


def test_completing_twice_happens_once(clerk: Caller) -> None:
    id = clerk.start()["tasks"][0]["id"]
    assert clerk.post(f"/tasks/{id}/complete", {"data": {"finding": "x"}}).status_code == 200
    assert problem(clerk.post(f"/tasks/{id}/complete", {"data": {"finding": "x"}})) == (409, "task-already-completed")


class TestBulk:
    """Many tasks in one request."""

    def test_each_has_a_result_of_its_own(self, clerk: Caller) -> None:
        good, bad, gone = (clerk.start()["tasks"][0]["id"] for _ in range(3))
        clerk.post(f"/tasks/{gone}/complete", {"data": {"finding": "x"}})

        answer = clerk.post(
            "/tasks/complete",
            {
                "tasks": [
                    {"id": good, "data": {"finding": "x"}},
                    {"id": bad, "data": {}},
                    {"id": gone, "data": {"finding": "x"}},
                    {"id": "nowhere", "data": {}},
                ]
            },
        )

        assert answer.status_code == 200
        results = answer.json["results"]
        assert [(r["id"], r["status"]) for r in results] == [(good, 200), (bad, 422), (gone, 409), ("nowhere", 404)]
        assert results[0]["case"]["tasks"][0]["name"] == "答复"
        assert results[1]["problem"]["errors"][0]["pointer"] == "/data/finding"
        assert results[2]["problem"]["type"] == "/problems/task-already-completed"

    def test_repeating_it_with_its_key_repeats_the_answers(self, clerk: Caller) -> None:
        ids = [clerk.start()["tasks"][0]["id"] for _ in range(3)]
        body = {"tasks": [{"id": id, "data": {"finding": "x"}} for id in ids]}
        first = clerk.post("/tasks/complete", body, Idempotency_Key="bulk-1").json
        assert [r["status"] for r in first["results"]] == [200, 200, 200]
        assert clerk.post("/tasks/complete", body, Idempotency_Key="bulk-1").json == first
        assert {r["status"] for r in clerk.post("/tasks/complete", body).json["results"]} == {409}

    def test_a_stale_version_stops_only_its_own_task(self, clerk: Caller) -> None:
        one, other = (clerk.start()["tasks"][0] for _ in range(2))
        body = {
            "tasks": [
                {"id": one["id"], "data": {"finding": "x"}, "version": one["version"] + 1},
                {"id": other["id"], "data": {"finding": "x"}, "version": other["version"]},
            ]
        }
        assert [r["status"] for r in clerk.post("/tasks/complete", body).json["results"]] == [412, 200]

    def test_more_than_200_are_refused(self, clerk: Caller) -> None:
        answer = clerk.post("/tasks/complete", {"tasks": [{"id": str(n)} for n in range(201)]})
        assert problem(answer) == (422, "validation")
        assert answer.json["errors"][0]["pointer"] == "/tasks"


class TestWithoutTheKeyring:
    """A step that is done, whose answer cannot be opened just then."""

    def test_its_answer_comes_when_it_is_asked_for_again(self, clerk: Caller, keyring_away: list[bool]) -> None:
        task = clerk.start()["tasks"][0]
        keyring_away.append(True)
        sent = (f"/tasks/{task['id']}/claim", None)
        answer = clerk.post(*sent, Idempotency_Key="k-1")
        assert problem(answer) == (503, "unavailable") and answer.headers["Retry-After"]
        assert problem(clerk.post(*sent, Idempotency_Key="k-1")) == (503, "unavailable")
        keyring_away.clear()
        again = clerk.post(*sent, Idempotency_Key="k-1")
        assert (again.status_code, again.json["tasks"][0]["assignee"]) == (200, "clerk")
        assert again.json["version"] == clerk.get(f"/cases/{task['case']}").json["version"] == 2

    def test_of_many_it_is_the_result_of_each(self, clerk: Caller, keyring_away: list[bool]) -> None:
        ids = [clerk.start()["tasks"][0]["id"] for _ in range(2)]
        body = {"tasks": [{"id": id, "data": {"finding": "x"}} for id in ids]}
        keyring_away.append(True)
        answer = clerk.post("/tasks/complete", body, Idempotency_Key="k-1")
        assert [result["problem"]["type"] for result in answer.json["results"]] == ["/problems/unavailable"] * 2
        keyring_away.clear()
        again = clerk.post("/tasks/complete", body, Idempotency_Key="k-1").json["results"]
        assert [result["status"] for result in again] == [200, 200]
