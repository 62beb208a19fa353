"""Moving running cases to another version of a process: what may move, tried on a copy first, each move a step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from engine.errors import FieldError, Invalid, NotFound, YichuangError
from engine.execution import Program, renamed_all
from engine.forms.data import pointer_of
from engine.handling import Command
from engine.handling.case import ENDINGS
from engine.handling.commands import MOST_TOLD
from engine.history.kinds import Kind
from engine.office.archive import Collision, Loaded
from engine.office.context import ATTEMPTS, Context
from engine.office.once import Once
from engine.office.person import Person
from engine.office.programs import Binding, digests, is_retired, latest
from engine.office.steps import Steps
from engine.office.views import MigrationView, MoveView, ObstacleView
from engine.storage import tables

_CASE, _ENTRY = tables.case.c, tables.entry.c


@dataclass(frozen=True)
class Target:
    """Where cases of one binding go."""

    key: str
    #: Version of `key` that they come from, and go to.
    old: int
    new: int
    #: All versions that they come from, and go to.
    before: Binding
    binding: Binding
    program: Program
    #: Elements of `key` with another id in the new version.
    mapping: Mapping[str, str]
    #: Digests of the files of the versions that they go to.
    digests: Mapping[str, str]


class Moving:
    """Moves the cases of one office."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._steps = steps

    def migrate(
        self,
        key: str,
        to: int,
        *,
        by: Person,
        old: int | None,
        mapping: Mapping[str, str],
        numbers: Sequence[str] | None,
        dry_run: bool,
        once: Once | None,
    ) -> MigrationView:
        """See `Definitions.migrate`."""
        self._context.rights(by).require_designing()
        with self._context.database.read() as connection:
            known = self._context.recall(connection, by, once)
            if known is not None:
                return known  # type: ignore[return-value]
            now = self._context.now(connection)
            targets = self._targets(connection, key, to, old, mapping)
            chosen = list(self._chosen(connection, key, targets, numbers))
        found = [
            _view(number, None, to, [_obstacle(reason)])
            if target is None
            else (self._preview if dry_run else self._move)(id, number, target, by, now)
            for id, number, target, reason in chosen
        ]
        moved = sum(view["moved"] for view in found)
        can = sum(view["can_move"] for view in found)
        view = MigrationView(
            definition=key, to=to, dry_run=dry_run, cases=found, can_move=can, moved=moved, refused=len(found) - can
        )
        return self._context.remembering(by, once, lambda connection: {**view})  # type: ignore[return-value]

    # -- which cases, and where to -----------------------------------------------------------------------

    def _targets(
        self, connection: Connection, key: str, to: int, old: int | None, mapping: Mapping[str, str]
    ) -> dict[str, Target]:
        """Where the cases of each binding go that holds another version of the process, by the binding's id."""
        if latest(connection, key) is None:
            raise NotFound(f"There is no process {key}.")
        programs = self._context.programs
        for pointer, version in (("/to", to), ("/from", old)):
            if version is not None:
                try:
                    programs.process(connection, key, version)
                except NotFound as error:
                    raise Invalid(errors=[FieldError(pointer, error.detail)]) from error
        if is_retired(connection, key, to):
            raise Invalid(errors=[FieldError("/to", f"version {to} of {key} is retired: reactivate it first")])
        targets = {}
        for id in connection.execute(select(tables.binding.c.id).order_by(tables.binding.c.id)).scalars().all():
            before = programs.binding(connection, id)
            version = before.versions.get(key)
            if version is None or version == to or old not in (None, version):
                continue
            binding = programs.bind(connection, before.root, {**before.versions, key: to})
            program = programs.compiled(connection, binding)
            targets[id] = Target(
                key, version, to, before, binding, program, mapping, digests(connection, binding.versions)
            )
        self._check(connection, key, to, {target.old for target in targets.values()}, mapping)
        return targets

    def _check(self, connection: Connection, key: str, to: int, olds: set[int], mapping: Mapping[str, str]) -> None:
        """See that renamed elements are there, and that no two become one."""
        if not mapping:
            return
        there = self._context.programs.process(connection, key, to).elements
        before = [self._context.programs.process(connection, key, old).elements for old in sorted(olds)]
        faults = []
        for old, new in mapping.items():
            pointer = pointer_of("/mapping", [old])
            if olds and not any(old in elements for elements in before):
                faults.append(FieldError(pointer, f"no version that cases come from has an element {old}"))
            elif new not in there:
                faults.append(FieldError(pointer, f"version {to} of {key} has no element {new}"))
            elif list(mapping.values()).count(new) > 1 or any(
                new in elements and new not in mapping for elements in before
            ):
                faults.append(FieldError(pointer, f"another element is called {new} in version {to} as well"))
        if faults:
            raise Invalid(errors=faults)

    def _chosen(
        self, connection: Connection, key: str, targets: Mapping[str, Target], numbers: Sequence[str] | None
    ) -> Iterator[tuple[int, str, Target | None, str]]:
        """The running cases that are meant; without a target those that cannot be, with the reason."""
        query = select(_CASE.id, _CASE.number, _CASE.binding).where(_CASE.status.not_in(sorted(ENDINGS)))
        query = query.order_by(_CASE.id)
        if numbers is None:
            for row in connection.execute(query.where(_CASE.binding.in_(sorted(targets)))):
                yield row.id, row.number, targets[row.binding], ""
            return
        for number in dict.fromkeys(numbers):
            found = connection.execute(query.where(_CASE.number == number)).first()
            target = targets.get(found.binding) if found is not None else None
            yield (
                found.id if found is not None else 0,
                number,
                target,
                f"no case of this number is running on a version of {key} that is to be left",
            )

    # -- one case ----------------------------------------------------------------------------------------

    def _preview(self, id: int, number: str, target: Target, by: Person, now: datetime) -> MoveView:
        with self._context.database.read() as connection:
            loaded = self._steps.archive.by_id(connection, id)
            assert loaded is not None
            because = self._obstacles(connection, loaded, target, by, now)
        self._steps.keep(loaded)
        return _view(number, target.old, target.new, because)

    def _move(self, id: int, number: str, target: Target, by: Person, now: datetime) -> MoveView:
        for _ in range(ATTEMPTS):
            with self._context.database.read() as connection:
                loaded = self._steps.archive.by_id(connection, id)
            assert loaded is not None
            try:
                self._steps.fire_due(loaded, now)
                with self._context.database.read() as connection:
                    because = self._obstacles(connection, loaded, target, by, now)
                if not because:
                    self._steps.move(loaded, _command(loaded, target, by), target.program, target.binding, now)
            except Collision:
                continue
            self._steps.keep(loaded)
            return _view(number, target.old, target.new, because, moved=not because)
        reason = "others changed it at the same moment, again and again: try once more"
        return _view(number, target.old, target.new, [_obstacle(reason)])

    def _obstacles(
        self, connection: Connection, loaded: Loaded, target: Target, by: Person, now: datetime
    ) -> list[ObstacleView]:
        """Why a case cannot move; where nothing else is in the way it is tried on a copy."""
        case = loaded.case
        if case.closed or case.versions != target.before.versions:
            return [_obstacle("it has ended, or gone to another version, meanwhile")]
        if case.suspended:
            return [_obstacle("it is suspended: resume it first")]
        renamed = {target.key: target.mapping}
        entered = self._entered(connection, loaded)
        if entered is None:
            told = f"a step of it passed more than {MOST_TOLD} elements, which its history does not name one by one"
            return [_obstacle(told)]
        found = loaded.execution.obstacles(target.program, renamed, entered)
        if found:
            return [ObstacleView(process=one.process, element=one.element, reason=one.reason) for one in found]
        try:
            self._steps.try_move(loaded, _command(loaded, target, by), target.program, now)
        except YichuangError as error:
            return [_obstacle(f"a copy of it could not be moved: {error.detail}")]
        return []

    def _entered(self, connection: Connection, loaded: Loaded) -> Counter[tuple[str, str]] | None:
        """How often the case entered each element, as its version calls them; None where that is not known."""
        entered: Counter[tuple[str, str]] = Counter()
        query = select(_ENTRY.kind, _ENTRY.body).where(_ENTRY.case_id == loaded.id).order_by(_ENTRY.seq)
        for row in connection.execute(query):
            fields = orjson.loads(row.body)
            if row.kind == Kind.CASE_MIGRATED:
                entered = Counter(renamed_all(entered.elements(), fields["input"]["renamed"]))
            path = fields["outcome"].get("path", ())
            if len(path) >= MOST_TOLD:
                return None
            entered.update((process, element) for process, element in path)
        return entered


def _command(loaded: Loaded, target: Target, by: Person) -> Command:
    input = {
        "definition": target.key,
        "from": target.old,
        "to": target.new,
        "versions": dict(target.binding.versions),
        "digests": dict(target.digests),
        "renamed": {target.key: dict(target.mapping)} if target.mapping else {},
    }
    return Command(kind=Kind.CASE_MIGRATED, actor=by.username, input=input, process=target.key)


def _obstacle(reason: str) -> ObstacleView:
    return ObstacleView(process=None, element=None, reason=reason)


def _view(number: str, old: int | None, new: int, because: list[ObstacleView], *, moved: bool = False) -> MoveView:
    return {
        "number": number,
        "from": old,
        "to": new,
        "can_move": not because,
        "moved": moved,
        "because": because,
    }
