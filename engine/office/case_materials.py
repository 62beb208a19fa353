"""Use cases on what applicants hand in: take a file, find it, check it against the original, take it back."""

from __future__ import annotations

import io
import logging
import secrets
import threading
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from engine.errors import FieldError, Invalid, NotFound, NotOffered, Unavailable
from engine.forms.messages import both
from engine.handling import Command, undertaking_of
from engine.handling.undertaking import MESSAGE
from engine.history.kinds import Kind
from engine.materials import EXTENSIONS, Unrecognised, Upload, plain_name, recognise
from engine.materials.cipher import Altered, Unsealed
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.material_rows import PRESENT, changes
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.person import Person
from engine.office.rights import none_to_see
from engine.office.steps import Steps, match, require_open
from engine.office.views import MaterialView
from engine.sealing import sealed_owners
from engine.storage import tables

log = logging.getLogger("yichuang.materials")

#: Seconds between two sweeps.
PAUSE = 3600.0

#: How far a material is trusted (国办函〔2016〕108号): it comes from who issued it; was checked against the original at
#: a window; was handed in by the applicant and is to be checked; is the applicant's own statement.
GRADES = ("A", "B", "C", "D")

#: Where a material comes from: the applicant, somebody who acts for the applicant, the office that issued it, a
#: platform on which offices share data, or the window, which made the copy.
SOURCES = ("applicant", "agent", "issuer", "shared", "window")
_OF_ISSUERS = ("issuer", "shared")

#: Grades at which a material counts as handed in where it was undertaken: it needs no further check.
VERIFIED = ("A", "B")

#: Bytes of one file, where nobody says otherwise.
MOST_BYTES = 20 * 2**20

#: Files that one case may have, taken back ones among them.
MOST_FILES = 500

#: Files that no step speaks of are on their way for so long.
ON_THE_WAY = timedelta(days=1)


class Content(NamedTuple):
    """A material with its content, to be read and closed."""

    view: MaterialView
    file: Unsealed


