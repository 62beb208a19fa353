"""Opening a case: from what a citizen brings to the first committed step."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, insert, select

from engine import forms, numbering
from engine.calendar import RecordedCalendar, functions
from engine.definitions.model import Process
from engine.definitions.office_words import REASONED
from engine.errors import FieldError, Invalid, NotFound, NotOffered
from engine.faults import Faults
from engine.forms import identity
from engine.forms.expressions import to_json
from engine.forms.messages import NO_CASE_YET, NO_MATERIAL, REQUIRED, both
from engine.forms.places import overlaid
from engine.handling import Case, Command, Handling, Limit, RecordedIssuer, RecordedUnits, apply
from engine.handling.facts import RESERVED, Facts
from engine.history.canonical import digest
from engine.history.chain import GENESIS, Entry
from engine.history.kinds import Kind
from engine.mail_address import is_mail_address
from engine.office import subscriptions
from engine.office.archive import Archive, Loaded, standing_columns, units_of
from engine.office.catalogue import MatterView, WindowView
from engine.office.context import Answer, Context
from engine.office.issuing import issuer_of
from engine.office.mail_rows import EMAIL
from engine.office.material_rows import in_force as materials_in_force
from engine.office.once import Once
from engine.office.person import Person, Role
from engine.office.present import Presenter
from engine.office.programs import Binding
from engine.office.release import ENGINE
from engine.office.steps import unit_named
from engine.office.texts import stated
from engine.office.views import CaseView
from engine.sealing import MARK, holds_sealed, is_sealed, seal, sealed_owners
from engine.storage import tables
from engine.storage.upsert import insert_or_update

#: Where a case may come from.
CHANNELS = ("window", "online", "phone", "mail", "self-service")

_PHONE = re.compile(r"[0-9+() -]{5,32}")
_APPLICANT = ("name", "id_type", "id_number", "phone")


class Opening:
    """Starts cases, and seals what is personal in what cases are given."""

    id_types = tuple(identity.ID_TYPES)

    def __init__(self, context: Context, archive: Archive, presenter: Presenter) -> None:
        self._context = context
        self._archive = archive
        self._presenter = presenter

    def start(
        self,
        matter: str,
        applicant: dict[str, Any],
        data: dict[str, Any],
        by: Person,
        channel: str,
        window: str | None,
        once: Once | None,
        wrong: Sequence[FieldError],
    ) -> CaseView:
        """See `Cases.start`."""
        self._context.rights(by).require_handling()
        placed = Faults(wrong)
        found = placed.noting(lambda: self._matter(matter))
        place: WindowView | None = None
        if found is not None or window is not None:
            place = placed.noting(lambda: self._window(found["windows"] if found else [], by, window))
        if place is not None:
            self._context.rights(by).require_acceptance(place["unit"])

        began: float | None = None
        opened: Loaded | None = None

        def work(connection: Connection) -> Answer:
            nonlocal began, opened
            began = time.perf_counter()
            # Checked inside, so that a repeated request gets its first answer before its content is judged.
            now, faults = self._context.now(connection), Faults(placed.found)
            person = faults.noting(lambda: _check_applicant(applicant))
            binding, given, facts = None, None, None
            if found is not None:
                facts = {**found, "unit_names": _names_of_units(connection, found)}
                binding = self._context.programs.bind(connection, found["process"])
                given = faults.noting(lambda: self._check_start(connection, binding, data, facts, place, now))
            faults.noting(lambda: _check_channel(channel))
            faults.refuse()
            # Where nothing is wrong, all of it is there.
            assert facts is not None and place is not None and person is not None
            assert binding is not None and given is not None
            opened = self._open(connection, facts, binding, person, given, by, channel, place, now)
            return cast(Answer, self._presenter.case(opened, opened.case.received_at))

        said = self._context.remembering(by, once, work)
        if began is not None:
            self._context.on_step(Kind.CASE_STARTED, time.perf_counter() - began)
        shown = cast(CaseView, self._context.unsealed(said))
        if opened is not None:
            self._archive.keep(opened)
        return shown

    def _open(
        self,
        connection: Connection,
        matter: dict[str, Any],
        binding: Binding,
        applicant: dict[str, str],
        data: dict[str, Any],
        by: Person,
        channel: str,
        window: WindowView,
        now: datetime,
    ) -> Loaded:
        self._context.programs.keep(connection, binding)
        program = self._context.programs.compiled(connection, binding)
        digests = self._context.programs.digests(connection, binding)
        owner = self._owner(connection, applicant)
        key = self._context.keyring.key(owner)
        schema = _start_form(program.root)
        given = data if schema is None else self._seal_personal(schema, data, lambda: owner)
        day = self._context.calendar.today(now)
        number = str(numbering.make(day, window["code"], _next_serial(connection, f"{day:%Y%m%d}", window["code"])))
        case = Case(
            number=number,
            window=window["code"],
            unit=window["unit"],
            channel=channel,
            agent=by.username,
            received_at=now,
            matter=matter,
            applicant={name: seal(value, owner, key) for name, value in applicant.items()},
            tracking=seal(numbering.tracking_code(), owner, key),
            root=binding.root,
            versions=dict(binding.versions),
            type=matter["type"],
            limit=Limit(days=matter["promised_days"]),
        )
        handling = Handling(
            case=case,
            program=program,
            execution=None,
            calendar=RecordedCalendar(self._context.calendar),
            units=RecordedUnits(lambda name: unit_named(connection, name)),
            issuer=RecordedIssuer(lambda case: issuer_of(connection, case)),
        )
        command = Command(
            kind=Kind.CASE_STARTED, actor=by.username, input={**opening_of(case), "digests": digests, "data": given}
        )
        applied = apply(handling, command, now)
        execution = handling.running
        state = case.digest(digest(execution.projection()))
        entry = Entry.record(
            case=number,
            seq=case.seq,
            at=now,
            actor=by.username,
            kind=command.kind,
            process=None,
            element=None,
            input=command.input,
            outcome=applied.outcome,
            state=state,
            previous=GENESIS,
            engine=ENGINE,
        )
        case.head = entry.hash
        id = self._archive.open(
            connection,
            case,
            execution,
            applied,
            entry,
            applicant=owner,
            name_hash=self._context.keyring.hash("name", applicant["name"]),
            binding=binding.id,
            state_digest=state,
        )
        standing = standing_columns(case, execution)
        loaded = Loaded(
            id=id, case=case, program=program, execution=execution, worked=units_of(case), standing=standing
        )
        if program.subscribes or applied.signals:
            loaded.subscribed = subscriptions.write(connection, id, handling, applied, now, {})
        return loaded

    def check_data(self, data: Any, pointer: str = "/data") -> dict[str, Any]:
        """Free data (no form says what it must be): JSON within bounds, without the engine's own names.

        :raises Invalid: with a pointer to each fault.
        """
        _refuse_sealed(data, pointer)
        return forms.check_json(data, pointer=pointer, reserved=RESERVED)

    def check_payload(self, name: str, payload: Any, loaded: Loaded | None) -> dict[str, Any]:
        """What a message brings, checked as `check_data`; the reason of one that steers a case comes back sealed.

        :param loaded: the case that it is for; None where that is not known yet.
        :raises NotOffered: where there is a reason, and no case under whose key it could be sealed.
        """
        given = self.check_data(payload, "/payload")
        if name not in REASONED or "reason" not in given:
            return given
        if loaded is None:
            raise NotOffered(f"{name} carries a reason, which is kept sealed: send it to its case, by its number.")
        return {**given, "reason": self.reason(loaded, given["reason"], "/payload/reason")}

    def check_form(
        self, schema: Any, data: Any, context: dict[str, Any], loaded: Loaded, now: datetime
    ) -> dict[str, Any]:
        """Data given through a form, checked by the form's schema; its personal fields come back sealed.

        :raises Invalid: with a pointer to each fault.
        """
        _refuse_sealed(data, "/data")
        facts = Facts(loaded.case, self._context.calendar.zone)
        # Personal values stay sealed here: what the form does not ask anew is kept as it is.
        # Asked for once, and only where an answer names a file.
        in_force = cache(lambda: self._in_force(loaded))
        checked = forms.validate(
            schema,
            data,
            {**context, **facts},
            **self._at(now),
            today=self._today(now),
            file_fault=lambda id: None if id in in_force() else NO_MATERIAL,
        )
        whole = {
            name: value if is_sealed(context.get(name)) else overlaid(context.get(name), value)
            for name, value in checked.items()
        }
        return self._seal_personal(schema, whole, lambda: _owner_of(loaded.case.applicant))

    def facts(self, loaded: Loaded) -> dict[str, Any]:
        """What expressions of a case's forms read beside its data, as JSON: a browser's form reads it too."""
        return {name: to_json(value) for name, value in Facts(loaded.case, self._context.calendar.zone).items()}

    def initial(self, schema: Any, data: dict[str, Any], loaded: Loaded, now: datetime) -> dict[str, Any]:
        """What a form shows first.

        :param data: the data that the task sees, open as it is shown.
        """
        facts = Facts(loaded.case, self._context.calendar.zone)
        return forms.defaults(schema, {**data, **facts}, **self._at(now))

    def _at(self, now: datetime) -> dict[str, Any]:
        calendar = self._context.calendar
        return {"functions": functions(calendar, now), "now": now.astimezone(calendar.zone)}

    def _in_force(self, loaded: Loaded) -> frozenset[str]:
        with self._context.database.read() as connection:
            return materials_in_force(connection, loaded.id)

    def _today(self, now: datetime) -> date:
        return self._context.calendar.today(now)

    def seal_for(self, loaded: Loaded, value: Any) -> Any:
        """A value sealed under the key of a case's applicant."""
        owner = _owner_of(loaded.case.applicant)
        return seal(value, owner, self._context.keyring.key(owner))

    def reason(self, loaded: Loaded, text: Any, pointer: str = "/reason") -> Any:
        """Why something is done to a case, as it stands in an entry: it may tell of the applicant, so it is sealed.

        :param pointer: of the field that it came in.
        :raises Invalid: where the text says nothing, or too much.
        """
        return self.seal_for(loaded, stated(text, pointer))

    def _check_start(
        self,
        connection: Connection,
        binding: Binding,
        data: Any,
        matter: dict[str, Any],
        window: WindowView | None,
        now: datetime,
    ) -> dict[str, Any]:
        schema = _start_form(self._context.programs.compiled(connection, binding).root)
        if schema is None:
            return self.check_data(data)
        _refuse_sealed(data, "/data")
        # Where the window is not known, as at the desk where there is a choice: its form is filled in without it.
        facts = {"matter": matter, **({} if window is None else {"window": dict(window)})}
        return forms.validate(
            schema, data, facts, **self._at(now), today=self._today(now), file_fault=lambda _id: NO_CASE_YET
        )

    def _seal_personal(self, schema: Any, data: dict[str, Any], owner: Callable[[], str]) -> dict[str, Any]:
        names = {field.path[0] for field in forms.fields(schema) if field.personal}
        open = [name for name in names if data.get(name) is not None and not is_sealed(data[name])]
        if not open:
            return data
        whose = owner()
        key = self._context.keyring.key(whose)
        return data | {name: seal(data[name], whose, key) for name in open}

    def _matter(self, code: Any) -> MatterView:
        try:
            return self._context.catalogue.matter(str(code))
        except NotFound as error:
            message = f"no matter has the code {code!r}: see the catalogue"
            raise Invalid(errors=[FieldError("/matter", message)]) from error

    def _window(self, allowed: Sequence[str], by: Person, code: str | None) -> WindowView:
        served = by.units(Role.CLERK, Role.LEADER)
        windows = self._context.catalogue.windows()
        if code is None:
            mine = [window for window in windows if window["unit"] in served]
            fitting = [window for window in mine if not allowed or window["code"] in allowed]
            if len(fitting) != 1:
                codes = ", ".join(window["code"] for window in fitting) or "none of yours takes this matter"
                raise Invalid(errors=[FieldError("/window", both(f"请指明窗口：{codes}", f"name the window: {codes}"))])
            return fitting[0]
        found = next((window for window in windows if window["code"] == code), None)
        if found is None:
            raise Invalid(errors=[FieldError("/window", both(f"没有窗口 {code}", f"there is no window {code}"))])
        if allowed and code not in allowed:
            codes = ", ".join(allowed)
            message = both(f"该事项在下列窗口办理：{codes}", f"this matter is handled at {codes}")
            raise Invalid(errors=[FieldError("/window", message)])
        return found

    def _owner(self, connection: Connection, applicant: dict[str, str]) -> str:
        """Id of the person or organisation, under which its fields are sealed: the same in all its cases."""
        column = tables.applicant.c
        known = self._context.keyring.hash("identity", applicant["id_type"], applicant["id_number"])
        # Nobody erases this person until the case is there, and an erased one is known no more.
        held = select(column.id).where(column.identity == known).with_for_update(read=True)
        found = connection.execute(held).scalar()
        if found is None:
            found = secrets.token_hex(8)
            connection.execute(insert(tables.applicant), {"id": found, "identity": known})
        return str(found)


