"""What somebody would try who wants to act as another: each is answered by nothing that helps them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import Office
from engine.errors import Unauthorised
from engine.office.people import LONGEST_SESSION
from tests.conftest import SetClock
from tests.pages.test_pages_protection import HTML, PASSWORD, log_in, token


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("yichuang")
    assert found is not None
    return found.value


def test_a_session_that_somebody_planted_is_not_the_one_that_is_logged_in(client: FlaskClient, app: Flask) -> None:
    # given a cookie and a form secret that an attacker has too
    secret = token(client.get("/login"))
    planted = cookie(client)
    # when the victim logs in with them
    form = {"csrf": secret, "username": "clerk", "password": PASSWORD}
    assert client.post("/login", data=form, headers=HTML).status_code == 302
    # then neither is worth anything
    assert cookie(client) != planted
    assert token(client.get("/inbox")) != secret
    attacker = app.test_client()
    attacker.set_cookie("yichuang", planted)
    assert attacker.get("/inbox", headers=HTML).location.startswith("/login")
    assert client.post("/logout", data={"csrf": secret}, headers=HTML).status_code == 403


def test_every_form_of_the_pages_is_refused_without_its_secret(client: FlaskClient, app: Flask) -> None:
    log_in(client, "admin")
    tried = 0
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("pages.") or "POST" not in (rule.methods or ()):
            continue
        values = {name: 1 if "int" in type(rule._converters[name]).__name__.lower() else "x" for name in rule.arguments}
        for name in rule.arguments:
            if type(rule._converters[name]).__name__ == "AnyConverter":
                values[name] = next(iter(rule._converters[name].items))  # type: ignore[attr-defined]
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        for sent in ({}, {"csrf": "guessed"}):
            answer = client.post(path, data=sent, headers=HTML)
            assert (answer.status_code, "form-not-ours" in answer.text or "页面已过期" in answer.text) == (403, True), (
                path
            )
        tried += 1
    assert tried > 25


def test_the_cookie_is_for_our_server_alone(client: FlaskClient, app: Flask) -> None:
    client.get("/login")
    kept = client.get_cookie("yichuang")
    assert kept is not None and kept.http_only and kept.same_site == "Lax" and not kept.secure
    app.config["SESSION_COOKIE_SECURE"] = True
    (written,) = log_in(client).headers.getlist("Set-Cookie")
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in written.split(";")}


def test_a_session_ends_at_the_server_too_whatever_its_cookie_says(embedded_office: Office, clock: SetClock) -> None:
    people = embedded_office.people
    secret = people.begin_session("clerk")
    clock.pass_time(seconds=(LONGEST_SESSION - timedelta(seconds=1)).total_seconds())
    assert people.by_session(secret).username == "clerk"
    clock.pass_time(seconds=1)
    with pytest.raises(Unauthorised):
        people.by_session(secret)
