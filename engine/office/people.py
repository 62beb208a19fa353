"""The people of the office: who they are, how they log in, the tokens that their programs use."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, TypedDict

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from engine.errors import FieldError, Forbidden, Invalid, NotFound, Unauthorised
from engine.forms.messages import both
from engine.history.kinds import ActKind
from engine.instants import instant
from engine.office import bearers, passwords
from engine.office.clock import OfficeClock
from engine.office.ledger import NOBODY, Ledger
from engine.office.person import USERNAME, Person, Role, Scope
from engine.office.person_rows import ENABLED, SEATED, columns, person_of
from engine.office.sessions import Way, end_all
from engine.storage import Database
from engine.storage.prepared import Prepared
from engine.storage.tables import membership, person, token, unit

#: Begins every token, so that a scanner for leaked secrets recognises one.
TOKEN_PREFIX = "yichuang_"
#: After so many wrong passwords in a row nobody logs in under the name for `LOCK`, the owner included.
FAILURES = 10
LOCK = timedelta(minutes=15)
#: So long a password that somebody else set may be used to choose one's own.
FIRST = timedelta(days=7)
#: Days that a token may be valid.
LONGEST_TOKEN = 3650

#: Names in the history for what no person did.
_RESERVED = frozenset({"system"})
_TOKEN = re.compile(re.escape(TOKEN_PREFIX) + r"[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")


class UnitRole(TypedDict):
    """A role in a unit."""

    unit: str
    role: str


class PersonView(TypedDict):
    """A person in the list of people."""

    username: str
    name: str
    disabled: bool
    units: list[UnitRole]


class TokenSummary(TypedDict):
    """A token as it is listed: by the beginning of its digest, which is no secret."""

    id: str
    created: str
    expires: str
    #: What it is for; null where it is for all that the person may do.
    scopes: list[str] | None
    #: When it was revoked; null while it was not.
    revoked: str | None


class TokenView(TypedDict):
    """A new token; it is shown this once."""

    token: str
    expires: str


class FirstPassword(Forbidden):
    """The password is right, and somebody else set it: choose one of your own with it (`People.change_password`)."""


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """Somebody who joins the office."""

    username: str
    name: str
    #: None for the account of a worker, which has tokens and does not log in.
    password: str | None
    #: (unit code, role).
    memberships: Sequence[tuple[str, str]]
    #: Whether the password is but to choose another with; that of whom an administrator adds always is.
    first: bool = False


class People:
    """Whoever may work here. Nothing is remembered between calls: who is disabled is out at once.

    The methods that change something take `by`, whose rights they check; null is the shell of the machine
    itself, where there is nobody to ask.
    """

    def __init__(
        self,
        database: Database,
        clock: OfficeClock,
        ledger: Ledger,
        zone: tzinfo = UTC,
        breached: Container[str] = frozenset(),
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._zone = zone
        self._breached = breached

    def authenticate(self, username: str, password: str) -> Person:
        """The person of that name and password.

        An unknown name, a wrong password, a disabled person and a locked name are the same to the caller, in
        words and in time.

        :raises Unauthorised: if there is none, or the name is locked after `FAILURES` wrong passwords.
        :raises FirstPassword: where it is right, and good for choosing another alone.
        """
        found, is_first, _ = self._proved(username, password)
        if is_first:
            raise FirstPassword
        return found

    def _proved(self, username: str, password: str) -> tuple[Person, bool, str]:
        """See `authenticate`, whether the password is a first one, and its hash."""
        asked = username if USERNAME.fullmatch(username) else ""
        with self._database.read() as connection:
            now = self._clock.read(connection)
            found = _BY_NAME.all(connection, {"username": asked})
        row = found[0] if found else None
        admitted = (
            row is not None
            and not (row.locked_until and row.locked_until > now)
            and not (row.first_until and row.first_until <= now)
        )
        if not passwords.matches(password, row.password_hash if row and admitted else None) or row is None:
            self._count_failure(asked, now)
            raise _refusal()
        outdated = passwords.is_outdated(row.password_hash)
        changed = {"password_hash": passwords.hashed(password)} if outdated else {}
        if row.failed_logins or row.locked_until or outdated:
            with self._database.write() as connection:
                # Others may have used up the attempts, or changed the password, since it was read.
                done = connection.execute(
                    update(person)
                    .where(person.c.username == asked, person.c.password_hash == row.password_hash)
                    .where(or_(person.c.locked_until.is_(None), person.c.locked_until <= now))
                    .values(failed_logins=0, locked_until=None, **changed)
                )
                if not done.rowcount:
                    raise _refusal()
        return person_of(found), row.first_until is not None, changed.get("password_hash", row.password_hash)

    def by_token(self, token: str) -> Person:
        """The person whose token this is.

        :raises Unauthorised: if it is none, or no longer one: expired, revoked, its owner disabled.
        """
        found: Sequence[Any] = ()
        if _TOKEN.fullmatch(token):
            with self._database.glance() as connection:
                found = _BY_TOKEN.all(connection, {"digest": bearers.digest(token)})
                if found and found[0].expires_at <= self._clock.read(connection):
                    found = ()
        if not found:
            raise Unauthorised("The token is not valid, or no longer: ask for a new one.")
        scopes = found[0].scopes
        return replace(person_of(found), scopes=None if scopes is None else frozenset(map(Scope, scopes.split())))

    def admit(self, username: str) -> Person:
        """The person for whom the office's identity provider vouches, by user name. The name's lock is for passwords.

        :raises Unauthorised: if nobody who may log in has the name; it is recorded as a failed log-in.
        """
        try:
            found = self.person(username)
        except NotFound:
            found = None
        # The account of a worker has tokens and never logs in.
        if found is None or found.roles == {Role.WORKER}:
            self.turn_away(username)
            raise Unauthorised(f"Nobody of the user name {username} may work here: ask an administrator.")
        return found

    def turn_away(self, username: str | None = None) -> None:
        """Record that somebody came from the identity provider and was not let in.

        :param username: whom it vouched for, where it did.
        """
        with self._database.write() as connection:
            asked = username if username and USERNAME.fullmatch(username) else ""
            about = {"username": connection.scalar(_IS_KNOWN, {"username": asked}), "way": Way.PROVIDER}
            self._ledger.access(connection, ActKind.LOGIN_FAILED, NOBODY, about)

    def person(self, username: str) -> Person:
        """The person of that name.

        :raises NotFound: if there is none who may work here: a disabled person is not found either.
        """
        found: Sequence[Any] = ()
        if USERNAME.fullmatch(username):
            with self._database.glance() as connection:
                found = _BY_NAME.all(connection, {"username": username})
        if not found:
            raise NotFound("There is no person of that user name, or it is disabled.")
        return person_of(found)

    def list(self) -> list[PersonView]:
        """Everybody, the disabled included, by user name."""
        views: dict[str, PersonView] = {}
        with self._database.read() as connection:
            for username, name, disabled, unit, role in connection.execute(_LISTED):
                view = views.setdefault(username, PersonView(username=username, name=name, disabled=disabled, units=[]))
                if unit is not None:
                    view["units"].append(UnitRole(unit=unit, role=role))
        return [*views.values()]

    def add(
        self,
        username: str,
        name: str,
        password: str | None,
        memberships: Sequence[tuple[str, str]],
        *,
        first: bool = False,
        by: Person | None = None,
    ) -> Person:
        """Let somebody in, with a role in each of one or more units.

        :param first: whether the password is but to choose another with, within `FIRST`; where an administrator adds
            somebody it always is.
        :raises Invalid: naming every field that is wrong; the memberships under ``/units``.
        """
        new = NewPerson(username=username, name=name, password=password, memberships=memberships, first=first)
        self._add([new], [""], by)
        return self.person(username)

    def add_all(self, people: Sequence[NewPerson], *, by: Person | None = None) -> None:
        """Let all of `people` in, or none. Those who are given the same password share its hash.

        :raises Invalid: as `add`, with the index in `people` before each field.
        """
        self._add(people, [f"/{index}" for index in range(len(people))], by)

    def passwd(self, username: str, password: str, *, first: bool = False, by: Person | None = None) -> None:
        """Give a person another password, and unlock the name. The person's sessions end; tokens stay as they are.

        :param first: as in `add`: always so where it is not one's own.
        :raises Invalid: if the password is not accepted.
        """
        _allow(by, username)
        self._give(username, password, first=first, by=by)

    def _give(
        self, username: str, password: str, *, first: bool = False, by: Person | None, instead_of: str | None = None
    ) -> None:
        """See `passwd`.

        :param instead_of: the hash of the old password, where that is by what right there is a new one.
        """
        if fault := passwords.fault(password, username, self._words(), self._breached):
            raise Invalid(fault, errors=[FieldError("/password", fault)])
        password_hash = passwords.hashed(password)
        with self._database.write() as connection:
            if instead_of is not None and connection.scalar(_HASH, {"username": username}) != instead_of:
                # Another has used the old one up meanwhile.
                raise _refusal()
            until = self._first_until(connection, first, username, by)
            _update(
                connection,
                username,
                password_hash=password_hash,
                failed_logins=0,
                locked_until=None,
                first_until=until,
            )
            end_all(connection, username)
            self._ledger.act(connection, ActKind.PASSWORD_SET, by, {"username": username})

    def change_password(self, username: str, old: str, new: str) -> None:
        """Give oneself another password by the old one; a wrong one is a failed log-in. All sessions end.

        A first password is used up by it.

        :raises Unauthorised: as `authenticate`.
        :raises Invalid: if the new one is not accepted, or no other than the old one.
        """
        themselves, _, proved = self._proved(username, old)
        if passwords.same(old, new):
            told = both("新密码与原密码相同。", "The new password is the old one.")
            raise Invalid(told, errors=[FieldError("/password", told)])
        self._give(username, new, by=themselves, instead_of=proved)

    def disable(self, username: str, *, by: Person | None = None) -> bool:
        """Keep a person out from now on; the tokens are revoked, the sessions end.

        :returns: whether an administrator is left; only the shell may do without.
        :raises Invalid: at ``/username``, for the last administrator.
        """
        _allow(by)
        with self._database.write() as connection:
            _update(connection, username, disabled=True)
            end_all(connection, username)
            connection.execute(
                update(token)
                .where(token.c.username == username, token.c.revoked_at.is_(None))
                .values(revoked_at=self._clock.read(connection))
            )
            self._ledger.act(connection, ActKind.PERSON_DISABLED, by, {"username": username})
            return _administrator_left(connection, by, "/username")

    def assign(self, username: str, memberships: Sequence[tuple[str, str]], *, by: Person | None = None) -> bool:
        """Give a person other roles in other units, in place of those that the person had.

        :returns: whether an administrator is left; only the shell may do without.
        :raises Invalid: naming every membership that is wrong, under ``/units``; there also where the last
            administrator would be none any more.
        """
        _allow(by)
        faults = [*_seat_faults(memberships, "")]
        if faults:
            raise Invalid(faults[0].message, errors=faults)
        with self._database.write() as connection:
            if faults := [*_unknown_seats(connection, memberships, "")]:
                raise Invalid(faults[0].message, errors=faults)
            if connection.scalar(_IS_KNOWN, {"username": username}) is None:
                raise NotFound("There is no person of that user name.")
            connection.execute(delete(membership).where(membership.c.username == username))
            seats = [{"username": username, "unit": unit, "role": role} for unit, role in memberships]
            connection.execute(insert(membership), seats)
            units = [{"unit": unit, "role": role} for unit, role in memberships]
            self._ledger.act(connection, ActKind.PERSON_ASSIGNED, by, {"username": username, "units": units})
            return _administrator_left(connection, by, "/units")

    def tokens(self, username: str, *, by: Person | None = None) -> Sequence[TokenSummary]:
        """A person's tokens, the newest first; what they are is not kept."""
        _allow(by, username)
        query = select(token).where(token.c.username == username).order_by(token.c.created_at.desc(), token.c.digest)
        with self._database.read() as connection:
            rows = connection.execute(query).all()

        def local(at: datetime) -> str:
            return at.astimezone(self._zone).isoformat()

        return [
            {
                "id": bearers.name(row.digest),
                "created": local(row.created_at),
                "expires": local(row.expires_at),
                "scopes": row.scopes.split() if row.scopes else None,
                "revoked": local(row.revoked_at) if row.revoked_at else None,
            }
            for row in rows
        ]

    def revoke_listed(self, username: str, id: str, *, by: Person | None = None) -> None:
        """Make a token worthless that nobody can show any more, by the `id` of the list; once more changes nothing.

        :raises NotFound: where the person has no such token.
        """
        _allow(by, username)
        listed = (token.c.username == username, bearers.called(token.c.digest, id))
        with self._database.write() as connection:
            if connection.execute(select(token.c.digest).where(*listed)).first() is None:
                raise NotFound("There is no such token.")
            now = self._clock.read(connection)
            done = connection.execute(update(token).where(*listed, token.c.revoked_at.is_(None)).values(revoked_at=now))
            if done.rowcount:
                self._ledger.act(connection, ActKind.TOKEN_REVOKED, by, {"token": id, "username": username})

    def enable(self, username: str, *, by: Person | None = None) -> None:
        """Let a disabled person in again, with the old password; the old tokens stay revoked."""
        _allow(by)
        with self._database.write() as connection:
            _update(connection, username, disabled=False)
            self._ledger.act(connection, ActKind.PERSON_ENABLED, by, {"username": username})

    def new_token(
        self, username: str, *, days: int = 365, scopes: Sequence[str] = (), by: Person | None = None
    ) -> TokenView:
        """A token with which a program acts as the person for so many days.

        Only its digest is stored: it cannot be shown again.

        :param scopes: what it is for, of `Scope`; all that the person may do where none is named.
        :raises Invalid: if `days` is not from 1 to `LONGEST_TOKEN`, or a scope is none.
        """
        _allow(by, username)
        if not 1 <= days <= LONGEST_TOKEN:
            message = both(
                f"令牌有效期为 1 至 {LONGEST_TOKEN} 天。", f"A token is valid for 1 to {LONGEST_TOKEN} days."
            )
            raise Invalid(message, errors=[FieldError("/days", message)])
        if unknown := {*scopes} - {*Scope}:
            named, known = ", ".join(sorted(unknown)), ", ".join(Scope)
            message = both(f"没有用途 {named}，应为 {known}。", f"There is no scope {named}: {known}.")
            raise Invalid(message, errors=[FieldError("/scopes", message)])
        held = [str(scope) for scope in Scope if scope in scopes]
        owner = self.person(username)
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        with self._database.write() as connection:
            now = self._clock.read(connection)
            expires = (now + timedelta(days=days)).replace(microsecond=0)
            connection.execute(
                insert(token).values(
                    digest=bearers.digest(text),
                    username=owner.username,
                    created_at=now,
                    expires_at=expires,
                    scopes=" ".join(held) or None,
                )
            )
            made: dict[str, Any] = {**_named(text), "username": owner.username, "expires": instant(expires)}
            if held:
                made["scopes"] = held
            self._ledger.act(connection, ActKind.TOKEN_MADE, by, made)
        return TokenView(token=text, expires=expires.astimezone(self._zone).isoformat())

    def revoke_token(self, text: str, *, by: Person | None = None) -> None:
        """Make a token worthless. Whoever holds it may do that; once more changes nothing.

        :raises NotFound: if it never was one.
        """
        with self._database.write() as connection:
            query = select(token.c.revoked_at, token.c.username).where(token.c.digest == bearers.digest(text))
            known = connection.execute(query).first()
            if known is None:
                raise NotFound("There is no such token.")
            if known.revoked_at is None:
                now = self._clock.read(connection)
                connection.execute(update(token).where(token.c.digest == bearers.digest(text)).values(revoked_at=now))
                revoked = {**_named(text), "username": known.username}
                self._ledger.act(connection, ActKind.TOKEN_REVOKED, by, revoked)

    def _add(self, people: Sequence[NewPerson], places: Sequence[str], by: Person | None) -> None:
        _allow(by)
        words = self._words()
        faults = [
            fault
            for new, place in zip(people, places, strict=True)
            for fault in _faults(new, place, words, self._breached)
        ]
        if faults:
            raise Invalid(faults[0].message, errors=faults)
        # Slow on purpose, so before the transaction, and once a password.
        hashes = {
            password: None if password is None else passwords.hashed(password)
            for password in {new.password for new in people}
        }
        try:
            with self._database.write() as connection:
                faults = [*_unknown_units(connection, people, places), *_taken_names(connection, people, places)]
                if faults:
                    raise Invalid(faults[0].message, errors=faults)
                rows = [
                    {
                        "username": p.username,
                        "name": p.name,
                        "password_hash": hashes[p.password],
                        "first_until": self._first_until(connection, p.first, p.username, by),
                    }
                    for p in people
                ]
                seats = [{"username": p.username, "unit": u, "role": r} for p in people for u, r in p.memberships]
                if rows:
                    connection.execute(insert(person), rows)
                    connection.execute(insert(membership), seats)
                for joined in people:
                    units = [{"unit": unit, "role": role} for unit, role in joined.memberships]
                    about = {"username": joined.username, "units": units}
                    self._ledger.act(connection, ActKind.PERSON_ADDED, by, about)
        except IntegrityError as error:
            message = "A person of that user name was added at the same moment."
            raise Invalid(message, errors=[FieldError(f"{places[0]}/username", message)]) from error

    def _first_until(self, connection: Connection, first: bool, username: str, by: Person | None) -> datetime | None:
        """Until when a password is good that is set now; null for one's own, and for what the shell sets as lasting."""
        theirs = by is not None and by.username != username
        return self._clock.read(connection) + FIRST if first or theirs else None

    def _words(self) -> Sequence[str]:
        """Codes and names of the units: nobody's password."""
        with self._database.read() as connection:
            return [word for row in connection.execute(select(unit.c.code, unit.c.name)) for word in row]

    def _count_failure(self, username: str, now: datetime) -> None:
        lock_over = person.c.locked_until <= now
        failures = case((lock_over, 1), else_=person.c.failed_logins + 1)
        until = literal(now + LOCK, person.c.locked_until.type)
        locked_until = case((failures >= FAILURES, until), (lock_over, None), else_=person.c.locked_until)
        with self._database.write() as connection:
            counted = connection.execute(
                update(person)
                .where(person.c.username == username)
                # An attempt while the name is locked does not make the lock longer.
                .where(or_(person.c.locked_until.is_(None), lock_over))
                .values(failed_logins=failures, locked_until=locked_until)
                .returning(person.c.failed_logins)
            ).scalar()
            # Written whatever was tried, so that the time of a durable commit tells nothing. A name that nobody has is
            # not: somebody may have typed a password in its place.
            known = counted is not None or connection.scalar(_IS_KNOWN, {"username": username})
            kind = ActKind.LOGIN_LOCKED if counted is not None and counted >= FAILURES else ActKind.LOGIN_FAILED
            self._ledger.access(
                connection, kind, NOBODY, {"username": username if known else None, "way": Way.PASSWORD}
            )


