"""Documents written to a file: as a page, or for paper."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import IO

from engine.notices.document import Document
from engine.notices.html import to_html
from engine.notices.tracking import Foot, Tracking


def write(file: IO[bytes], document: Document, tracking: Tracking | None, foot: Foot, *, paper: bool) -> None:
    """Write a document as a page, or as PDF where it is for paper."""
    if not paper:
        file.write(to_html(document, tracking, foot).encode())
        return
    # Only now: the compiler takes long to load.
    from api.papers import FONTS
    from engine.notices.pdf import to_pdf

    with as_file(files("api").joinpath(FONTS)) as fonts:
        file.write(to_pdf(document, tracking, foot, fonts))
