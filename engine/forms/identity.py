"""Identity documents of applicants: which kinds are taken, and whether a number can be one of its kind.

A number that passes can exist; whether it does exist only its issuer knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError

from engine.errors import FieldError, Invalid
from engine.forms.messages import both

_MOST_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True)
class IdType:
    """A kind of identity document."""

    chinese: str
    english: str
    #: Gives back the number, in half-width capitals without blanks, where it can be one of this kind; raises
    #: stdnum's `ValidationError` otherwise.
    validate: Callable[[str], str]


def _matching(pattern: str) -> Callable[[str], str]:
    accepted = re.compile(pattern, re.ASCII)

    def validate(number: str) -> str:
        if not accepted.fullmatch(number):
            raise ValidationError()
        return number

    return validate


# GB/T 2260, first two digits: provinces, and 81 to 83 of the residence permits.
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_EARLIEST_BIRTH = date(1880, 1, 1)


def _resident_id(number: str) -> str:
    # Not stdnum's own `validate`: it wants the county to have existed in the year of birth, though numbers were
    # given at registration, from 1984 on, and it fails on counties newer than its list.
    if len(number) != 18:
        raise InvalidLength()
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        raise InvalidFormat()
    if number[-1] != ric.calc_check_digit(number):
        raise InvalidChecksum()
    if not _PROVINCE.match(number) or ric.get_birth_date(number) < _EARLIEST_BIRTH:
        raise InvalidComponent()
    return number


#: Kinds by the value of ``id_type``. Numbers of permits and passports have no check digit that is published.
ID_TYPES: Mapping[str, IdType] = {
    # GB 11643, 18 characters with an ISO 7064 MOD 11-2 check; also the residence permits of Hong Kong, Macao
    # and Taiwan residents (港澳台居民居住证), whose numbers are made alike.
    "resident_id": IdType(chinese="居民身份证", english="resident identity card", validate=_resident_id),
    # GB 32100.
    "uscc": IdType(chinese="统一社会信用代码", english="unified social credit code", validate=uscc.validate),
    # ICAO Doc 9303: nine characters in the machine-readable zone; some issuers print longer numbers.
    "passport": IdType(chinese="护照", english="passport", validate=_matching(r"[A-Z0-9]{5,15}")),
    "hk_macao_permit": IdType(
        chinese="港澳居民来往内地通行证",
        english="mainland travel permit for Hong Kong and Macao residents",
        validate=_matching(r"[HM]\d{8}(\d{2})?"),
    ),
    "taiwan_permit": IdType(
        chinese="台湾居民来往大陆通行证",
        english="mainland travel permit for Taiwan residents",
        validate=_matching(r"\d{8}(\d{2})?[A-Z]?"),
    ),
    # 15 characters of old (three letters of the country), 18 digits beginning with 9 since 2023.
    "permanent_residence": IdType(
        chinese="外国人永久居留身份证",
        english="foreign permanent resident identity card",
        validate=_matching(r"[A-Z]{3}\d{12}|9\d{16}[\dX]"),
    ),
}


def check(id_type: str, id_number: str, *, pointer: str = "/applicant") -> str:
    """The number in its normal form: half-width capitals without spaces and hyphens.

    :param id_type: a key of `ID_TYPES`
    :param pointer: where the two stand in the input, as ``id_type`` and ``id_number``
    :raises Invalid: when the kind is unknown or the number cannot be one of it; the message does not
        repeat the number
    """
    document = ID_TYPES.get(id_type)
    if document is None:
        known = "、".join(f"{name} ({kind.chinese})" for name, kind in ID_TYPES.items())
        raise _wrong(f"{pointer}/id_type", both(f"证件类型应为：{known}", f"must be one of {', '.join(ID_TYPES)}"))
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", id_number)).upper()
    try:
        if len(plain) > _MOST_CHARACTERS:
            raise InvalidLength()
        return document.validate(plain)
    except ValidationError as error:
        chinese, english = _reason(error)
        raise _wrong(
            f"{pointer}/id_number",
            both(f"{document.chinese}号码有误：{chinese}", f"not a valid {document.english} number: {english}"),
        ) from None


def _reason(error: ValidationError) -> tuple[str, str]:
    if isinstance(error, InvalidLength):
        return "位数不对", "wrong length"
    if isinstance(error, InvalidChecksum):
        return "校验码不符，请核对各位", "the check character does not fit, compare each character"
    if isinstance(error, InvalidComponent):
        return "出生日期或省份代码不存在", "no such date of birth or province"
    return "含有不应出现的字符", "wrong characters"


def _wrong(pointer: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(pointer, message)])