_ALL = columns().select_from(SEATED)
_LISTED = _ALL.with_only_columns(
    person.c.username, person.c.name, person.c.disabled, membership.c.unit, membership.c.role
)
_BY_NAME = Prepared(_ALL.where(person.c.username == bindparam("username"), ENABLED))
_HASH = select(person.c.password_hash).where(person.c.username == bindparam("username")).with_for_update()
_IS_KNOWN = select(person.c.username).where(person.c.username == bindparam("username"))
_ADMINISTRATORS = select(person.c.username).select_from(SEATED).where(membership.c.role == Role.ADMIN, ENABLED)
_BY_TOKEN = Prepared(
    columns()
    .add_columns(token.c.expires_at, token.c.scopes)
    .select_from(SEATED.join(token, token.c.username == person.c.username))
    .where(token.c.digest == bindparam("digest"), token.c.revoked_at.is_(None), ENABLED)
)


def _refusal() -> Unauthorised:
    return Unauthorised(
        "The user name or the password is wrong. After several wrong attempts nobody can log in under a name "
        "for a while; an administrator sets another password."
    )


def _named(text: str) -> dict[str, str]:
    """By what a token is known in the ledger: not enough to use it, nor to guess it."""
    return {"token": bearers.name(bearers.digest(text))}


def _allow(by: Person | None, themselves: str | None = None) -> None:
    if by is not None and Role.ADMIN not in by.roles and by.username != themselves:
        raise Forbidden("Only an administrator may do that.")


