"""Filters that people keep under a name of their own, for the inbox and for the list of cases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.errors import sentence
from api.pages.look import t
from api.pages.session import office, person
from engine.errors import Invalid, NotFound
from engine.office.saved_filters import PLACES

blueprint = Blueprint("filters", __name__)


@blueprint.post("/filters/<place>")
def keep(place: str) -> Response:
    """Keeps what the list is filtered by now."""
    by, name = person(), request.form.get("name", "")
    given: dict[str, Any] = {key: value for key in _of(place) if (value := request.form.get(key))}
    try:
        office().saved_filters.save(place, name, given, by=by)
    except Invalid as error:
        notices.refused(sentence(error))
    else:
        notices.done(t("filters.kept", name=name.strip()))
    return redirect(url_for(f"pages.{place}.show", **given))


@blueprint.post("/filters/<place>/remove")
def forget(place: str) -> Response:
    """Forgets one of the filters."""
    _of(place)
    office().saved_filters.remove(place, request.form.get("name", ""), by=person())
    notices.done(t("filters.forgotten"))
    return redirect(url_for(f"pages.{place}.show"))


def _of(place: str) -> frozenset[str]:
    if place not in PLACES:
        raise NotFound
    return PLACES[place]
