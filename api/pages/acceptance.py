"""The acceptance desk: which matter, for whom, at which window; then the slip that the applicant takes home."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import segno
from flask import Blueprint, jsonify, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from api.pages import bilingual, notices
from api.pages.commands import body, once
from api.pages.data import RECEIVED
from api.pages.diagrams import diagram
from api.pages.look import language, page, t
from api.pages.session import office, person
from api.pages.taking import windows
from engine.errors import Invalid
from engine.forms.identity import ID_TYPES
from engine.office.catalogue import MatterView
from engine.office.person import Person

blueprint = Blueprint("acceptance", __name__)


@blueprint.get("/accept")
def matters() -> Response:
    """The matters to choose from."""
    by, sought = person(), request.args.get("q", "").strip()
    return page("matters", matters=office().catalogue.matters(sought or None), windows=windows(by), sought=sought)


@blueprint.get("/accept/<code>")
def desk(code: str) -> Response:
    """The form with which a case of one matter is started."""
    by = person()
    matter = office().catalogue.matter(code)
    fitting = [window for window in windows(by) if not matter["windows"] or window["code"] in matter["windows"]]
    form = _start_form(matter, by)
    # Where the process asks for data of its own at the start, nothing else may be in it.
    # Its expressions read the matter, and the window where there is no choice.
    facts = {"matter": matter, **({"window": fitting[0]} if len(fitting) == 1 else {})}
    return page(
        "accept", matter=matter, windows=fitting, id_types=ID_TYPES, form=form, facts=facts, checklist=form is None
    )


@blueprint.post("/accept/<code>")
def accept(code: str) -> Response:
    """Starts the case, and says where its slip is."""
    by, sent = person(), body()
    applicant, data = sent.get("applicant"), sent.get("data")
    if not isinstance(applicant, dict) or not isinstance(data, dict):
        raise Invalid
    window = sent.get("window") or None
    case = office().cases.start(
        code,
        applicant,
        data,
        by=by,
        window=window,
        once=once(sent.get("once"), [code, applicant, data, window]),
    )
    notices.done(t("accept.done", number=case["number"]))
    return jsonify(location=url_for("pages.acceptance.slip", number=case["number"]))


@blueprint.get("/cases/<number>/slip")
def slip(number: str) -> Response:
    """The printable slip: number, tracking code, what was handed in and by when an answer comes."""
    by = person()
    case = office().cases.get(number, by=by)
    return page(
        "slip",
        case=case,
        matter=office().catalogue.matter(case["matter"]),
        window=office().catalogue.window(case["window"]),
        tracking=(address := url_for("pages.tracking.show", _external=True)),
        qr=_qr(f"{address}#{urlencode({'number': case['number'], 'code': case['tracking_code']})}"),
        received=case["data"].get(RECEIVED),
        mine=office().tasks.list(by=by, case=number, limit=1)["items"],
    )


def _qr(text: str) -> Markup:
    """A QR code (ISO/IEC 18004) as a drawing for the page."""
    drawn: str = segno.make(text, error="m").svg_inline(scale=1, border=2, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn)


def _start_form(matter: MatterView, by: Person) -> Any:
    """The form of the start event of the matter's process, in its latest version, if there is one."""
    key = matter["process"]
    schema = diagram(key, office().definitions.get(key, by=by)["versions"][-1]["version"], by).start_form
    return bilingual.form(schema, language(), "") if schema else None
