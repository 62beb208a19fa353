"""Calls on the office's catalogue: matters, units, windows."""

from __future__ import annotations

from flask import Response

from api import answers
from api.calling import Calls
from api.schemas import queries, views
from api.serving import office

catalogue = Calls("catalogue", __name__, about="What the office handles, and where.")


@catalogue.call("GET", "/matters", answers={200: views.Listing})
def list_matters(query: queries.Matters) -> Response:
    """List the matters that citizens may come with."""
    return answers.listing(office().catalogue.matters(query.q))


@catalogue.call("GET", "/matters/<code>", answers={200: views.Entry}, problems=("not-found",))
def read_matter(code: str) -> Response:
    """Read a matter: limits, materials, legal basis, departments."""
    return answers.json(office().catalogue.matter(code))


@catalogue.call("GET", "/units", answers={200: views.Listing})
def list_units() -> Response:
    """List the units of the office: a tree by `parent`."""
    return answers.listing(office().catalogue.units())


@catalogue.call("GET", "/windows", answers={200: views.Listing})
def list_windows() -> Response:
    """List the windows and the units that they belong to."""
    return answers.listing(office().catalogue.windows())
