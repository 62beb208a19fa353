"""The office's own chains: what was done to the office itself, and who read or tried what.

`OFFICE` holds the administrative acts, each appended in the transaction of what it tells. Readings and refused
attempts have a chain for each day and process, so that no two processes write to one.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text

from engine.errors import Forbidden, NotFound
from engine.history.chain import GENESIS, Act, broken
from engine.history.kinds import ActKind
from engine.office import cursor as cursors
from engine.office.person import Person, Role
from engine.office.views import ActView, CaseProof, ChainView, Page
from engine.storage import Database, tables
from engine.storage.stored import all_stored, instant_of, text_of

if TYPE_CHECKING:
    from engine.office.clock import OfficeClock

#: The chain of administrative acts.
OFFICE = "office"

#: How the names of the chains begin in which readings and refusals stand: ``access/DAY/PROCESS``.
ACCESS = "access/"

#: Who acts where a command of the machine's own shell does: there is nobody to ask.
SHELL = "system:shell"

#: Who acts where nobody is logged in.
NOBODY = "system:nobody"

#: The programs whose versions a reader of the chain may need to know.
ENGINE = f"yichuang/{version('yichuang')}"

#: Entries a page has at most.
MOST = 1000

_ACT = tables.act.c
_last = select(_ACT.seq, _ACT.hash).where(_ACT.chain == bindparam("chain")).order_by(_ACT.seq.desc()).limit(1)
_insert = insert(tables.act)


def is_chain(name: str) -> bool:
    """Whether this names one of the office's own chains; the number of a case does not."""
    return name == OFFICE or name.startswith(ACCESS)


class Ledger:
    """The chains of one office.

    :param zone: whose days the chains of readings go by.
    """

    def __init__(self, database: Database, clock: OfficeClock, zone: tzinfo = UTC) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        #: The process that writes, and its name in the chains: a forked one has another.
        self._process = (0, "")

    def act(self, connection: Connection, kind: ActKind, by: Person | None, about: Mapping[str, Any]) -> None:
        """Append an administrative act, in the transaction of what was done. The last thing to write in it.

        :param by: who did it; None is the shell of the machine itself.
        """
        append(connection, OFFICE, self._clock.read(connection), by.username if by else SHELL, kind, about)

    def access(self, connection: Connection, kind: ActKind, actor: str, about: Mapping[str, Any]) -> None:
        """Append a reading or a refusal to this process's chain of the day."""
        now = self._clock.read(connection)
        chain = f"{ACCESS}{now.astimezone(self._zone).date().isoformat()}/{self._name()}"
        append(connection, chain, now, actor, kind, about)

    def chains(self, *, by: Person) -> list[ChainView]:
        """The chains that the person may read, by name, each with its last entry.

        :raises Forbidden: where there is none.
        """
        seen = _require_reading(by)
        with self._database.read() as connection:
            heads = heads_of_chains(connection)
        found = (ChainView(chain=chain, entries=seq, head=hash) for chain, (seq, hash) in sorted(heads.items()))
        return [view for view in found if seen(view["chain"])]

    def entries(self, chain: str = OFFICE, *, by: Person, limit: int = 100, cursor: str | None = None) -> Page:
        """A chain, the oldest entry first.

        :param cursor: the `next` of the page before.
        :raises Forbidden: where the person may not read that chain.
        :raises NotFound: where there is no such chain.
        """
        if not _require_reading(by)(chain):
            raise Forbidden("Only auditors read who read what.")
        cursors.check_limit(limit, MOST)
        after = cursors.number(cursor)
        query = select(tables.act).where(_ACT.chain == chain, _ACT.seq > after).order_by(_ACT.seq)
        with self._database.read() as connection:
            rows = connection.execute(query.limit(limit + 1)).all()
        if not rows and cursor is None and chain != OFFICE:
            raise NotFound(f"The office has no chain {chain}.")
        items = [self._view(_act(row)) for row in rows[:limit]]
        return {"items": items, "next": str(rows[limit - 1].seq) if len(rows) > limit else None}

    def lines(self, chain: str, *, by: Person) -> Iterator[bytes]:
        """A chain as it was recorded, an entry a line as in an export of cases: for a proof elsewhere."""
        cursor: str | None = None
        while True:
            page = self.entries(chain, by=by, limit=MOST, cursor=cursor)
            after, cursor = int(cursor or 0), page["next"]
            query = select(_ACT.body, _ACT.hash).where(_ACT.chain == chain, _ACT.seq > after)
            with self._database.read() as connection:
                for row in connection.execute(query.order_by(_ACT.seq).limit(MOST)):
                    yield b'{"entry":' + row.body + b',"hash":"' + row.hash.encode() + b'"}\n'
            if cursor is None:
                return

    def prove(self, *, by: Person) -> Iterator[CaseProof]:
        """A proof of each chain that the person may read, by name.

        :raises Forbidden: where there is none.
        """
        seen = _require_reading(by)
        return (proof for proof in self._proofs() if seen(proof["number"]))

    def _proofs(self) -> Iterator[CaseProof]:
        with self._database.read() as connection:
            yield from proofs(connection)

    def _name(self) -> str:
        if self._process[0] != os.getpid():
            self._process = (os.getpid(), secrets.token_hex(4))
        return self._process[1]

    def _view(self, act: Act) -> ActView:
        fields = act.read()
        return {
            "chain": act.chain,
            "seq": act.seq,
            "at": act.at.astimezone(self._zone).isoformat(),
            "actor": act.actor,
            "kind": act.kind,
            "about": fields["about"],
            "previous": fields["previous"],
            "hash": act.hash,
        }


