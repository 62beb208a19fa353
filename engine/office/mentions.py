"""Who is named in the remarks of cases (``@username``), and what each person was named in.

That somebody was named is in the remark's entry; that they have read it is their own affair, and in no history.
"""

from __future__ import annotations

import re
from typing import Any, TypedDict

import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from engine.errors import FieldError, Invalid, NotFound
from engine.forms.messages import both
from engine.history.chain import Entry
from engine.history.kinds import Kind
from engine.office import cursor as cursors
from engine.office.archive import Loaded
from engine.office.context import Answer, Context
from engine.office.once import Once
from engine.office.people import People
from engine.office.person import Person
from engine.office.rights import Unseen, none_to_see
from engine.office.sight import visible
from engine.office.views import Page
from engine.storage import tables

#: People whom one remark names.
MOST_NAMED = 20
#: Where counting stops: beyond it a number says no more than "many".
MOST_COUNTED = 100

#: A user name after an @ that ends no word, as one in an address of mail would.
_NAMED = re.compile(r"(?<![\w.@])@([a-z0-9][a-z0-9._-]*)")


class MentionView(TypedDict):
    """A remark in which a person was named."""

    id: int
    case: str
    matter_name: str
    #: Sequence number of the remark's entry.
    seq: int
    at: str
    by: str
    text: str
    #: When the person marked it as read; null before.
    read: str | None


class Mentions:
    """The mentions of one office."""

    def __init__(self, context: Context, people: People) -> None:
        self._context = context
        self._people = people

    def named(self, text: str, loaded: Loaded) -> list[str]:
        """The user names in a remark, each once.

        :raises Invalid: where one is nobody's, or of somebody who may not see the case.
        """
        names = list(dict.fromkeys(name.rstrip(".-_") for name in _NAMED.findall(text)))
        faults = [fault for name in names if (fault := self._fault(name, loaded))]
        if len(names) > MOST_NAMED:
            faults.append(both(f"最多提到 {MOST_NAMED} 人", f"at most {MOST_NAMED} people are named in one remark"))
        if faults:
            raise Invalid(errors=[FieldError("/text", fault) for fault in faults])
        return names

    def _fault(self, name: str, loaded: Loaded) -> str | None:
        try:
            self._context.rights(self._people.person(name)).require_sight(loaded.units, loaded.holders, "")
        except NotFound:
            # One who may not see the case and one who is not there are told alike.
            return both(f"@{name} 查无此人，或无权查看该办件", f"@{name} is nobody here, or may not see this case")
        return None

    def list(self, *, by: Person, unread: bool = False, limit: int = 50, cursor: str | None = None) -> Page:
        """What a person was named in, the latest first: of cases that the person may still see."""
        limit = cursors.check_limit(limit)
        mention = tables.mention.c
        after = cursors.decode(cursor, int) if cursor is not None else None
        query = _JOINED.where(self._theirs(by), *([mention.read_at.is_(None)] if unread else []))
        query = cursors.page(query, mention.at, mention.id, descending=True, after=after, limit=limit)
        with self._context.database.read() as connection:
            rows = connection.execute(query).all()
        last = rows[limit - 1] if len(rows) > limit else None
        page: Page = {
            "items": [self._view(row) for row in rows[:limit]],
            "next": cursors.encode(last.at, last.id) if last is not None else None,
        }
        return self._context.unsealed(page)

    def unread(self, *, by: Person) -> int:
        """How many of them the person has not read, counted up to `MOST_COUNTED`."""
        mention = tables.mention.c
        found = select(mention.id).join(tables.case, tables.case.c.id == mention.case_id)
        found = found.where(self._theirs(by), mention.read_at.is_(None)).limit(MOST_COUNTED)
        with self._context.database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())

    def mark_read(self, id: int, *, by: Person, once: Once | None = None) -> MentionView:
        """Note that a person has read it. Once more changes nothing.

        :raises NotFound: where it is none of the person's.
        """

        mention = tables.mention.c
        mine = _JOINED.where(self._theirs(by), mention.id == id)
        with self._context.database.read() as connection:
            if connection.execute(mine).first() is None:
                there = connection.execute(select(mention.id).where(mention.id == id)).first()
                raise none_to_see(f"mention {id}", Unseen if there else NotFound)

        def work(connection: Connection) -> Answer:
            unread = update(tables.mention).where(mention.id == id, mention.read_at.is_(None))
            connection.execute(unread.values(read_at=self._context.now(connection)))
            return dict(self._view(connection.execute(mine).one()))

        found: MentionView = self._context.unsealed(self._context.remembering(by, once, work))  # type: ignore[assignment]
        return found

    def _theirs(self, by: Person) -> Any:
        return (tables.mention.c.username == by.username) & visible(self._context, by, tables.case.c)

    def _view(self, row: Row[Any]) -> MentionView:
        local = self._context.local
        return {
            "id": row.id,
            "case": row.number,
            "matter_name": orjson.loads(row.opening)["matter"]["name"],
            "seq": row.seq,
            "at": local(row.at) or "",
            "by": row.actor,
            "text": orjson.loads(row.body)["input"]["text"],
            "read": local(row.read_at),
        }


def write(connection: Connection, case_id: int, entry_input: dict[str, Any], at: Any, seq: int) -> None:
    """Write the rows of those whom a remark names."""
    for username in entry_input.get("mentions", ()):
        connection.execute(insert(tables.mention).values(case_id=case_id, seq=seq, username=username, at=at))


def rows(entry: Entry) -> dict[tuple[int, str], dict[str, Any]]:
    """What a proof expects of the rows that an entry led to, by its number and the user name."""
    if entry.kind != Kind.COMMENT_ADDED:
        return {}
    named = entry.read()["input"].get("mentions", ())
    return {(entry.seq, name): {"seq": entry.seq, "username": name, "at": entry.at} for name in named}


_JOINED = (
    select(tables.mention, tables.case.c.number, tables.case.c.opening, tables.entry.c.actor, tables.entry.c.body)
    .join(tables.case, tables.case.c.id == tables.mention.c.case_id)
    .join(
        tables.entry,
        (tables.entry.c.case_id == tables.mention.c.case_id) & (tables.entry.c.seq == tables.mention.c.seq),
    )
)
