"""How durations are summed up: laws that hold for any of them."""

from __future__ import annotations

import math
import statistics
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.figures import Spread

DURATIONS = st.lists(st.integers(0, 10**9).map(lambda ms: timedelta(milliseconds=ms)), min_size=1)


def spread(durations: list[timedelta]) -> Spread:
    gathered = Spread()
    for duration in durations:
        gathered.add(duration)
    return gathered


@given(DURATIONS)
def test_mean_and_median_are_those_of_the_standard_library(durations: list[timedelta]) -> None:
    view = spread(durations).view()
    seconds = [duration.total_seconds() for duration in durations]
    assert view is not None
    assert view["count"] == len(seconds)
    assert math.isclose(view["mean"], statistics.fmean(seconds), abs_tol=0.001)
    assert math.isclose(view["median"], statistics.median_low(seconds), abs_tol=0.001)


@given(DURATIONS)
def test_nine_of_ten_took_no_longer_than_the_ninth_decile_and_it_occurred(durations: list[timedelta]) -> None:
    view = spread(durations).view()
    seconds = [round(duration.total_seconds(), 3) for duration in durations]
    assert view is not None
    assert view["p90"] in seconds
    assert sum(s <= view["p90"] for s in seconds) >= 0.9 * len(seconds)
    assert sum(s < view["p90"] for s in seconds) < 0.9 * len(seconds)


def test_nothing_has_no_figures() -> None:
    assert Spread().view() is None


def test_a_clock_that_was_put_back_makes_no_time() -> None:
    view = spread([timedelta(seconds=-5)]).view()
    assert view is not None and view["sum"] == 0
