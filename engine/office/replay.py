"""Executing a recorded history again, with the instants, ids and answers that were recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.calendar import RecordedCalendar
from engine.execution import Execution, Program
from engine.handling import Applied, Case, Command, Handling, Limit, Past, RecordedIssuer, RecordedUnits, apply
from engine.handling.returning import BACKWARD
from engine.history.canonical import digest, same
from engine.history.chain import GENESIS, Entry, misplaced
from engine.history.kinds import Kind
from engine.office.context import Context
from engine.office.programs import Binding


class Replay:
    """One case coming about again, entry by entry. Nothing is written anywhere.

    :param entries: all that are to be repeated, in order: some put the case back to before an earlier one.
    """

    #: Number of the last entry that was repeated.
    seq: int = 0
    case: Case
    #: What the last step did.
    applied: Applied
    execution: Execution
    program: Program

    def __init__(self, context: Context, connection: Connection, entries: Iterable[Entry]) -> None:
        self._context = context
        self._connection = connection
        self._handling: Handling | None = None
        self._returned_to = _returned_to(entries)
        #: States before the entries that are returned to later.
        self._past: dict[int, tuple[bytes, datetime | None]] = {}

    @property
    def handling(self) -> Handling:
        """The case as the last entry left it."""
        assert self._handling is not None
        return self._handling

    def repeat(self, entry: Entry) -> str | None:
        """Execute an entry again. Gives the first difference from what was recorded, or None."""
        fields = entry.read()
        if (fault := misplaced(entry, fields, self._handling.case.head if self._handling else GENESIS)) is not None:
            return fault
        command = Command(
            kind=Kind(fields["kind"]),
            actor=fields["actor"],
            input=fields["input"],
            process=fields["process"],
            element=fields["element"],
        )
        asked = fields["outcome"]["asked"]
        calendar = RecordedCalendar.replaying(asked.get("calendar", {}), self._context.calendar)
        units = RecordedUnits(lambda name: None, asked.get("units", {}))
        if self._handling is None:
            self._handling = self._open(entry, command.input, calendar, units)
        handling = self._handling
        handling.calendar, handling.units = calendar, units
        handling.issuer = RecordedIssuer(answer=asked.get("issuer", {}))
        if entry.seq in self._returned_to and handling.execution is not None:
            self._past[entry.seq] = handling.execution.dump(), handling.case.decided_at
        if command.kind is Kind.CASE_MIGRATED:
            binding = Binding(handling.case.root, command.input["versions"])
            handling.following = self._context.programs.compiled(self._connection, binding)
        self.applied = applied = apply(handling, command, entry.at)
        handling.case.head = entry.hash
        self.seq = entry.seq
        self.case, self.execution, self.program = handling.case, handling.running, handling.program
        if not same(applied.outcome, fields["outcome"]):
            return f"executed again, the step has another outcome ({_differing(applied.outcome, fields['outcome'])})"
        if self.case.digest(digest(self.execution.projection())) != fields["state"]:
            return "executed again, the step leads to another state"
        return None

    def _open(
        self, entry: Entry, opening: dict[str, Any], calendar: RecordedCalendar, units: RecordedUnits
    ) -> Handling:
        case = Case(
            number=opening["number"],
            window=opening["window"],
            unit=opening["unit"],
            channel=opening["channel"],
            agent=opening["agent"],
            received_at=entry.at,
            matter=opening["matter"],
            applicant=opening["applicant"],
            tracking=opening["tracking"],
            root=opening["root"],
            versions=opening["versions"],
            type=opening["type"],
            limit=Limit(days=opening["days"]),
        )
        binding = Binding(case.root, case.versions)
        program = self._context.programs.compiled(self._connection, binding)

        def past(seq: int) -> Past:
            # The case is on the version that it was on then: no way leads back to before a move.
            state, decided = self._past[seq]
            return Past(execution=Execution.restore(self.handling.program, state), decided_at=decided)

        return Handling(
            case=case,
            program=program,
            execution=None,
            calendar=calendar,
            units=units,
            past=past,
        )


def _returned_to(entries: Iterable[Entry]) -> frozenset[int]:
    """The entries before which others of them put the case back."""
    return frozenset(entry.read()["input"].get("entry") for entry in entries if entry.kind in BACKWARD)


def _differing(made: dict[str, Any], recorded: dict[str, Any]) -> str:
    return ", ".join(sorted(name for name in made | recorded if made.get(name) != recorded.get(name)))
