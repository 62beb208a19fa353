"""The citizen's call: how far is my case? Without log-in, with the code from the slip."""

from __future__ import annotations

from flask import Response

from api import answers
from api.calling import Calls
from api.guessing import guessed
from api.preconditions import once
from api.schemas import inputs, queries, views
from api.serving import office
from engine.office.ratings import RatingView

track = Calls("track", __name__, about="For the citizen, without log-in.")


@track.call("GET", "/track/<number>", answers={200: views.Entry}, problems=("not-found", "rate-limited"), public=True)
def track_case(number: str, query: queries.Track) -> Response:
    """Follow a case: its status in plain words, the steps done, what is missing, the promised date.

    Nothing personal is answered. A wrong code answers like a wrong number.
    """
    with guessed("track"):
        return answers.json(office().cases.track(number, query.code))


@track.call(
    "POST",
    "/track/<number>/remind",
    answers={200: views.Reminded},
    problems=("not-found", "not-offered", "case-closed", "case-suspended", "conflict", "rate-limited"),
    public=True,
)
def remind_as_applicant(number: str, body: inputs.AskFor) -> Response:
    """Ask for the case to be taken up. Not twice within a working day."""
    with guessed("track"):
        return answers.json(office().reminders.ask(number, body.code, body.note, once=once(body.model_dump())))


@track.call(
    "POST",
    "/track/<number>/rating",
    answers={201: RatingView},
    problems=("not-found", "not-offered", "conflict", "rate-limited"),
    public=True,
)
def rate_case(number: str, body: inputs.Rating) -> Response:
    """Say how the case was handled, from 1 (very dissatisfied) to 5 (very satisfied).

    Once, after its end. A 1 or a 2 is answered within 15 working days (`answer_due`).
    """
    with guessed("track"):
        view = office().ratings.rate(number, body.code, body.level, body.comment, once=once(body.model_dump()))
    return answers.json(view, 201)
