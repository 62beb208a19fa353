"""What cases wait for: messages, what these bring and until when they may come, and all else but people's work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.calendar import functions
from engine.definitions.expressions import paths_of
from engine.execution.model import Wait
from engine.feel import FUNCTION_NAMES
from engine.handling.facts import RESERVED
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.person import Person
from engine.office.steps import Steps
from engine.office.views import OfferView, ReturnView, WaitView

#: The returned type's words (`processes/returned`): its process, where the applicant should go, what was said when the
#: notice was served, the request for a review, and the forms of those who make the notice.
_RETURNED, _RIGHT_OFFICE, _SERVED, _REVIEW = "returned", "right_office", "review_right", "review-requested"
_PREPARING = ("returned-reasons", "returned-notice")


class Offers:
    """The messages of the cases of one office."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._steps = steps

    def list(self, number: str, *, by: Person) -> list[OfferView]:
        """The messages that people are offered to send: a case's `offers`, but for those that make no sense just then.

        :raises NotFound: where there is no such case to see.
        """
        with self._context.database.read() as connection:
            loaded = self._steps.seen(self._steps.archive.by_number(connection, number), f"case {number}", by=by)
            now = self._context.now(connection)
        # Not the case's words: what the office says of it, and what FEEL and the office's calendar can do.
        own = RESERVED | FUNCTION_NAMES | functions(self._context.calendar, now).keys()
        active = {(token["process"], token["element"]) for token in loaded.execution.projection()["tokens"]}
        found = [
            OfferView(
                name=wait.name,
                label=wait.element.name or wait.name,
                process=wait.element.process,
                element=wait.element.id,
                asks=sorted({path[0] for mapping in wait.element.outputs for path in paths_of(mapping.source)} - own),
                until=last_day(wait.until, self._context),
            )
            for wait in _waits(loaded)
            if not any((wait.element.process, id) in active for id in wait.element.not_during)
        ]
        self._steps.keep(loaded)
        return found

    def waits(self, number: str, *, by: Person) -> Sequence[WaitView]:
        """What a case waits for besides people's work: messages, timers, conditions, work done outside.

        :raises NotFound: where there is no such case to see.
        """
        with self._context.database.read() as connection:
            loaded = self._steps.seen(self._steps.archive.by_number(connection, number), f"case {number}", by=by)
        found = [
            WaitView(
                process=rest.element.process,
                element=rest.element.id,
                name=rest.element.name or rest.element.id,
                messages=list(rest.messages),
                until=last_day(rest.until, self._context),
            )
            for rest in loaded.execution.rests()
        ]
        self._steps.keep(loaded)
        return found


def return_of(loaded: Loaded, context: Context) -> ReturnView | None:
    """What the applicant is told while a case is being returned; nothing that a clerk wrote of the reasons."""
    case = loaded.case
    if case.closed or case.type != "returned":
        return None
    waiting = next((wait for wait in _waits(loaded) if wait.name == _REVIEW), None)
    tasks = [work.task for work in case.work.values() if work.task.element.process == _RETURNED]
    if waiting is None and not tasks:
        return None
    variables = waiting.data if waiting is not None else loaded.execution.task_data(tasks[0].id)
    # By its tasks too: a case that was returned before may be at it again, with what was filled in then.
    preparing = any(task.element.form in _PREPARING for task in tasks)
    served = waiting is not None or (variables.get(_SERVED) is not None and not preparing)
    office = variables.get(_RIGHT_OFFICE)
    return {
        "served": served,
        # Told once the notice says it: before, it is a draft.
        "right_office": office if served and isinstance(office, str) else None,
        "review_until": last_day(waiting.until, context) if waiting is not None else None,
    }


def last_day(until: datetime | None, context: Context) -> str | None:
    """The last day of a waiting: one that ends at midnight ends with the day before."""
    if until is None:
        return None
    return context.calendar.today(until - timedelta(microseconds=1)).isoformat()


def _waits(loaded: Loaded) -> list[Wait]:
    if loaded.case.closed:
        return []
    return [wait for wait in loaded.execution.waits() if wait.name in loaded.offers]
