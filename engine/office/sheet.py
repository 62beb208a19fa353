"""Reading a table that a spreadsheet saved as CSV, with findings that name the line and the column."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from engine.errors import FieldError, Invalid

#: Findings that are told at once; a file with more is wrong as a whole.
MOST_FAULTS = 100


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One row below the header; cells by the header's names, without surrounding blanks."""

    #: 1-based line of the file on which the row begins.
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The cell; empty where the file does not have the column."""
        return self.cells.get(column, "")


class Sheet:
    """A table with a header, and what is wrong with it.

    :param source: UTF-8, with or without a byte order mark; RFC 4180 quoting.
    :param required: names that the header must have.
    :param optional: further names that it may have; any order is good, an unknown name is not.
    :raises Invalid: if the file as a whole cannot be read as such a table.
    """

    def __init__(self, source: str | bytes, *, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        self._faults: list[FieldError] = []
        records = _records(_decoded(source))
        line, header = next(records, (1, []))
        self.columns = [name.strip() for name in header]
        self._check_header(line, required, optional)
        self.check()
        self.rows = [
            SheetRow(line=line, cells=cells) for line, record in records if (cells := self._cells(line, record))
        ]

    def fault(self, row: SheetRow | int, column: str, message: str) -> None:
        """Note what is wrong in a row's cell."""
        line = row if isinstance(row, int) else row.line
        place = f", column {self.columns.index(column) + 1} ({column})" if column in self.columns else ""
        self._faults.append(FieldError(f"/{line}/{column}", f"line {line}{place}: {message}"))

    def check(self) -> None:
        """Go on only if nothing is wrong.

        :raises Invalid: naming what is; each pointer is ``/LINE/COLUMN``.
        """
        if self._faults:
            count = "1 fault" if len(self._faults) == 1 else f"{len(self._faults)} faults"
            raise Invalid(
                f"Nothing was imported: {count} in the table. First: {self._faults[0].message}",
                errors=self._faults[:MOST_FAULTS],
            )

    def one_of(self, row: SheetRow, column: str, allowed: Collection[str]) -> str:
        """The cell's word, if it is one of those allowed."""
        word = row[column]
        if word not in allowed:
            self.fault(row, column, f"{word!r} is not one of: {', '.join(allowed)}.")
        return word

    def text(self, row: SheetRow, column: str, *, longest: int, empty: bool = False) -> str:
        """The cell's text, if it is there and not longer than so many characters."""
        text = row[column]
        if not text and not empty:
            self.fault(row, column, "this is missing.")
        if len(text) > longest:
            self.fault(row, column, f"this has {len(text)} characters, at most {longest} are taken.")
        return text

    def whole(self, row: SheetRow, column: str, *, least: int, most: int, default: int | None = None) -> int:
        """The cell's whole number, if it is one between the two."""
        text = row[column]
        if not text and default is not None:
            return default
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not least <= number <= most:
            self.fault(row, column, f"{text!r} is not a whole number from {least} to {most}.")
        return number

    def unique(self, column: str) -> None:
        """See that no two rows have the same word in a column."""
        first: dict[str, int] = {}
        for row in self.rows:
            line = first.setdefault(row[column], row.line)
            if line != row.line:
                self.fault(row, column, f"{row[column]!r} stands in line {line} already.")

    def _check_header(self, line: int, required: Sequence[str], optional: Sequence[str]) -> None:
        for name in required:
            if name not in self.columns:
                self.fault(line, name, f"the header has no column {name!r}; it needs: {', '.join(required)}.")
        for name in self.columns:
            if name not in (*required, *optional):
                self.fault(line, name, f"{name!r} is not a column; there are: {', '.join((*required, *optional))}.")
            elif self.columns.count(name) > 1:
                self.fault(line, name, f"the column {name!r} is there more than once.")

    def _cells(self, line: int, record: Sequence[str]) -> Mapping[str, str]:
        cells = [cell.strip() for cell in record]
        if not any(cells):
            return {}  # Spreadsheets leave such rows behind.
        if len(cells) != len(self.columns):
            message = f"line {line}: the row has {len(cells)} cells, the header {len(self.columns)}."
            self._faults.append(FieldError(f"/{line}", message))
            return {}
        named = dict(zip(self.columns, cells, strict=True))
        for column, cell in named.items():
            if any(ord(c) < 32 and c not in "\r\n\t" for c in cell):
                self.fault(line, column, "this has a control character.")
        return named


def _decoded(source: str | bytes) -> str:
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        message = f'line {line}: this is not UTF-8; save the table as "CSV UTF-8" (not as GBK or another encoding).'
        raise Invalid(f"Nothing was imported: {message}", errors=[FieldError(f"/{line}", message)]) from error


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for record in reader:
            yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"line {line}: this is not CSV: {error}."
        raise Invalid(f"Nothing was imported: {message}", errors=[FieldError(f"/{line}", message)]) from error
