"""Who may do what: every call of the API for every role. A call that is missing in the table fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.calls import BASE, GROUPS
from engine.office.person import Scope
from tests.api.calling import APPLICANT, MODELS, Caller, opening

Request = Callable[[Caller, Any], TestResponse]

#: The columns: nobody (no token), a clerk and the leader of the unit that accepted the case, a clerk of the
#: department whose task is open in it, a clerk of another department, a designer, an auditor, an administrator.
ROLES = ("nobody", "clerk", "leader", "housing", "planning", "designer", "auditor", "admin")

FILES = {name: (MODELS / name).read_bytes() for name in ("two_steps.bpmn", "look.form")}
REASON = {"reason": "申请人书面说明"}


def task(case: Any) -> str:
    return f"/tasks/{case['tasks'][0]['id']}"


def path(case: Any) -> str:
    return f"/cases/{case['number']}"


#: Call → an example of it, and the status for each of `ROLES`. The case of the example waits for `housing`.
TABLE: dict[str, tuple[Request, str]] = {
    "POST /cases": (lambda c, _: c.post("/cases", opening()), "401 201 201 403 403 403 403 403"),
    "GET /cases": (lambda c, _: c.get("/cases"), "401 200 200 200 200 200 200 200"),
    "GET /cases/<number>": (lambda c, k: c.get(path(k)), "401 200 200 200 404 404 200 200"),
    "POST /cases/<number>/withdraw": (
        lambda c, k: c.post(f"{path(k)}/withdraw", REASON),
        "401 200 200 200 404 404 403 403",
    ),
    "POST /cases/<number>/report": (
        lambda c, k: c.post(f"{path(k)}/report", REASON),
        "401 409 409 409 404 404 403 403",
    ),
    "POST /cases/<number>/return": (
        lambda c, k: c.post(f"{path(k)}/return", REASON),
        "401 409 409 409 404 404 403 403",
    ),
    "POST /cases/<number>/suspend": (
        lambda c, k: c.post(f"{path(k)}/suspend", {**REASON, "ground": "testing"}),
        "401 200 200 200 404 404 403 403",
    ),
    "POST /cases/<number>/resume": (
        lambda c, k: c.post(f"{path(k)}/resume", REASON),
        "401 409 409 409 404 404 403 403",
    ),
    "POST /cases/<number>/extend": (
        lambda c, k: c.post(f"{path(k)}/extend", {**REASON, "days": 3}),
        "401 403 200 403 404 404 403 403",
    ),
    "POST /cases/<number>/assign-agent": (
        lambda c, k: c.post(f"{path(k)}/assign-agent", {**REASON, "agent": "leader"}),
        "401 403 200 403 404 404 403 403",
    ),
    "POST /cases/<number>/remind": (
        lambda c, k: c.post(f"{path(k)}/remind", {"note": "请抓紧"}),
        "401 200 200 200 404 404 403 403",
    ),
    "GET /mentions": (lambda c, _: c.get("/mentions"), "401 200 200 200 200 200 200 200"),
    "POST /mentions/<int:n>/read": (
        lambda c, k: c.post(f"/mentions/{k['mention']}/read"),
        "401 404 404 200 404 404 404 404",
    ),
    "POST /cases/<number>/prioritise": (
        lambda c, k: c.post(f"{path(k)}/prioritise", {**REASON, "priority": 80}),
        "401 403 200 403 404 404 403 403",
    ),
    "POST /cases/<number>/retry": (
        lambda c, k: c.post(f"{path(k)}/retry", REASON),
        "401 403 409 403 404 404 403 409",
    ),
    "POST /cases/retry": (lambda c, _: c.post("/cases/retry", REASON), "401 403 200 403 403 403 403 200"),
    "POST /cases/<number>/messages": (
        lambda c, k: c.post(f"{path(k)}/messages", {"name": "note"}),
        "401 200 200 200 404 404 403 403",
    ),
    "POST /messages": (
        lambda c, _: c.post("/messages", {"name": "paid", "correlation_key": "K", "time_to_live": 60}),
        "401 202 202 202 202 202 202 202",
    ),
    "POST /signals": (lambda c, _: c.post("/signals", {"name": "storm"}), "401 403 403 403 403 403 403 202"),
    "POST /cases/<number>/comments": (
        lambda c, k: c.post(f"{path(k)}/comments", {"text": "x"}),
        "401 201 201 201 404 404 403 403",
    ),
    "GET /cases/<number>/comments": (
        lambda c, k: c.get(f"{path(k)}/comments"),
        "401 200 200 200 404 404 200 200",
    ),
    "POST /cases/<number>/materials": (
        lambda c, k: c.hand_in(k["number"]),
        "401 201 201 201 404 404 403 403",
    ),
    "GET /cases/<number>/materials": (lambda c, k: c.get(f"{path(k)}/materials"), "401 200 200 200 404 404 200 200"),
    "GET /cases/<number>/materials/<id>": (
        lambda c, k: c.get(f"{path(k)}/materials/{k['material']}"),
        "401 200 200 200 404 404 200 200",
    ),
    "POST /cases/<number>/materials/<id>/verify": (
        lambda c, k: c.post(f"{path(k)}/materials/{k['material']}/verify", {"grade": "B"}),
        "401 200 200 200 404 404 403 403",
    ),
    "POST /cases/<number>/materials/<id>/withdraw": (
        lambda c, k: c.post(f"{path(k)}/materials/{k['material']}/withdraw", REASON),
        "401 200 200 200 404 404 403 403",
    ),
    "GET /cases/<number>/notices": (lambda c, k: c.get(f"{path(k)}/notices"), "401 200 200 200 404 404 200 200"),
    "GET /notices/<id>": (lambda c, k: c.get(f"/notices/{k['notice']}"), "401 200 200 200 404 404 200 200"),
    "POST /notices/<id>/mail": (
        lambda c, k: c.post(f"/notices/{k['notice']}/mail", {}),
        "401 200 200 200 404 404 403 403",
    ),
    "GET /ratings": (lambda c, _: c.get("/ratings"), "401 200 200 200 200 200 200 200"),
    "POST /cases/<number>/rating/answer": (
        lambda c, k: c.post(f"{path(k)}/rating/answer", {"text": "x"}),
        "401 409 409 409 404 404 403 403",
    ),
    "GET /cases/<number>/diagram": (lambda c, k: c.get(f"{path(k)}/diagram"), "401 200 200 200 404 404 200 200"),
    "GET /cases/<number>/history": (lambda c, k: c.get(f"{path(k)}/history"), "401 200 200 200 404 404 200 200"),
    "GET /cases/<number>/replay": (lambda c, k: c.get(f"{path(k)}/replay"), "401 200 200 200 404 404 200 200"),
    "POST /cases/<number>/verify": (lambda c, k: c.post(f"{path(k)}/verify"), "401 200 200 200 404 404 200 200"),
    "GET /history": (lambda c, _: c.get("/history"), "401 200 200 200 200 200 200 200"),
    "GET /history/office": (lambda c, _: c.get("/history/office"), "401 403 403 403 403 403 200 200"),
    "GET /history/chains": (lambda c, _: c.get("/history/chains"), "401 403 403 403 403 403 200 200"),
    "GET /checkpoints": (lambda c, _: c.get("/checkpoints"), "401 403 403 403 403 403 200 200"),
    "POST /checkpoints": (lambda c, _: c.post("/checkpoints"), "401 403 403 403 403 403 201 201"),
    "GET /checkpoints/file": (lambda c, _: c.get("/checkpoints/file"), "401 403 403 403 403 403 200 200"),
    "GET /checkpoints/consistency": (
        lambda c, _: c.get("/checkpoints/consistency", first=1, second=1),
        "401 403 403 403 403 403 200 200",
    ),
    "GET /cases/<number>/inclusion": (
        lambda c, k: c.get(f"{path(k)}/inclusion"),
        "401 200 200 200 404 404 200 200",
    ),
    "GET /export": (lambda c, _: c.get("/export", format="csv"), "401 403 403 403 403 403 200 200"),
    "GET /statistics": (lambda c, _: c.get("/statistics"), "401 403 200 403 403 403 200 200"),
    "GET /report": (lambda c, _: c.get("/report", quarter="2026Q1"), "401 403 200 403 403 403 200 200"),
    "GET /tasks": (lambda c, _: c.get("/tasks"), "401 200 200 200 200 200 200 200"),
    "GET /tasks/<id>": (lambda c, k: c.get(task(k)), "401 200 200 200 404 404 200 200"),
    "POST /tasks/<id>/claim": (lambda c, k: c.post(f"{task(k)}/claim"), "401 403 403 200 404 404 403 403"),
    "POST /tasks/<id>/unclaim": (lambda c, k: c.post(f"{task(k)}/unclaim"), "401 403 403 200 404 404 403 200"),
    "POST /tasks/<id>/delegate": (
        lambda c, k: c.post(f"{task(k)}/delegate", {"to": "housing"}),
        "401 403 403 200 404 404 403 200",
    ),
    "POST /tasks/<id>/complete": (
        lambda c, k: c.post(f"{task(k)}/complete", {"data": {"agree": True}}),
        "401 403 403 200 404 404 403 403",
    ),
    "GET /tasks/<id>/earlier": (lambda c, k: c.get(f"{task(k)}/earlier"), "401 200 200 200 404 404 200 200"),
    "POST /tasks/<id>/return": (
        lambda c, k: c.post(f"{task(k)}/return", REASON),
        "401 403 403 409 404 404 403 403",
    ),
    "POST /tasks/<id>/withdraw": (
        lambda c, k: c.post(f"/tasks/{k['done']}/withdraw", REASON),
        "401 409 403 403 404 404 403 403",
    ),
    "PUT /tasks/<id>/draft": (
        lambda c, k: c.put(f"{task(k)}/draft", {"data": {"agree": True}}),
        "401 403 403 200 404 404 403 403",
    ),
    "GET /tasks/<id>/draft": (lambda c, k: c.get(f"{task(k)}/draft"), "401 404 404 404 404 404 404 404"),
    "DELETE /tasks/<id>/draft": (lambda c, k: c.delete(f"{task(k)}/draft"), "401 204 204 204 404 404 204 204"),
    "POST /tasks/complete": (
        lambda c, k: c.post("/tasks/complete", {"tasks": [{"id": k["tasks"][0]["id"], "data": {"agree": True}}]}),
        "401 200 200 200 200 200 200 200",
    ),
    "GET /substitutions": (lambda c, _: c.get("/substitutions"), "401 200 200 200 200 200 200 200"),
    "POST /substitutions": (
        lambda c, _: c.post(
            "/substitutions",
            {"username": "clerk", "substitute": "colleague", "since": "2026-03-10", "until": "2026-03-11"},
        ),
        "401 201 403 403 403 403 403 422",
    ),
    "POST /substitutions/<id>/end": (
        lambda c, k: c.post(f"/substitutions/{k['substitution']}/end"),
        "401 200 404 404 404 404 403 200",
    ),
    "POST /definitions": (lambda c, _: c.upload("/definitions", FILES), "401 403 403 403 403 200 403 200"),
    "GET /definitions": (lambda c, _: c.get("/definitions"), "401 200 200 200 200 200 200 200"),
    "GET /definitions/<key>": (lambda c, _: c.get("/definitions/two_steps"), "401 200 200 200 200 200 200 200"),
    "GET /definitions/<key>/versions/<int:n>": (
        lambda c, _: c.get("/definitions/two_steps/versions/1"),
        "401 200 200 200 200 200 200 200",
    ),
    "GET /definitions/<key>/versions/<int:n>/files/<name>": (
        lambda c, _: c.get("/definitions/two_steps/versions/1/files/look.form"),
        "401 200 200 200 200 200 200 200",
    ),
    "GET /definitions/<key>/diff": (
        lambda c, _: c.get("/definitions/two_steps/diff", **{"from": "1", "to": "1"}),
        "401 200 200 200 200 200 200 200",
    ),
    "GET /definitions/<key>/versions/<int:n>/tokens": (
        lambda c, _: c.get("/definitions/two_steps/versions/1/tokens"),
        "401 403 403 403 403 200 200 200",
    ),
    "POST /definitions/<key>/versions/<int:n>/retire": (
        lambda c, _: c.post("/definitions/two_steps/versions/9/retire", REASON),
        "401 403 403 403 403 404 403 404",
    ),
    "POST /definitions/<key>/versions/<int:n>/reactivate": (
        lambda c, _: c.post("/definitions/two_steps/versions/1/reactivate", REASON),
        "401 403 403 403 403 409 403 409",
    ),
    "POST /definitions/<key>/migrations": (
        lambda c, _: c.post("/definitions/two_steps/migrations", {"to": 1}),
        "401 403 403 403 403 200 403 200",
    ),
    "GET /conformance": (
        lambda c, _: c.get("/conformance", process="two_steps"),
        "401 403 403 403 403 403 200 200",
    ),
    "GET /calendar": (lambda c, _: c.get("/calendar"), "401 200 200 200 200 200 200 200"),
    "POST /calendar/days": (
        lambda c, _: c.post("/calendar/days", {"date": "2026-10-08", "kind": "closed", "reason": "台风"}),
        "401 403 403 403 403 403 403 200",
    ),
    "POST /calendar/days/<day>/remove": (
        lambda c, _: c.post("/calendar/days/2026-10-09/remove"),
        "401 403 403 403 403 403 403 404",
    ),
    "POST /calendar/closing": (
        lambda c, _: c.post("/calendar/closing", {"at": "24:00"}),
        "401 403 403 403 403 403 403 200",
    ),
    "GET /matters": (lambda c, _: c.get("/matters"), "401 200 200 200 200 200 200 200"),
    "GET /matters/<code>": (lambda c, _: c.get("/matters/9900101001"), "401 200 200 200 200 200 200 200"),
    "GET /units": (lambda c, _: c.get("/units"), "401 200 200 200 200 200 200 200"),
    "GET /windows": (lambda c, _: c.get("/windows"), "401 200 200 200 200 200 200 200"),
    "POST /jobs/fetch": (
        lambda c, _: c.post("/jobs/fetch", {"topics": ["pay"], "worker": "w"}),
        "401 403 403 403 403 403 403 403",
    ),
    "POST /jobs/<id>/complete": (
        lambda c, k: c.post(f"/jobs/{k['job']}/complete", {"worker": "w"}),
        "401 403 403 404 404 404 403 403",
    ),
    "POST /jobs/<id>/fail": (
        lambda c, k: c.post(f"/jobs/{k['job']}/fail", {"worker": "w", "message": "x"}),
        "401 403 403 404 404 404 403 403",
    ),
    "POST /jobs/<id>/extend": (
        lambda c, k: c.post(f"/jobs/{k['job']}/extend", {"worker": "w"}),
        "401 403 403 404 404 404 403 403",
    ),
    "POST /track/<number>/remind": (
        lambda c, k: c.post(f"/track/{k['number']}/remind", {"code": k["tracking_code"]}),
        "200 200 200 200 200 200 200 200",
    ),
    "POST /track/<number>/rating": (
        lambda c, k: c.post(f"/track/{k['number']}/rating", {"code": k["tracking_code"], "level": 5}),
        "409 409 409 409 409 409 409 409",
    ),
    "GET /track/<number>": (
        lambda c, k: c.get(f"/track/{k['number']}", code=k["tracking_code"]),
        "200 200 200 200 200 200 200 200",
    ),
}

OPERATIONS = [f"{operation.method} {operation.rule}" for group in GROUPS for operation in group.operations]


def example_of(callers: dict[str, Caller], call: str) -> dict[str, Any]:
    """A case that waits for `housing`, with what else the call is about."""
    case = callers["clerk"].start()
    waiting = callers["clerk"].post(f"{task(case)}/complete", {"data": {"finding": "x"}}).json
    example = {**waiting, "tracking_code": case["tracking_code"], "done": case["tasks"][0]["id"]}
    if "/mentions/<int:n>" in call:
        # A remark that names the clerk `housing`.
        callers["clerk"].post(f"{path(waiting)}/comments", {"text": "@housing 请看"})
        example["mention"] = callers["housing"].get("/mentions").json["items"][0]["id"]
    if "/materials/<id>" in call:
        example["material"] = callers["clerk"].hand_in(case["number"]).json["id"]
    if "/notices/<id>" in call:
        told = callers["clerk"].start(matter="9900101003", applicant=APPLICANT | {"email": "a@example.cn"})
        # No mail server is named: the mail is given up.
        callers["clerk"].office.outbox.deliver_due()
        example["notice"] = callers["clerk"].get(f"{path(told)}/notices").json["items"][0]["id"]
    if "checkpoints" in call or "inclusion" in call:
        assert callers["admin"].post("/checkpoints").status_code == 201
    if "/substitutions/" in call:
        days = {"since": "2026-03-10", "until": "2026-03-11"}
        named = callers["clerk"].post("/substitutions", {"substitute": "colleague", **days})
        listed = callers["clerk"].get("/substitutions").json["items"]
        example["substitution"] = named.json.get("id") or listed[0]["id"]
    if call.startswith("POST /jobs/"):
        # A job that the worker `w` of the account `payments` holds, of a case that `hall` accepted.
        callers["clerk"].start(matter="9900101002")
        fetched = callers["payments"].post("/jobs/fetch", {"topics": ["pay"], "worker": "w", "max": 1})
        example["job"] = fetched.json["items"][0]["id"]
    return example


@pytest.mark.parametrize("call", OPERATIONS)
def test_each_role_gets_what_it_may(callers: dict[str, Caller], call: str) -> None:
    request, expected = TABLE[call]
    got = {role: request(callers[role], example_of(callers, call)).status_code for role in ROLES}
    assert got == dict(zip(ROLES, map(int, expected.split()), strict=True))


class Scribbler(Caller):
    """Sends what nobody can read: broken bodies, and parameters that there are not."""

    def get(self, path: str, **query: Any) -> TestResponse:
        return super().get(path, **query, limit="none", colour="red")

    def put(self, path: str, body: Any = None) -> TestResponse:
        return self._client.put(
            f"/api/v1{path}", data=b'{"data":', content_type="application/json", headers=self.headers
        )

    def delete(self, path: str) -> TestResponse:
        return super().delete(f"{path}?colour=red")

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send(path, b'{"reason":')

    def upload(self, path: str, files: dict[str, bytes], **headers: str) -> TestResponse:
        return self.post(path)

    def hand_in(self, number: str, *_file: Any, **_about: Any) -> TestResponse:
        return self.post(f"/cases/{number}/materials")


#: What differs from `TABLE`: what a role may do is told by the body, or what is not there is told after it.
READABLE_FIRST = {
    "POST /cases": "401 400 400 400 400 403 403 403",
    "POST /substitutions": "401 400 400 400 400 400 400 400",
    "POST /definitions": "401 403 403 403 403 415 403 415",
    "POST /definitions/<key>/versions/<int:n>/retire": "401 403 403 403 403 400 403 400",
    "POST /calendar/days/<day>/remove": "401 403 403 403 403 403 403 400",
    "POST /cases/<number>/materials": "401 415 415 415 404 404 403 403",
}


@pytest.mark.parametrize("call", [o for o in OPERATIONS if "/track/" not in o])
def test_what_one_may_not_do_is_told_before_what_is_wrong_with_the_request(
    callers: dict[str, Caller], call: str
) -> None:
    request, table = TABLE[call]
    example = example_of(callers, call)
    bad = "422" if call.startswith(("GET ", "DELETE ")) else "400"
    expected = READABLE_FIRST.get(call) or " ".join(s if s in ("401", "403", "404") else bad for s in table.split())
    before = callers["auditor"].get(path(example)).json
    got = {role: request(Scribbler.like(callers[role]), example).status_code for role in ROLES}
    assert got == dict(zip(ROLES, map(int, expected.split()), strict=True))
    assert callers["auditor"].get(path(example)).json == before


def test_a_token_is_good_for_the_calls_of_its_scopes_alone(callers: dict[str, Caller], app: Flask) -> None:
    people = app.extensions["office"].people

    def caller(*scopes: str) -> Caller:
        return Caller(app.test_client(), people.new_token("clerk", scopes=scopes)["token"])

    alone = {scope: caller(scope) for scope in Scope}
    others = {scope: caller(*(other for other in Scope if other != scope)) for scope in Scope}
    example = example_of(callers, "GET /cases")
    known = example | {"job": "none", "substitution": "none", "material": "none", "notice": "none", "mention": 0}
    got, refused = {}, set()
    for operation in (operation for group in GROUPS for operation in group.operations if not operation.public):
        call = f"{operation.method} {operation.rule}"
        request, _ = TABLE[call]
        answer = request(others[operation.scope], known)
        assert (answer.status_code, answer.json["type"]) == (403, "/problems/forbidden"), call
        assert f"the call needs one for {operation.scope}" in answer.json["detail"], call
        answer = request(alone[operation.scope], known)
        if "This token is for" in answer.text:
            refused.add(call)
        got[call] = operation.scope
    assert refused == set()
    reading = {call for call, scope in got.items() if scope == "read"}
    assert {call for call in got if call.startswith("GET ")} == reading - {"POST /cases/<number>/verify"}
    assert {call for call, scope in got.items() if scope == "jobs"} == {
        call for call in got if call.startswith("POST /jobs/")
    }


def test_the_document_names_the_scope_of_each_call(app: Flask) -> None:
    paths = app.test_client().get("/openapi.json").json["paths"]
    assert paths[f"{BASE}/tasks/{{id}}/complete"]["post"]["security"] == [{"token": ["work"]}, {"session": []}]
    assert paths[f"{BASE}/export"]["get"]["security"] == [{"token": ["read"]}, {"session": []}]
    assert paths[f"{BASE}/track/{{number}}"]["get"]["security"] == []


@pytest.mark.parametrize("call", OPERATIONS)
def test_the_account_of_a_worker_does_jobs_and_else_no_more_than_a_stranger(
    callers: dict[str, Caller], call: str
) -> None:
    request, expected = TABLE[call]
    stranger = int(expected.split()[ROLES.index("planning")])
    wanted = 200 if call.startswith("POST /jobs/") else stranger
    assert request(callers["payments"], example_of(callers, call)).status_code == wanted


def test_in_bulk_each_task_is_refused_by_itself(callers: dict[str, Caller]) -> None:
    case = callers["clerk"].start()
    body = {"tasks": [{"id": case["tasks"][0]["id"], "data": {"finding": "x"}}]}
    statuses = [callers[role].post("/tasks/complete", body).json["results"][0]["status"] for role in ROLES[3:]]
    assert statuses == [404, 404, 404, 403, 403]


def _told(call: str) -> str:
    """A row of the paper: a call that comes to the state of the case is one that the role may."""
    signs = {"401": "–", "403": "–", "404": "", "200": "✓", "201": "✓", "202": "✓", "204": "✓", "409": "✓", "422": "✓"}
    cells = " | ".join(signs[status] for status in TABLE[call][1].split())
    named = re.sub(r"<(?:int:)?(\w+)>", r"{\1}", call)
    return f"| `{named}` | {cells} |"


def test_the_paper_of_rights_is_the_table() -> None:
    paper = (Path(__file__).parents[2] / "docs/rights.md").read_text("utf-8")
    assert [line for line in paper.splitlines() if line.startswith("| `")] == [_told(call) for call in TABLE]


def test_every_call_under_the_base_path_is_in_the_table(app: Flask) -> None:
    routes = {
        f"{method} {rule.rule.removeprefix(BASE)}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(BASE) and rule.methods is not None
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == TABLE.keys()
