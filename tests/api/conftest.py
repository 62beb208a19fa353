"""An office behind its HTTP API: the demonstration office, and in it a matter of two steps that is easy to follow."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import create_app
from engine import Office, demonstration
from engine.definitions.model import SourceFile

MODELS = Path(__file__).parent / "models"
MATTER = "9900101001"
APPLICANT = {"name": "测试甲", "id_type": "resident_id", "id_number": "110101190001010014", "phone": "010-00000001"}

#: Who calls, by role. `clerk` serves one window of the hall; `housing` handles the second step.
PEOPLE = ("clerk", "leader", "designer", "auditor", "admin", "housing", "housing.leader", "planning")


class FixedClock:
    """A clock that stands at a Monday morning until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of a demonstration office, a token for each of `PEOPLE`, and our own matter."""
    folder = tmp_path_factory.mktemp("furnished")
    office = Office(f"sqlite:///{folder}/office.db", keyring=f"sqlite:///{folder}/keyring.db", clock=FixedClock())
    office.upgrade()
    demonstration.load(office)
    sources = [SourceFile(name=p.name, content=p.read_bytes()) for p in sorted(MODELS.glob("[tl]*.*"))]
    office.definitions.deploy(sources, by=office.people.person("designer"))
    office.catalogue.import_matters((MODELS / "matters.csv").read_text(encoding="utf-8"))
    tokens = {name: office.people.new_token(name)["token"] for name in PEOPLE}
    (folder / "tokens.json").write_text(json.dumps(tokens))
    office.close()
    return folder


@pytest.fixture
def clock() -> FixedClock:
    """The office's clock."""
    return FixedClock()


@pytest.fixture
def office(furnished: Path, tmp_path: Path, clock: FixedClock) -> Iterator[Office]:
    """A fresh copy of the furnished office."""
    for file in furnished.glob("*.db"):
        shutil.copy(file, tmp_path)
    opened = Office(f"sqlite:///{tmp_path}/office.db", keyring=f"sqlite:///{tmp_path}/keyring.db", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def app(office: Office) -> Flask:
    """The application that serves `office`."""
    return create_app(office, SECRET_KEY="of the tests", MAX_UPLOAD_MB=2)


class Caller:
    """Somebody who calls the API with a token."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> TestResponse:
        """GET a path below the API's base."""
        return self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """POST a JSON body; headers by their names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(f"/api/v1{path}", json={} if body is None else body, headers=self._headers | named)

    def send(self, path: str, content: bytes, content_type: str = "application/json") -> TestResponse:
        """POST raw bytes."""
        return self._client.post(f"/api/v1{path}", data=content, content_type=content_type, headers=self._headers)

    def upload(self, path: str, files: dict[str, bytes], **headers: str) -> TestResponse:
        """POST files in the multipart field `files`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        head = '--limit\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\n\r\n'
        parts = [head.format(name).encode() + content + b"\r\n" for name, content in files.items()]
        return self._client.post(
            f"/api/v1{path}",
            data=b"".join(parts) + b"--limit--\r\n",
            content_type="multipart/form-data; boundary=limit",
            headers=self._headers | named,
        )

    def start(self, **changes: Any) -> Any:
        """Accept a case of our matter; gives the view."""
        answer = self.post("/cases", opening(**changes))
        assert answer.status_code == 201, answer.json
        return answer.json


def opening(**changes: Any) -> dict[str, Any]:
    """What is sent to accept a case of our matter."""
    return {"matter": MATTER, "applicant": APPLICANT, "data": {"purpose": "试验"}, "window": "H01", **changes}


@pytest.fixture
def callers(app: Flask, furnished: Path) -> dict[str, Caller]:
    """Callers by username; `nobody` has no token."""
    tokens = json.loads((furnished / "tokens.json").read_text())
    return {name: Caller(app.test_client(), token) for name, token in {**tokens, "nobody": None}.items()}


@pytest.fixture
def clerk(callers: dict[str, Caller]) -> Caller:
    """The clerk of window H01, in the unit `hall`."""
    return callers["clerk"]


@pytest.fixture
def housing(callers: dict[str, Caller]) -> Caller:
    """A clerk of the unit `housing`."""
    return callers["housing"]


def problem(answer: TestResponse) -> tuple[int, str]:
    """Status and name of the problem that an answer is."""
    assert answer.mimetype == "application/problem+json", answer.data
    assert answer.json["status"] == answer.status_code
    return answer.status_code, answer.json["type"].removeprefix("/problems/")
