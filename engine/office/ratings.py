"""The citizen's word on how a case was handled (好差评): five levels, once, after the end; a bad one is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from engine.errors import FieldError, Invalid, NotOffered
from engine.forms.messages import both
from engine.handling import Command
from engine.history.kinds import Kind
from engine.instants import instant
from engine.office import cursor as cursors
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.person import Person
from engine.office.rating_rows import changes
from engine.office.sight import visible
from engine.office.steps import Steps, match
from engine.office.texts import stated
from engine.office.tracking import APPLICANT, tracked
from engine.office.views import Page
from engine.storage import tables

#: From 非常不满意 to 非常满意 (国办发〔2019〕51号): the two lowest are bad ones.
LEVELS = (1, 2, 3, 4, 5)
BAD = 2
#: Working days within which a bad rating is answered, with a call back (国办发〔2019〕51号).
ANSWER_DAYS = 15
#: Characters of what the citizen says.
MOST_TEXT = 1000


class RatingView(TypedDict):
    """A rating, and what the office answered."""

    case: str
    matter_name: str
    #: Unit that accepted the case, and the person who carried it.
    unit: str
    agent: str
    #: From 1, very dissatisfied, to 5, very satisfied.
    level: int
    comment: str | None
    rated: str
    #: By when a bad one is to be answered; null for the others.
    answer_due: str | None
    #: Whether that lies in a year whose holidays are not published yet.
    answer_due_provisional: bool
    overdue: bool
    answer: str | None
    answered: str | None
    answered_by: str | None
    #: Sequence number of the entry that changed it last.
    version: int


class Ratings:
    """The ratings of the cases of one office."""

    def __init__(self, context: Context, steps: Steps, opening: Opening) -> None:
        self._context = context
        self._steps = steps
        self._opening = opening

    def rate(
        self, number: str, code: str, level: int, comment: str | None = None, *, once: Once | None = None
    ) -> RatingView:
        """Say how a case was handled, as its applicant. It is said once, and stands.

        :param level: one of `LEVELS`.
        :raises NotFound: where there is no case with that number and that code.
        :raises NotOffered: before the case has ended, or where it was rated already.
        """

        def decide(loaded: Loaded, now: datetime) -> Command:
            if not loaded.case.closed:
                raise NotOffered("A case is rated after it has ended.")
            with self._context.database.read() as connection:
                if self._row(connection, loaded.id) is not None:
                    raise NotOffered("The case was rated already.")
            return self._command(loaded, level, comment, now)

        return self._run(
            by=APPLICANT,
            find=lambda connection: tracked(self._context, self._steps, number, code),
            what=f"case {number}",
            # The code says that the case is theirs.
            see=lambda rights, loaded, what: None,
            allow=lambda rights, loaded: None,
            decide=decide,
            once=once,
        )

    def answer(
        self, number: str, text: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> RatingView:
        """Note what was done about a rating and how the citizen was told of it.

        :raises NotOffered: where the case was not rated, or the rating was answered.
        :raises Forbidden: for whoever does not carry the case.
        """

        def decide(loaded: Loaded, now: datetime) -> Command:
            with self._context.database.read() as connection:
                row = self._row(connection, loaded.id)
            if row is None or row.answered_at is not None:
                raise NotOffered("The case has no rating that waits for an answer.")
            sealed = self._opening.seal_for(loaded, stated(text, "/text"))
            return Command(kind=Kind.RATING_ANSWERED, actor=by.username, input={"text": sealed})

        return self._run(
            by=by,
            find=lambda connection: self._steps.archive.by_number(connection, number),
            what=f"case {number}",
            allow=lambda rights, loaded: rights.require_carrying(loaded.case),
            decide=decide,
            once=once,
            check_version=lambda loaded: match(if_match, loaded.case.seq),
        )

    def of(self, number: str, *, by: Person) -> RatingView | None:
        """The rating of a case that the person may see, if there is one."""
        found = self._listed(by, tables.case.c.number == number, limit=1)
        return found["items"][0] if found["items"] else None

    def list(self, *, by: Person, unanswered: bool = False, limit: int = 50, cursor: str | None = None) -> Page:
        """The ratings of the cases that the person may see, the latest first.

        :param unanswered: only bad ones that wait for an answer, those due first ahead.
        """
        rating = tables.rating.c
        waiting = (rating.answer_due.is_not(None), rating.answered_at.is_(None)) if unanswered else ()
        return self._listed(by, *waiting, limit=limit, cursor=cursor, due_first=unanswered)

    # -- shared ------------------------------------------------------------------------------------------

    def _command(self, loaded: Loaded, level: int, comment: str | None, now: datetime) -> Command:
        faults = []
        if isinstance(level, bool) or level not in LEVELS:
            faults.append(FieldError("/level", both("请选择一至五级", "from 1 to 5")))
        if comment is not None and len(comment) > MOST_TEXT:
            faults.append(FieldError("/comment", both(f"最多 {MOST_TEXT} 字", f"at most {MOST_TEXT} characters")))
        if faults:
            raise Invalid(errors=faults)
        said = comment.strip() if comment else ""
        due = self._context.calendar.limit(now, ANSWER_DAYS) if level <= BAD else None
        given = {
            "level": level,
            "comment": self._opening.seal_for(loaded, said) if said else None,
            "answer_due": instant(due) if due else None,
        }
        return Command(kind=Kind.CASE_RATED, actor=APPLICANT.username, input=given)

    def _run(self, **step: Any) -> RatingView:
        """Run a step that writes the row of a rating, and answer it; see `Steps.run`."""

        def write(connection: Connection, loaded: Loaded, command: Command) -> RatingView:
            self._write(connection, loaded, command)
            assert loaded.case.last_at is not None
            return self._view_of(connection, loaded.id, loaded.case.last_at)

        return self._steps.run(**step, answer=None, beside=write)

    def _write(self, connection: Connection, loaded: Loaded, command: Command) -> None:
        case = loaded.case
        assert case.last_at is not None
        columns = changes(command.kind, command.input, at=case.last_at, actor=command.actor, seq=case.seq)
        assert columns is not None
        if command.kind is Kind.CASE_RATED:
            connection.execute(insert(tables.rating).values(case_id=loaded.id, **columns))
        else:
            connection.execute(update(tables.rating).where(tables.rating.c.case_id == loaded.id).values(columns))

    def _row(self, connection: Connection, id: int) -> Row[Any] | None:
        return connection.execute(select(tables.rating).where(tables.rating.c.case_id == id)).first()

    def _view_of(self, connection: Connection, id: int, now: datetime) -> RatingView:
        return self._view(connection.execute(_JOINED.where(tables.rating.c.case_id == id)).one(), now)

    def _listed(
        self, by: Person, *conditions: Any, limit: int, cursor: str | None = None, due_first: bool = False
    ) -> Page:
        limit = cursors.check_limit(limit)
        rating = tables.rating.c
        value = rating.answer_due if due_first else rating.rated_at
        after = cursors.decode(cursor, int) if cursor is not None else None
        query = _JOINED.where(visible(self._context, by, tables.case.c), *conditions)
        query = cursors.page(query, value, rating.case_id, descending=not due_first, after=after, limit=limit)
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            rows = connection.execute(query).all()
            items = [self._view(row, now) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
        next = None if last is None else cursors.encode(last.answer_due if due_first else last.rated_at, last.case_id)
        page: Page = {"items": items, "next": next}
        return self._context.unsealed(page)

    def _view(self, row: Row[Any], now: datetime) -> RatingView:
        local, open = self._context.local, row.answered_at is None
        calendar = self._context.calendar
        return {
            "case": row.number,
            "matter_name": orjson.loads(row.opening)["matter"]["name"],
            "unit": row.unit,
            "agent": row.agent,
            "level": row.level,
            "comment": orjson.loads(row.comment) if row.comment else None,
            "rated": local(row.rated_at) or "",
            "answer_due": local(row.answer_due),
            "answer_due_provisional": row.answer_due is not None
            and calendar.is_provisional(calendar.today(row.answer_due)),
            "overdue": row.answer_due is not None and open and now > row.answer_due,
            "answer": orjson.loads(row.answer) if row.answer else None,
            "answered": local(row.answered_at),
            "answered_by": row.answered_by,
            "version": row.version,
        }


_JOINED = select(tables.rating, *(tables.case.c[name] for name in ("number", "opening", "unit", "agent"))).join(
    tables.case, tables.case.c.id == tables.rating.c.case_id
)
