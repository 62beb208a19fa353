"""The office's catalogue: its units, their windows, and the matters that people come with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

from sqlalchemy import Connection, Row, Select, Table, bindparam, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from engine.errors import Conflict, NotFound
from engine.history.difference import differences
from engine.history.kinds import ActKind
from engine.office import pinyin
from engine.office.catalogue_rows import MATTER_CODE, UNIT_CODE, WINDOW_CODE, matter_rows, unit_rows, window_rows
from engine.office.ledger import Ledger
from engine.office.materials import Material
from engine.office.person import Person
from engine.office.rights import Rights
from engine.storage import Database
from engine.storage.tables import matter, unit, window

#: A tree deeper than that is not followed.
_DEEPEST = 32


class UnitView(TypedDict):
    """A unit of the office."""

    code: str
    name: str
    level: str
    parent: str | None


class WindowView(TypedDict):
    """A window at which cases are accepted."""

    code: str
    name: str
    unit: str
    unit_name: str
    address: str


class MatterView(TypedDict):
    """A matter as the catalogue has it."""

    code: str
    name: str
    type: str
    unit: str
    unit_name: str
    #: Units that examine a case besides the one in charge.
    departments: list[str]
    legal_basis: str
    level: str
    #: Limits in working days: what the law gives, what the office promises.
    statutory_days: int
    promised_days: int
    materials: list[Material]
    #: Yuan.
    fee: int | float
    #: Times that the applicant has to come.
    visits: int
    #: Codes of the windows where it is handled; none means all.
    windows: list[str]
    #: Key of the process that a case starts with.
    process: str
    #: For how many years after its end a case is kept before its applicant may be erased; null is for good.
    retention_years: int | None


class Imported(TypedDict):
    """What an import changed."""

    created: int
    updated: int


class Catalogue:
    """What the office consists of and does. Codes never change; an import adds and renews, and removes nothing.

    The imports take the text of a CSV file (`docs/catalogue.md`) and do all of it or nothing; the same
    content again changes nothing. With `renew` false, what is there already is left as it is.

    Who imports is an administrator, or the machine's own shell where nobody is named.

    :raises Forbidden: from an import, for all but administrators.
    :raises Invalid: from an import, naming line and column of every fault.
    """

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def units(self) -> list[UnitView]:
        """Every unit, by code."""
        with self._database.read() as connection:
            return [_unit_view(row) for row in connection.execute(select(unit).order_by(unit.c.code))]

    def unit(self, code: str) -> UnitView:
        """One unit.

        :raises NotFound: if there is none of that code.
        """
        return _unit_view(self._one(select(unit).where(unit.c.code == code), UNIT_CODE, code, "unit"))

    def windows(self) -> list[WindowView]:
        """Every window, by code."""
        with self._database.read() as connection:
            return [_window_view(row) for row in connection.execute(_WINDOWS)]

    def window(self, code: str) -> WindowView:
        """One window.

        :raises NotFound: if there is none of that code.
        """
        return _window_view(self._one(_WINDOWS.where(window.c.code == code), WINDOW_CODE, code, "window"))

    def matters(self, q: str | None = None) -> list[MatterView]:
        """The matters that `q` finds by code, name, pinyin or its initials; all without it. By code."""
        with self._database.read() as connection:
            rows = connection.execute(_MATTERS).all()
        return [_matter_view(row) for row in rows if not q or pinyin.matches(q, row.code, name=row.name)]

    def matter(self, code: str) -> MatterView:
        """One matter.

        :raises NotFound: if there is none of that code.
        """
        return _matter_view(self._one(_MATTERS.where(matter.c.code == code), MATTER_CODE, code, "matter"))

    def ancestors(self, unit_code: str) -> list[str]:
        """Codes of the units from this one up to the root of its tree; itself first, none if it is unknown."""
        return self._related(_UPWARDS, unit_code)

    def descendants(self, unit_code: str) -> list[str]:
        """Codes of this unit and of those below it, at any depth; itself first, none if it is unknown."""
        return self._related(_DOWNWARDS, unit_code)

    def import_units(self, source: str | bytes, *, renew: bool = True, by: Person | None = None) -> Imported:
        """Take over the units of a table. A parent may stand before or after its children."""
        self._require_keeping(by)
        with self._database.write() as connection:
            held = _held(connection, unit)
            parents = {code: row["parent"] for code, row in held.items()}
            return self._store(connection, unit, held, unit_rows(source, parents, renew=renew), renew, by)

    def import_windows(self, source: str | bytes, *, renew: bool = True, by: Person | None = None) -> Imported:
        """Take over the windows of a table."""
        self._require_keeping(by)
        with self._database.write() as connection:
            rows = window_rows(source, units=_held(connection, unit).keys())
            return self._store(connection, window, _held(connection, window), rows, renew, by)

    def import_matters(self, source: str | bytes, *, renew: bool = True, by: Person | None = None) -> Imported:
        """Take over the matters of a table. Running cases keep the entry as it was when they began."""
        self._require_keeping(by)
        with self._database.write() as connection:
            units, windows = _held(connection, unit).keys(), _held(connection, window).keys()
            rows = matter_rows(source, units=units, windows=windows)
            return self._store(connection, matter, _held(connection, matter), rows, renew, by)

    def _require_keeping(self, by: Person | None) -> None:
        if by is not None:
            Rights(by, self.ancestors).require_keeping_catalogue()

    def _store(
        self,
        connection: Connection,
        table: Table,
        held: Mapping[str, Mapping[str, Any]],
        rows: Sequence[dict[str, Any]],
        renew: bool,
        by: Person | None,
    ) -> Imported:
        created = [row for row in rows if row["code"] not in held]
        updated = [row for row in rows if renew and row["code"] in held and row != held[row["code"]]]
        try:
            if created:
                connection.execute(insert(table), created)
            for row in updated:
                connection.execute(update(table).where(table.c.code == row["code"]).values(row))
        except IntegrityError as error:
            raise Conflict("Another import added the same codes at the same moment: try once more.") from error
        if created or updated:
            changes = {row["code"]: [*differences(_plain(held[row["code"]]), _plain(row))] for row in updated}
            told = {"created": {row["code"]: _plain(row) for row in created}, "changed": changes}
            self._ledger.act(connection, _KINDS[table.name], by, told)
        return Imported(created=len(created), updated=len(updated))

    def _one(self, query: Select[Any], pattern: re.Pattern[str], code: str, what: str) -> Row[Any]:
        row = None
        if pattern.fullmatch(code):
            with self._database.read() as connection:
                row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no {what} with the code {code!r}.")
        return row

    def _related(self, query: Select[Any], code: str) -> list[str]:
        if not UNIT_CODE.fullmatch(code):
            return []
        with self._database.read() as connection:
            return [*connection.scalars(query, {"code": code})]


def _walk(step: Callable[[Any], tuple[Any, Any]]) -> Select[Any]:
    found = select(unit.c.code, literal(0).label("depth")).where(unit.c.code == bindparam("code")).cte(recursive=True)
    related, condition = step(found.c.code)
    found = found.union_all(
        select(related, found.c.depth + 1).where(condition, related.is_not(None), found.c.depth < _DEEPEST)
    )
    return select(found.c.code).order_by(found.c.depth, found.c.code)


_UPWARDS = _walk(lambda known: (unit.c.parent, unit.c.code == known))
_DOWNWARDS = _walk(lambda known: (unit.c.code, unit.c.parent == known))
_WINDOWS = select(window, unit.c.name.label("unit_name")).select_from(window.join(unit)).order_by(window.c.code)
_MATTERS = select(matter, unit.c.name.label("unit_name")).select_from(matter.join(unit)).order_by(matter.c.code)


def _unit_view(row: Row[Any]) -> UnitView:
    return UnitView(code=row.code, name=row.name, level=row.level, parent=row.parent)


def _window_view(row: Row[Any]) -> WindowView:
    return WindowView(code=row.code, name=row.name, unit=row.unit, unit_name=row.unit_name, address=row.address)


def _matter_view(row: Row[Any]) -> MatterView:
    details = json.loads(row.details)
    return MatterView(
        code=row.code,
        name=row.name,
        type=row.type,
        unit=row.unit,
        unit_name=row.unit_name,
        departments=details["departments"],
        legal_basis=details["legal_basis"],
        level=details["level"],
        statutory_days=details["statutory_days"],
        promised_days=details["promised_days"],
        materials=details["materials"],
        fee=details["fee"],
        visits=details["visits"],
        windows=details["windows"],
        process=row.process,
        retention_years=details.get("retention_years"),
    )


def _held(connection: Connection, table: Table) -> dict[str, Mapping[str, Any]]:
    # Locked, so that two imports at once cannot together bend the tree of units into a ring.
    rows = connection.execute(select(table).with_for_update(key_share=True)).mappings()
    return {row["code"]: dict(row) for row in rows}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its details unpacked."""
    return {**row, "details": json.loads(row["details"])} if "details" in row else dict(row)


#: What an import into a table is called in the office's chain.
_KINDS = {
    unit.name: ActKind.UNITS_IMPORTED,
    window.name: ActKind.WINDOWS_IMPORTED,
    matter.name: ActKind.MATTERS_IMPORTED,
}
