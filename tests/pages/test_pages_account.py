"""One's own account: another password by the old one, sessions that one sees and ends, proof that it is oneself."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.pages import session
from engine import Office
from engine.demonstration import PASSWORD
from engine.errors import Forbidden
from tests.pages.test_pages_protection import HTML, log_in, token

NEW = "four calm herons"


@pytest.fixture
def elsewhere(app: Flask) -> FlaskClient:
    """Another browser of the clerk's."""
    client = app.test_client()
    log_in(client)
    return client


@contextmanager
def later(seconds: float) -> Iterator[None]:
    """As long as the block lasts it is so much later for the pages."""
    now = time.time() + seconds
    with mock.patch("time.time", lambda: now):
        yield


def change(client: FlaskClient, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> TestResponse:
    secret = token(client.get("/account"))
    form = {"csrf": secret, "old": old, "password": new, "again": new if again is None else again}
    return client.post("/account/password", data=form, headers=HTML)


def is_out(client: FlaskClient) -> bool:
    return client.get("/inbox", headers=HTML).status_code == 302


def test_another_password_by_the_old_one(client: FlaskClient, elsewhere: FlaskClient, embedded_office: Office) -> None:
    log_in(client)
    assert change(client).location == "/account"
    # then only this browser goes on, with another session, and the new one alone opens the office
    assert "密码已修改" in client.get("/account").text
    assert is_out(elsewhere)
    assert log_in(elsewhere).status_code == 401
    assert log_in(elsewhere, password=NEW).status_code == 302
    auditor = embedded_office.people.person("auditor")
    last = embedded_office.ledger.entries(by=auditor, limit=1000)["items"][-1]
    assert (last["actor"], last["kind"], last["about"]) == ("clerk", "person.password-set", {"username": "clerk"})
    assert all(proof["ok"] for proof in embedded_office.ledger.prove(by=auditor))


def test_why_a_password_is_not_changed_stands_at_its_field(client: FlaskClient, elsewhere: FlaskClient) -> None:
    log_in(client)
    for given, said in (
        ({"old": "wrong"}, "当前密码不正确"),
        ({"new": "short"}, "密码至少 8 个字符"),
        ({"new": "qwertyuiop"}, "这个密码太常见"),
        ({"again": "another"}, "两次输入的新密码不一致"),
    ):
        answer = change(client, **given)
        assert (answer.status_code, said in answer.text) == (422, True), said
        assert PASSWORD not in answer.text and NEW not in answer.text
    assert not is_out(elsewhere)


def test_guessing_the_old_password_locks_the_name(client: FlaskClient, app: Flask) -> None:
    log_in(client)
    assert {change(client, old=f"guess {n}").status_code for n in range(10)} == {422}
    assert change(client).status_code == 422
    assert log_in(app.test_client()).status_code == 401


def test_sessions_are_seen_and_ended(client: FlaskClient, elsewhere: FlaskClient, app: Flask) -> None:
    log_in(client)
    page = client.get("/account").text
    (ending,) = re.findall(r'action="(/account/sessions/[0-9a-f]{16}/end)"', page)
    assert page.count("当前</span>") == 1
    secret = {"csrf": token(client.get("/account"))}
    assert client.post(ending, data=secret, headers=HTML).status_code == 302
    assert (is_out(elsewhere), is_out(client)) == (True, False)
    assert client.post(ending, data=secret, headers=HTML).status_code == 404
    others = [app.test_client() for _ in range(2)]
    for other in others:
        log_in(other)
    client.post("/account/sessions/end", data=secret, headers=HTML)
    assert ([is_out(other) for other in others], is_out(client)) == ([True, True], False)


def test_nobody_ends_the_sessions_of_others(client: FlaskClient, elsewhere: FlaskClient) -> None:
    (ending,) = set(re.findall(r'action="(/account/sessions/[0-9a-f]{16}/end)"', two(elsewhere)))
    log_in(client, "leader")
    assert client.get("/account").text.count("<tr>") == 2
    answer = client.post(ending, data={"csrf": token(client.get("/account"))}, headers=HTML)
    assert answer.status_code == 404
    client.post("/account/sessions/end", data={"csrf": token(client.get("/account"))})
    assert not is_out(elsewhere)


def two(client: FlaskClient) -> str:
    """The page of an account with one session more."""
    log_in(client.application.test_client())
    return client.get("/account").text


def test_who_logged_in_long_ago_proves_it_again_before_it_matters(client: FlaskClient, elsewhere: FlaskClient) -> None:
    log_in(client)
    secret = {"csrf": token(client.get("/account"))}
    with later(session.RECENT + 5):
        page = client.get("/account").text
        assert "/login?next=/account&amp;anew=1" in page
        assert "/account/sessions/end" not in page
        refused = client.post("/account/sessions/end", data=secret, headers=HTML)
        assert (refused.status_code, "请重新登录" in refused.text) == (403, True)
        assert not is_out(elsewhere)
        # a log-in anew is enough
        form = {**secret, "username": "clerk", "password": PASSWORD, "next": "/account"}
        assert client.post("/login", data=form, headers=HTML).location == "/account"
        assert "/account/sessions/end" in client.get("/account").text


def test_an_administrators_open_session_is_not_enough(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client, "admin")
    secret = {"csrf": token(client.get("/admin/people/clerk"))}
    acts = {
        "/admin/people": {"username": "new", "name": "新人", "password": NEW, "unit": "hall", "role": "clerk"},
        "/admin/people/clerk/password": {"password": NEW},
        "/admin/people/clerk/roles": {"unit": "hall", "role": "admin"},
        "/admin/people/clerk/tokens": {"days": "30"},
        "/admin/people/clerk/enable": {},
        "/admin/people/clerk/disable": {},
    }
    assert client.post("/admin/people/clerk/tokens", data={**secret, "days": "30"}).status_code == 200
    auditor = embedded_office.people.person("auditor")
    before = len(embedded_office.ledger.entries(by=auditor, limit=1000)["items"])
    with later(session.RECENT + 5):
        assert client.get("/admin/people/clerk", headers=HTML).location == "/login?next=/admin/people/clerk&anew=1"
        assert "/login?next=/admin/people&amp;anew=1" in client.get("/admin/people").text
        for path, form in acts.items():
            refused = client.post(path, data={**secret, **form}, headers=HTML)
            assert (refused.status_code, "/login?anew=1" in refused.text) == (403, True), path
    assert len(embedded_office.ledger.entries(by=auditor, limit=1000)["items"]) == before


def test_who_is_given_a_password_chooses_another_before_anything_else(
    client: FlaskClient, elsewhere: FlaskClient, embedded_office: Office
) -> None:
    log_in(client, "admin")
    secret = {"csrf": token(client.get("/admin/people"))}
    someone = {"username": "new", "name": "新人", "unit": "hall", "role": "clerk"}
    shown = [
        client.post("/admin/people", data={**secret, **someone}),
        client.post("/admin/people/clerk/password", data=secret),
    ]
    assert is_out(elsewhere)
    for username, answer in zip(("new", "clerk"), shown, strict=True):
        first = re.findall(r'class="token-text">([^<]+)<', answer.text)[0]
        assert (len(first), answer.headers["Cache-Control"]) == (19, "no-store")
        assert first not in client.get(f"/admin/people/{username}").text

        # the first password leads to the page on which another is chosen, and opens no session
        log_out = elsewhere.application.test_client()
        page = log_in(log_out, username, first)
        assert (page.status_code, "请设置您自己的密码" in page.text) == (200, True)
        assert is_out(log_out)
        assert first not in page.text
        for given, status, said in (
            ({"old": "wrong"}, 401, "用户名或密码不正确"),
            ({"password": "short", "again": "short"}, 422, "密码至少 8 个字符"),
            ({"password": first, "again": first}, 422, "新密码与原密码相同"),
            ({"again": "another"}, 422, "两次输入的新密码不一致"),
        ):
            form = {"csrf": token(page), "username": username, "old": first, "password": NEW, "again": NEW, **given}
            refused = log_out.post("/login/first", data=form)
            assert (refused.status_code, said in refused.text, is_out(log_out)) == (status, True, True), given

        # another one opens it, and goes on to where the person wanted to
        form = {"csrf": token(page), "username": username, "old": first, "password": NEW, "again": NEW}
        chosen = log_out.post("/login/first", data={**form, "next": "/account"})
        assert (chosen.status_code, chosen.location, is_out(log_out)) == (302, "/account", False)
        assert log_in(elsewhere, username, first).status_code == 401
        assert log_in(elsewhere, username, NEW).status_code == 302


def test_a_choice_of_a_password_leads_nowhere_else_and_is_for_nobody_elses_page(
    client: FlaskClient, embedded_office: Office
) -> None:
    embedded_office.people.passwd("clerk", "first one of herons", first=True)
    page = log_in(client, "clerk", "first one of herons")
    form = {"username": "clerk", "old": "first one of herons", "password": NEW, "again": NEW}
    assert client.post("/login/first", data=form, headers=HTML).status_code == 403
    form |= {"csrf": token(page), "next": "https://evil.example/"}
    assert client.post("/login/first", data=form).location == "/inbox"


def test_an_administrator_ends_all_sessions_of_somebody(
    client: FlaskClient, elsewhere: FlaskClient, embedded_office: Office
) -> None:
    log_in(client, "admin")
    secret = {"csrf": token(client.get("/admin/people/clerk"))}
    assert client.post("/admin/people/clerk/sessions/end", data=secret).location == "/admin/people/clerk"
    assert (is_out(elsewhere), is_out(client)) == (True, False)
    assert client.post("/admin/people/nobody/sessions/end", data=secret, headers=HTML).status_code == 404
    with pytest.raises(Forbidden):
        embedded_office.sessions.end_of("admin", by=embedded_office.people.person("clerk"))
