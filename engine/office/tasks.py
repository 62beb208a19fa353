"""Use cases on tasks: the inbox, one task, and the commands that a person gives about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypedDict, cast

from sqlalchemy import Connection, Select, and_, func, or_, select

from engine.calendar import functions
from engine.definitions.model import MOST_PRIORITY
from engine.errors import (
    CaseSuspended,
    FieldError,
    Forbidden,
    Invalid,
    TaskAlreadyCompleted,
    TaskClaimedByAnother,
)
from engine.execution import Step
from engine.forms import fields
from engine.forms.messages import both
from engine.forms.schema import SINGLE_CHOICE_TYPES
from engine.handling import Command, OpenWork
from engine.handling.facts import Facts
from engine.handling.groups import WINDOW
from engine.handling.undertaking import BROKEN
from engine.history.kinds import Kind
from engine.office import cursor as cursors
from engine.office import inbox
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.four_eyes import checked, require_other_eyes
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.person import Person, Role
from engine.office.present import Presenter
from engine.office.rights import Rights
from engine.office.sight import visible
from engine.office.steps import Steps, match
from engine.office.substitutions import require_hold, stood_in_for
from engine.office.views import AnswerView, CaseView, FollowingView, Page, ReachedView, TaskView
from engine.storage import tables

_CASE_COLUMNS = (
    *(tables.case.c[name] for name in ("number", "matter", "type", "opening", "due_provisional", "decided_at")),
    tables.case.c.due.label("case_due"),
)

#: Where counting stops: beyond it a number says no more than "many".
MOST_COUNTED = 1000


class TaskCounts(TypedDict):
    """How many open tasks there are for a person."""

    #: Those that the person has, and those of the person's groups that nobody has.
    mine: int
    group: int
    #: Those of colleagues whom the person stands in for.
    away: int
    #: Of all: what is late, and what is due later on the same day of the office.
    late: int
    today: int


class Tasks:
    """The tasks of one office."""

    def __init__(self, context: Context, steps: Steps, presenter: Presenter, opening: Opening) -> None:
        self._context = context
        self._steps = steps
        self._presenter = presenter
        self._opening = opening

    def list(
        self,
        *,
        by: Person,
        group: str | None = None,
        unit: str | None = None,
        assignee: str | None = None,
        case: str | None = None,
        overdue: bool | None = None,
        due_before: datetime | None = None,
        type: str | None = None,
        matter: str | None = None,
        priority_from: int | None = None,
        sort: str = "due",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """Open tasks, those due first ahead.

        Without filters: the inbox, which is what the person may take, less what colleagues have taken, unless
        the person stands in for them.

        :param group: a group as the diagram names it, or a unit's code, or ``unit:role``.
        :param unit: code of a unit: all its open tasks, whoever has them, for who leads it or one above it.
        :param assignee: ``me``, ``none``, ``away`` (whom the person stands in for), or somebody's username.
        :param case: number of a case: all its open tasks, for whoever sees the case.
        :param due_before: only what is due before this instant, the limit of its case where it has none of its own.
        :param type: of the case; `matter` likewise.
        :param priority_from: only what is at least so pressing.
        :param sort: ``due``, or ``-priority``: what presses most, and of that what is due first; ``-due`` and
            ``priority`` are these the other way round.
        """
        limit = cursors.check_limit(limit)
        if sort.removeprefix("-") not in ("due", "priority"):
            raise Invalid(errors=[FieldError("/sort", "one of due, -due, priority, -priority")])
        task = tables.task.c
        query = (
            select(tables.task, *_CASE_COLUMNS)
            .join(tables.case, tables.case.c.id == task.case_id)
            .where(task.status == "open")
        )
        kinds: inbox.Kinds = [()]
        if unit is not None:
            self._context.rights(by).require_overseeing(unit)
            query = query.where(task.unit == unit)
        elif case is None:
            kinds = inbox.takeable(self._context, by)
        else:
            query = query.where(visible(self._context, by, tables.case.c))
        if case is not None:
            query = query.where(tables.case.c.number == case)
        if group is not None:
            query = query.where(_of_group(group))
        if assignee == "me":
            query = query.where(task.assignee == by.username)
            # The first of the kinds that the person may take: those of a unit need not be asked for besides.
            kinds = kinds[:1]
        elif assignee == "none":
            query = query.where(task.assignee.is_(None))
        elif assignee not in (None, "away"):
            query = query.where(task.assignee == assignee)
        for column, wanted in ((tables.case.c.type, type), (tables.case.c.matter, matter)):
            if wanted is not None:
                query = query.where(column == wanted)
        if due_before is not None:
            query = query.where(task.sort_due < cursors.instant_of(due_before, "/due_before"))
        if priority_from is not None:
            if not 0 <= priority_from <= MOST_PRIORITY:
                raise Invalid(errors=[FieldError("/priority_from", f"from 0 to {MOST_PRIORITY}")])
            query = query.where(task.rank <= MOST_PRIORITY - priority_from)
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            away = stood_in_for(connection, by.username, now)
            theirs = task.assignee.in_(sorted(away))
            if assignee == "away":
                query = query.where(theirs)
            elif {assignee, group, unit, case} == {None} and not self._context.rights(by).sees_everything:
                mine = or_(task.assignee.is_(None), task.assignee == by.username)
                query = query.where(or_(mine, theirs) if away else mine)
            if overdue is not None:
                query = query.where(task.sort_due < now if overdue else task.sort_due >= now)
            paged = inbox.page(query, kinds, sort=sort, cursor=cursor, limit=limit)
            rows = connection.execute(paged).all()
            items = [self._presenter.task_row(row, now) for row in rows[:limit]]
            for item in items:
                self._tell_behalf(item, by, away)
        next = None
        if len(rows) > limit:
            columns, _ = inbox.order(sort)
            next = cursors.encode(*(rows[limit - 1]._mapping[column] for column in columns))
        page: Page = {"items": items, "next": next}
        return self._context.unsealed(page)

    def counts(self, *, by: Person) -> TaskCounts:
        """How many tasks wait for the person, each kind counted up to `MOST_COUNTED`."""
        task = tables.task.c
        mine, free = task.assignee == by.username, task.assignee.is_(None)
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            away = stood_in_for(connection, by.username, now)
            theirs = task.assignee.in_(sorted(away))
            any_of = or_(mine, free, theirs) if away else or_(mine, free)
            tomorrow = self._context.calendar.today(now) + timedelta(days=1)
            midnight = datetime.combine(tomorrow, time(), self._context.calendar.zone)

            kinds = inbox.takeable(self._context, by)

            def count(*conditions: Any, kinds: inbox.Kinds = kinds) -> int:
                return inbox.count(connection, kinds, conditions, most=MOST_COUNTED)

            return {
                # As in the list: those of a unit need not be gone through for what the person has.
                "mine": count(mine, kinds=kinds[:1]),
                "group": count(free),
                "away": count(theirs) if away else 0,
                "late": count(any_of, task.sort_due < now),
                "today": count(any_of, task.sort_due >= now, task.sort_due < midnight.astimezone(UTC)),
            }

    def waiting(self, number: str, *, by: Person) -> Sequence[str]:
        """Ids of the open tasks of a case that wait for the person: who may take them, and no colleague has them.

        :raises NotFound: where there is no such case, or the person may not see it.
        """
        with self._context.database.read() as connection:
            loaded = self._steps.seen(self._steps.archive.by_number(connection, number), f"case {number}", by=by)
        rights = self._context.rights(by)
        found = [
            id
            for id, work in loaded.case.work.items()
            if work.assignee in (None, by.username) and rights.may_take(work.unit, work.role, work.assignee)
        ]
        self._steps.keep(loaded)
        return found

    def get(self, id: str, *, by: Person) -> TaskView:
        """One task, whole: with its instructions, its form, and the data that it sees.

        A task that is closed is shown without them.

        :raises NotFound: where there is none, or the person may not see its case.
        """
        with self._context.database.read() as connection:
            loaded = self._steps.seen(self._find(connection, id), f"task {id}", by=by)
            now = self._context.now(connection)
            work = loaded.case.work.get(id)
            if work is None:
                row = connection.execute(
                    select(tables.task, *_CASE_COLUMNS)
                    .join(tables.case, tables.case.c.id == tables.task.c.case_id)
                    .where(tables.task.c.id == id)
                ).one()
                view = self._presenter.task_row(row, now)
            else:
                view = self._presenter.work(loaded, work, now)
                view["not_by"] = checked(self._context, loaded, work)
                view["instructions"] = work.task.element.documentation
                view["data"] = loaded.execution.task_data(id)
                self._tell_behalf(view, by, stood_in_for(connection, by.username, now))
                if loaded.case.accepted_at is None:
                    view["broken_undertakings"] = connection.execute(_broken_before(loaded.id)).scalar_one()
        view = self._context.unsealed(view)
        if work is not None:
            schema = _schema(loaded, work)
            view["form"] = schema
            view["facts"] = self._opening.facts(loaded)
            view["initial"] = self._opening.initial(schema, view["data"], loaded, now) if schema is not None else {}
        self._steps.keep(loaded)
        return view

    def following(self, id: str, *, by: Person) -> Sequence[FollowingView]:
        """What comes when an open task is completed: what the data decides, and of the rest which answer leads where.

        Empty where the task is open no more.

        :raises NotFound: where there is none, or the person may not see its case.
        """
        with self._context.database.read() as connection:
            loaded = self._steps.seen(self._find(connection, id), f"task {id}", by=by)
            now = self._context.now(connection)
        work, case, calendar = loaded.case.work.get(id), loaded.case, self._context.calendar
        found: list[FollowingView] = []
        if work is not None:
            step = Step(
                case=case.number,
                seq=case.seq + 1,
                now=now,
                facts=Facts(case, calendar.zone),
                functions=functions(calendar, now),
            )
            for ahead in loaded.execution.ahead(id, _choices(_schema(loaded, work)), step):
                answers: list[AnswerView] = [{"field": key, "values": list(values)} for key, values in ahead.answers]
                reached = [cast(ReachedView, asdict(one)) for one in ahead.reached]
                found.append({"answers": answers, "reached": reached})
        self._steps.keep(loaded)
        return found

    def claim(self, id: str, *, by: Person, once: Once | None = None, if_match: int | None = None) -> CaseView:
        """Take a task: it is then the person's, and colleagues leave it alone.

        :raises TaskClaimedByAnother: where a colleague has it already.
        """

        def decide(loaded: Loaded, work: OpenWork, now: datetime) -> Command:
            told = require_hold(self._context, work, by, now)
            return _command(by, Kind.TASK_CLAIMED, work, {"assignee": by.username, **told})

        return self._run(id, by, taking(self._context, id), decide, once, if_match)

    def unclaim(self, id: str, *, by: Person, once: Once | None = None, if_match: int | None = None) -> CaseView:
        """Put a task back for the group. Its leader may do that with anybody's."""

        def decide(loaded: Loaded, work: OpenWork, now: datetime) -> Command:
            told = self._require_hold(loaded, work, by, now)
            return _command(by, Kind.TASK_UNCLAIMED, work, {"assignee": None, **told})

        return self._run(id, by, _handing_on(id), decide, once, if_match)

    def delegate(
        self, id: str, to: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> CaseView:
        """Give a task to a colleague.

        :raises Invalid: where the colleague is unknown, or disabled, or does not handle cases.
        :raises SameHands: where the colleague did what the task checks.
        """

        def decide(loaded: Loaded, work: OpenWork, now: datetime) -> Command:
            told = self._require_hold(loaded, work, by, now)
            if not self._handles(to, work.unit):
                raise Invalid(
                    errors=[
                        FieldError(
                            "/to", both(f"{to} 不在该单位办件", f"{to} handles no cases in the unit {work.unit}")
                        )
                    ]
                )
            require_other_eyes(self._context, loaded, work, to)
            return _command(by, Kind.TASK_DELEGATED, work, {"assignee": to, **told})

        return self._run(id, by, _handing_on(id), decide, once, if_match)

    def complete(
        self,
        id: str,
        data: dict[str, Any],
        *,
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> CaseView:
        """Complete a task with what its form asked for. One that nobody has claimed is claimed by this.

        :raises TaskAlreadyCompleted: where it is open no more.
        :raises TaskClaimedByAnother: where a colleague has it.
        :raises Invalid: with a pointer to each field that the form does not accept.
        """

        def decide(loaded: Loaded, work: OpenWork, now: datetime) -> Command:
            told = require_hold(self._context, work, by, now)
            schema = _schema(loaded, work)
            if schema is None:
                given = self._opening.check_data(data)
            else:
                given = self._opening.check_form(schema, data, loaded.execution.task_data(id), loaded, now)
            return _command(by, Kind.TASK_COMPLETED, work, {"data": given, **told})

        return self._run(id, by, taking(self._context, id), decide, once, if_match)

    # -- shared ----------------------------------------------------------------------------------------

    def _run(
        self,
        id: str,
        by: Person,
        allow: Callable[[Rights, Loaded], None],
        decide: Callable[[Loaded, OpenWork, datetime], Command],
        once: Once | None,
        if_match: int | None,
    ) -> CaseView:
        def open_work(loaded: Loaded) -> OpenWork:
            work = loaded.case.work.get(id)
            if work is None:
                raise TaskAlreadyCompleted
            return work

        def check(loaded: Loaded) -> None:
            match(if_match, open_work(loaded).version)

        def checked(loaded: Loaded, now: datetime) -> Command:
            if loaded.case.suspended:
                raise CaseSuspended
            return decide(loaded, open_work(loaded), now)

        return self._steps.run(
            by=by,
            find=lambda connection: self._find(connection, id),
            what=f"task {id}",
            allow=allow,
            decide=checked,
            answer=self._presenter.case,
            once=once,
            check_version=check,
        )

    def _find(self, connection: Connection, id: str) -> Loaded | None:
        return self._steps.archive.by_task(connection, id)

    def _tell_behalf(self, view: TaskView, by: Person, away: frozenset[str]) -> None:
        """Say for whom the person would do a task that a colleague has."""
        if view["assignee"] in away and self._context.rights(by).may_take(view["unit"], view["role"], None):
            view["on_behalf_of"] = view["assignee"]

    def _require_hold(self, loaded: Loaded, work: OpenWork, by: Person, now: datetime) -> dict[str, str]:
        """A colleague's task is only a leader's to move, or a substitute's."""
        try:
            return require_hold(self._context, work, by, now)
        except TaskClaimedByAnother:
            if self._context.rights(by).leads(work.unit or loaded.case.unit) or Role.ADMIN in by.roles:
                return {}
            raise

    def _handles(self, username: str, unit: str | None) -> bool:
        person, member = tables.person.c, tables.membership.c
        query = (
            select(member.unit)
            .join(tables.person, person.username == member.username)
            .where(member.username == username, ~person.disabled, member.role.in_([Role.CLERK, Role.LEADER]))
        )
        if unit is not None:
            # Who could not see the case could not do the task either.
            above = member.unit.in_(self._context.catalogue.ancestors(unit))
            query = query.where(or_(member.unit == unit, and_(above, member.role == Role.LEADER)))
        with self._context.database.read() as connection:
            return connection.execute(query).first() is not None


def taking(context: Context, id: str) -> Callable[[Rights, Loaded], None]:
    """Refuses whoever does not belong to those that a task is for, or did what it checks."""

    def allow(rights: Rights, loaded: Loaded) -> None:
        work = loaded.case.work.get(id)
        if work is not None:
            rights.require_taking(work)
            require_other_eyes(context, loaded, work, rights.person.username)
        elif not rights.person.units(Role.CLERK, Role.LEADER):
            raise Forbidden("Auditors read everything and change nothing.")

    return allow


def _handing_on(id: str) -> Callable[[Rights, Loaded], None]:
    def allow(rights: Rights, loaded: Loaded) -> None:
        work = loaded.case.work.get(id)
        if work is not None:
            rights.require_handing_on(work, loaded.case)

    return allow


def _command(by: Person, kind: Kind, work: OpenWork, input: dict[str, Any]) -> Command:
    element = work.task.element
    return Command(
        kind=kind,
        actor=by.username,
        process=element.process,
        element=element.id,
        input={"task": work.task.id, **input},
    )


def _schema(loaded: Loaded, work: OpenWork) -> dict[str, Any] | None:
    """The form of a task, as its process version has it."""
    element = work.task.element
    return cast("dict[str, Any] | None", loaded.program.processes[element.process].form_of(element))


def _choices(schema: dict[str, Any] | None) -> dict[str, list[Any]]:
    """The keys of what a form asks for, with the values of which one is given where these are known."""
    found: dict[str, list[Any]] = {}
    for field in fields(schema) if schema is not None else ():
        if field.locked:
            continue
        values: list[Any] = []
        if len(field.path) == 1 and field.type == "checkbox":
            values = [True, False]
        elif len(field.path) == 1 and field.type in SINGLE_CHOICE_TYPES:
            values = [option.value for option in field.options]
            values += [None] if values and not field.required else []
        found[field.path[0]] = values
    return found


def _of_group(group: str) -> Any:
    task = tables.task.c
    unit, _, role = group.partition(":")
    named = task.group == group
    if unit == WINDOW:
        return named
    return or_(named, and_(task.unit == unit, task.role == role if role else task.role.is_(None)))


def _broken_before(id: int) -> Select[Any]:
    """In how many other cases the applicant of a case broke an undertaking."""
    this, other = tables.case.alias(), tables.case.c
    same = select(this.c.applicant).where(this.c.id == id).scalar_subquery()
    return select(func.count()).where(other.applicant == same, other.undertaking == BROKEN, other.id != id)