def _administrator_left(connection: Connection, by: Person | None, pointer: str) -> bool:
    """Whether anybody administers the office once an act is recorded; without, only the shell's act may stand.

    Asked after the act: the chain has one writer at a time, so that of two administrators who disable each other
    the second finds the first one's act done.
    """
    if connection.scalar(_ADMINISTRATORS.limit(1)) is not None:
        return True
    if by is not None:
        told = both(
            "这是最后一位管理员：请先给另一人管理员角色。",
            "This is the last administrator: give somebody else that role first.",
        )
        raise Invalid(told, errors=[FieldError(pointer, told)])
    return False


def _faults(new: NewPerson, place: str, words: Collection[str], breached: Container[str]) -> Iterable[FieldError]:
    if not USERNAME.fullmatch(new.username):
        told = "A user name has 1 to 64 lower-case letters (a-z), digits, dots, hyphens or underscores."
        yield FieldError(f"{place}/username", both("用户名为 1 至 64 个小写字母、数字、点、连字符或下划线。", told))
    elif new.username in _RESERVED:
        told = f"{new.username!r} stands for the program itself; choose another name."
        yield FieldError(f"{place}/username", both(f"{new.username} 是系统保留的用户名，请换一个。", told))
    if not _NAME.fullmatch(new.name) or not new.name.strip():
        told = "A name has 1 to 100 characters, on one line."
        yield FieldError(f"{place}/name", both("姓名为 1 至 100 个字符，不换行。", told))
    if new.password is None:
        if {role for _, role in new.memberships} != {Role.WORKER}:
            told = "Only the account of a worker, which never logs in, has none."
            yield FieldError(f"{place}/password", both("只有从不登录的工作程序账号可以没有密码。", told))
    elif message := passwords.fault(new.password, new.username, words, breached):
        yield FieldError(f"{place}/password", message)
    yield from _seat_faults(new.memberships, place)


