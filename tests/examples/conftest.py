"""A served office for every test that asks for one; it does not outlive the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endurance.served import Served


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """The demonstration office on either database, to be served; the test starts it."""
    office = Served(database_url, tmp_path)
    yield office
    office.close()
