"""Calls that reach cases without their numbers: messages by correlation key, and signals."""

from __future__ import annotations

from flask import Response

from api import answers
from api.auth import current_person
from api.calling import Calls
from api.preconditions import once
from api.schemas import inputs
from api.serving import office
from engine.office.post import PostView, SignalView

post = Calls("post", __name__, about="What reaches cases without their numbers.")


@post.call("POST", "/messages", answers={200: PostView, 202: PostView}, problems=("not-offered", "conflict"))
def send_by_key(body: inputs.KeyedMessage) -> Response:
    """Send a message to the case that waits for it with a correlation key.

    The key is what the definition's `correlationKey` gives in that case. 200: a case has it. 202: nobody whose case you
    carry waits yet; it is kept for `time_to_live` seconds, and delivered once to the first case that does. Without
    `time_to_live` it is refused then (`not-offered`).
    """
    given = body.model_dump()
    view = office().post.send(
        body.name,
        body.correlation_key,
        body.payload,
        by=current_person(),
        time_to_live=body.time_to_live,
        once=once(given),
    )
    return answers.json(view, 202 if view["status"] == "kept" else 200)


@post.call("POST", "/signals", answers={202: SignalView}, problems=("forbidden",))
def throw_signal(body: inputs.Signal) -> Response:
    """Throw a signal to all cases that wait for it now.

    Each catches it by a step of its own (`signal.received`), soon after the answer.
    """
    view = office().post.signal(body.name, body.payload, by=current_person(), once=once(body.model_dump()))
    return answers.json(view, 202)
