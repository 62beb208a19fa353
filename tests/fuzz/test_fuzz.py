"""Fifty thousand broken inputs for everything that reads: each is taken or refused in words, and none takes long."""

from __future__ import annotations

import pytest

from tests.fuzz.targets import run


# Werkzeug leaves the temporary file of a form that breaks off to whoever collects what nobody refers to.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_whatever_strangers_write_is_taken_or_refused() -> None:
    told = run(50_000)
    assert sum(became.total() for became, _ in told.values()) == 50_000
    # Neither all of one kind, nor all the same way.
    assert all(became["taken"] > 1 and became["refused"] > 10 for became, _ in told.values()), told
