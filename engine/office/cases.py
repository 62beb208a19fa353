"""Use cases on whole cases: start one, read, list, and the commands that steer it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

import orjson
from lxml import etree
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select, union_all

from engine.definitions.model import MOST_PRIORITY
from engine.errors import FieldError, Forbidden, Invalid, NotOffered, Unavailable, YichuangError
from engine.figures import ANSWERED
from engine.forms.messages import both
from engine.handling import Command
from engine.handling.case import STATUSES, SUSPENDED
from engine.handling.interruption import Interruptions, Station, Stay
from engine.handling.returning import BACKWARD, undone
from engine.handling.undertaking import STATES
from engine.history.kinds import Kind
from engine.office import cursor as cursors
from engine.office import mentions as mentioned
from engine.office.archive import NEVER, Loaded, Passed
from engine.office.context import Context
from engine.office.mentions import Mentions
from engine.office.offers import return_of
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.periods import check_day, received_between
from engine.office.person import Person, Role
from engine.office.present import CASE_ROW, Presenter
from engine.office.reminders import Reminders
from engine.office.rights import Rights
from engine.office.sight import first_due, newest, visible
from engine.office.steps import Steps, match, require_open, require_running
from engine.office.texts import stated
from engine.office.tracking import APPLICANT, tracked
from engine.office.views import CaseView, Page
from engine.storage import tables

#: Grounds on which a running limit stands still (行政许可法 art. 45).
GROUNDS = (
    "hearing",
    "tender",
    "auction",
    "inspection",
    "testing",
    "quarantine",
    "appraisal",
    "expert-review",
)

#: Working days that a limit may be extended by, in all: art. 42 (10), and for joint handling 15.
MOST_EXTENSION, MOST_JOINT_EXTENSION = 10, 15
#: Working days that what suspends a limit can be said to take.
MOST_NEEDED = 366

#: A case's status as the citizen is told it. What failed inside the office is being worked on, for the citizen.
IN_PLAIN_WORDS = {
    "open": "正在办理 being handled",
    "suspended": "正在办理，依法暂停计时 being handled; the limit stands still by law",
    "failed": "正在办理 being handled",
    "completed": "已办结 done",
    "returned": "已退回 returned, with the reasons in the notice",
    "withdrawn": "已撤回 withdrawn at the applicant's wish",
}

#: So many cases of a status, or late ones of them, are not all looked at for a page of them.
_MANY = 2_000

_SORTS = {"received": "received_at", "due": "due"}


class Cases:
    """The cases of one office."""

    def __init__(
        self,
        context: Context,
        steps: Steps,
        presenter: Presenter,
        opening: Opening,
        mentions: Mentions,
        reminders: Reminders,
    ) -> None:
        self._context = context
        self._steps = steps
        self._presenter = presenter
        self._opening = opening
        self._mentions = mentions
        self._reminders = reminders

    def start(
        self,
        matter: str,
        applicant: dict[str, Any],
        data: dict[str, Any],
        *,
        by: Person,
        channel: str = "window",
        window: str | None = None,
        once: Once | None = None,
        wrong: Sequence[FieldError] = (),
    ) -> CaseView:
        """Accept what a citizen brings: a new case of a matter.

        :param applicant: `name`, `id_type`, `id_number`, `phone`.
        :param window: code of the window; needed where the clerk serves more than one.
        :param wrong: what whoever read the request found wrong with it: told with what is found here, in one answer.
        :raises Invalid: with a pointer to each field that is wrong.
        :raises Forbidden: where the clerk does not serve that window.
        """
        return self._opening.start(matter, applicant, data, by, channel, window, once, wrong)

    def get(self, number: str, *, by: Person) -> CaseView:
        """A case, whole.

        :raises NotFound: where there is none, or the person may not see it.
        """
        with self._context.database.read() as connection:
            loaded = self._seen(connection, number, by)
            view = self._context.unsealed(self._presenter.case(loaded, self._context.now(connection)))
        self._steps.keep(loaded)
        return view

    def list(
        self,
        *,
        by: Person,
        status: str | None = None,
        type: str | None = None,
        matter: str | None = None,
        unit: str | None = None,
        window: str | None = None,
        due_before: datetime | None = None,
        overdue: bool | None = None,
        kept: bool | None = None,
        undertaking: str | None = None,
        received_from: date | None = None,
        received_to: date | None = None,
        q: str | None = None,
        sort: str = "-received",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """The cases that the person may see, filtered.

        :param unit: which accepted them, or one above it.
        :param kept: those whose limit was kept, or else those that are late, as the office's figures count them
            (`engine.figures.LATE`).
        :param undertaking: one of `engine.handling.undertaking.STATES`.
        :param received_from: first day on which they came in, in the office's zone.
        :param received_to: last such day.
        :param q: the beginning of a number, or exactly an applicant's name or identity number.
        :param sort: `received` or `due`, with ``-`` for the latest first.
        """
        limit = cursors.check_limit(limit)
        case = tables.case.c
        if undertaking is not None and undertaking not in STATES:
            raise Invalid(errors=[FieldError("/undertaking", f"one of {', '.join(STATES)}")])
        if sort.removeprefix("-") not in _SORTS:
            raise Invalid(errors=[FieldError("/sort", "one of received, -received, due, -due")])
        value = (
            case.received_at if sort.endswith("received") else func.coalesce(case.due, literal(NEVER, case.due.type))
        )
        conditions: list[ColumnElement[bool]] = [
            column == wanted
            for column, wanted in (
                (case.type, type),
                (case.matter, matter),
                (case.window, window),
                (case.undertaking, undertaking),
            )
            if wanted is not None
        ]
        if unit is not None:
            conditions.append(case.unit.in_(self._context.catalogue.descendants(unit)))
        if due_before is not None:
            conditions.append(case.due < cursors.instant_of(due_before, "/due_before"))
        check_day(received_from, "/received_from")
        check_day(received_to, "/received_to")
        conditions += received_between(self._context, received_from, received_to)
        if q:
            conditions.append(self._matching(q.strip()))
        after = cursors.decode(cursor, int) if cursor is not None else None

        def paged(query: Select[Any], *columns: ColumnElement[Any]) -> Select[Any]:
            return cursors.page(query, *columns, descending=sort.startswith("-"), after=after, limit=limit)

        with self._context.database.read() as connection:
            now = self._context.now(connection)
            if overdue is not None:
                late = case.due < func.coalesce(case.decided_at, case.ended_at, literal(now, case.due.type))
                conditions.append(late if overdue else or_(case.due.is_(None), ~late))
            if kept is not None:
                conditions.append(_kept(case) if kept else _late(case, now))
            seen = visible(self._context, by, case)
            of_status = () if status is None else (case.status == status,)
            if status is not None and not q and overdue and _few(connection, status, case.due < now):
                found = and_(seen, *of_status, case.due < now, *conditions)
            elif q or (status is not None and _few(connection, status)):
                found = and_(seen, *of_status, *conditions)
            elif value is case.received_at:
                found = newest(self._context, by, status, conditions, paged)
            else:
                statuses = STATUSES if status is None else (status,)
                order: Any = {"descending": sort.startswith("-"), "after": after, "limit": limit}
                found = first_due(self._context, by, statuses, conditions, **order)
            columns = select(case.id, *(case[name] for name in CASE_ROW))
            rows = connection.execute(paged(columns.where(found), value, case.id)).all()
            items = [self._presenter.case_row(row, now) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
        key = None if last is None else getattr(last, _SORTS[sort.removeprefix("-")]) or NEVER
        page: Page = {"items": items, "next": cursors.encode(key, last.id) if last is not None and key else None}
        return self._context.unsealed(page)

    # -- the citizen's three ways out: messages of these names in the diagram ------------------------

    def withdraw(
        self, number: str, reason: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> CaseView:
        """Withdraw a case at the applicant's wish. See `message` for the errors."""
        return self._steer(number, "withdraw", reason, by, once, if_match)

    def report(
        self, number: str, reason: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> CaseView:
        """Report a case up: it is beyond this office's authority."""
        return self._steer(number, "report", reason, by, once, if_match)

    def return_(
        self, number: str, reason: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> CaseView:
        """Return a case: policy does not allow it, or it is not this office's matter."""
        return self._steer(number, "return", reason, by, once, if_match)

    def _steer(
        self, number: str, name: str, reason: str, by: Person, once: Once | None, if_match: int | None
    ) -> CaseView:
        def decide(loaded: Loaded) -> Command:
            self._check_offered(loaded, name)
            payload = {"reason": self._opening.reason(loaded, reason)}
            return _command(by, Kind.MESSAGE_RECEIVED, {"name": name, "payload": payload, **payload})

        return self._run(number, by, _carrying, decide, once, if_match)

    def message(
        self,
        number: str,
        name: str,
        payload: dict[str, Any],
        *,
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> CaseView:
        """Hand a BPMN message to a case: materials supplied, a fee paid, another system's answer.

        :raises NotOffered: where nothing in the case waits for a message of that name.
        :raises CaseClosed: where the case has ended.
        """

        def decide(loaded: Loaded) -> Command:
            self._check_offered(loaded, name)
            given = self._opening.check_payload(name, payload, loaded)
            return _command(by, Kind.MESSAGE_RECEIVED, {"name": name, "payload": given})

        return self._run(number, by, _carrying, decide, once, if_match)

    def _check_offered(self, loaded: Loaded, name: str) -> None:
        require_open(loaded)
        offers = loaded.offers
        if name not in offers:
            waiting = ", ".join(sorted(offers)) or "no message"
            raise NotOffered(f"The case does not take the message {name} where it is now; it waits for {waiting}.")

    # -- the office's own commands ----------------------------------------------------------------------

    def suspend(
        self,
        number: str,
        reason: str,
        ground: str,
        days: int | None = None,
        *,
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> CaseView:
        """Stop the clock of an accepted case on a ground of 行政许可法 art. 45 (`GROUNDS`).

        :param days: working days that this is thought to take; the article wants the applicant to be told. It moves
            nothing: the clock stands until it is resumed.
        """

        def decide(loaded: Loaded) -> Command:
            require_running(loaded)
            if loaded.case.accepted_at is None:
                raise NotOffered("The limit has not begun: the case is not accepted yet.")
            _require_undecided(loaded)
            if ground not in GROUNDS:
                raise Invalid(errors=[FieldError("/ground", both("应为下列之一：", "one of ") + ", ".join(GROUNDS))])
            if days is not None and not 1 <= days <= MOST_NEEDED:
                message = both(f"应为 1 到 {MOST_NEEDED} 个工作日", f"between 1 and {MOST_NEEDED} working days")
                raise Invalid(errors=[FieldError("/days", message)])
            given = {"reason": self._opening.reason(loaded, reason), "ground": ground}
            return _command(by, Kind.CASE_SUSPENDED, given | ({"days": days} if days is not None else {}))

        return self._run(number, by, _carrying, decide, once, if_match)

    def resume(
        self, number: str, reason: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> CaseView:
        """Let the clock go on: the working days that it stood still are not counted."""

        def decide(loaded: Loaded) -> Command:
            require_open(loaded)
            if not loaded.case.suspended:
                raise NotOffered("The case is not suspended.")
            return _command(by, Kind.CASE_RESUMED, {"reason": self._opening.reason(loaded, reason)})

        return self._run(number, by, _carrying, decide, once, if_match)

    def extend(
        self,
        number: str,
        reason: str,
        days: int,
        *,
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> CaseView:
        """Extend the limit of an accepted case by working days, with leave (行政许可法 art. 42)."""

        def decide(loaded: Loaded) -> Command:
            require_running(loaded)
            if loaded.case.due is None:
                raise NotOffered("The case has no running limit: it is not accepted yet, or its matter has none.")
            _require_undecided(loaded)
            most = MOST_JOINT_EXTENSION if loaded.case.type == "joint" else MOST_EXTENSION
            left = most - loaded.case.limit.extended
            if not 1 <= days <= left:
                raise Invalid(
                    errors=[
                        FieldError(
                            "/days",
                            both(
                                f"合计不超过 {most} 个工作日，还可延 {left} 个",
                                f"between 1 and {most} working days in all; {left} are left",
                            ),
                        )
                    ]
                )
            return _command(by, Kind.CASE_EXTENDED, {"reason": self._opening.reason(loaded, reason), "days": days})

        return self._run(number, by, _leading, decide, once, if_match)

    def assign_agent(
        self,
        number: str,
        reason: str,
        agent: str,
        *,
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> CaseView:
        """Give a case to another agent, who carries it for the citizen from now on."""

        def decide(loaded: Loaded) -> Command:
            require_running(loaded)
            if not self._serves(agent, loaded.case.unit):
                raise Invalid(
                    errors=[
                        FieldError(
                            "/agent",
                            both("不是受理单位的工作人员", f"not a clerk or leader of the unit {loaded.case.unit}"),
                        )
                    ]
                )
            return _command(by, Kind.AGENT_ASSIGNED, {"reason": self._opening.reason(loaded, reason), "agent": agent})

        return self._run(number, by, _leading, decide, once, if_match)

    def prioritise(
        self,
        number: str,
        reason: str,
        priority: int | None,
        *,
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> CaseView:
        """Say how pressing a case is: it holds for each of its tasks, now and later.

        :param priority: from 0 to `MOST_PRIORITY`, or None: each task is again as its diagram says.
        """

        def decide(loaded: Loaded) -> Command:
            require_running(loaded)
            if priority is not None and not 0 <= priority <= MOST_PRIORITY:
                told = both(f"0 至 {MOST_PRIORITY} 的整数", f"a whole number from 0 to {MOST_PRIORITY}")
                raise Invalid(errors=[FieldError("/priority", told)])
            given = {"reason": self._opening.reason(loaded, reason), "priority": priority}
            return _command(by, Kind.CASE_PRIORITISED, given)

        return self._run(number, by, _leading, decide, once, if_match)

    def retry(
        self, number: str, reason: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> CaseView:
        """Try again what failed in a case: its incidents, each from its place."""

        def decide(loaded: Loaded) -> Command:
            require_running(loaded)
            if not loaded.execution.incidents:
                raise NotOffered("Nothing has failed in this case.")
            return _command(by, Kind.CASE_RETRIED, {"reason": self._opening.reason(loaded, reason)})

        return self._run(
            number, by, lambda rights, loaded: rights.require_repairing(loaded.case), decide, once, if_match
        )

    def retry_failed(
        self,
        reason: str,
        *,
        by: Person,
        matter: str | None = None,
        type: str | None = None,
        unit: str | None = None,
        element: str | None = None,
        most: int | None = None,
        once: Callable[[str], Once | None] = lambda number: None,
    ) -> Iterator[tuple[str, CaseView | YichuangError]]:
        """Try again what failed in many cases, those that came in first before others, each by a step of its own.

        :param unit: which accepted them, or one above it.
        :param element: only cases in which something failed there.
        :param most: how many cases to try; all where left out.
        :param once: the idempotency key for each case.
        :returns: for each case its number, and what it became or why it was refused.
        :raises Forbidden: for all but leaders and administrators.
        """
        self._context.rights(by).require_repairing_many()
        stated(reason, "/reason")
        chosen = (
            number
            for number in self._failed(by, matter, type, unit)
            if element is None or any(i["element"] == element for i in self.get(number, by=by)["incidents"])
        )
        return ((number, self._retried(number, reason, by, once(number))) for number in islice(chosen, most))

    def _failed(self, by: Person, matter: str | None, type: str | None, unit: str | None) -> Iterator[str]:
        cursor: str | None = None
        while True:
            page = self.list(
                by=by,
                status="failed",
                matter=matter,
                type=type,
                unit=unit,
                sort="received",
                limit=cursors.MOST,
                cursor=cursor,
            )
            yield from (str(case["number"]) for case in page["items"])
            if (cursor := page["next"]) is None:
                return

    def _retried(self, number: str, reason: str, by: Person, once: Once | None) -> CaseView | YichuangError:
        try:
            return self.retry(number, reason, by=by, once=once)
        except Unavailable:
            raise
        except YichuangError as error:
            return error

    def comment(
        self, number: str, text: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> CaseView:
        """Write a remark into a case's history. It may name the applicant, so it is sealed.

        Whom it names as ``@username`` finds it among their mentions.

        :raises Invalid: where somebody is named who is not there, or may not see the case.
        """

        def decide(loaded: Loaded) -> Command:
            require_open(loaded)
            said = stated(text, "/text")
            named = self._mentions.named(said, loaded)
            input: dict[str, Any] = {"text": self._opening.seal_for(loaded, said)}
            return _command(by, Kind.COMMENT_ADDED, input | ({"mentions": named} if named else {}))

        def mention(connection: Connection, loaded: Loaded, command: Command) -> None:
            mentioned.write(connection, loaded.id, command.input, loaded.case.last_at, loaded.case.seq)

        return self._run(number, by, _anybody_who_works, decide, once, if_match, mention)

    def comments(self, number: str, *, by: Person) -> Sequence[dict[str, Any]]:
        """The remarks in a case's history, the oldest first."""
        with self._context.database.read() as connection:
            loaded = self._seen(connection, number, by)
            entry = tables.entry.c
            rows = connection.execute(
                select(tables.entry)
                .where(entry.case_id == loaded.id, entry.kind == Kind.COMMENT_ADDED)
                .order_by(entry.seq)
            ).all()
        self._steps.keep(loaded)
        found = [
            {
                "seq": row.seq,
                "at": self._context.local(row.at),
                "by": row.actor,
                "text": orjson.loads(row.body)["input"]["text"],
            }
            for row in rows
        ]
        return self._context.unsealed(found)

    def diagram(self, number: str, *, by: Person) -> dict[str, Any]:
        """The diagrams that a case runs on, with where it is and where it has been.

        :returns: `definition` (key of the root process), `files` (key, version, name, xml), and the elements (process,
            element) that hold a token now, once a token (`active`), and those that were entered so far and not undone
            by going back: `interrupted` where a token was taken away from there the last time, else `passed`.
        """
        with self._context.database.read() as connection:
            loaded = self._seen(connection, number, by)
            known = loaded.passed
            new = _entries_after(connection, loaded.id, known.until)
            if any(fields["kind"] in BACKWARD for fields in new):
                # It takes away what earlier entries passed.
                known, new = Passed(), _entries_after(connection, loaded.id, 0)
        if new:
            gone = undone(new)
            stand = [fields for fields in new if fields["seq"] not in gone]
            known = Passed(loaded.case.seq, Interruptions(loaded.program).go_on(known.stays, stand))
            loaded.passed = known
        stays = known.stays
        active = [(token["process"], token["element"]) for token in loaded.execution.projection()["tokens"]]
        program, root, versions = loaded.program, loaded.case.root, loaded.case.versions
        self._steps.keep(loaded)
        files = [
            {
                "key": key,
                "version": versions[key],
                "name": process.file,
                "xml": etree.tostring(process.tree, encoding="unicode"),
            }
            for key, process in program.processes.items()
        ]
        return {
            "definition": root,
            "files": files,
            "active": _stations(active),
            "passed": _stations(one for one, stay in stays.items() if stay != Stay.INTERRUPTED),
            "interrupted": _stations(one for one, stay in stays.items() if stay == Stay.INTERRUPTED),
        }

    def track(self, number: str, code: str) -> dict[str, Any]:
        """What the citizen sees of a case with its number and tracking code: nothing personal.

        :raises NotFound: where there is no case with that number and that code; which of the two is wrong
            is not told.
        """
        loaded = tracked(self._context, self._steps, number, code)
        task, rating = tables.task.c, tables.rating.c
        with self._context.database.read() as connection:
            done = connection.execute(
                select(task.process, task.element, task.name, task.closed_at)
                .where(
                    task.case_id == loaded.id,
                    task.status == "completed",
                    task.id.not_in(_taken_back(connection, loaded.id)),
                )
                .order_by(task.closed_at, task.id)
            ).all()
            may_remind = self._reminders.offered(connection, loaded, APPLICANT.username, self._context.now(connection))
            rated = connection.execute(select(rating.level).where(rating.case_id == loaded.id)).scalar()
            undertaking = self._presenter.undertaking(loaded, self._context.now(connection))
        case, local = loaded.case, self._context.local
        at = [work.task.element for work in case.work.values()]
        told = {
            "number": case.number,
            "matter": case.matter["code"],
            "matter_name": case.matter["name"],
            "type": case.type,
            "status": case.status,
            "received": local(case.received_at),
            "accepted": local(case.accepted_at),
            "due": local(case.due),
            "due_provisional": case.due_provisional,
            "status_text": IN_PLAIN_WORDS[case.status],
            "decided": local(case.decided_at),
            "ended": local(case.ended_at),
            "steps": [
                {"name": row.name, "at": local(row.closed_at)}
                for row in done
                if not _internal(loaded, row.process, row.element)
            ],
            "waiting": sorted({one.name or one.id for one in at if not one.internal}),
            "missing": loaded.execution.variables.get("missing_materials"),
            "missing_until": _missing_until(loaded, self._context),
            "undertaking": undertaking,
            # While it is being returned: whether the notice is served, and until when a review can be asked for.
            "return": return_of(loaded, self._context),
            # Whether the applicant may ask for it to be taken up: not twice within a working day.
            "may_remind": may_remind,
            # What the applicant said of it, from 1 to 5; null where nothing was said yet.
            "rating": rated,
        }
        self._steps.keep(loaded)
        return told

    # -- shared ------------------------------------------------------------------------------------------

    def _run(
        self,
        number: str,
        by: Person,
        allow: Callable[[Rights, Loaded], None],
        decide: Callable[[Loaded], Command],
        once: Once | None,
        if_match: int | None,
        beside: Callable[[Connection, Loaded, Command], None] = lambda connection, loaded, command: None,
    ) -> CaseView:
        return self._steps.run(
            by=by,
            find=lambda connection: self._steps.archive.by_number(connection, number),
            what=f"case {number}",
            allow=allow,
            decide=lambda loaded, now: decide(loaded),
            answer=self._presenter.case,
            once=once,
            check_version=lambda loaded: match(if_match, loaded.case.seq),
            beside=beside,
        )

    def _seen(self, connection: Connection, number: str, by: Person) -> Loaded:
        return self._steps.seen(self._steps.archive.by_number(connection, number), f"case {number}", by=by)

    def _matching(self, q: str) -> Any:
        case, applicant = tables.case.c, tables.applicant.c
        hash = self._context.keyring.hash
        person = select(applicant.id).where(
            applicant.identity.in_([hash("identity", kind, q.upper()) for kind in self._opening.id_types])
        )
        found = [case.name_hash == hash("name", q), case.applicant.in_(person)]
        if q[:1].isdigit():
            start = q.upper()
            found.append(and_(case.number >= start, case.number < start + "~"))
        # Each by its own index: a condition with "or" is looked at in every case there is.
        return case.id.in_(union_all(*(select(case.id).where(each) for each in found)).subquery().select())

    def _serves(self, username: str, unit: str) -> bool:
        person, member = tables.person.c, tables.membership.c
        query = (
            select(member.role)
            .join(tables.person, person.username == member.username)
            .where(member.username == username, member.unit == unit, ~person.disabled)
        )
        with self._context.database.read() as connection:
            return bool({Role.CLERK, Role.LEADER} & set(connection.execute(query).scalars()))


def _few(connection: Connection, status: str, *conditions: ColumnElement[bool]) -> bool:
    """Whether so few cases have a status that each of them can be looked at, where an index leads to them.

    Where they are more, a walk through the cases in the order of a list soon meets a page of them.
    """
    found = select(tables.case.c.id).where(tables.case.c.status == status, *conditions).limit(_MANY)
    return int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one()) < _MANY


def _entries_after(connection: Connection, case: int, seq: int) -> list[dict[str, Any]]:
    """What the entries of a case say that come after one."""
    entry = tables.entry.c
    bodies = select(entry.body).where(entry.case_id == case, entry.seq > seq).order_by(entry.seq)
    return [orjson.loads(body) for body in connection.execute(bodies).scalars()]


def _stations(found: Iterable[Station]) -> list[dict[str, str]]:
    return [{"process": process, "element": element} for process, element in sorted(found)]


def _taken_back(connection: Connection, case: int) -> list[str]:
    """Ids of the tasks whose completion was undone by going back."""
    entry = tables.entry.c
    backward = select(entry.seq).where(entry.case_id == case, entry.kind.in_(sorted(BACKWARD)))
    if connection.execute(backward.limit(1)).first() is None:
        return []
    entries = _entries_after(connection, case, 0)
    gone = undone(entries)
    completed = (fields for fields in entries if fields["kind"] == Kind.TASK_COMPLETED)
    return [str(fields["input"]["task"]) for fields in completed if fields["seq"] in gone]


def _kept(case: Any) -> ColumnElement[bool]:
    """Whether a case was answered by its limit: the rule of `engine.figures.Tally`."""
    return and_(case.status.in_(sorted(ANSWERED)), func.coalesce(case.decided_at, case.ended_at) <= case.due)


def _late(case: Any, now: datetime) -> ColumnElement[bool]:
    """Whether a case was answered after its limit, or is open after it: the rule of `engine.figures.Tally`."""
    met = func.coalesce(case.decided_at, case.ended_at)
    answered = and_(case.status.in_(sorted(ANSWERED)), met > case.due)
    lies = and_(case.ended_at.is_(None), case.status != SUSPENDED, case.due < now)
    return or_(answered, and_(lies, or_(case.decided_at.is_(None), case.decided_at > case.due)))


def _command(by: Person, kind: Kind, input: dict[str, Any]) -> Command:
    return Command(kind=kind, actor=by.username, input=input)


def _carrying(rights: Rights, loaded: Loaded) -> None:
    rights.require_carrying(loaded.case)


def _leading(rights: Rights, loaded: Loaded) -> None:
    rights.require_leading(loaded.case)


def _anybody_who_works(rights: Rights, _loaded: Loaded) -> None:
    if not rights.person.units(Role.CLERK, Role.LEADER):
        raise Forbidden("Auditors read everything and change nothing.")


def _require_undecided(loaded: Loaded) -> None:
    """Refuse what would move a limit that the decision has met, or missed, already."""
    if loaded.case.decided_at is not None:
        raise NotOffered("The case is decided: its limit runs no more, and nothing moves it.")


def _internal(loaded: Loaded, key: str, id: str) -> bool:
    """Whether a task was the office's own business; of a process that the case has left nothing says so any more."""
    process = loaded.program.processes.get(key)
    element = None if process is None else process.elements.get(id)
    return element is not None and element.internal


def _missing_until(loaded: Loaded, context: Context) -> str | None:
    """The last day on which what is missing may come: that of the task which waits for it before acceptance."""
    case = loaded.case
    if case.closed or case.accepted_at is not None or not loaded.execution.variables.get("missing_materials"):
        return None
    due = [work.task.due for work in case.work.values() if work.task.due is not None]
    return context.calendar.today(min(due)).isoformat() if due else None
