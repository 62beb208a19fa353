"""Staff log in through the office's identity provider: a real one over HTTP, honest and not."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from playwright.sync_api import BrowserContext, expect
from werkzeug.test import TestResponse

from api import create_app, openid, provider
from api.pages import session
from api.settings import DEFAULTS
from engine import Office
from engine.errors import Invalid
from tests.pages.conftest import SCREENSHOTS
from tests.pages.desk import Desk
from tests.pages.identity import CLIENT, RETURN, SECRET, Identity
from tests.pages.test_pages_access import faults
from tests.pages.test_pages_protection import HTML, log_in, token
from tests.serving import served


@pytest.fixture(scope="module")
def running() -> Iterator[Identity]:
    """The provider on a port of its own."""
    made = Identity()
    with served(made.app) as url:
        made.issuer = f"{url}/office"
        yield made


@pytest.fixture
def identity(running: Identity) -> Identity:
    """The provider as it is when nobody has tampered with it."""
    running.username, running.claims, running.described, running.answer = "clerk", {}, {}, None
    running.signing, running.back = running.key, RETURN
    running.asked.clear()
    return running


@pytest.fixture
def settings(identity: Identity) -> dict[str, Any]:
    return {
        "SECRET_KEY": "a key for tests only",
        "OIDC_ISSUER": identity.issuer,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
    }


@pytest.fixture
def app(embedded_office: Office, settings: dict[str, Any]) -> Flask:
    return create_app(embedded_office, **settings)


def sent(client: FlaskClient, query: str = "", **headers: str) -> str:
    """The address at the provider to which the log-in page's button leads."""
    answer = client.get(f"/login/provider{query}", headers=headers)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def authorised(address: str) -> str:
    """The address to which the provider sends the browser back."""
    answer = requests.get(address, allow_redirects=False, timeout=60)
    assert answer.status_code == 302
    back = answer.headers["Location"]
    assert back.startswith(f"{RETURN}?")
    return back


def come_back(client: FlaskClient, query: str = "") -> TestResponse:
    """The whole way: there, and back with what the provider gave."""
    return client.get(authorised(sent(client, query)), headers=HTML)


def log_ins(office: Office) -> list[tuple[str, str, Any]]:
    """What the chains of the day tell of log-ins."""
    auditor = office.people.person("auditor")
    chains = [view["chain"] for view in office.ledger.chains(by=auditor) if view["chain"].startswith("access/")]
    assert all(proof["ok"] for proof in office.ledger.prove(by=auditor))
    entries = [entry for chain in chains for entry in office.ledger.entries(chain, by=auditor)["items"]]
    return [(e["actor"], e["kind"], e["about"]) for e in entries if e["kind"].startswith("login.")]


def is_out(client: FlaskClient) -> bool:
    return client.get("/cases", headers=HTML).status_code == 302


def test_a_person_is_known_by_the_word_of_the_provider(
    client: FlaskClient, identity: Identity, embedded_office: Office
) -> None:
    assert 'href="/login/provider?next=/cases"' in client.get("/login?next=/cases").text
    answer = come_back(client, "?next=/cases")
    assert (answer.status_code, answer.location) == (302, "/cases")
    assert "安知秋" in client.get("/cases").text
    (asked,) = identity.asked
    assert asked["scope"] == "openid profile"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert log_ins(embedded_office) == [("clerk", "login.succeeded", {"way": "provider"})]


def test_the_session_is_another_one_and_ends_here(client: FlaskClient, app: Flask) -> None:
    planted = token(client.get("/login"))
    come_back(client)
    page = client.get("/inbox")
    assert token(page) != planted
    client.post("/logout", data={"csrf": token(page)})
    assert is_out(client)


def test_who_logs_in_anew_proves_it_anew(client: FlaskClient, identity: Identity) -> None:
    come_back(client)
    assert "/login/provider?next=/inbox&amp;anew=True" in client.get("/login?anew").text
    query = parse_qs(urlsplit(sent(client, "?anew=1")).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["0"])


def test_when_it_was_proved_is_the_providers_to_say(client: FlaskClient, identity: Identity) -> None:
    now = int(time.time())
    for proved, is_enough in ((None, False), (now - session.RECENT - 60, False), (now - 60, True), (now + 10**9, True)):
        identity.username, identity.claims = "admin", {"auth_time": proved}
        come_back(client)
        assert (client.get("/admin/people/clerk").status_code == 200) is is_enough, proved
    identity.claims = {"auth_time": "yesterday"}
    assert come_back(client).status_code == 401


def test_whom_the_office_does_not_know_is_told_so(
    client: FlaskClient, identity: Identity, embedded_office: Office
) -> None:
    people = embedded_office.people
    people.add("bank", "银行", None, [("hall", "worker")])
    people.disable("leader")
    tried = ("nobody", "Clerk", "bank", "leader", "a\0b", "x" * 300, "system")
    for identity.username in tried:
        answer = come_back(client)
        assert answer.status_code == 403
        assert "在本系统没有账号，或账号已停用" in answer.text
        assert is_out(client)
    known = [username if username in ("bank", "leader") else None for username in tried]
    assert log_ins(embedded_office) == [
        ("system:nobody", "login.failed", {"username": username, "way": "provider"}) for username in known
    ]


