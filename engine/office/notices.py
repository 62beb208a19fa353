"""The notices that cases gave to their applicants: what there is, and each as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from engine.errors import Unavailable
from engine.notices import Document, Template, document, parse
from engine.notices.tracking import Proof, Tracking
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.job_rows import FAILED, NOTICE_MAIL, OPEN
from engine.office.mail_rows import EMAIL, SENT
from engine.office.person import Person
from engine.office.rights import none_to_see
from engine.office.steps import Steps
from engine.office.views import NoticeView
from engine.sealing import sealed_owners
from engine.storage import tables

_NOTICE, _JOB = tables.notice.c, tables.job.c
_notices = (
    select(tables.notice, _JOB.status.label("mail"))
    .outerjoin(tables.job, (_JOB.id == _NOTICE.id) & (_JOB.topic == NOTICE_MAIL))
    .order_by(_NOTICE.case_id, _NOTICE.seq, _NOTICE.id)
)
#: What the status of a mail is called.
MAIL = {OPEN: "waiting", FAILED: "failed", SENT: "sent"}


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A notice to be set: personal values are open, or stand as erased where the applicant's key is gone."""

    view: NoticeView
    document: Document
    #: Where the case is followed; without the page, which only those know who are called from outside.
    tracking: Tracking
    proof: Proof


class Notices:
    """The notices of the cases of one office."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._steps = steps

    def list(self, number: str, *, by: Person) -> Sequence[NoticeView]:
        """The notices of a case, in the order in which they were given.

        :raises NotFound: where there is no such case to see.
        """
        with self._context.database.read() as connection:
            loaded = self._steps.seen(self._steps.archive.by_number(connection, number), f"case {number}", by=by)
            rows = connection.execute(_notices.where(_NOTICE.case_id == loaded.id)).all()
            templates = self._templates(connection, rows)
        self._steps.keep(loaded)
        keys = self._context.keyring.keys(_owners(loaded))
        return [self._issued(loaded, row, templates, keys).view for row in rows]

    def open(self, id: str, *, by: Person) -> Issued:
        """A notice, to be set as a page or for paper.

        :raises NotFound: where there is none to see.
        """
        with self._context.database.read() as connection:
            row = connection.execute(_notices.where(_NOTICE.id == id)).first()
            if row is None:
                raise none_to_see(f"notice {id}")
            loaded = self._steps.seen(self._steps.archive.by_id(connection, row.case_id), f"notice {id}", by=by)
            templates = self._templates(connection, [row])
        self._steps.keep(loaded)
        return self._issued(loaded, row, templates, self._context.keyring.keys(_owners(loaded)))

    def addressed(self, id: str) -> tuple[Issued, str | None]:
        """A notice as the office itself sends it, and the applicant's mail address, while their key is there."""
        with self._context.database.read() as connection:
            row = connection.execute(_notices.where(_NOTICE.id == id)).one()
            loaded = self._steps.archive.by_id(connection, row.case_id)
            assert loaded is not None
            templates = self._templates(connection, [row])
        keys = self._context.keyring.keys(_owners(loaded))
        issued = self._issued(loaded, row, templates, keys)
        to = str(self._context.unsealed_with(loaded.case.applicant[EMAIL], keys)) if keys else None
        self._steps.keep(loaded)
        return issued, to

    def _templates(self, connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, Template]:
        """The templates of notices, by the digests of their files."""
        file = tables.file_content.c
        query = select(file.digest, file.content).where(file.digest.in_({row.template for row in rows}))
        return {found.digest: parse(found.content) for found in connection.execute(query)}

    def _issued(
        self, loaded: Loaded, row: Row[Any], templates: Mapping[str, Template], keys: Mapping[str, bytes]
    ) -> Issued:
        case = loaded.case
        if row.template not in templates:
            raise Unavailable(f"The template of the notice {row.id} is not there; `verify` says more.")
        held = self._context.unsealed_with(orjson.loads(row.content), keys)
        read = document(templates[row.template], held["values"])
        process = loaded.program.processes.get(row.process)
        element = process.elements.get(row.element) if process else None
        view: NoticeView = {
            "id": row.id,
            "case": case.number,
            "title": read.title,
            "name": row.name,
            "process": row.process,
            "element": row.element,
            "element_name": element.name if element and element.name else row.element,
            "given": self._context.local(row.at) or "",
            "seq": row.seq,
            "template": row.template,
            "digest": row.digest,
            "mail": MAIL.get(row.mail),
        }
        code = str(self._context.unsealed_with([case.tracking], keys)[0])
        return Issued(
            view=view,
            document=read,
            tracking=Tracking(number=case.number, code=code),
            proof=Proof(case=case.number, notice=row.id, digest=row.digest),
        )


def _owners(loaded: Loaded) -> set[str]:
    return sealed_owners(loaded.case.applicant)
