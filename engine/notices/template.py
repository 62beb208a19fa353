"""Templates of notices: plain text, line by line, with places for the case's values.

How a line begins says what it is: ``#`` the title, ``##`` a heading, ``-`` an item of a list, ``1.`` one of a
numbered list, ``|`` the row of a table, ``>`` the signature at the right; ``@qr`` alone is the way to the case's
progress. Any other line is part of a paragraph, which an empty line ends. ``{…}`` is a place: a FEEL expression.
``{{`` and ``}}`` are the braces themselves, and a backslash before a line takes its beginning for text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

#: Bytes of a template; its lines, its places, and the columns of a table.
MAX_BYTES = 64 * 1024
MAX_LINES = 1_000
MAX_PLACES = 200
MAX_COLUMNS = 6
#: Faults that are told of one template.
_MOST_FAULTS = 20

LineKind = Literal["title", "heading", "paragraph", "item", "numbered", "row", "signature", "qr"]

_NUMBERED = re.compile(r"[0-9]{1,3}[.、．][ \t]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Place:
    """Where a value of the case is to stand."""

    #: Which of the template's places it is, from 0.
    index: int
    #: FEEL text.
    text: str
    #: Where it begins, from 1.
    line: int
    column: int


#: A piece of a line: text that stands as it is, or a place.
Piece = str | Place


@dataclass(frozen=True)
class Line:
    """One line of a template: its kind, and its cells, of which only a row of a table has several."""

    kind: LineKind
    cells: tuple[tuple[Piece, ...], ...] = ()
    #: Whether it begins a paragraph, list or table of its own.
    begins: bool = False


@dataclass(frozen=True)
class Template:
    """A template that was read."""

    lines: tuple[Line, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a template, and how to mend it."""

    line: int
    column: int
    message: str


class TemplateError(Exception):
    """A template that cannot be used."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.line}:{fault.column}: {fault.message}" for fault in faults))


def parse(content: bytes) -> Template:
    """Read a template.

    :raises TemplateError: with every fault found.
    """
    if len(content) > MAX_BYTES:
        raise TemplateError([Fault(1, 1, f"the notice is larger than {MAX_BYTES // 1024} KiB: shorten it")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TemplateError([Fault(line, 1, "the notice is not UTF-8: save it as UTF-8")]) from None
    return _Reader().read(text)


class _Reader:
    """One reading."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._places: list[Place] = []

    def read(self, text: str) -> Template:
        written = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if len(written) > MAX_LINES:
            self._fault(MAX_LINES + 1, 1, f"the notice has more than {MAX_LINES} lines: shorten it")
            written = written[:MAX_LINES]
        lines: list[Line] = []
        before: LineKind | None = None
        for number, raw in enumerate(written, start=1):
            if found := _CONTROL.search(raw):
                self._fault(number, found.start() + 1, "a control character stands here: delete it")
            elif raw.strip():
                line = self._line(raw, number, before)
                lines.append(line)
                before = line.kind
            else:
                before = None
        self._check_whole(lines)
        if self._faults:
            raise TemplateError(self._faults[:_MOST_FAULTS])
        return Template(tuple(lines), tuple(self._places))

    def _check_whole(self, lines: list[Line]) -> None:
        titles = sum(line.kind == "title" for line in lines)
        if titles != 1 or lines[0].kind != "title":
            self._fault(1, 1, "a notice begins with its one title: write “# ” and the title as its first line")
        if len(lines) < 2 and not self._faults:
            self._fault(1, 1, "the notice says nothing below its title: write what it is to say")
        if len(self._places) > MAX_PLACES:
            at = self._places[MAX_PLACES]
            self._fault(at.line, at.column, f"the notice has more than {MAX_PLACES} places: shorten it")

    def _line(self, raw: str, number: int, before: LineKind | None) -> Line:
        indent = len(raw) - len(raw.lstrip())
        text = raw.strip()
        kind, rest = _kind(text)
        begins = kind != before
        column = indent + len(text) - len(rest) + 1
        if kind == "qr":
            return Line("qr", begins=True)
        if kind != "row":
            pieces = tuple(self._pieces(rest, number, column))
            if not pieces:
                self._fault(number, column, "nothing follows here: write a text, or delete the line")
            return Line(kind, (pieces,), begins)
        cells = tuple(self._cells(rest, number, column))
        if len(cells) > MAX_COLUMNS:
            self._fault(number, column, f"a table has at most {MAX_COLUMNS} columns: put the rest into another")
        return Line(kind, cells, begins)

    def _cells(self, text: str, number: int, column: int) -> Iterator[tuple[Piece, ...]]:
        """The cells of a row; a bar inside a place does not end one."""
        start, at, closed = 0, 0, False
        while at < len(text):
            if text.startswith(("{{", "}}"), at):
                at += 2
            elif text[at] == "{":
                at = (_end_of_place(text, at) or len(text) - 1) + 1
            elif text[at] == "|":
                yield self._cell(text[start:at], number, column + start)
                at += 1
                start, closed = at, True
            else:
                at += 1
        if text[start:].strip() or not closed:
            yield self._cell(text[start:], number, column + start)

    def _cell(self, text: str, number: int, column: int) -> tuple[Piece, ...]:
        inner = text.strip()
        return tuple(self._pieces(inner, number, column + len(text) - len(text.lstrip())))

    def _pieces(self, text: str, number: int, column: int) -> Iterator[Piece]:
        literal, at = "", 0
        while at < len(text):
            if text.startswith(("{{", "}}"), at):
                literal, at = literal + text[at], at + 2
            elif text[at] == "{":
                end = _end_of_place(text, at)
                if end is None:
                    message = "the place that begins here is not closed: end it with }, or write {{ for a brace"
                    self._fault(number, column + at, message)
                    return
                if literal:
                    yield literal
                literal = ""
                yield self._place(text[at + 1 : end], number, column + at)
                at = end + 1
            elif text[at] == "}":
                self._fault(number, column + at, "no place is open that this could close: write }} for a brace")
                return
            else:
                literal, at = literal + text[at], at + 1
        if literal:
            yield literal

    def _place(self, text: str, number: int, column: int) -> Place:
        place = Place(len(self._places), text.strip(), number, column)
        if not place.text:
            self._fault(number, column, "the place is empty: write a FEEL expression between the braces")
        self._places.append(place)
        return place

    def _fault(self, line: int, column: int, message: str) -> None:
        self._faults.append(Fault(line, column, message))


def _kind(text: str) -> tuple[LineKind, str]:
    """What a line is, and its text without the mark that says so."""
    if text.startswith("\\"):
        return "paragraph", text[1:]
    if text == "@qr":
        return "qr", ""
    if text.startswith("##"):
        return "heading", text[2:].lstrip()
    for mark, kind in _MARKS.items():
        if text.startswith(mark):
            return kind, text[1:].lstrip()
    if text.startswith("- ") or text == "-":
        return "item", text[1:].lstrip()
    numbered = _NUMBERED.match(text)
    if numbered is not None:
        return "numbered", text[numbered.end() :]
    return "paragraph", text


_MARKS: dict[str, LineKind] = {"#": "title", "|": "row", ">": "signature"}


def _end_of_place(text: str, at: int) -> int | None:
    """Where the brace stands that closes the one at `at`: not in a string of FEEL, nor that of a context in it."""
    depth, quoted = 0, False
    while at < len(text):
        character = text[at]
        if quoted and character == "\\":
            at += 1
        elif character == '"':
            quoted = not quoted
        elif not quoted and character == "{":
            depth += 1
        elif not quoted and character == "}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return None
