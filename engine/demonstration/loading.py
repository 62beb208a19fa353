"""Bringing the demonstration office's tables into a database."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from engine.errors import Forbidden
from engine.office.clock import DEMONSTRATION
from engine.office.people import NewPerson
from engine.storage.tables import case, setting

if TYPE_CHECKING:
    from engine.office import Office

#: Of everybody in the demonstration office.
PASSWORD = "yichuang-demo"


class Login(NamedTuple):
    """Somebody as whom one can look at the demonstration office."""

    username: str
    role: str
    unit: str


def load(office: Office) -> bool:
    """Make the office a demonstration office, with all that is missing in it.

    What is there already is left as it is, whatever the office made of it; so a second load changes nothing.

    :returns: whether anything was added.
    :raises Forbidden: where an office that is none has cases: it would get people with a published password.
    """
    _mark(office)
    catalogue = office.catalogue
    imports = (catalogue.import_units, catalogue.import_windows, catalogue.import_matters)
    tables = ("units", "windows", "matters")
    counts = [take(_text(table), renew=False) for take, table in zip(imports, tables, strict=True)]
    known = {person["username"] for person in office.people.list()}
    joining = [person for person in _people() if person.username not in known]
    office.people.add_all(joining)
    return bool(joining) or any(count["created"] for count in counts)


def logins() -> list[Login]:
    """The few people to begin with; everybody else's user name is the code of the unit, or ``CODE.leader``."""
    units = {row["code"]: row["name"] for row in _rows("units")}
    return [Login(row["username"], row["role"], units[row["unit"]]) for row in _rows("people") if row["shown"]]


def applicants() -> list[dict[str, str]]:
    """Applicants for examples: names and telephones that nobody has, identity numbers of the year 1900."""
    return [dict(row) for row in _rows("applicants")]


def _mark(office: Office) -> None:
    with office.database.write() as connection:
        if connection.scalar(select(setting.c.value).where(setting.c.name == DEMONSTRATION)) == "true":
            return
        if connection.scalar(select(func.count()).select_from(case)):
            raise Forbidden(
                "This office has cases and is no demonstration office: it is not given people with a published "
                "password. Load the demonstration office into a database of its own."
            )
        office.clock.mark_demonstration(connection)


def _people() -> list[NewPerson]:
    names: dict[str, str] = {}
    seats: dict[str, list[tuple[str, str]]] = {}
    for row in _rows("people"):
        names[row["username"]] = row["name"]
        seats.setdefault(row["username"], []).append((row["unit"], row["role"]))
    return [
        NewPerson(username=username, name=name, password=PASSWORD, memberships=seats[username])
        for username, name in names.items()
    ]


@cache
def _rows(table: str) -> tuple[dict[str, str], ...]:
    return tuple(csv.DictReader(StringIO(_text(table), newline="")))


def _text(table: str) -> str:
    return files("engine.demonstration").joinpath("data", f"{table}.csv").read_text(encoding="utf-8")
