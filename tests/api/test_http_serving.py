"""What every answer has in common: headers, logs, health, figures, and errors that nobody foresaw."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.log import JsonLines
from engine import Office
from engine.errors import Conflict, Unavailable
from engine.storage import points
from tests.api.calling import Caller, opening, problem


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody without log-in."""
    return app.test_client()


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    own = [record for record in caplog.records if record.name == "yichuang.api"]
    return [json.loads(JsonLines().format(record)) for record in own]


def test_the_server_says_that_it_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok", "clock": {"status": "ok", "due": 0, "seconds": 0.0}}


def test_a_server_without_its_database_is_alive_but_not_ready(tmp_path: Path) -> None:
    away = Office(f"sqlite:///{tmp_path}/away/office.db", keyring=f"sqlite:///{tmp_path}/keyring.db")
    shutil.rmtree(tmp_path / "away", ignore_errors=True)
    client = create_app(away, SECRET_KEY="of the tests").test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert problem(answer) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    away.close()


def test_figures_count_requests_by_route_and_name_nobody(clerk: Caller, client: FlaskClient) -> None:
    number = clerk.start()["number"]
    clerk.get(f"/cases/{number}")
    text = client.get("/metrics").get_data(as_text=True)
    assert 'yichuang_http_requests_total{method="GET",route="/api/v1/cases/<number>",status="200"}' in text
    assert number not in text
    assert "clerk" not in text


def test_a_request_is_one_line_of_json(clerk: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer = clerk.post("/cases", opening())
    (line,) = lines(caplog)
    assert line.pop("time").endswith("+00:00")
    assert line.pop("ms") > 0
    assert line == {
        "level": "info",
        "logger": "yichuang.api",
        "message": "request",
        "request_id": answer.headers["X-Request-Id"],
        "method": "POST",
        "route": "/api/v1/cases",
        "status": 201,
        "case": answer.json["number"],
        "username": "clerk",
    }


def test_an_error_that_nobody_foresaw_is_logged_without_what_it_says(
    app: Flask, office: Office, clerk: Caller, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> NoReturn:
        secret = "测试甲"
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise RuntimeError(f"no such person: {secret}") from error

    monkeypatch.setattr(office.cases, "start", fail)
    with caplog.at_level(logging.INFO):
        answer = clerk.post("/cases", opening())

    assert problem(answer) == (500, "internal")
    assert "测试甲" not in answer.get_data(as_text=True)
    error, request = lines(caplog)
    assert error["request_id"] == request["request_id"] == answer.json["request_id"]
    assert error["traceback"][0] == "builtins.RuntimeError"
    assert any("in fail" in frame for frame in error["traceback"])
    assert "builtins.KeyError" in error["traceback"]
    assert "测试甲" not in str(error)


@pytest.mark.parametrize("error", [RuntimeError, Unavailable])
def test_what_failed_for_a_fault_of_ours_is_not_kept_under_its_key(
    clerk: Caller, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(point: str) -> None:
        if point == points.COMMIT:
            raise error

    with monkeypatch.context() as failing:
        failing.setattr(points, "observer", fail)
        refused = clerk.post("/cases", opening(), Idempotency_Key="first")
    assert refused.status_code in {500, 503}
    assert ("Retry-After" in refused.headers) == (refused.status_code == 503)
    made = clerk.post("/cases", opening(), Idempotency_Key="first")
    assert made.status_code == 201
    assert clerk.post("/cases", opening(), Idempotency_Key="first").json == made.json
    assert len(clerk.get("/cases").json["items"]) == 1


@pytest.mark.parametrize(("error", "expected"), [(Conflict, (409, "conflict")), (Unavailable, (503, "unavailable"))])
def test_a_lost_race_and_a_busy_database_are_told_apart(
    office: Office,
    clerk: Caller,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    expected: tuple[int, str],
) -> None:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise error

    monkeypatch.setattr(office.cases, "start", fail)
    assert problem(clerk.post("/cases", opening())) == expected


@pytest.mark.parametrize("path", ["/api/v1/cases", "/healthz", "/docs", "/nothing"])
def test_every_answer_is_protected(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert len(headers["X-Request-Id"]) == 16
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    behind = client.get(path, base_url="https://localhost").headers
    assert behind["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_the_key_that_signs_sessions_is_made_once_and_kept_from_others(
    office: Office, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = create_app(office), create_app(office)
    assert first.secret_key == second.secret_key
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_settings_come_from_the_environment(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YICHUANG_MAX_UPLOAD_MB", "7")
    monkeypatch.setenv("YICHUANG_SECRET_KEY", "from outside")
    app = create_app(office)
    assert (app.config["MAX_CONTENT_LENGTH"], app.secret_key) == (7 * 2**20, "from outside")