def _names_of_units(connection: Connection, matter: MatterView) -> dict[str, str]:
    """The names, by code, of the units that a matter names: what people read of whoever takes part in a case of it."""
    names = {matter["unit"]: matter["unit_name"]}
    if matter["departments"]:
        unit = tables.unit.c
        found = select(unit.code, unit.name).where(unit.code.in_(matter["departments"])).order_by(unit.code)
        names |= {row.code: row.name for row in connection.execute(found)}
    return names


def opening_of(case: Case) -> dict[str, Any]:
    """What the first entry says of the case, beside its data: enough to open it again in a replay."""
    return {
        "number": case.number,
        "window": case.window,
        "unit": case.unit,
        "channel": case.channel,
        "agent": case.agent,
        "matter": case.matter,
        "applicant": case.applicant,
        "tracking": case.tracking,
        "root": case.root,
        "versions": case.versions,
        "type": case.type,
        "days": case.limit.days,
    }


def _refuse_sealed(data: Any, pointer: str) -> None:
    """Only the engine seals: a sealed value from outside would be opened for whoever looks at it."""
    if holds_sealed(data):
        raise Invalid(errors=[FieldError(pointer, f"{MARK} is not a name that data can have")])


def _start_form(root: Process) -> Any:
    """The schema of the form with which a process begins, if it has one."""
    start = next((e for e in root.elements.values() if e.kind == "startEvent" and e.process == root.key), None)
    if start is None:
        return None
    return root.forms.get(start.form) if start.form else start.form_schema


