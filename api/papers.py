"""Notices and reports as answers: as a page that loads nothing, or for paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask import Response, current_app, url_for

from api import answers
from engine.notices.document import Document
from engine.notices.html import POLICY, to_html
from engine.notices.pdf import to_pdf
from engine.notices.tracking import Foot, Tracking
from engine.office.notices import Issued

#: Media types by format.
FORMATS = {"html": "text/html", "pdf": "application/pdf"}

#: Where the build lays down the fonts of documents, below this package.
FONTS = "static/vendor/fonts"


def paper(issued: Issued, format: str) -> Response:
    """The answer with a notice.

    :param format: one of `FORMATS`.
    """
    tracking = replace(issued.tracking, page=url_for("pages.tracking.show", _external=True))
    return sheet(issued.document, tracking, issued.proof, format)


def sheet(document: Document, tracking: Tracking | None, foot: Foot, format: str) -> Response:
    """The answer with a document.

    :param format: one of `FORMATS`.
    """
    if format == "html":
        response = Response(to_html(document, tracking, foot), mimetype=FORMATS[format])
        response.headers["Content-Security-Policy"] = POLICY
        return response
    made = to_pdf(document, tracking, foot, Path(current_app.root_path, FONTS))
    response = Response(made, mimetype=FORMATS[format])
    answers.attach(response, f"{document.title} {foot.subject}.pdf")
    return response
