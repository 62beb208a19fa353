"""What is to be read of a notice: a template with its values, as blocks of plain text for either layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.notices.template import Line, Piece, Place, Template

BlockKind = Literal["heading", "paragraph", "list", "numbered", "table", "headed", "signature", "qr"]

#: What stands where a value is missing inside a text.
MISSING = "——"
#: Rows that a notice has at most, lists written out: beyond what an office hands to anybody.
MAX_ROWS = 2_000
_LISTED: dict[str, BlockKind] = {"item": "list", "numbered": "numbered", "row": "table"}


@dataclass(frozen=True)
class Block:
    """A part of a document: its rows of cells; only a table has several cells in a row.

    What the cells of a `table` are stands in its first column, of a `headed` one in its first row too.
    """

    kind: BlockKind
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Document:
    """A notice as it is read."""

    title: str
    blocks: tuple[Block, ...]


def document(template: Template, values: Sequence[Any]) -> Document:
    """A template with its values, which are open.

    A line that is nothing but a place without a value is left out, so that a text may depend on the case. An item
    or row that is nothing but places is repeated where they hold lists, once for each element.
    """
    title, blocks, rows = "", [], 0
    kind: BlockKind | None = None
    gathered: list[tuple[str, ...]] = []

    def close() -> None:
        if kind is not None and (gathered or kind == "qr"):
            blocks.append(Block(kind, tuple(gathered)))
        gathered.clear()

    for line in template.lines:
        written = _rows(line, values)[: MAX_ROWS - rows]
        rows += len(written)
        if line.kind == "title":
            title = " ".join(cell for row in written for cell in row) or MISSING
            continue
        if line.begins or line.kind == "heading":
            close()
            kind = _LISTED.get(line.kind, line.kind)  # type: ignore[arg-type]
        gathered += written
    close()
    return Document(title, tuple(blocks))


def _rows(line: Line, values: Sequence[Any]) -> list[tuple[str, ...]]:
    """The rows that a line becomes: mostly one, none where it depends on a value that is missing."""
    if line.kind == "qr":
        return []
    alone = [_alone(cell, values) for cell in line.cells]
    if line.kind in _LISTED and any(isinstance(value, list) for value in alone):
        lists = [value if isinstance(value, list) else None for value in alone]
        count = max(len(found) for found in lists if found is not None)
        return [
            tuple(
                _cell(cell, values) if found is None else _text(found[at] if at < len(found) else None)
                for cell, found in zip(line.cells, lists, strict=True)
            )
            for at in range(count)
        ]
    if all(value is None or value == "" or value == [] for value in alone):
        return []
    return [tuple(_cell(cell, values) for cell in line.cells)]


class _Text:
    """What `_alone` gives for a cell that is more than one place."""


_TEXT = _Text()


def _alone(cell: tuple[Piece, ...], values: Sequence[Any]) -> Any:
    """The value of a cell that is one place and nothing else."""
    if len(cell) == 1 and isinstance(cell[0], Place):
        return values[cell[0].index]
    return _TEXT


def _cell(cell: Iterable[Piece], values: Sequence[Any]) -> str:
    return "".join(piece if isinstance(piece, str) else _text(values[piece.index]) for piece in cell)


def _text(value: Any) -> str:
    """A value in a text."""
    match value:
        case None | "":
            return MISSING
        case bool():
            return "是" if value else "否"
        case str():
            return value.removeprefix("decimal:")
        case Mapping():
            return "；".join(f"{name}：{_text(inner)}" for name, inner in value.items())
        case list():
            return "、".join(_text(inner) for inner in value) or MISSING
    return str(value)
