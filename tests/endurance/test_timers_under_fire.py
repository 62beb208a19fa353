"""The endurance run of timers in small: workers and a server are killed in the middle, and every timer fires once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endurance.timers_under_fire import UnderFire


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_timers_fire_once_each_though_workers_and_servers_are_killed(database_url: str, tmp_path: Path) -> None:
    fire = UnderFire(database_url, tmp_path)
    try:
        fire.accept(200)
        fire.start(workers=2, servers=1)
        fire.run(200, kills=2)
        fire.check(200)
    finally:
        fire.close()
