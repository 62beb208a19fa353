"""Identity documents of applicants. All numbers are invented; their check characters are made to fit."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.forms import identity


def resident(region: str, born: str, order: str) -> str:
    """A number with the check character of GB 11643, from its definition: ISO 7064 MOD 11-2."""
    number = region + born + order
    weights = [2 ** (18 - place) % 11 for place in range(1, 18)]
    return number + "10X98765432"[sum(int(n) * w for n, w in zip(number, weights, strict=True)) % 11]


def organisation(number: str) -> str:
    """A code with the check character of GB 32100, from its definition."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(c) * pow(3, place, 31) for place, c in enumerate(number))
    return number + alphabet[-total % 31]


PERSON = resident("110101", "19900307", "123")
COMPANY = organisation("91110105MA00000X2")
FEMALE_X = next(n for order in range(0, 999, 2) if (n := resident("310115", "20000229", f"{order:03}")).endswith("X"))


@pytest.mark.parametrize(
    ("id_type", "typed", "kept"),
    [
        ("resident_id", PERSON, PERSON),
        ("resident_id", f" {PERSON[:6]} {PERSON[6:14]} {PERSON[14:]} ", PERSON),
        ("resident_id", FEMALE_X.lower(), FEMALE_X),
        # Born before the county was founded; in a county of 2021; a residence permit of a Hong Kong resident.
        ("resident_id", resident("500101", "19500101", "012"), resident("500101", "19500101", "012")),
        ("resident_id", resident("330114", "20220101", "012"), resident("330114", "20220101", "012")),
        ("resident_id", resident("810000", "19900307", "012"), resident("810000", "19900307", "012")),
        ("resident_id", "".join(chr(ord(c) + 0xFEE0) for c in FEMALE_X), FEMALE_X),
        ("uscc", COMPANY, COMPANY),
        ("uscc", f"{COMPANY[:8]}-{COMPANY[8:].lower()}", COMPANY),
        ("passport", "e 12345678", "E12345678"),
        ("hk_macao_permit", "h12345678", "H12345678"),
        ("hk_macao_permit", "M1234567801", "M1234567801"),
        ("taiwan_permit", "12345678", "12345678"),
        ("permanent_residence", "USA110090010101", "USA110090010101"),
    ],
)
def test_a_number_is_kept_in_its_normal_form(id_type: str, typed: str, kept: str) -> None:
    assert identity.check(id_type, typed) == kept


@pytest.mark.parametrize(
    ("id_type", "typed", "says"),
    [
        ("resident_id", PERSON[:-1], "wrong length"),
        ("resident_id", PERSON[:-1] + ("1" if PERSON[-1] != "1" else "2"), "check character"),
        ("resident_id", PERSON[:8] + PERSON[9] + PERSON[8] + PERSON[10:], "check character"),
        ("resident_id", resident("110101", "19900230", "123"), "date of birth"),
        ("resident_id", resident("990101", "19900307", "123"), "province"),
        ("resident_id", resident("110101", "17900307", "123"), "date of birth"),
        ("resident_id", "A" * 18, "wrong characters"),
        ("resident_id", "1" * 10_000, "wrong length"),
        ("resident_id", "", "wrong length"),
        ("uscc", COMPANY[:-1] + ("0" if COMPANY[-1] != "0" else "1"), "check character"),
        ("uscc", "I" * 18, "wrong characters"),
        ("passport", "12", "wrong characters"),
        ("passport", "护照一二三四五", "wrong characters"),
        ("hk_macao_permit", "X12345678", "wrong characters"),
    ],
)
def test_a_wrong_number_says_why_and_is_not_repeated(id_type: str, typed: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        identity.check(id_type, typed)
    [error] = refused.value.errors
    assert error.pointer == "/applicant/id_number"
    assert says in error.message
    assert identity.ID_TYPES[id_type].chinese in error.message
    assert not typed or typed not in error.message + refused.value.detail


def test_an_unknown_kind_names_those_that_are_taken() -> None:
    with pytest.raises(Invalid) as refused:
        identity.check("library_card", "1", pointer="/agent")
    [error] = refused.value.errors
    assert error.pointer == "/agent/id_type"
    assert all(kind in error.message for kind in identity.ID_TYPES)
