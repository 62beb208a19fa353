"""What must be refused: the right problem, nothing changed, nothing personal in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.log import JsonLines
from engine import Office
from engine.definitions.model import SourceFile
from tests.api.calling import APPLICANT, MODELS, Caller, opening, problem


def changed(**applicant: Any) -> dict[str, Any]:
    return opening(applicant={**APPLICANT, **applicant})


def without(name: str) -> dict[str, Any]:
    return opening(applicant={key: value for key, value in APPLICANT.items() if key != name})


#: What is sent to accept a case, and the pointers of the fields that are wrong in it.
OPENINGS = {
    "unknown matter": (opening(matter="0000000000"), ["/matter"]),
    "no matter": ({k: v for k, v in opening().items() if k != "matter"}, ["/matter"]),
    "a matter that is a number": (opening(matter=9900101001), ["/matter"]),
    "no applicant": ({k: v for k, v in opening().items() if k != "applicant"}, ["/applicant"]),
    "no name": (without("name"), ["/applicant/name"]),
    "no identity number": (without("id_number"), ["/applicant/id_number"]),
    "an identity number with a wrong check digit": (changed(id_number="110101190001010015"), ["/applicant/id_number"]),
    "an unknown kind of document": (changed(id_type="library-card"), ["/applicant/id_type"]),
    "a field that nobody knows": (opening(priority="high"), ["/priority"]),
    "a field of the applicant that nobody knows": (changed(fax="010-00000002"), ["/applicant/fax"]),
    "data that is a list": (opening(data=[1]), ["/data"]),
    "an unknown window": (opening(window="Z99"), ["/window"]),
    "an unknown channel": (opening(channel="pigeon"), ["/channel"]),
    "an address that is none": (changed(email="a at example"), ["/applicant/email"]),
    "several faults at once": (
        opening(applicant={**APPLICANT, "name": "", "phone": "1", "id_number": "110101190001010015"}, channel="pigeon"),
        ["/applicant/id_number", "/applicant/name", "/applicant/phone", "/channel"],
    ),
    "a number that is no double": (opening(data={"amount": 2**60}), ["/data/amount"]),
    "faults of what the office knows, all at once": (
        opening(matter="0000000000", window="Z99", applicant={**APPLICANT, "phone": "1"}, channel="pigeon"),
        ["/matter", "/window", "/applicant/phone", "/channel"],
    ),
    "faults of the data beside others": (
        opening(window="Z99", applicant={**APPLICANT, "phone": "1"}, data={"matter": {"name": "x"}}),
        ["/window", "/applicant/phone", "/data/matter"],
    ),
    "faults of form beside others": (
        {
            "matter": 9900101001,
            "applicant": {"name": 5, "id_type": "resident_id", "id_number": "110101190001010015", "fax": "1"},
            "data": {"amount": 2**60},
            "window": "Z99",
            "channel": "pigeon",
            "priority": "high",
        },
        [
            "/data/amount",
            "/matter",
            "/applicant/name",
            "/applicant/phone",
            "/applicant/fax",
            "/priority",
            "/window",
            "/applicant/id_number",
            "/channel",
        ],
    ),
}


@pytest.mark.parametrize("name", OPENINGS)
def test_an_application_with_a_wrong_field_is_refused_and_says_which(clerk: Caller, name: str) -> None:
    body, pointers = OPENINGS[name]
    answer = clerk.post("/cases", body)
    assert problem(answer) == (422, "validation")
    assert [error["pointer"] for error in answer.json["errors"]] == pointers
    assert all(error["message"] for error in answer.json["errors"])
    assert clerk.get("/cases").json["items"] == []


def test_faults_of_the_form_at_the_start_are_told_with_all_others(clerk: Caller, office: Office) -> None:
    # given a process that begins with a form
    diagram = (MODELS / "two_steps.bpmn").read_text(encoding="utf-8")
    formed = diagram.replace(
        '<bpmn:startEvent id="start">',
        '<bpmn:startEvent id="start"><bpmn:extensionElements><zeebe:formDefinition formId="look"/>'
        "</bpmn:extensionElements>",
    )
    files = {"two_steps.bpmn": formed.encode(), "look.form": (MODELS / "look.form").read_bytes()}
    sources = [SourceFile(name=name, content=content) for name, content in files.items()]
    office.definitions.deploy(sources, by=office.people.person("designer"))

    # when the form, the window, the applicant and the shape of the body are wrong
    data = {"amount": "much", "purpose": "试验"}
    answer = clerk.post("/cases", opening(data=data, window="Z99", priority=1, applicant={**APPLICANT, "phone": "1"}))

    # then all of it is told in one answer
    assert problem(answer) == (422, "validation")
    assert [error["pointer"] for error in answer.json["errors"]] == [
        "/priority",
        "/window",
        "/applicant/phone",
        "/data/purpose",
        "/data/amount",
        "/data/finding",
    ]


def test_a_refused_application_is_remembered_under_its_key_with_all_its_faults(clerk: Caller) -> None:
    wrong = opening(priority=1, window="Z99")
    first = clerk.post("/cases", wrong, Idempotency_Key="k")
    again = clerk.post("/cases", wrong, Idempotency_Key="k")
    assert again.json["errors"] == first.json["errors"] and len(first.json["errors"]) == 2
    # One that differs in what is wrong alone is another one.
    assert problem(clerk.post("/cases", wrong | {"priority": 2}, Idempotency_Key="k")) == (
        422,
        "idempotency-key-reused",
    )


def test_who_may_not_accept_is_told_that_and_not_what_is_wrong(clerk: Caller, callers: dict[str, Caller]) -> None:
    assert problem(callers["auditor"].post("/cases", opening(priority=1, matter="x"))) == (403, "forbidden")
    assert problem(callers["housing"].post("/cases", opening(priority=1, channel="pigeon"))) == (403, "forbidden")


#: Values for the form of the first task, and the pointers of what is wrong.
FORMS: dict[str, tuple[Any, list[str]]] = {
    "a required field is missing": ({}, ["/data/finding"]),
    "a field has the wrong type": ({"finding": ["x"]}, ["/data/finding"]),
    "a number is a word": ({"finding": "x", "amount": "much"}, ["/data/amount"]),
    "a text is too long": ({"finding": "x" * 101}, ["/data/finding"]),
    "the form has no such field": ({"finding": "x", "status": "completed"}, ["/data/status"]),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_filled_in_wrongly_changes_nothing(clerk: Caller, name: str) -> None:
    case = clerk.start()
    data, pointers = FORMS[name]
    answer = clerk.post(f"/tasks/{case['tasks'][0]['id']}/complete", {"data": data})
    assert problem(answer) == (422, "validation")
    assert [error["pointer"] for error in answer.json["errors"]] == pointers
    assert clerk.get(f"/cases/{case['number']}").json == case


BODIES = {
    "not JSON": b"{finding: x}",
    "cut off": b'{"data": {"finding": "x"',
    "not UTF-8": '{"data": {"finding": "查"}}'.encode("gbk"),
    "no object": b"[1, 2]",
    "a bare word": b'"data"',
    "null": b"null",
    "not a number": b'{"data": {"amount": NaN}}',
    "one name twice": b'{"data": {}, "data": {"finding": "x"}}',
    "too deep": b'{"data": ' + b'{"a": ' * 5000 + b"1" + b"}" * 5001,
    "rather deep": b'{"data": ' + b'{"a": ' * 120 + b"1" + b"}" * 121,
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read_is_malformed(clerk: Caller, name: str) -> None:
    case = clerk.start()
    answer = clerk.send(f"/tasks/{case['tasks'][0]['id']}/complete", BODIES[name])
    assert problem(answer) == (400, "malformed")
    assert clerk.get(f"/cases/{case['number']}").json == case


#: Members of JSON texts that cannot be kept as they are, with the pointer to each.
UNKEEPABLE = {
    "a number beyond doubles": (b'{"data": {"finding": "x", "amount": 0.12345678901234567890123}}', "/data/amount"),
    "an endless number": (b'{"data": {"finding": "x", "amount": 1e999}}', "/data/amount"),
    "an exponent beyond everything": (b'{"data": {"amount": 1e99999999999999999999}}', "/data/amount"),
    "a vanishing number": (b'{"data": {"finding": "x", "amount": 1e-999}}', "/data/amount"),
    "an integer with 5000 digits": (b'{"data": {"amount": ' + b"9" * 5000 + b"}}", "/data/amount"),
    "a null character": (b'{"data": {"finding": "a\\u0000b"}}', "/data/finding"),
    "half a character": (b'{"data": {"finding": "\\ud83d"}}', "/data/finding"),
    "a name with a null character": (b'{"data": {"a\\u0000b": 1}}', "/data"),
}


@pytest.mark.parametrize("name", UNKEEPABLE)
def test_what_cannot_be_kept_as_it_was_sent_is_refused(clerk: Caller, name: str) -> None:
    id = clerk.start()["tasks"][0]["id"]
    text, pointer = UNKEEPABLE[name]
    answer = clerk.send(f"/tasks/{id}/complete", text)
    assert problem(answer) == (422, "validation")
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_numbers_that_doubles_hold_are_kept(clerk: Caller) -> None:
    case = clerk.start(data={"a": 0.1, "b": 1.10, "c": 2**53 - 1, "d": 1e10, "e": -0.5, "f": 12345.6789})
    data = clerk.get(f"/cases/{case['number']}").json["data"]
    assert (data["a"], data["b"], data["c"], data["d"]) == (0.1, 1.1, 2**53 - 1, 1e10)


def test_a_body_of_ten_megabytes_is_too_large(clerk: Caller) -> None:
    body = json.dumps(opening(data={"text": "x" * 10_000_000})).encode()
    assert problem(clerk.send("/cases", body)) == (413, "too-large")
    assert clerk.get("/cases").json["items"] == []


@pytest.mark.parametrize("more", [0, 1, 2_000_000])
def test_a_body_that_does_not_say_its_length_is_read_whole_or_refused(clerk: Caller, more: int) -> None:
    # Blanks after the value: what is cut off would still be JSON.
    body = json.dumps(opening()).encode()
    body += b" " * (2**20 - len(body) + more)
    answer = clerk.stream("/cases", body)
    if more:
        assert problem(answer) == (413, "too-large")
        assert clerk.get("/cases").json["items"] == []
    else:
        assert answer.status_code == 201


def test_an_upload_that_does_not_say_its_length_is_refused_beyond_the_setting(callers: dict[str, Caller]) -> None:
    head = b'--limit\r\nContent-Disposition: form-data; name="files"; filename="big.bpmn"\r\n\r\n'
    body = head + b"x" * (3 * 2**20) + b"\r\n--limit--\r\n"
    answer = callers["designer"].stream("/definitions", body, "multipart/form-data; boundary=limit")
    assert problem(answer) == (413, "too-large")


def test_an_upload_beyond_the_setting_is_too_large(callers: dict[str, Caller]) -> None:
    answer = callers["designer"].upload("/definitions", {"big.bpmn": b"x" * (3 * 2**20)})
    assert problem(answer) == (413, "too-large")


def test_other_media_types_are_not_read(clerk: Caller, callers: dict[str, Caller]) -> None:
    assert problem(clerk.send("/cases", b"matter=1", "application/x-www-form-urlencoded")) == (
        415,
        "unsupported-media-type",
    )
    assert problem(callers["designer"].post("/definitions", {})) == (415, "unsupported-media-type")


#: Queries of lists that make no sense, with the pointer to the parameter.
QUERIES = {
    "status": ("/cases", {"status": "sleeping"}),
    "type": ("/cases", {"type": "sixth"}),
    "limit": ("/cases", {"limit": 0}),
    "due_before": ("/cases", {"due_before": "2026-01-01"}),
    "due_before, a number of seconds": ("/cases", {"due_before": "1700000000"}),
    "due_before, no offset": ("/tasks", {"due_before": "2026-01-01T00:00:00"}),
    "received_from, an instant": ("/cases", {"received_from": "2026-01-01T00:00:00"}),
    "received_to, a number": ("/cases", {"received_to": "1767225600"}),
    "received_to, a day that there is not": ("/cases", {"received_to": "2026-02-30"}),
    "due_before, a plus that became a blank": ("/tasks", {"due_before": "2026-01-01T00:00:00 08:00"}),
    "overdue": ("/tasks", {"overdue": "maybe"}),
    "sort": ("/tasks", {"sort": "name"}),
    "cursor": ("/cases", {"cursor": "nonsense"}),
    "colour": ("/tasks", {"colour": "red"}),
    "at": ("/cases/{number}/replay", {"at": "yesterday"}),
    "nonsense": ("/units", {"nonsense": "1"}),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_that_makes_no_sense_is_refused(clerk: Caller, name: str) -> None:
    path, query = QUERIES[name]
    answer = clerk.get(path.format(number=clerk.start()["number"]), **query)
    assert problem(answer) == (422, "validation")
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{name.partition(',')[0]}"]


def test_a_cursor_that_is_none_of_ours_is_refused_by_every_list(app: Flask, callers: dict[str, Caller]) -> None:
    number = callers["clerk"].start()["number"]
    calls = app.test_client().get("/openapi.json").json["paths"]
    paged = [
        path.removeprefix("/api/v1").format(number=number)
        for path, methods in calls.items()
        if "cursor" in {parameter["name"] for parameter in methods.get("get", {}).get("parameters", ())}
    ]
    assert len(paged) >= 8
    for cursor in ("", " ", "-1", "W10", "é"):
        answers = {path: callers["auditor"].get(path, cursor=cursor) for path in paged}
        assert {path: problem(answer) for path, answer in answers.items()} == dict.fromkeys(paged, (422, "validation"))
        assert {error["pointer"] for answer in answers.values() for error in answer.json["errors"]} == {"/cursor"}


def test_a_parameter_is_given_once(clerk: Caller) -> None:
    answer = clerk.get("/cases", status=["open", "completed"])
    assert problem(answer) == (422, "validation")


@pytest.mark.parametrize(
    "path", ["/cases/20260310-H01-9999-X", "/tasks/none", "/nothing", "/cases/a%00b", "/tasks/%00"]
)
def test_what_is_not_there_is_not_found(clerk: Caller, path: str) -> None:
    assert problem(clerk.get(path)) == (404, "not-found")


@pytest.mark.parametrize("path", ["/mentions/{}/read", "/definitions/two_steps/versions/{}/retire"])
def test_a_number_that_no_row_can_have_is_not_found(callers: dict[str, Caller], path: str) -> None:
    for number in (2**63 - 1, 2**63, 10**30):
        body = {} if "mentions" in path else {"reason": "x"}
        assert problem(callers["designer"].post(path.format(number), body)) == (404, "not-found")


def test_a_null_character_in_a_query_is_refused(clerk: Caller) -> None:
    assert problem(clerk.get("/cases", q="a\0b")) == (422, "validation")


def test_another_method_is_not_allowed_and_says_which_are(clerk: Caller) -> None:
    answer = clerk.post("/units")
    assert problem(answer) == (405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


def test_the_task_of_another_unit(clerk: Caller, housing: Caller, callers: dict[str, Caller]) -> None:
    case = clerk.start()
    looked = clerk.post(f"/tasks/{case['tasks'][0]['id']}/complete", {"data": {"finding": "x"}}).json
    id = looked["tasks"][0]["id"]
    # The hall sees it, since it carries the case, but may not do it; planning has nothing to do with it.
    assert problem(clerk.post(f"/tasks/{id}/complete", {"data": {"agree": True}})) == (403, "forbidden")
    assert problem(callers["planning"].post(f"/tasks/{id}/complete", {"data": {"agree": True}})) == (404, "not-found")
    assert clerk.get(f"/cases/{case['number']}").json == looked


def test_a_closed_case_stays_as_it_is(clerk: Caller) -> None:
    number = clerk.start()["number"]
    closed = clerk.post(f"/cases/{number}/withdraw", {"reason": "x"}).json
    for path, body in (
        ("comments", {"text": "x"}),
        ("messages", {"name": "note"}),
        ("suspend", {"reason": "x", "ground": "testing"}),
    ):
        assert problem(clerk.post(f"/cases/{number}/{path}", body)) == (409, "case-closed")
    assert clerk.get(f"/cases/{number}").json == closed


@pytest.mark.parametrize(
    "authorization", ["Bearer wrong", "Bearer", "Basic Y2xlcms6eQ==", "", "Bearer yichuang_" + "x" * 43]
)
def test_a_wrong_token_is_refused(callers: dict[str, Caller], authorization: str) -> None:
    caller = callers["nobody"]
    caller.headers = {"Authorization": authorization}
    answer = caller.get("/cases")
    assert problem(answer) == (401, "unauthorised")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


Refused = Callable[[dict[str, Caller]], TestResponse]

SECRETS = ["测试甲", "110101190001010014", "010-00000001", "秘密", "110101190001010015"]

#: Requests that carry something personal, each refused in another way.
PERSONAL: dict[str, Refused] = {
    "validation": lambda c: c["clerk"].post("/cases", changed(id_number="110101190001010015")),
    "unknown field": lambda c: c["clerk"].post("/cases", changed(秘密="秘密")),
    "malformed": lambda c: c["clerk"].send("/cases", '{"name": "测试甲"'.encode()),
    "query": lambda c: c["clerk"].get("/cases", q="测试甲", limit=0),
    "path": lambda c: c["clerk"].get("/cases/测试甲"),
    "unknown path": lambda c: c["clerk"].get("/测试甲/110101190001010014"),
    "header": lambda c: c["clerk"].post("/cases", opening(), Idempotency_Key="测试甲".encode().decode("latin-1")),
    "wrong token": lambda c: c["nobody"].post("/cases", opening()),
    "done": lambda c: c["clerk"].post("/cases", opening()),
    "searched": lambda c: c["clerk"].get("/cases", q="110101190001010014"),
}


@pytest.mark.parametrize("name", PERSONAL)
def test_nothing_personal_is_logged(callers: dict[str, Caller], caplog: pytest.LogCaptureFixture, name: str) -> None:
    with caplog.at_level(logging.DEBUG):
        PERSONAL[name](callers)
    lines = [JsonLines().format(record) for record in caplog.records]
    assert lines
    assert not [secret for secret in SECRETS for line in lines if secret in line]
