"""The citizen's way to a case: its number and the tracking code from the slip."""

from __future__ import annotations

import hmac

from engine import numbering
from engine.errors import NotFound
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.person import Person
from engine.office.steps import Steps

#: Who acts where the applicant does, without log-in.
APPLICANT = Person(username="system:applicant", name="")


def tracked(context: Context, steps: Steps, number: str, code: str) -> Loaded:
    """The case with that number and that code.

    :raises NotFound: where there is none; which of the two is wrong is not told.
    """
    with context.database.read() as connection:
        loaded = steps.archive.by_number(connection, number.strip().upper())
    if loaded is not None:
        right = numbering.plain_tracking_code(context.unsealed([loaded.case.tracking])[0])
        if hmac.compare_digest(numbering.plain_tracking_code(code).encode(), right.encode()):
            return loaded
    known = None if loaded is None else loaded.case.number
    if loaded is not None:
        steps.keep(loaded)
    # Recorded whichever of the two is wrong, so that the time of a durable commit tells nothing.
    context.watch.wrong_code(known)
    raise NotFound("没有这个编号和查询码的办件 There is no case with this number and tracking code.")
