"""Who is calling: tokens of programs, and the pages' session with its proof against forged requests."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.pages import session
from engine import Office
from tests.api.calling import Caller, opening, problem
from tests.conftest import SetClock


@pytest.fixture
def browser(app: Flask, office: Office) -> FlaskClient:
    """A browser in which the clerk is logged in."""

    @app.get("/log-in-for-the-test")
    def log_in() -> str:
        session.log_in(office.people.person("clerk"))
        return session.csrf_token()

    client = app.test_client()
    client.environ_base["csrf"] = client.get("/log-in-for-the-test").get_data(as_text=True)
    return client


def test_the_session_reads_and_with_its_proof_changes(browser: FlaskClient) -> None:
    assert browser.get("/api/v1/cases").status_code == 200
    made = browser.post("/api/v1/cases", json=opening(), headers={"X-CSRF-Token": browser.environ_base["csrf"]})
    assert made.status_code == 201


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "guessed"}], ids=["no proof", "a wrong one"])
def test_a_forged_request_changes_nothing(browser: FlaskClient, headers: dict[str, str]) -> None:
    answer = browser.post("/api/v1/cases", json=opening(), headers=headers)
    assert problem(answer) == (403, "forbidden")
    assert browser.get("/api/v1/cases").json["items"] == []


def test_a_token_is_never_taken_for_the_sessions_owner(browser: FlaskClient) -> None:
    answer = browser.get("/api/v1/cases", headers={"Authorization": "Bearer wrong"})
    assert problem(answer) == (401, "unauthorised")


def test_who_is_disabled_is_out_at_once(browser: FlaskClient, office: Office, clerk: Caller) -> None:
    assert clerk.get("/cases").status_code == 200
    office.people.disable("clerk")
    assert problem(clerk.get("/cases")) == (401, "unauthorised")
    assert problem(browser.get("/api/v1/cases")) == (401, "unauthorised")


def test_a_token_is_worthless_from_the_moment_on_at_which_it_expires(
    office: Office, app: Flask, clock: SetClock
) -> None:
    caller = Caller(app.test_client(), office.people.new_token("clerk", days=1)["token"])
    clock.pass_time(days=1, seconds=-1)
    assert caller.get("/cases").status_code == 200
    clock.pass_time(seconds=1)
    assert problem(caller.get("/cases")) == (401, "unauthorised")
    assert problem(caller.post("/cases", opening())) == (401, "unauthorised")


def test_a_revoked_token_is_worthless(office: Office, app: Flask) -> None:
    token = office.people.new_token("clerk")["token"]
    caller = Caller(app.test_client(), token)
    assert caller.get("/cases").status_code == 200
    office.people.revoke_token(token)
    assert problem(caller.get("/cases")) == (401, "unauthorised")


def test_who_sends_no_token_is_told_more_than_the_title(browser: FlaskClient) -> None:
    browser.delete_cookie("yichuang")
    told = browser.get("/api/v1/cases").json
    assert told["type"].endswith("unauthorised")
    assert told["detail"].rstrip(".") != told["title"]
