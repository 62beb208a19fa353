"""Case numbers as a clerk reads them out over the telephone, and tracking codes as a citizen types them."""

from __future__ import annotations

import string
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import numbering
from engine.errors import Invalid

ALPHABET = string.digits + string.ascii_uppercase
NUMBERS = st.builds(
    numbering.make,
    st.dates(),
    st.text(ALPHABET, min_size=1, max_size=12),
    st.one_of(st.integers(1, 9999), st.integers(1, 999_999_999)),
)


def check_by_hand(characters: str) -> str:
    """ISO 7064 hybrid system MOD 37,36, written from the standard's recursive definition."""
    product = 36
    for character in characters:
        total = (product + ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return ALPHABET[(37 - product) % 36]


def test_a_number_shows_day_window_serial_and_check() -> None:
    number = str(numbering.make(date(2026, 11, 24), "A01", 7))
    assert number == "20261124-A01-0007-" + check_by_hand("20261124A010007")


@given(NUMBERS)
def test_what_is_written_is_read_back(number: numbering.CaseNumber) -> None:
    assert numbering.parse(str(number)) == number


@given(NUMBERS)
def test_the_check_character_is_that_of_the_standard(number: numbering.CaseNumber) -> None:
    assert number.check == check_by_hand(str(number)[:-1].replace("-", ""))


def test_more_than_9999_cases_a_day_take_a_longer_serial() -> None:
    number = numbering.make(date(2026, 1, 4), "B2", 10_000)
    assert str(number).split("-")[2] == "10000"
    assert numbering.parse(str(number)).serial == 10_000


def test_a_typed_number_may_be_small_or_full_width() -> None:
    number = numbering.make(date(2026, 11, 24), "A01", 7)
    full_width = str(number).translate({ord(c): ord(c) + 0xFEE0 for c in ALPHABET + "-"})
    assert numbering.parse(f"  {str(number).lower()} ") == number
    assert numbering.parse(full_width) == number


@given(NUMBERS, st.data())
def test_one_wrong_character_is_noticed(number: numbering.CaseNumber, data: st.DataObject) -> None:
    text = str(number)
    at = data.draw(st.sampled_from([i for i, c in enumerate(text) if c != "-"]))
    wrong = data.draw(st.sampled_from(sorted(set(ALPHABET) - {text[at]})))
    with pytest.raises(Invalid):
        numbering.parse(text[:at] + wrong + text[at + 1 :])


def test_an_exchange_of_neighbours_is_noticed_but_for_one_pair_of_630() -> None:
    missed = []
    for before in ALPHABET:  # brings the check into each of its 36 states
        for first, second in combinations(ALPHABET, 2):
            if check_by_hand(before + first + second) == check_by_hand(before + second + first):
                missed.append((before, first, second))
    assert len(missed) == 36  # one in each state
    for before, first, second in missed:
        assert ALPHABET.index(second) - ALPHABET.index(first) in (1, 35), before


@given(NUMBERS, st.data())
def test_exchanged_neighbours_are_read_as_another_number_only_by_that_pair(
    number: numbering.CaseNumber, data: st.DataObject
) -> None:
    text = str(number)
    at = data.draw(st.integers(0, len(text) - 2))
    first, second = text[at], text[at + 1]
    if "-" in (first, second) or first == second:
        return
    try:
        numbering.parse(text[:at] + second + first + text[at + 2 :])
    except Invalid:
        return
    assert (ALPHABET.index(second) - ALPHABET.index(first)) % 36 in (1, 35)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", numbering.LAYOUT),
        ("20261124A010007", numbering.LAYOUT),
        ("20261124-A_1-0007-X", numbering.LAYOUT),
        ("20261124-A01-007-X", numbering.LAYOUT),
        ("20261124-A01-0007-X\n-", numbering.LAYOUT),
        ("20261324-A01-0007-X", "is not a date"),
        ("20250229-A01-0007-X", "is not a date"),
        ("20261124-A01-0000-X", "is not a serial"),
        ("20261124-A01-00007-X", "is not a serial"),
        ("9" * 10_000, numbering.LAYOUT),
    ],
)
def test_a_wrong_number_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        numbering.parse(text, pointer="/q")
    [error] = refused.value.errors
    assert error.pointer == "/q"
    assert says in error.message


@pytest.mark.parametrize(("window", "serial"), [("a1", 1), ("", 1), ("A-1", 1), ("A1", 0), ("A1", 10**9)])
def test_a_number_is_not_made_of_what_cannot_be_read_back(window: str, serial: int) -> None:
    with pytest.raises(ValueError, match=r"window code|serial"):
        numbering.make(date(2026, 1, 1), window, serial)


def test_tracking_codes_are_long_enough_and_differ() -> None:
    codes = {numbering.tracking_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert numbering.TRACKING_BITS >= 60
    assert len(set(numbering.TRACKING_ALPHABET)) == 32
    used = set("".join(codes)) - {"-"}
    assert used == set(numbering.TRACKING_ALPHABET)


def test_a_citizen_may_type_the_code_as_it_looks() -> None:
    code = "7K1M-Q0TA-X2RD"
    for typed in (code, code.lower(), " 7kIm q0ta x2rd ", "7KLM-QOTA-X2RD", "７Ｋ１Ｍ－Ｑ０ＴＡ－Ｘ２ＲＤ"):
        assert numbering.plain_tracking_code(typed) == "7K1MQ0TAX2RD"
    assert numbering.plain_tracking_code("7K1M-Q0TA-X2RE") != "7K1MQ0TAX2RD"
