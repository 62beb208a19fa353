"""What somebody would try who wants to act as another: each is answered by nothing that helps them."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter

from api import create_app
from engine import Office
from engine.errors import Unauthorised
from engine.office.sessions import LONGEST_SESSION
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
        values = {name: 1 if isinstance(rule._converters[name], IntegerConverter) else "x" for name in rule.arguments}
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


def test_the_cookies_are_for_our_server_alone(client: FlaskClient, app: Flask, embedded_office: Office) -> None:
    client.get("/login")
    kept = client.get_cookie("yichuang")
    assert kept is not None and kept.http_only and kept.same_site == "Lax" and not kept.secure
    # behind HTTPS: as the request has it, or as the setting says of all
    told = create_app(embedded_office, SECRET_KEY="a key for tests only", SESSION_COOKIE_SECURE=True).test_client()
    for browser, scheme in ((app.test_client(), "https"), (told, "http")):
        for path, name in (("/login", "__Host-yichuang"), ("/language/en", "__Host-language")):
            (written,) = browser.get(path, base_url=f"{scheme}://localhost").headers.getlist("Set-Cookie")
            assert written.startswith(f"{name}=")
            parts = {part.strip() for part in written.split(";")}
            assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
            assert not any(part.startswith("Domain") for part in parts)


def test_over_https_a_cookie_without_the_prefix_is_nothing(client: FlaskClient) -> None:
    page = client.get("/login", base_url="https://localhost")
    form = {"csrf": token(page), "username": "clerk", "password": PASSWORD}
    headers = {**HTML, "Referer": "https://localhost/login"}
    assert client.post("/login", base_url="https://localhost", data=form, headers=headers).status_code == 302
    kept = client.get_cookie("__Host-yichuang")
    assert kept is not None
    assert client.get("/inbox", base_url="https://localhost").status_code == 200
    client.delete_cookie("__Host-yichuang")
    client.set_cookie("yichuang", kept.value)
    assert client.get("/inbox", base_url="https://localhost").status_code == 302


def test_the_cookie_is_signed_with_sha_256(client: FlaskClient, app: Flask) -> None:
    client.get("/login")
    signature = cookie(client).rpartition(".")[2]
    assert len(urlsafe_b64decode(signature + "=")) == 32
    weak = SecureCookieSessionInterface().get_signing_serializer(app)
    assert weak is not None
    client.set_cookie("yichuang", weak.dumps({"csrf": "known"}))
    assert client.post("/track", data={"csrf": "known"}, headers=HTML).status_code == 403


def test_a_session_ends_at_the_server_too_whatever_its_cookie_says(embedded_office: Office, clock: SetClock) -> None:
    sessions = embedded_office.sessions
    secret = sessions.begin("clerk")
    clock.pass_time(seconds=(LONGEST_SESSION - timedelta(seconds=1)).total_seconds())
    assert sessions.person(secret).username == "clerk"
    clock.pass_time(seconds=1)
    with pytest.raises(Unauthorised):
        sessions.person(secret)
