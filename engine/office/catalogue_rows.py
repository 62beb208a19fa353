"""From a line of the catalogue's tables to the row that is stored; `docs/catalogue.md` describes the columns."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine.handling.case import TYPES
from engine.office.materials import Material, MaterialFault, parse
from engine.office.sheet import Sheet, SheetRow

#: Levels of a unit, from the top; departments stand beside townships and subdistricts.
LEVELS = ("district", "department", "township", "subdistrict", "village", "community")
#: Level at which a matter is exercised (行使层级, GB/T 39554).
AUTHORITIES = ("national", "province", "city", "district", "township", "village")
#: Working days; longer than any limit that a law sets.
LONGEST_LIMIT = 999
#: Years that a case can be kept for at most, where it is not kept for good.
LONGEST_RETENTION = 100

UNIT_CODE = re.compile(r"[a-z0-9-]{1,64}")
WINDOW_CODE = re.compile(r"[A-Z0-9]{1,32}")
MATTER_CODE = re.compile(r"[A-Za-z0-9._-]{1,32}")
_PROCESS = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,254}")
_FEE = re.compile(r"\d{1,9}(\.\d{1,2})?", re.ASCII)


def unit_rows(source: str | bytes, parents: Mapping[str, str | None], *, renew: bool) -> list[dict[str, Any]]:
    """The units of a table, each after the one above it.

    :param parents: the unit above each unit that there is already.
    :param renew: whether the table's word on those holds.
    """
    sheet = Sheet(source, required=("code", "name", "level"), optional=("parent",))
    rows: list[dict[str, Any]] = []
    for line in sheet.rows:
        rows.append(
            {
                "code": _code(sheet, line, UNIT_CODE, "lower-case letters (a-z), digits and hyphens"),
                "name": sheet.text(line, "name", longest=200),
                "level": sheet.one_of(line, "level", LEVELS),
                "parent": line["parent"] or None,
            }
        )
    above = dict(parents)
    above.update({row["code"]: row["parent"] for row in rows if renew or row["code"] not in parents})
    for line in sheet.rows:
        chain = [*_upwards(line["code"], above)]
        if chain[-1] not in above:
            # The unit whose own line names the missing one says so.
            if chain[-1] == line["parent"]:
                sheet.fault(line, "parent", f"there is no unit {line['parent']!r}.")
        elif above[chain[-1]] is not None:
            sheet.fault(line, "parent", f"the units stand above each other in a ring: {' > '.join(chain)}.")
    sheet.unique("code")
    sheet.check()
    return sorted(rows, key=lambda row: len([*_upwards(row["code"], above)]))


def window_rows(source: str | bytes, *, units: Collection[str]) -> list[dict[str, Any]]:
    """The windows of a table."""
    sheet = Sheet(source, required=("code", "name", "unit"), optional=("address",))
    rows = []
    for line in sheet.rows:
        rows.append(
            {
                "code": _code(sheet, line, WINDOW_CODE, "capital letters (A-Z) and digits"),
                "name": sheet.text(line, "name", longest=200),
                "unit": _unit(sheet, line, units),
                "address": sheet.text(line, "address", longest=500, empty=True),
            }
        )
    sheet.unique("code")
    sheet.check()
    return rows


def matter_rows(source: str | bytes, *, units: Collection[str], windows: Collection[str]) -> list[dict[str, Any]]:
    """The matters of a table."""
    sheet = Sheet(
        source,
        required=("code", "name", "type", "unit", "legal_basis", "level", "statutory_days", "promised_days"),
        optional=("departments", "materials", "fee", "visits", "windows", "process", "retention_years"),
    )
    rows = []
    for line in sheet.rows:
        rows.append(
            {
                "code": _code(sheet, line, MATTER_CODE, "letters, digits, dots, underscores and hyphens"),
                "name": sheet.text(line, "name", longest=200),
                "type": sheet.one_of(line, "type", TYPES),
                "unit": _unit(sheet, line, units),
                "process": _process(sheet, line),
                "details": json.dumps(_details(sheet, line, units, windows), ensure_ascii=False),
            }
        )
    sheet.unique("code")
    sheet.check()
    return rows


def _details(sheet: Sheet, line: SheetRow, units: Collection[str], windows: Collection[str]) -> dict[str, Any]:
    statutory = sheet.whole(line, "statutory_days", least=1, most=LONGEST_LIMIT)
    promised = sheet.whole(line, "promised_days", least=0, most=LONGEST_LIMIT)
    if promised > statutory > 0:
        sheet.fault(line, "promised_days", f"{promised} days are promised, and the law allows {statutory}.")
    details = {
        "departments": _departments(sheet, line, units),
        "legal_basis": sheet.text(line, "legal_basis", longest=2000),
        "level": sheet.one_of(line, "level", AUTHORITIES),
        "statutory_days": statutory,
        "promised_days": promised,
        "materials": _materials(sheet, line),
        "fee": _fee(sheet, line),
        "visits": sheet.whole(line, "visits", least=0, most=99, default=1),
        "windows": _codes(sheet, line, "windows", windows, "window"),
    }
    if line["retention_years"]:
        # Left out where nothing is said, as before there was such a column: the rows of then are not other ones now.
        details["retention_years"] = sheet.whole(line, "retention_years", least=1, most=LONGEST_RETENTION)
    return details


def _code(sheet: Sheet, line: SheetRow, pattern: re.Pattern[str], alphabet: str) -> str:
    code = line["code"]
    if not pattern.fullmatch(code):
        sheet.fault(line, "code", f"{code!r} is not a code; it is made of {alphabet}.")
    return code


def _unit(sheet: Sheet, line: SheetRow, units: Collection[str]) -> str:
    if line["unit"] not in units:
        sheet.fault(line, "unit", f"there is no unit {line['unit']!r}.")
    return line["unit"]


def _departments(sheet: Sheet, line: SheetRow, units: Collection[str]) -> list[str]:
    departments = _codes(sheet, line, "departments", units, "unit")
    if line["unit"] in departments:
        sheet.fault(line, "departments", f"{line['unit']!r} is in charge already; name the others only.")
    return departments


def _codes(sheet: Sheet, line: SheetRow, column: str, known: Collection[str], what: str) -> list[str]:
    codes = [code for part in line[column].split(";") if (code := part.strip())]
    for index, code in enumerate(codes):
        if code not in known:
            sheet.fault(line, column, f"there is no {what} {code!r}.")
        elif code in codes[:index]:
            sheet.fault(line, column, f"{code!r} is named twice.")
    return codes


def _materials(sheet: Sheet, line: SheetRow) -> list[Material]:
    try:
        return parse(line["materials"])
    except MaterialFault as fault:
        sheet.fault(line, "materials", str(fault))
        return []


def _fee(sheet: Sheet, line: SheetRow) -> int | float:
    text = line["fee"] or "0"
    if not _FEE.fullmatch(text):
        sheet.fault(line, "fee", f"{text!r} is not an amount in yuan, such as 80 or 12.50; nothing or 0 means free.")
        return 0
    amount = Decimal(text)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _process(sheet: Sheet, line: SheetRow) -> str:
    process = line["process"] or "one_window"
    if not _PROCESS.fullmatch(process):
        sheet.fault(line, "process", f"{process!r} is not the key of a process.")
    return process


def _upwards(code: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    # The unit, the one above it, …: ends at a unit that has none, at one that is unknown, or where a ring closes.
    seen: set[str] = set()
    above: str | None = code
    while above is not None and above not in seen:
        yield above
        seen.add(above)
        above = parents.get(above)
