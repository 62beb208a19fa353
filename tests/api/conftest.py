"""An office behind its HTTP API: the demonstration office, and in it a matter of two steps that is easy to follow."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from api import create_app
from engine import Office
from tests.api.calling import Caller
from tests.api.furnishing import furnish
from tests.conftest import SetClock


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of a demonstration office, tokens, and our own matter."""
    folder = tmp_path_factory.mktemp("furnished")
    furnish(folder)
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
