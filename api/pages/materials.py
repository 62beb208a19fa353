"""A file that was handed in is checked, or taken back.

Files are sent and saved by the calls of the API itself, with the pages' session.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.again import again
from api.pages.commands import once
from api.pages.errors import sentence
from api.pages.look import t
from api.pages.of_case import of_case
from api.pages.session import office, person
from engine.errors import Forbidden, NotFound, YichuangError

blueprint = Blueprint("materials", __name__)


@blueprint.post("/cases/<number>/materials/<identity>/<any(verify, withdraw):action>")
def act(number: str, identity: str, action: str) -> Response:
    """Says how far a file is trusted after a check, or takes it back."""
    by, form, materials = person(), request.form, office().materials
    reason, grade = form.get("reason", "").strip(), form.get("grade", "")
    key = once(form.get("once"), [reason, grade])
    shown = of_case(number, form.get("back"))
    try:
        if action == "verify":
            materials.verify(number, identity, grade, reason=reason or t("materials.against_original"), by=by, once=key)
            notices.done(t("materials.verified", grade=grade))
        else:
            materials.withdraw(number, identity, reason, by=by, once=key)
            notices.done(t("materials.withdrawn"))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        about = next(one["name"] for one in materials.list(number, by=by) if one["id"] == identity)
        return again(
            shown, "take-back" if action == "withdraw" else action, sentence(error), error.problem, about=about
        )
    return redirect(f"{shown.place}#materials")
