"""A notice as plain text, for a mail: all that it says, so that nobody has to log in anywhere to be told."""

from __future__ import annotations

from engine.notices.document import Block, Document
from engine.notices.tracking import Foot, Tracking


def to_text(document: Document, tracking: Tracking | None, foot: Foot) -> str:
    """A document as lines of text.

    :param tracking: the way to the case, where the document is about one.
    """
    parts = [document.title, *(_block(block, tracking) for block in document.blocks), f"-- \n{foot.text}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block, tracking: Tracking | None) -> str:
    match block.kind:
        case "qr":
            return "\n".join(tracking.lines) if tracking else ""
        case "list":
            lines = [f"- {cell}" for (cell,) in block.rows]
        case "numbered":
            lines = [f"{number}. {cell}" for number, (cell,) in enumerate(block.rows, start=1)]
        case "table" | "headed":
            lines = ["：".join((row[0], "  ".join(row[1:]))) if row[1:] else row[0] for row in block.rows]
        case _:
            lines = [cell for (cell,) in block.rows]
    return "\n".join(lines)