class CaseMaterials:
    """What was handed in for the cases of one office.

    :param types: endings of the files that are taken.
    """

    def __init__(self, context: Context, steps: Steps, opening: Opening, types: Collection[str]) -> None:
        if unknown := sorted(set(types) - EXTENSIONS.keys()):
            known = ", ".join(EXTENSIONS)
            raise Invalid(f"No material type is called {unknown[0]!r} (YICHUANG_MATERIAL_TYPES); these are: {known}.")
        self._context = context
        self._steps = steps
        self._opening = opening
        #: Endings of the files that are taken.
        self.types = tuple(types)

    def begin(self, number: str, *, by: Person, most: int = MOST_BYTES) -> Upload:
        """Begin to take a file for a case: write its content, then `add` it, all in a `with` block.

        :param most: bytes that are taken.
        :raises NotFound: where there is no such case to see.
        :raises Forbidden: where the person has no part in it.
        """
        with self._context.database.read() as connection:
            loaded = self._found(connection, number, by)
            rights, case = self._context.rights(by), loaded.case
            try:
                rights.require_carrying(case)
                (owner,) = sealed_owners(case.applicant)
            finally:
                self._steps.keep(loaded)
        return self._context.store.begin(owner, self._context.keyring.key(owner), most)

    def add(
        self,
        number: str,
        upload: Upload,
        *,
        name: str,
        by: Person,
        material: str | None = None,
        source: str = "applicant",
        grade: str = "C",
        copies: int = 1,
        note: str | None = None,
        replaces: str | None = None,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> MaterialView:
        """Put a file that was taken into the case's file. Also while the case is suspended.

        :param upload: from `begin`, with all of its content written.
        :param name: the file's; its ending must say what the content is.
        :param material: which of the matter's materials it is, by name; none where the list does not ask for it.
        :param source: one of `SOURCES`.
        :param grade: one of `GRADES`; `A` only from an issuer.
        :param replaces: id of the material in whose place it comes.
        :raises Invalid: with a pointer to each fault; an empty or disguised file is one.
        :raises CaseClosed: where the case has ended.
        """
        id = secrets.token_hex(16)

        def decide(loaded: Loaded) -> Command:
            require_open(loaded)
            upload.finish()
            stated_name = plain_name(name)
            faults = list(_faults(loaded, material, source, grade, copies))
            if note is not None and len(note) > 1000:
                faults.append(FieldError("/note", both("最多 1000 字", "at most 1000 characters")))
            media_type = _media_type(upload, stated_name, self.types, faults)
            with self._context.database.read() as connection:
                here = self._rows(connection, loaded)
            old = next((row for row in here if row.id == replaces), None)
            if replaces is not None and (old is None or old.status != PRESENT):
                faults.append(FieldError("/replaces", both("没有这份在用的材料", "no material in force has this id")))
            if faults:
                raise Invalid(errors=faults)
            if len(here) >= MOST_FILES:
                raise NotOffered(f"A case has at most {MOST_FILES} files.")
            seal = self._opening.seal_for
            given = {
                "id": id,
                "material": material or (old.material if old else None),
                "name": seal(loaded, stated_name),
                "media_type": media_type,
                "size": upload.size,
                # Last of all that may be refused: from here on the file is there, whatever comes of the step.
                "digest": self._context.store.put(upload),
                "sha256": seal(loaded, upload.content_digest),
                "source": source,
                "grade": grade,
                "copies": copies,
                "note": seal(loaded, note) if note else None,
                "replaces": replaces,
            }
            given |= _kept(loaded, here, replaces, given["material"], grade)
            return Command(kind=Kind.MATERIAL_ADDED, actor=by.username, input=given)

        return self._run(number, id, by, decide, once, if_match)

    def verify(
        self,
        number: str,
        id: str,
        grade: str,
        *,
        reason: str = "核对原件 checked against the original",
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> MaterialView:
        """Say how far a material is trusted, after it was checked against the original.

        :param grade: one of `GRADES`; `A` only for what came from an issuer.
        :raises NotOffered: where it is not in force any more.
        """

        def decide(loaded: Loaded) -> Command:
            row, here = self._in_force(loaded, id)
            if fault := _grade_fault(grade, row.source):
                raise Invalid(errors=[fault])
            given = {"id": id, "grade": grade, "reason": self._opening.reason(loaded, reason)}
            given |= _kept(loaded, here, id, row.material, grade)
            return Command(kind=Kind.MATERIAL_VERIFIED, actor=by.username, input=given)

        return self._run(number, id, by, decide, once, if_match)

    def withdraw(
        self,
        number: str,
        id: str,
        reason: str,
        *,
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> MaterialView:
        """Take a material back: it counts no more, and stays in the file.

        :raises NotOffered: where it is not in force any more.
        """

        def decide(loaded: Loaded) -> Command:
            self._in_force(loaded, id)
            given = {"id": id, "reason": self._opening.reason(loaded, reason)}
            return Command(kind=Kind.MATERIAL_WITHDRAWN, actor=by.username, input=given)

        return self._run(number, id, by, decide, once, if_match)

    def list(self, number: str, *, by: Person) -> Sequence[MaterialView]:
        """What was handed in for a case, the oldest first; taken back and replaced ones are marked so."""
        with self._context.database.read() as connection:
            loaded = self._found(connection, number, by)
            rows = self._rows(connection, loaded)
        self._steps.keep(loaded)
        return self._context.unsealed([self._view(number, row) for row in rows])

    def open(self, number: str, id: str, *, by: Person) -> Content:
        """A material with its content, which the caller closes.

        :raises NotFound: where there is none to see, or the applicant's key was erased.
        :raises Unavailable: where the file is not as it was stored; `verify` says more.
        """
        with self._context.database.read() as connection:
            loaded = self._found(connection, number, by)
            row = next((row for row in self._rows(connection, loaded) if row.id == id), None)
        (owner,) = sealed_owners(loaded.case.applicant)
        self._steps.keep(loaded)
        if row is None:
            raise none_to_see(f"material {id}")
        keys = self._context.keyring.keys([owner])
        if owner not in keys:
            raise NotFound("The applicant's key was erased, and with it this material.")
        view = self._context.unsealed_with(self._view(number, row), keys)
        try:
            file = self._context.store.open(row.digest, owner, keys[owner])
            # Tried now, while it can still be refused.
            file.read(1)
            file.seek(0)
            return Content(view, file)
        except (OSError, Altered) as error:
            raise Unavailable(f"The file of the material {id} cannot be read: {type(error).__name__}.") from error

    def sweep(self) -> int:
        """Take away files that no step speaks of and that nobody sends any more. Gives how many went."""
        # Files carry the machine's time, whatever clock the office has.
        before = datetime.now().astimezone() - ON_THE_WAY
        return self._context.store.sweep(self._known, before.timestamp())

    def run(self, stop: threading.Event) -> None:
        """Sweep every now and then, until `stop` is set."""
        while not stop.is_set():
            try:
                self.sweep()
            except Exception:
                log.exception("the folder of materials could not be swept")
            stop.wait(PAUSE)

    def _known(self, digests: Iterable[str]) -> set[str]:
        column = tables.material.c.digest
        with self._context.database.read() as connection:
            return set(connection.execute(select(column).where(column.in_(list(digests)))).scalars())

    # -- shared ------------------------------------------------------------------------------------------

    def _run(
        self, number: str, id: str, by: Person, decide: Any, once: Once | None, if_match: int | None
    ) -> MaterialView:
        def write(connection: Connection, loaded: Loaded, command: Command) -> MaterialView:
            case = loaded.case
            assert case.last_at is not None
            rows = changes(command.kind, command.input, at=case.last_at, actor=by.username, seq=case.seq)
            for one, columns in rows.items():
                if "digest" in columns:
                    connection.execute(insert(tables.material), {"id": one, "case_id": loaded.id, **columns})
                else:
                    connection.execute(update(tables.material).where(tables.material.c.id == one).values(columns))
            row = connection.execute(select(tables.material).where(tables.material.c.id == id)).one()
            return self._view(number, row)

        return self._steps.run(
            by=by,
            find=lambda connection: self._steps.archive.by_number(connection, number),
            what=f"case {number}",
            allow=lambda rights, loaded: rights.require_carrying(loaded.case),
            decide=lambda loaded, now: decide(loaded),
            answer=None,
            once=once,
            check_version=lambda loaded: match(if_match, loaded.case.seq),
            beside=write,
            leaves=True,
        )

    def _found(self, connection: Connection, number: str, by: Person) -> Loaded:
        return self._steps.seen(self._steps.archive.by_number(connection, number), f"case {number}", by=by)

    def _rows(self, connection: Connection, loaded: Loaded) -> Sequence[Row[Any]]:
        material = tables.material.c
        query = select(tables.material).where(material.case_id == loaded.id).order_by(material.added_at, material.id)
        return connection.execute(query).all()

    def _in_force(self, loaded: Loaded, id: str) -> tuple[Row[Any], Sequence[Row[Any]]]:
        """A material that counts, and all that were handed in."""
        require_open(loaded)
        with self._context.database.read() as connection:
            rows = self._rows(connection, loaded)
        row = next((row for row in rows if row.id == id), None)
        if row is None:
            raise none_to_see(f"material {id}")
        if row.status != PRESENT:
            raise NotOffered(f"The material is not in force any more: it is {row.status}.")
        return row, rows

    def _view(self, number: str, row: Row[Any]) -> MaterialView:
        local = self._context.local
        added = local(row.added_at)
        assert added is not None
        return {
            "id": row.id,
            "case": number,
            "material": row.material,
            "name": orjson.loads(row.name),
            "media_type": row.media_type,
            "size": row.size,
            "sha256": orjson.loads(row.sha256),
            "digest": row.digest,
            "source": row.source,
            "grade": row.grade,
            "copies": row.copies,
            "note": orjson.loads(row.note) if row.note else None,
            "status": row.status,
            "added": added,
            "added_by": row.added_by,
            "verified": local(row.verified_at),
            "verified_by": row.verified_by,
            "replaces": row.replaces,
            "version": row.version,
        }


def _media_type(upload: Upload, name: str, types: Collection[str], faults: list[FieldError]) -> str:
    """What the content is; a fault is added where it is not what it should be."""
    if upload.size == 0:
        faults.append(FieldError("/file", both("文件是空的", "the file is empty")))
        return ""
    try:
        with closing(io.BufferedReader(upload.read())) as content:
            return recognise(content, name, types)
    except Unrecognised as error:
        faults.append(FieldError("/file", both("文件内容与名称或允许的类型不符", str(error))))
        return ""


def _faults(loaded: Loaded, material: str | None, source: str, grade: str, copies: int) -> Iterable[FieldError]:
    listed = [asked["name"] for asked in loaded.case.matter.get("materials", ())]
    if material is not None and material not in listed:
        names = ", ".join(listed) or "-"
        yield FieldError("/material", both(f"应为材料清单之一：{names}", f"one of the matter's materials: {names}"))
    if source not in SOURCES:
        yield FieldError("/source", both("应为下列之一：", "one of ") + ", ".join(SOURCES))
    elif fault := _grade_fault(grade, source):
        yield fault
    if not 1 <= copies <= 99:
        yield FieldError("/copies", both("1 至 99 份", "from 1 to 99"))


def _kept(
    loaded: Loaded, rows: Iterable[Row[Any]], without: str | None, material: str | None, grade: str
) -> dict[str, str]:
    """What an entry says where it makes whole what was undertaken: the message that the diagram is told by.

    :param rows: what was handed in before, of which `without` counts no more as it did.
    :param material: which of the matter's materials comes, or is verified, with what grade.
    """
    owed = undertaking_of(loaded.execution.variables, closed=loaded.case.closed)
    if owed is None or MESSAGE not in loaded.execution.waits_for():
        return {}
    there = {row.material for row in rows if row.status == PRESENT and row.grade in VERIFIED and row.id != without}
    if grade in VERIFIED:
        there.add(material)
    return {"message": MESSAGE} if there.issuperset(owed.materials) else {}


def _grade_fault(grade: str, source: str) -> FieldError | None:
    if grade not in GRADES:
        return FieldError("/grade", both("应为下列之一：", "one of ") + ", ".join(GRADES))
    if grade == "A" and source not in _OF_ISSUERS:
        return FieldError(
            "/grade", both("A 级只用于签发机关提供或共享取得的材料", "A is for what comes from its issuer or is shared")
        )
    return None
