"""What auditors read, and what is refused to anybody, is recorded: an entry a request."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from api.calls import GROUPS
from engine import Office
from engine.office.ledger import ACCESS
from tests.api.calling import APPLICANT, Caller, opening, problem
from tests.api.test_http_rights import TABLE, example_of

#: Calls that say nothing of any case or person.
OPEN = ("/definitions", "/calendar", "/matters", "/units", "/windows", "/track")

CALLS = [(op.method, op.rule) for group in GROUPS for op in group.operations if not op.rule.startswith(OPEN)]


def recorded(office: Office, since: int = 0) -> list[Any]:
    """The entries of the access chains of the one process that the tests are."""
    auditor = office.people.person("auditor")
    chains = [chain["chain"] for chain in office.ledger.chains(by=auditor) if chain["chain"].startswith(ACCESS)]
    assert len(chains) <= 1
    return [e for c in chains for e in office.ledger.entries(c, by=auditor, limit=1000, cursor=str(since))["items"]]


@pytest.mark.parametrize(("method", "rule"), CALLS)
def test_each_reading_and_each_refusal_is_an_entry(
    callers: dict[str, Caller], office: Office, method: str, rule: str
) -> None:
    request, _ = TABLE[f"{method} {rule}"]
    about = example_of(callers, f"{method} {rule}")
    for role in ("auditor", "planning", "clerk"):
        since = len(recorded(office))
        answer = request(callers[role], about)
        answer.get_data()
        fresh = [(e["actor"], e["kind"], e["about"]["request"]) for e in recorded(office, since)]
        asked = f"{method} /api/v1{rule}"
        in_bulk = [result["status"] for result in (answer.json or {}).get("results", [])] if answer.is_json else []
        # A mention is its reader's alone, whoever sees the case.
        foreign = role == "planning" or rule.startswith("/mentions/")
        refused = answer.status_code == 403 or (answer.status_code == 404 and foreign) or 403 in in_bulk
        reads = method == "GET" or (rule.endswith("/verify") and "materials" not in rule)
        if refused or 404 in in_bulk:
            assert fresh == [(role, "request.refused", asked)], role
        elif role == "auditor" and reads and answer.status_code == 200:
            assert fresh == [(role, "request.read", asked)]
        else:
            assert fresh == [], (role, answer.status_code)


def test_what_is_recorded_names_the_case_and_nobody(callers: dict[str, Caller], office: Office) -> None:
    case = callers["clerk"].start()
    callers["auditor"].get("/cases", q=APPLICANT["name"], status="open")
    callers["auditor"].get(f"/cases/{case['number']}/replay", at="1")
    callers["housing"].get(f"/cases/{case['number']}")
    listed, replayed, refused = recorded(office)
    assert listed["about"]["given"] == {"status": "open"}
    assert listed["about"]["hashed"]["q"] == office.keyring.hash("asked", APPLICANT["name"])
    assert replayed["about"]["given"] == {"at": "1", "number": case["number"]}
    assert (refused["about"]["problem"], refused["about"]["given"]["number"]) == ("not-found", case["number"])
    assert APPLICANT["name"] not in str(recorded(office))


def test_what_is_not_there_is_no_refusal(callers: dict[str, Caller], office: Office) -> None:
    assert callers["housing"].get("/cases/20260310-H01-9999-X").status_code == 404
    assert callers["auditor"].get("/cases/20260310-H01-9999-X").status_code == 404
    assert callers["nobody"].get("/cases").status_code == 401
    assert recorded(office) == []


def test_a_wrong_tracking_code_is_a_failed_log_in(callers: dict[str, Caller], office: Office) -> None:
    case = callers["clerk"].start()
    callers["nobody"].get(f"/track/{case['number']}", code="AAAA-AAAA-AAAA")
    callers["nobody"].get("/track/20260310-H01-9999-X", code="AAAA-AAAA-AAAA")
    assert [(e["actor"], e["kind"], e["about"]) for e in recorded(office)] == [
        ("system:nobody", "login.failed", {"case": case["number"]}),
        ("system:nobody", "login.failed", {"case": None}),
    ]


def test_what_cannot_be_recorded_is_not_handed_out(
    app: Flask, callers: dict[str, Caller], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.errors import Unavailable

    case = callers["clerk"].post("/cases", opening()).json

    def away(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(office.ledger, "access", away)
    answer = callers["auditor"].get(f"/cases/{case['number']}")
    assert problem(answer) == (503, "unavailable")
    assert case["number"] not in answer.get_data(as_text=True)
    assert callers["clerk"].get(f"/cases/{case['number']}").status_code == 200


def test_pages_are_watched_too(app: Flask, office: Office, callers: dict[str, Caller]) -> None:
    number = callers["clerk"].start()["number"]
    for username, path in (
        ("auditor", f"/cases/{number}"),
        ("auditor", "/definitions"),
        ("housing", f"/cases/{number}"),
    ):
        browser = app.test_client()
        with browser.session_transaction() as session:
            session.update(id=office.sessions.begin(username), since=2**40, seen=2**40)
        browser.get(path, headers={"Accept": "text/html"})
    kinds = [(e["actor"], e["kind"], e["about"]["request"]) for e in recorded(office) if e["kind"] != "login.succeeded"]
    assert kinds == [
        ("auditor", "request.read", "GET /cases/<number>"),
        ("housing", "request.refused", "GET /cases/<number>"),
    ]