def _check_channel(channel: str) -> None:
    if channel not in CHANNELS:
        raise Invalid(errors=[FieldError("/channel", both("应为下列之一：", "one of ") + ", ".join(CHANNELS))])


def _check_applicant(applicant: Any) -> dict[str, str]:
    if not isinstance(applicant, dict):
        raise Invalid(errors=[FieldError("/applicant", "an object with name, id_type, id_number and phone")])
    faults = [
        FieldError(f"/applicant/{name}", both("申请人没有此项", "not a field of an applicant"))
        for name in applicant.keys() - {*_APPLICANT, EMAIL}
    ]
    fields = {name: applicant.get(name) for name in _APPLICANT}
    for name, value in fields.items():
        if not isinstance(value, str) or not value.strip():
            faults.append(FieldError(f"/applicant/{name}", REQUIRED))
        elif len(value) > 200:
            faults.append(FieldError(f"/applicant/{name}", both("最多 200 字", "at most 200 characters")))
    wrong = {fault.pointer for fault in faults}
    if "/applicant/phone" not in wrong and not _PHONE.fullmatch(str(fields["phone"]).strip()):
        faults.append(
            FieldError("/applicant/phone", both("请填写电话号码", "digits, with + ( ) - and blanks where needed"))
        )
    email = applicant.get(EMAIL) or ""
    if email and not is_mail_address(email):
        told = both("请填写邮箱地址，如 name@example.cn", "one mail address, such as name@example.cn")
        faults.append(FieldError(f"/applicant/{EMAIL}", told))
    checked = {name: str(value).strip() for name, value in fields.items()}
    if wrong.isdisjoint({"/applicant/id_type", "/applicant/id_number"}):
        try:
            checked["id_number"] = identity.check(checked["id_type"], checked["id_number"])
        except Invalid as error:
            faults += error.errors
    if faults:
        raise Invalid(errors=sorted(faults, key=lambda fault: fault.pointer))
    return checked | ({EMAIL: email.strip()} if email else {})


def _owner_of(applicant: dict[str, Any]) -> str:
    (owner,) = sealed_owners(applicant)
    return str(owner)


def _next_serial(connection: Connection, day: str, window: str) -> int:
    table = tables.serial
    statement = insert_or_update(connection, table).values(day=day, window=window, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=["day", "window"], set_={"last": table.c.last + 1}
    ).returning(table.c.last)
    return int(connection.execute(statement).scalar_one())