#: What a statement for another office, time, errand or person would say.
FALSE: list[dict[str, Any]] = [
    {"iss": "https://elsewhere.example/office"},
    {"iss": None},
    {"aud": "another office"},
    {"aud": [CLIENT, "another office"]},
    {"aud": [CLIENT, "another office"], "azp": "another office"},
    {"aud": None},
    {"exp": int(time.time()) - 3600},
    {"exp": None},
    {"nbf": int(time.time()) + 3600},
    {"iat": int(time.time()) + 3600},
    {"nonce": "of another log-in"},
    {"nonce": None},
    {"sub": None},
    {"at_hash": "of another token"},
    {"preferred_username": None},
    {"preferred_username": ""},
    {"preferred_username": ["clerk"]},
]


def test_a_statement_that_is_not_for_this_log_in_is_worth_nothing(
    client: FlaskClient, identity: Identity, embedded_office: Office
) -> None:
    for identity.claims in FALSE:
        answer = come_back(client)
        assert (answer.status_code, "统一身份认证没有完成" in answer.text) == (401, True), identity.claims
        assert is_out(client)
    nobody = ("system:nobody", "login.failed", {"username": None, "way": "provider"})
    assert log_ins(embedded_office) == [nobody] * len(FALSE)


def test_only_the_providers_own_key_signs(client: FlaskClient, identity: Identity) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": identity.key.kid}, private=True)
    shared = OctKey.import_key(SECRET, {"kid": identity.key.kid})
    for signing in (stranger, shared):
        identity.signing = signing
        assert come_back(client).status_code == 401
    identity.signing = identity.key
    assert come_back(client).status_code == 302


def test_a_provider_may_change_its_key(client: FlaskClient, identity: Identity) -> None:
    assert come_back(client).status_code == 302
    identity.change_key()
    assert come_back(client).status_code == 302


def test_each_errand_is_good_for_one_return(client: FlaskClient, app: Flask) -> None:
    # given somebody who came back, whose address and cookie another one has
    there = sent(client)
    kept = client.get_cookie("yichuang")
    assert kept is not None
    back = authorised(there)
    assert client.get(back, headers=HTML).status_code == 302
    # then neither opens the office once more
    assert client.get(back, headers=HTML).status_code == 401
    thief = app.test_client()
    assert thief.get(back, headers=HTML).status_code == 401
    thief.set_cookie("yichuang", kept.value)
    assert thief.get(back, headers=HTML).status_code == 401
    assert is_out(thief)


def test_a_return_that_somebody_else_began_logs_nobody_in(client: FlaskClient, app: Flask) -> None:
    # given the victim at the provider, and an attacker who has come as far as the code
    theirs = authorised(sent(app.test_client()))
    sent(client)
    assert client.get(theirs, headers=HTML).status_code == 401
    assert is_out(client)
    # then the victim's own errand is over too, and is begun anew
    assert come_back(client).status_code == 302


def test_who_comes_back_with_nothing_is_asked_again(client: FlaskClient) -> None:
    queries = (
        "",
        "?state=x",
        "?code=x",
        "?error=access_denied&state={}",
        "?code=x&state={}&iss=https://elsewhere.example",
    )
    for query in queries:
        state = parse_qs(urlsplit(sent(client)).query)["state"][0]
        answer = client.get(f"/login/provider/return{query.format(state)}", headers=HTML)
        assert (answer.status_code, 'name="password"' in answer.text) == (401, True)


def test_a_link_of_somebody_elses_sends_nobody(client: FlaskClient, identity: Identity) -> None:
    answer = client.get("/login/provider?next=/cases", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.location) == (302, "/login?next=/cases")
    assert parse_qs(urlsplit(sent(client, "?next=//elsewhere.example")).query)["client_id"] == [CLIENT]
    assert client.get(authorised(sent(client, "?next=//elsewhere.example"))).location == "/inbox"


def test_without_the_provider_the_password_goes_on_working(
    embedded_office: Office, settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    client = create_app(embedded_office, **{**settings, "OIDC_ISSUER": "http://127.0.0.1:9/office"}).test_client()
    answer = client.get("/login/provider?next=/cases")
    assert (answer.status_code, "统一身份认证暂时无法使用" in answer.text) == (503, True)
    assert "the identity provider is away" in caplog.text
    assert log_in(client, next="/cases").location == "/cases"


def test_a_provider_that_answers_nonsense_lets_nobody_in(client: FlaskClient, identity: Identity) -> None:
    for text, status, told in (
        ("<h1>Bad gateway</h1>", 502, 503),
        ("no JSON", 200, 401),
        ("[]", 200, 401),
        ("{}", 200, 401),
        ('{"access_token": "x", "id_token": 1}', 200, 401),
    ):
        identity.answer = text, status
        assert come_back(client).status_code == told, text
        assert is_out(client)


def test_a_provider_that_does_not_answer_is_not_waited_for(
    settings: dict[str, Any], embedded_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "TIMEOUT", (0.3, 0.3))
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        slow = create_app(embedded_office, **{**settings, "OIDC_ISSUER": issuer}).test_client()
        # It never answers, so that this line is the proof.
        assert slow.get("/login/provider").status_code == 503


def test_who_describes_itself_as_another_is_not_the_provider(client: FlaskClient, identity: Identity) -> None:
    wrong: list[dict[str, Any]] = [
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "https://["},
    ]
    for identity.described in wrong:
        assert client.get("/login/provider").status_code == 503, identity.described