def _seat_faults(memberships: Sequence[tuple[str, str]], place: str) -> Iterable[FieldError]:
    if not memberships:
        yield FieldError(f"{place}/units", both("至少属于一个单位。", "A person belongs to at least one unit."))
    seen = set()
    for index, seat in enumerate(memberships):
        if seat[1] not in {*Role}:
            named = ", ".join(Role)
            told = both(f"没有角色 {seat[1]}，应为 {named}。", f"{seat[1]!r} is no role: {named}.")
            yield FieldError(f"{place}/units/{index}/role", told)
        if seat in seen:
            told = both("同一单位的同一角色重复。", "The same role in the same unit is named twice.")
            yield FieldError(f"{place}/units/{index}", told)
        seen.add(seat)


def _unknown_units(connection: Connection, people: Sequence[NewPerson], places: Sequence[str]) -> Iterable[FieldError]:
    for new, place in zip(people, places, strict=True):
        yield from _unknown_seats(connection, new.memberships, place)


def _unknown_seats(connection: Connection, memberships: Sequence[tuple[str, str]], place: str) -> Iterable[FieldError]:
    known = {*connection.scalars(select(unit.c.code))}
    for index, (code, _role) in enumerate(memberships):
        if code not in known:
            yield FieldError(f"{place}/units/{index}/unit", both(f"没有单位 {code}。", f"There is no unit {code!r}."))


def _taken_names(connection: Connection, people: Sequence[NewPerson], places: Sequence[str]) -> Iterable[FieldError]:
    taken = {*connection.scalars(select(person.c.username))}
    for new, place in zip(people, places, strict=True):
        if new.username in taken:
            told = f"There is a person with the user name {new.username!r} already."
            yield FieldError(f"{place}/username", both(f"用户名 {new.username} 已有人使用。", told))
        taken.add(new.username)


def _update(connection: Connection, username: str, **values: object) -> None:
    known = USERNAME.fullmatch(username) is not None
    if not known or not connection.execute(update(person).where(person.c.username == username).values(values)).rowcount:
        raise NotFound("There is no person of that user name.")
