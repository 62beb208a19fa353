"""The API document, the pages that are made of it, and the problems' own pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.calls import BASE
from api.problems.types import NAME_OF_STATUS, PROBLEM_TYPES
from engine import errors


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without log-in."""
    return app.test_client()


@pytest.fixture
def document(client: FlaskClient) -> Any:
    """The API document."""
    return client.get("/openapi.json").json


def test_the_document_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_in_the_document(app: Flask, document: Any) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(BASE) and rule.methods is not None
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    documented = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert documented == routes


def test_every_call_says_what_it_does_and_what_may_go_wrong(document: Any) -> None:
    for methods in document["paths"].values():
        for method, operation in methods.items():
            assert operation["summary"]
            assert {"400", "422", "500", "503"} <= operation["responses"].keys()
            headers = {p["name"] for p in operation["parameters"] if p["in"] == "header"}
            assert ("Idempotency-Key" in headers) == (method == "post")


def test_a_case_is_described_with_its_fields(document: Any) -> None:
    case = document["components"]["schemas"]["CaseView"]
    assert {"number", "tracking_code", "matter", "type", "status", "due", "window", "tasks", "data"} <= set(
        case["required"]
    )
    task = document["components"]["schemas"]["TaskView"]
    assert "form" in task["properties"]
    assert "form" not in task["required"]


def test_the_document_can_be_read_as_a_page(client: FlaskClient, document: Any) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    for path in document["paths"]:
        assert f"<code>{path}</code>" in text
    assert "<script" not in text
    links, places = set(re.findall(r'href="#([^"]+)"', text)), set(re.findall(r'id="([^"]+)"', text))
    assert {"schema-Applicant", "schema-CaseView", "schema-TaskView"} <= links
    assert links <= places
    assert "https://" not in text.replace("https://spec.openapis.org", "")
    style = re.search(r'href="([^"]+\.css)"', text)
    assert style is not None
    with client.get(style[1]) as sheet:
        assert sheet.mimetype == "text/css"


@pytest.mark.parametrize("name", PROBLEM_TYPES)
def test_each_problem_type_answers_with_its_documentation(client: FlaskClient, name: str) -> None:
    page = client.get(PROBLEM_TYPES[name].uri)
    assert page.status_code == 200
    assert escape(PROBLEM_TYPES[name].title) in page.get_data(as_text=True)


def test_the_problems_are_listed(client: FlaskClient) -> None:
    text = client.get("/problems/").get_data(as_text=True)
    assert all(problem.uri in text for problem in PROBLEM_TYPES.values())
    assert client.get("/problems/unheard-of").status_code == 404


def test_every_problem_of_the_engine_and_of_flask_has_a_type() -> None:
    named = {kind.problem for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "problem")}
    assert named <= PROBLEM_TYPES.keys()
    assert set(NAME_OF_STATUS.values()) <= PROBLEM_TYPES.keys()


#: The contract of the names: what clients branch on.
STATUSES = {
    "validation": 422,
    "definition-invalid": 422,
    "not-found": 404,
    "task-already-completed": 409,
    "task-claimed-by-another": 409,
    "stale-version": 412,
    "idempotency-key-reused": 422,
    "forbidden": 403,
    "unauthorised": 401,
    "case-closed": 409,
    "case-suspended": 409,
    "too-large": 413,
    "rate-limited": 429,
    "malformed": 400,
    "not-offered": 409,
    "conflict": 409,
    "unavailable": 503,
}


@pytest.mark.parametrize("name", STATUSES)
def test_each_problem_has_its_status(name: str) -> None:
    assert PROBLEM_TYPES[name].status == STATUSES[name]


def test_every_problem_name_is_provoked_by_a_test() -> None:
    """What no test has seen is not known to work."""
    told = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    told = told.replace(Path(__file__).read_text(encoding="utf-8"), "")
    assert [name for name in PROBLEM_TYPES if f'"{name}")' not in told] == []