def append(
    connection: Connection, chain: str, at: datetime, actor: str, kind: ActKind, about: Mapping[str, Any]
) -> None:
    """Append an entry to a chain, in a writing transaction."""
    if connection.dialect.name == "postgresql":
        # One writer of a chain at a time; whoever comes next sees what this one wrote. SQLite has one writer anyway.
        connection.execute(text("select pg_advisory_xact_lock(hashtext(:chain))"), {"chain": chain})
    last = connection.execute(_last, {"chain": chain}).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    act = Act.record(
        chain=chain, seq=seq, at=at, actor=actor, kind=kind, about=dict(about), previous=previous, engine=ENGINE
    )
    columns = {name: getattr(act, name) for name in ("chain", "seq", "at", "actor", "kind", "body", "hash")}
    connection.execute(_insert, columns)


def proofs(connection: Connection) -> Iterator[CaseProof]:
    """A proof of each chain, by name."""
    rows = all_stored(connection, tables.act)
    for chain, links in groupby(rows, key=lambda row: text_of(row.chain)):
        holding, fault = _proof(chain, links)
        yield {
            "number": chain,
            "ok": fault is None,
            "entries": holding,
            "first_bad": None if fault is None else {"case": chain, "seq": holding + 1, "reason": fault},
        }


def heads_of_chains(connection: Connection) -> dict[str, tuple[int, str]]:
    """Sequence number and hash of the last entry of each chain."""
    last = select(_ACT.chain, func.max(_ACT.seq).label("seq")).group_by(_ACT.chain).subquery()
    joined = tables.act.join(last, (_ACT.chain == last.c.chain) & (_ACT.seq == last.c.seq))
    rows = connection.execute(select(_ACT.chain, _ACT.seq, _ACT.hash).select_from(joined))
    return {row.chain: (row.seq, row.hash) for row in rows}


def _require_reading(by: Person) -> Callable[[str], bool]:
    """Whether a person may read a chain, as a question about its name.

    :raises Forbidden: where the person may read none.
    """
    if Role.AUDITOR in by.roles:
        return lambda chain: True
    if Role.ADMIN in by.roles:
        return lambda chain: chain == OFFICE
    raise Forbidden("Only auditors, and administrators the acts of the office, read these chains.")


def _act(row: Any) -> Act:
    return Act(chain=row.chain, seq=row.seq, at=row.at, actor=row.actor, kind=row.kind, body=row.body, hash=row.hash)


def _proof(chain: str, rows: Iterator[Row[Any]]) -> tuple[int, str | None]:
    """How many entries of a chain hold, from the first, and what is wrong then."""
    previous, holding = GENESIS, 0
    for row in rows:
        at = instant_of(row.at)
        if at is None or not isinstance(row.body, bytes):
            return holding, "the entry's row cannot be read"
        actor, kind, hash = text_of(row.actor), text_of(row.kind), text_of(row.hash)
        act = Act(chain=chain, seq=row.seq, at=at, actor=actor, kind=kind, body=row.body, hash=hash)
        if (fault := broken(act, seq=holding + 1, previous=previous)) is not None:
            return holding, fault
        previous, holding = act.hash, holding + 1
    return holding, None
