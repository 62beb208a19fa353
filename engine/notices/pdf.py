"""A notice for paper: PDF, the same bytes for the same content, whoever makes it and whenever."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import orjson
import typst

from engine.errors import Unavailable
from engine.notices.document import Document
from engine.notices.tracking import Foot, Tracking, qr

#: The files of the one family that notices are set in, as the pages' build lays them down.
FILES = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")


def to_pdf(document: Document, tracking: Tracking | None, foot: Foot, fonts: Path) -> bytes:
    """A document as PDF, tagged for those who hear it.

    Only the layout is a program, and it is ours; what is set in it comes as data.

    :param tracking: the way to the case, where the document is about one.
    :param fonts: the folder where `FILES` lie; no font of the machine is used, so that the bytes are the same anywhere.
    :raises Unavailable: where they do not lie there.
    """
    if missing := next((name for name in FILES if not (fonts / name).is_file()), None):
        raise Unavailable(f"The font {missing} is not there: the pages' assets are built by `make setup`.")
    data = {
        "title": document.title,
        "blocks": [{"kind": block.kind, "rows": block.rows} for block in document.blocks],
        "qr": qr(tracking),
        "tracking": tracking.lines if tracking else [],
        "proof": foot.text,
    }
    inputs = {"document": orjson.dumps(data).decode()}
    return typst.compile(_layout(), format="pdf", font_paths=_fonts(fonts), sys_inputs=inputs)


@cache
def _fonts(folder: Path) -> typst.Fonts:
    """The fonts of a folder, read once; none of the machine's, nor those that the compiler brings."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


@cache
def _layout() -> bytes:
    return files("engine.notices").joinpath("layout.typ").read_bytes()
