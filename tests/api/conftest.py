"""An office behind its HTTP API: the demonstration office, and in it a matter of two steps that is easy to follow."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from api import create_app
from engine import Office, demonstration
from engine.definitions.model import SourceFile
from tests.api.calling import MODELS, Caller
from tests.conftest import SetClock

#: Who calls, by role. `clerk` serves one window of the hall; `housing` handles the second step.
PEOPLE = ("clerk", "leader", "designer", "auditor", "admin", "housing", "housing.leader", "planning")


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of a demonstration office, a token for each of `PEOPLE`, and our own matter."""
    folder = tmp_path_factory.mktemp("furnished")
    office = Office(f"sqlite:///{folder}/office.db", keyring=f"sqlite:///{folder}/keyring.db", clock=SetClock())
    office.upgrade()
    demonstration.load(office)
    sources = [SourceFile(name=p.name, content=p.read_bytes()) for p in sorted(MODELS.glob("[tl]*.*"))]
    office.definitions.deploy(sources, by=office.people.person("designer"))
    office.catalogue.import_matters((MODELS / "matters.csv").read_text(encoding="utf-8"))
    office.people.add("payments", "缴费系统", None, [("chenghuai", "worker")])
    # Who can stand in for the clerk.
    office.people.add("colleague", "同事", "a long enough word", [("hall", "clerk")])
    tokens = {name: office.people.new_token(name)["token"] for name in (*PEOPLE, "payments")}
    (folder / "tokens.json").write_text(json.dumps(tokens))
    office.close()
    return folder


@pytest.fixture
def office(furnished: Path, tmp_path: Path, clock: SetClock) -> Iterator[Office]:
    """A fresh copy of the furnished office."""
    for file in furnished.glob("*.db"):
        shutil.copy(file, tmp_path)
    opened = Office(
        f"sqlite:///{tmp_path}/office.db",
        keyring=f"sqlite:///{tmp_path}/keyring.db",
        clock=clock,
        materials=tmp_path / "materials",
    )
    yield opened
    opened.close()


@pytest.fixture
def app(office: Office, tmp_path: Path) -> Flask:
    """The application that serves `office`."""
    return create_app(office, SECRET_KEY="of the tests", MAX_UPLOAD_MB=2, CHECKPOINTS=tmp_path / "checkpoints.jsonl")


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
