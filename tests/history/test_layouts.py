"""What an older version wrote is read by this one."""

from __future__ import annotations

import pytest

from engine.history.layouts import LAYOUT, PATHS, is_known, lifted

#: Made up: the second layout has another name for a field, the third a new one.
MADE_UP = {
    1: lambda fields: {**{name: fields[name] for name in fields if name != "who"}, "actor": fields["who"]},
    2: lambda fields: {**fields, "reason": None},
}


def test_every_older_layout_has_its_path() -> None:
    assert set(PATHS) == set(range(1, LAYOUT))


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"v": 1, "who": "lan"}, {"v": 3, "actor": "lan", "reason": None}),
        ({"v": 2, "actor": "lan"}, {"v": 3, "actor": "lan", "reason": None}),
        ({"v": 3, "actor": "lan", "reason": "x"}, {"v": 3, "actor": "lan", "reason": "x"}),
    ],
)
def test_fields_are_lifted_step_by_step(fields: dict[str, object], read: dict[str, object]) -> None:
    before = dict(fields)
    assert lifted(fields, paths=MADE_UP, to=3) == read
    assert fields == before


@pytest.mark.parametrize("layout", [0, LAYOUT + 1, "1", None, True, 1.0])
def test_a_layout_of_a_later_version_is_not_guessed_at(layout: object) -> None:
    assert not is_known(layout)
