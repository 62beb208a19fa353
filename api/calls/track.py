"""The citizen's call: how far is my case? Without log-in, with the code from the slip."""

from __future__ import annotations

from flask import Response, request

from api import answers
from api.calling import Calls
from api.guessing import guesses
from api.schemas import queries, views
from api.serving import office
from engine.errors import NotFound

track = Calls("track", __name__, about="For the citizen, without log-in.")


@track.call("GET", "/track/<number>", answers={200: views.Entry}, problems=("not-found", "rate-limited"), public=True)
def track_case(number: str, query: queries.Track) -> Response:
    """Follow a case: its status in plain words, the steps done, what is missing, the promised date.

    Nothing personal is answered. A wrong code answers like a wrong number.
    """
    address = request.remote_addr or ""
    guesses().check(address)
    try:
        return answers.json(office().cases.track(number, query.code))
    except NotFound:
        guesses().failed(address)
        raise