def test_an_office_that_the_provider_alone_opens(embedded_office: Office, settings: dict[str, Any]) -> None:
    client = create_app(embedded_office, **settings, OIDC_ONLY=True).test_client()
    page = client.get("/login")
    assert "/login/provider" in page.text
    assert 'name="password"' not in page.text
    secret = token(client.get("/track"))
    form = {"csrf": secret, "username": "clerk", "password": "yichuang-demo"}
    refused = client.post("/login", data=form, headers=HTML)
    assert (refused.status_code, "只能通过统一身份认证登录" in refused.text) == (403, True)
    assert is_out(client)
    assert come_back(client).status_code == 302
    bearer = {"Authorization": f"Bearer {embedded_office.people.new_token('clerk')['token']}"}
    assert (
        create_app(embedded_office, **settings, OIDC_ONLY=True)
        .test_client()
        .get("/api/v1/tasks", headers=bearer)
        .status_code
        == 200
    )


def test_who_is_added_without_a_password_logs_in_through_the_provider(
    client: FlaskClient, identity: Identity, embedded_office: Office
) -> None:
    log_in(client, "admin")
    form = {"csrf": token(client.get("/admin/people")), "username": "li", "name": "李", "password": ""}
    assert client.post("/admin/people", data={**form, "unit": "hall", "role": "clerk"}).location == "/admin/people/li"
    for guess in ("", "None"):
        assert log_in(client, "li", guess).status_code == 401
    identity.username = "li"
    assert come_back(client).location == "/inbox"


def test_an_office_without_a_provider_has_no_such_pages(embedded_office: Office) -> None:
    client = create_app(embedded_office, SECRET_KEY="a key for tests only").test_client()
    assert "/login/provider" not in client.get("/login").text
    for path in ("/login/provider", "/login/provider/return?code=x&state=y"):
        assert client.get(path, headers=HTML).status_code == 404


def test_settings_that_are_not_whole_are_named() -> None:
    given = {"OIDC_ISSUER": "https://id.example.gov.cn", "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({"OIDC_CLIENT_SECRET": ""}, ["YICHUANG_OIDC_CLIENT_SECRET"]),
        (
            {"OIDC_CLIENT_ID": None, "OIDC_CLIENT_SECRET": ""},
            ["YICHUANG_OIDC_CLIENT_ID", "YICHUANG_OIDC_CLIENT_SECRET"],
        ),
        ({"OIDC_ISSUER": "http://id.example.gov.cn"}, ["YICHUANG_OIDC_ISSUER"]),
        ({"OIDC_ISSUER": ""}, ["YICHUANG_OIDC_ISSUER"]),
        ({"OIDC_ISSUER": "", "OIDC_CLIENT_ID": "", "OIDC_ONLY": True}, ["YICHUANG_OIDC_ISSUER"]),
        ({"OIDC_SCOPES": "profile"}, ["YICHUANG_OIDC_SCOPES"]),
        ({"OIDC_ONLY": "perhaps"}, ["YICHUANG_OIDC_ONLY"]),
    ]
    for changed, named in wrong:
        with pytest.raises(Invalid) as refused:
            provider.Terms.of({**DEFAULTS, **given, **changed})
        assert [fault.pointer for fault in refused.value.errors] == named
    assert provider.Terms.of({**DEFAULTS, **given})
    assert provider.Terms.of(DEFAULTS) is None


def test_a_browser_goes_there_and_back(
    app: Flask, identity: Identity, context: BrowserContext, embedded_office: Office
) -> None:
    with served(app) as site:
        identity.back, identity.claims = f"{site}/login/provider/return", {"auth_time": int(time.time())}
        desk = Desk(site, context.new_page(), SCREENSHOTS)
        desk.go("/login?next=/account")
        assert faults(desk) == []
        desk.photograph("login-provider")
        embedded_office.sessions.begin("clerk")
        # when the button is pressed
        desk.page.get_by_role("link", name="统一身份认证登录").click()
        desk.page.wait_for_url("**/account")
        # then the office knows who came back, and shows where else they are logged in
        assert faults(desk) == []
        desk.photograph("account")
        desk.page.get_by_role("button", name="结束其他全部登录").click()
        expect(desk.page.get_by_text("其他登录已全部结束")).to_be_visible()
        expect(desk.page.locator("tbody tr")).to_have_count(1)
        desk.page.locator(".menu summary").click()
        desk.page.get_by_role("button", name="退出登录").click()
        expect(desk.page.get_by_role("link", name="统一身份认证登录")).to_be_visible()
        desk.go("/language/en?next=/login")
        assert faults(desk) == []
        assert not desk.complaints
