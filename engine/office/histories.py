"""What auditors do with a case: read its history, prove it, and see the case as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Unpack

import orjson
from sqlalchemy import Connection, bindparam, select

from engine.errors import FieldError, Invalid
from engine.handling import Case
from engine.handling.interruption import Course
from engine.history.chain import Entry
from engine.history.difference import differences
from engine.office import cursor as cursors
from engine.office.context import Context
from engine.office.history_search import EntryFilters, search
from engine.office.once import Once
from engine.office.person import Person
from engine.office.present import Presenter
from engine.office.proof import recorded, repeated
from engine.office.replay import Replay
from engine.office.rights import none_to_see
from engine.office.sight import require_sight_of_row
from engine.office.survey import Chosen, Survey, prove
from engine.office.views import CaseProof, Fault, Frame, Page, Playback
from engine.storage import tables
from engine.storage.prepared import Prepared

#: Entries a page has at most.
MOST = 1000

_CASE = tables.case.c
_NUMBERED = Prepared(select(_CASE.id, _CASE.number, _CASE.unit, _CASE.seq).where(_CASE.number == bindparam("number")))


class Histories:
    """The histories of one office's cases."""

    def __init__(self, context: Context, presenter: Presenter) -> None:
        self._context = context
        self._presenter = presenter

    def entries(self, number: str, *, by: Person, limit: int = 100, cursor: str | None = None) -> Page:
        """A case's history, the oldest entry first.

        :param cursor: the `next` of the page before.
        """
        cursors.check_limit(limit, MOST)
        after = cursors.number(cursor)
        with self._context.database.read() as connection:
            row = self._seen(connection, number, by)
            entries = list(recorded(connection, row, after=after, limit=limit + 1))
        items = [self._presenter.entry(entry) for entry in entries[:limit]]
        page: Page = {"items": items, "next": str(entries[limit - 1].seq) if len(entries) > limit else None}
        return self._context.unsealed(page)

    def search(
        self, *, by: Person, limit: int = 50, cursor: str | None = None, **filters: Unpack[EntryFilters]
    ) -> Page:
        """The entries of all cases that the person may see, filtered, the latest first.

        :param cursor: the `next` of the page before.
        :raises Invalid: with a pointer to each filter that can be of no entry.
        """
        return search(self._context, self._presenter, filters, by=by, limit=limit, cursor=cursor)

    def verify(self, number: str, *, by: Person, once: Once | None = None) -> dict[str, Any]:
        """Prove a case: every entry's hash and place, and its rows against a replay from the first entry on.

        :returns: `ok`, `entries` (how many hold, from the first), and `first_bad` (case, seq, reason) or null.
        """
        with self._context.database.read() as connection:
            row = self._seen(connection, number, by)
            known = self._context.recall(connection, by, once)
        if known is not None:
            return known
        proof = prove(self._context, Chosen(row.id, row.number))
        told = {"ok": proof["ok"], "entries": proof["entries"], "first_bad": proof["first_bad"]}
        return self._context.remembering(by, once, lambda connection: told)

    def survey(
        self, *, by: Person, since: str | None = None, jobs: int | None = None
    ) -> tuple[int, Iterator[CaseProof]]:
        """Prove every case that the person may see, in the order in which they came in.

        For auditors, unless they begin in the middle, what is left of cases that are gone is the last proof.

        :param since: number of the case to begin with.
        :param jobs: how many processes share the work; one for each processor where it is left out.
        :returns: how many cases there are, and their proofs as they come about.
        """
        survey = Survey(self._context)
        chosen = survey.choose(by, since)

        def proofs() -> Iterator[CaseProof]:
            yield from survey.prove(chosen, jobs or os.cpu_count() or 1)
            if since is None and self._context.rights(by).sees_everything and (orphan := survey.orphan()):
                yield orphan

        return len(chosen), proofs()

    def replay(
        self, number: str, *, by: Person, at: int | datetime | None = None, to: int | datetime | None = None
    ) -> dict[str, Any]:
        """The case as it was after an entry: its steps executed again, on the versions that it ran on.

        :param at: an entry's sequence number, or an instant; the last entry where none is given.
        :param to: a later moment: the case as it was then, with `since` (seq, at) and `changes` (field, before, after)
            from `at` to it.
        :raises Invalid: where the case had not begun, has no such entry, or the moment is yet to come; where an entry
            is missing, or a step does not come out as it was recorded.
        """
        states = []
        with self._context.database.read() as connection:
            row = self._seen(connection, number, by)
            now = self._context.now(connection)
            entries = list(recorded(connection, row))
            last = max(row.seq, *(entry.seq for entry in entries[-1:]), 0)
            moments = [self._upto(entries, last, at, "/at", now)]
            if to is not None:
                moments.append(self._upto(entries, last, to, "/to", now))
                if moments[1] < moments[0]:
                    raise Invalid(errors=[FieldError("/to", "earlier than the moment to compare it with")])
            replay = Replay(self._context, connection, entries)
            for count, entry in enumerate(entries[: moments[-1]], start=1):
                if (difference := repeated(replay, entry)) is not None:
                    raise Invalid(f"Entry {count} does not hold, so nothing after it can be shown: {difference}.")
                if count in moments:
                    # Opened at once: it is a copy, and the replay goes on.
                    states += [self._context.unsealed(self._state(replay.case, replay, entry))] * moments.count(count)
            if len(states) < len(moments):
                raise Invalid(_not_there(len(entries) + 1, last))
        if to is None:
            return states[0]
        before, after = states
        since = {"seq": before["seq"], "at": before["at"]}
        return {**after, "since": since, "changes": list(differences(_comparable(before), _comparable(after)))}

    def playback(self, number: str, *, by: Person) -> Playback:
        """The whole course of a case, to be played: the state after each entry, and what each changed.

        The steps are executed again as in `replay`. Where an entry does not hold, the frames end before it.

        :raises NotFound: where there is no such case, or the person may not see it.
        """
        frames: list[Frame] = []
        fault: Fault | None = None
        before: dict[str, Any] = {"data": {}, "tasks": {}}
        with self._context.database.read() as connection:
            row = self._seen(connection, number, by)
            entries = list(recorded(connection, row))
            replay = Replay(self._context, connection, entries)
            course = Course()
            for entry in entries:
                if (difference := repeated(replay, entry)) is not None:
                    fault = {"seq": len(frames) + 1, "reason": difference}
                    break
                state = self._state(replay.case, replay, entry)
                # A copy: the replay goes on with its own.
                after: dict[str, Any] = orjson.loads(orjson.dumps(_comparable(state)))
                frames.append(
                    {
                        "seq": entry.seq,
                        "at": state["at"],
                        "status": state["status"],
                        "type": state["type"],
                        "due": state["due"],
                        "tokens": [{"process": t["process"], "element": t["element"]} for t in after["tokens"]],
                        "interrupted": [
                            {"process": process, "element": element}
                            for process, element in sorted(course.take(entry.read(), replay.program))
                        ],
                        "changes": [change for change in differences(before, after) if change["field"] != "/tokens"],
                    }
                )
                before = after
            if fault is None and len(entries) < row.seq:
                fault = {"seq": len(entries) + 1, "reason": "it is missing"}
        played: Playback = {"frames": frames, "fault": fault}
        return self._context.unsealed(played)

    def _upto(self, entries: list[Entry], last: int, at: int | datetime | None, pointer: str, now: datetime) -> int:
        """How many entries from the first are meant, though some of them may be missing.

        :param last: number of the case's last entry.
        """
        if at is None:
            return last
        local = self._context.local
        if isinstance(at, datetime):
            if at > max([now, *(entry.at for entry in entries[-1:])]):
                raise Invalid(errors=[FieldError(pointer, f"this moment is yet to come: it is {local(now)} now")])
            count = sum(entry.at <= at for entry in entries)
            following = [entry.seq for entry in entries[count : count + 1]]
            if count < last and following != [count + 1]:
                # Nobody can say whether the one that is missing was of then.
                return count + 1
            if count == 0:
                began = local(entries[0].at)
                raise Invalid(errors=[FieldError(pointer, f"the case had not begun then: it began at {began}")])
            return count
        if not 1 <= at <= last:
            message = f"the case has no entry {at}: its entries are numbered from 1 to {last}"
            raise Invalid(errors=[FieldError(pointer, message)])
        return at

    def _state(self, case: Case, replay: Replay, entry: Entry) -> dict[str, Any]:
        local = self._context.local
        return {
            "seq": entry.seq,
            "at": local(entry.at),
            "status": case.status,
            "type": case.type,
            "data": dict(replay.execution.variables),
            "tasks": [work.projection() for _, work in sorted(case.work.items())],
            "tokens": replay.execution.projection()["tokens"],
            "due": local(case.due),
            "due_provisional": case.due_provisional,
        }

    def _seen(self, connection: Connection, number: str, by: Person) -> Any:
        """What is asked of the row of a case that the person may see."""
        what = f"case {number}"
        row = _NUMBERED.first(connection, {"number": number})
        if row is None:
            raise none_to_see(what)
        require_sight_of_row(self._context.rights(by), connection, row, what)
        return row


def _comparable(state: dict[str, Any]) -> dict[str, Any]:
    """What can differ between two moments, each task under its id."""
    compared = {name: state[name] for name in ("status", "type", "due", "due_provisional", "data", "tokens")}
    return {**compared, "tasks": {task["id"]: task for task in state["tasks"]}}


def _not_there(seq: int, last: int) -> str:
    return f"Entry {seq} is missing, though the case has had {last}: nothing from there on can be shown."
