"""Jobs over HTTP: what a worker sends, what it is told, and the example of a worker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from examples import worker
from examples.client import Client
from tests.api.calling import Caller, problem
from tests.serving import served

FETCH = {"topics": ["pay"], "worker": "w"}


@pytest.fixture
def payments(callers: dict[str, Caller]) -> Caller:
    """The account of a worker that serves the whole district."""
    return callers["payments"]


@pytest.fixture
def job(clerk: Caller, payments: Caller) -> Any:
    """A job that the worker `w` holds."""
    clerk.start(matter="9900101002")
    (fetched,) = payments.post("/jobs/fetch", FETCH).json["items"]
    return fetched


def test_a_job_from_its_fetch_to_the_end_of_its_case(clerk: Caller, payments: Caller, job: Any) -> None:
    assert job["data"] == {"for": "试验"} and job["locked_until"].endswith("+08:00")
    assert payments.post(f"/jobs/{job['id']}/extend", {"worker": "w", "lock_seconds": 90}).status_code == 200
    done = payments.post(f"/jobs/{job['id']}/complete", {"worker": "w", "data": {"receipt": "R"}}, Idempotency_Key="k")
    assert (done.status_code, done.json["status"]) == (200, "completed")
    again = payments.post(f"/jobs/{job['id']}/complete", {"worker": "w", "data": {"receipt": "R"}}, Idempotency_Key="k")
    assert again.json == done.json
    case = clerk.get(f"/cases/{job['case']}").json
    assert (case["status"], case["data"]["receipt"]) == ("completed", "R")
    late = payments.post(f"/jobs/{job['id']}/complete", {"worker": "w"})
    assert problem(late) == (409, "task-already-completed")


def test_who_does_not_hold_a_job_is_told_so(payments: Caller, job: Any) -> None:
    for call, body in (("complete", {}), ("fail", {"message": "x"}), ("extend", {})):
        assert problem(payments.post(f"/jobs/{job['id']}/{call}", {"worker": "other"} | body)) == (409, "job-not-held")


def test_a_failure_an_incident_and_its_retry(callers: dict[str, Caller], payments: Caller, job: Any) -> None:
    failed = payments.post(f"/jobs/{job['id']}/fail", {"worker": "w", "message": "no line", "retries": 0})
    assert failed.json["status"] == "failed"
    case = callers["leader"].get(f"/cases/{job['case']}").json
    assert case["status"] == "failed" and case["incidents"] == [{"element": "pay", "cause": "no line"}]
    assert callers["leader"].post(f"/cases/{job['case']}/retry", {"reason": "线路恢复"}).json["status"] == "open"
    assert payments.post("/jobs/fetch", FETCH).json["items"][0]["id"] == job["id"]


def test_an_error_ends_the_job(clerk: Caller, payments: Caller, job: Any) -> None:
    body = {"worker": "w", "message": "no cover", "error_code": "refused"}
    refused = payments.post(f"/jobs/{job['id']}/fail", {**body, "retries": 1})
    assert problem(refused) == (422, "validation") and refused.json["errors"][0]["pointer"] == "/retries"
    no_error = payments.post(f"/jobs/{job['id']}/fail", {"worker": "w", "message": "x", "data": {"a": 1}})
    assert problem(no_error) == (422, "validation") and no_error.json["errors"][0]["pointer"] == "/data"
    assert payments.post(f"/jobs/{job['id']}/fail", body).json["status"] == "thrown"
    assert clerk.get(f"/cases/{job['case']}").json["status"] == "completed"


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    with served(app) as url:
        yield url


def test_the_example_of_a_worker_pays(
    clerk: Caller, url: str, furnished: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Client(url, json.loads((furnished / "tokens.json").read_text())["payments"])
    numbers = [clerk.start(matter="9900101002")["number"] for _ in range(2)]
    assert (worker.work(client, "pay"), worker.work(client, "pay")) == (2, 0)
    assert {clerk.get(f"/cases/{number}").json["status"] for number in numbers} == {"completed"}

    def broken(job: dict[str, Any]) -> dict[str, Any]:
        raise OSError("no line to the bank")

    monkeypatch.setattr(worker, "pay", broken)
    number = clerk.start(matter="9900101002")["number"]
    assert worker.work(client, "pay") == 1
    kinds = [entry["kind"] for entry in clerk.get(f"/cases/{number}/history").json["items"]]
    assert kinds == ["case.started", "job.failed"] and capsys.readouterr().err == ""


def test_failed_cases_are_tried_again_in_bulk(callers: dict[str, Caller], clerk: Caller, payments: Caller) -> None:
    numbers = [clerk.start(matter="9900101002")["number"] for _ in range(3)]
    for job in payments.post("/jobs/fetch", FETCH).json["items"]:
        payments.post(f"/jobs/{job['id']}/fail", {"worker": "w", "message": "no line", "retries": 0})
    leader, body = callers["leader"], {"reason": "线路恢复", "element": "pay", "limit": 2}
    assert leader.post("/cases/retry", {**body, "matter": "9900101001"}).json == {"results": []}
    assert leader.post("/cases/retry", {**body, "element": "other"}).json == {"results": []}
    first = leader.post("/cases/retry", body, Idempotency_Key="k").json["results"]
    assert first == [{"number": number, "status": 200, "case_status": "open"} for number in numbers[:2]]
    rest = callers["admin"].post("/cases/retry", body).json["results"]
    assert [result["number"] for result in rest] == numbers[2:]
    assert len(payments.post("/jobs/fetch", FETCH).json["items"]) == 3
    assert problem(leader.post("/cases/retry", {"reason": " "})) == (422, "validation")
