"""Deploying definitions as immutable versions, and reading what was deployed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from engine.assessment import Assessment, assess, split
from engine.definitions import read
from engine.definitions.model import Problem, Process, SourceFile
from engine.errors import NotFound, NotOffered, YichuangError
from engine.history.kinds import ActKind
from engine.office.context import Context
from engine.office.in_use import in_use, inside, running
from engine.office.moving import Moving
from engine.office.once import Once
from engine.office.person import Person
from engine.office.programs import Programs, currents, is_retired, latest, stored_files
from engine.office.steps import Steps
from engine.office.texts import stated
from engine.office.trying import tried
from engine.office.views import MigrationView, TrialView, VersionInUseView
from engine.storage import tables
from engine.storage.upsert import insert_or_update
from engine.versions import Change, diff

#: Endings of the names of form files.
FORMS = (".form", ".json")


class DefinitionInvalid(YichuangError):
    """The definitions have errors; nothing was deployed."""

    problem = "definition-invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = next(problem for problem in problems if problem.severity == "error")
        super().__init__(f"{first.file}:{first.line}: {first.message}")


class Definitions:
    """The definitions of one office."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._moving = Moving(context, steps)

    def require_designing(self, *, by: Person) -> None:
        """Refuse where the person may not deploy: before a set is sent and read.

        :raises Forbidden: then.
        """
        self._context.rights(by).require_designing()

    def deploy(
        self, files: Sequence[SourceFile], *, by: Person, dry_run: bool = False, once: Once | None = None
    ) -> dict[str, Any]:
        """Assess a set of files and deploy every process in it as its next version.

        A process whose files are those of its latest version keeps that version. All or nothing. Scenarios are
        played and not kept: they test a set, and belong to whoever changes it.

        :returns: `definitions` (key, version, digest), `warnings`, and `created`: whether anything is new.
        :raises DefinitionInvalid: with every problem found.
        """
        self._context.rights(by).require_designing()
        with self._context.database.read() as connection:
            answer = self._context.recall(connection, by, once)
        if answer is None:
            try:
                answer = self._assess_and_deploy(files, by, dry_run, once)
            except DefinitionInvalid as error:
                found = [asdict(problem) for problem in error.problems]
                answer = self._context.remembering(by, once, lambda connection: {"refused": found})
        if "refused" in answer:
            raise DefinitionInvalid([Problem(**problem) for problem in answer["refused"]])
        return answer

    def rehearse(self, files: Sequence[SourceFile], scenario: str, *, by: Person) -> TrialView:
        """Play a scenario (YAML) on a set that is not deployed, in memory.

        :raises DefinitionInvalid: with every problem found, where the set cannot be read.
        :raises ScenarioError: where the scenario cannot be read.
        :raises NotFound: where there is no process that it could begin with.
        """
        self._context.rights(by).require_designing()
        with self._context.database.read() as connection:
            deployed = _Deployed(connection, self._context.programs)
            reading = read(split(files)[0], known=deployed)
            if not reading.ok:
                raise DefinitionInvalid(reading.problems)
            there = deployed.processes()
        return tried(reading.processes, there, scenario)

    def _assess_and_deploy(
        self, files: Sequence[SourceFile], by: Person, dry_run: bool, once: Once | None
    ) -> dict[str, Any]:
        units = self._units()
        # Outside of the transaction: assessing may take seconds, and nobody is to wait for it.
        with self._context.database.read() as connection:
            deployed = _Deployed(connection, self._context.programs)
            assessed = _assess(files, deployed, units)

        def work(connection: Connection) -> dict[str, Any]:
            now = _Deployed(connection, self._context.programs)
            # Where somebody has deployed meanwhile, what was found may be no longer so.
            found = assessed if now.versions == deployed.versions else _assess(files, now, units)
            return self._deploy(connection, found, by, dry_run)

        return self._context.remembering(by, once, work)

    def _deploy(self, connection: Connection, assessed: Assessment, by: Person, dry_run: bool) -> dict[str, Any]:
        deployed: list[dict[str, Any]] = []
        fresh: list[dict[str, Any]] = []
        for process in assessed.processes.values():
            version, is_new = _version_of(connection, process)
            deployed.append({"key": process.key, "version": version, "digest": process.digest})
            if is_new and not dry_run:
                self._store(connection, process, version, by)
                fresh.append(deployed[-1])
        if fresh:
            self._context.ledger.act(connection, ActKind.DEFINITIONS_DEPLOYED, by, {"definitions": fresh})
        warnings = [asdict(problem) for problem in (*assessed.problems, *_retired(connection, assessed, deployed))]
        return {"definitions": deployed, "warnings": warnings, "created": bool(fresh)}

    def _store(self, connection: Connection, process: Process, version: int, by: Person) -> None:
        connection.execute(
            insert(tables.definition),
            {
                "key": process.key,
                "version": version,
                "name": process.name or process.key,
                "digest": process.digest,
                "file": process.file,
                "deployed_at": self._context.now(connection),
                "deployed_by": by.username,
            },
        )
        for file in process.files:
            digest = hashlib.sha256(file.content).hexdigest()
            connection.execute(
                insert_or_update(connection, tables.file_content).on_conflict_do_nothing(),
                {"digest": digest, "content": file.content},
            )
            connection.execute(
                insert(tables.definition_file),
                {"key": process.key, "version": version, "name": file.name, "digest": digest},
            )

    def list(self, *, by: Person) -> list[dict[str, Any]]:
        """The latest version of every process, by key.

        :returns: besides, `current`: the version that cases begin on, null where all are retired; and `cases`: how many
            running cases are bound to any of them.
        """
        with self._context.database.read() as connection:
            rows = connection.execute(
                select(tables.definition).order_by(tables.definition.c.key, tables.definition.c.version)
            ).all()
            cases, current = running(connection, self._context.programs), currents(connection)
        newest = {row.key: row for row in rows}
        return [
            {
                "key": row.key,
                "name": row.name,
                **self._version(row),
                "current": current.get(row.key),
                "cases": sum(count for (key, _), count in cases.items() if key == row.key),
            }
            for row in newest.values()
        ]

    def inside(self, *, by: Person) -> Mapping[str, Mapping[int, int]] | None:
        """How many running cases are in each process now: key → version → cases, where there are any.

        A case is bound to all processes that it may come to, and is in some of them. None where too many run to look
        at each (`engine.office.in_use.MOST`).
        """
        with self._context.database.read() as connection:
            return inside(connection, self._context.programs)

    def get(self, key: str, *, by: Person) -> dict[str, Any]:
        """A process with all its versions, the oldest first, each with how many running cases are bound to it.

        :raises NotFound: where it was never deployed.
        """
        with self._context.database.read() as connection:
            rows = connection.execute(
                select(tables.definition).where(tables.definition.c.key == key).order_by(tables.definition.c.version)
            ).all()
            if not rows:
                raise NotFound(f"There is no process {key}.")
            cases, current = running(connection, self._context.programs), currents(connection, key)
            versions = [
                {
                    **self._version(row),
                    "cases": cases[key, row.version],
                    "file": row.file,
                    "files": [file.name for file in stored_files(connection, key, row.version)],
                }
                for row in rows
            ]
        return {"key": key, "name": rows[-1].name, "current": current.get(key), "versions": versions}

    def version(self, key: str, version: int, *, by: Person) -> dict[str, Any]:
        """One version of a process.

        :raises NotFound: where there is no such version.
        """
        for found in self.get(key, by=by)["versions"]:
            if found["version"] == version:
                return {"key": key, **found}
        raise NotFound(f"There is no version {version} of the process {key}.")

    def file(self, key: str, version: int, name: str, *, by: Person) -> bytes:
        """The content of a file of a version, byte for byte as it was deployed.

        :raises NotFound: where there is no such file.
        """
        with self._context.database.read() as connection:
            for file in stored_files(connection, key, version):
                if file.name == name:
                    return file.content
        raise NotFound(f"There is no file {name} in version {version} of the process {key}.")

    def forms(self, key: str, version: int, *, by: Person) -> dict[str, Mapping[str, Any]]:
        """The form-js schema of each element of a version that has a form, by its id: of a file, or in the diagram.

        :raises NotFound: where there is no such version.
        """
        with self._context.database.read() as connection:
            process = self._context.programs.process(connection, key, version)
        found = {element.id: process.form_of(element) for element in process.elements.values()}
        return {id: form for id, form in found.items() if form is not None}

    def diff(self, key: str, old: int, new: int, *, by: Person) -> Sequence[Change]:
        """What became of each element from one version to another; either may be the newer.

        :raises NotFound: where there is no such version.
        """
        with self._context.database.read() as connection:
            before, after = (self._context.programs.process(connection, key, version) for version in (old, new))
        return diff(before, after)

    def problems(self, key: str, version: int, *, by: Person) -> Sequence[Problem]:
        """What would be told of a version's files today, if they were deployed now. Its scenarios are not kept.

        :raises NotFound: where there is no such version.
        """
        with self._context.database.read() as connection:
            files = stored_files(connection, key, version)
            if not files:
                raise NotFound(f"There is no version {version} of the process {key}.")
            units = self._units()
            deployed = _Deployed(connection, self._context.programs)
            return assess(files, deployed=deployed, is_group=units.__contains__ if units else None).problems

    def _units(self) -> frozenset[str]:
        """What a diagram can call a unit: the codes and the names."""
        return frozenset(text for unit in self._context.catalogue.units() for text in (unit["code"], unit["name"]))

    def in_use(self, key: str, version: int, *, by: Person) -> VersionInUseView:
        """Where the running cases on a version are, by element, and how long its tasks took.

        :raises NotFound: where there is no such version.
        """
        if not self._context.rights(by).sees_everything:
            self._context.rights(by).require_designing()
        with self._context.database.read() as connection:
            self._context.programs.process(connection, key, version)
            return in_use(connection, self._context.programs, key, version)

    def retire(self, key: str, version: int, reason: str, *, by: Person, once: Once | None = None) -> dict[str, Any]:
        """Let no case begin on a version any more; those that run on it go on.

        Cases begin on the latest version that is not retired.

        :raises NotFound: where there is no such version.
        :raises NotOffered: where it is retired already, or another process calls it and would have none to call.
        """
        return self._retire(key, version, reason, by, once, retired=True)

    def reactivate(
        self, key: str, version: int, reason: str, *, by: Person, once: Once | None = None
    ) -> dict[str, Any]:
        """Let cases begin on a version again.

        :raises NotFound: where there is no such version.
        :raises NotOffered: where it is not retired.
        """
        return self._retire(key, version, reason, by, once, retired=False)

    def _retire(
        self, key: str, version: int, reason: str, by: Person, once: Once | None, *, retired: bool
    ) -> dict[str, Any]:
        self._context.rights(by).require_designing()

        def work(connection: Connection) -> dict[str, Any]:
            self._context.programs.process(connection, key, version)
            column = tables.definition.c
            mine = (column.key == key, column.version == version)
            row = connection.execute(select(tables.definition).where(*mine).with_for_update()).one()
            why = stated(reason, "/reason")
            if (row.retired_at is not None) == retired:
                raise NotOffered(f"Version {version} of {key} is {'retired already' if retired else 'not retired'}.")
            at = self._context.now(connection) if retired else None
            connection.execute(
                update(tables.definition)
                .where(*mine)
                .values(retired_at=at, retired_by=by.username if retired else None)
            )
            if retired:
                self._require_others(connection, key)
            kind = ActKind.DEFINITION_RETIRED if retired else ActKind.DEFINITION_REACTIVATED
            self._context.ledger.act(connection, kind, by, {"key": key, "version": version, "reason": why})
            row = connection.execute(select(tables.definition).where(*mine)).one()
            return {"key": key, **self._version(row)}

        return self._context.remembering(by, once, work)

    def _require_others(self, connection: Connection, key: str) -> None:
        """Refuse where cases of another process would find nothing to call."""
        there = currents(connection)
        if key in there:
            return
        for caller, version in sorted(there.items()):
            if key in self._context.programs.process(connection, caller, version).calls:
                raise NotOffered(f"{caller} calls {key}, and would have no version of it: retire that first.")

    def migrate(
        self,
        key: str,
        to: int,
        *,
        by: Person,
        old: int | None = None,
        mapping: Mapping[str, str] = MappingProxyType({}),
        cases: Sequence[str] | None = None,
        dry_run: bool = False,
        once: Once | None = None,
    ) -> MigrationView:
        """Move running cases to a version of a process, each in a transaction of its own.

        A case may move where nothing that it has begun or completed is changed or gone there; of each other case it is
        said why it stays. Cases that only call the process move as well; the other processes that they run on keep
        their versions.

        :param old: only cases on that version; on any other where it is left out.
        :param mapping: elements with another id in the version `to`: old id → new id.
        :param cases: numbers of the only cases that are meant.
        :param dry_run: only say what can move.
        :raises NotFound: where there is no such process.
        :raises Invalid: where there is no such version, or the mapping names what is not there.
        """
        return self._moving.migrate(key, to, by=by, old=old, mapping=mapping, numbers=cases, dry_run=dry_run, once=once)

    def _version(self, row: Any) -> dict[str, Any]:
        return {
            "version": row.version,
            "digest": row.digest,
            "deployed": self._context.local(row.deployed_at),
            "deployed_by": row.deployed_by,
            "retired": self._context.local(row.retired_at),
            "retired_by": row.retired_by,
        }


def _retired(connection: Connection, assessed: Assessment, deployed: Sequence[dict[str, Any]]) -> Iterator[Problem]:
    """A warning for each process whose content is that of a retired version: it is not on by being deployed again."""
    for made in deployed:
        key, version = made["key"], made["version"]
        if is_retired(connection, key, version):
            message = (
                f"this is version {version} of {key}, which is retired: no case begins on it until it is reactivated"
            )
            file = assessed.processes[key].file
            yield Problem(file=file, line=0, rule="retired", severity="warning", message=message)


def _version_of(connection: Connection, process: Process) -> tuple[int, bool]:
    """The version that a process is or becomes, and whether it is new.

    Only the latest counts as the same: to go back to an older content is to deploy it as a new version.
    """
    newest = latest(connection, process.key)
    if newest is None:
        return 1, True
    known = connection.execute(
        select(tables.definition.c.digest).where(
            tables.definition.c.key == process.key, tables.definition.c.version == newest
        )
    ).scalar_one()
    return (newest, False) if known == process.digest else (newest + 1, True)


def _assess(files: Sequence[SourceFile], deployed: _Deployed, units: frozenset[str]) -> Assessment:
    """Assess a set, and refuse what has an error. An office without units has no names to compare lanes with."""
    assessed = assess(files, deployed=deployed, is_group=units.__contains__ if units else None)
    if not assessed.ok:
        raise DefinitionInvalid(assessed.problems)
    return assessed


class _Deployed:
    """What a set of files may refer to without bringing it along: the versions that cases begin on."""

    def __init__(self, connection: Connection, programs: Programs) -> None:
        self._connection = connection
        self._programs = programs
        #: Number of the version that cases begin on, by key.
        self.versions = currents(connection)

    def processes(self) -> dict[str, Process]:
        return {
            key: self._programs.process(self._connection, key, version)
            for key, version in sorted(self.versions.items())
        }

    def process(self, key: str) -> bool:
        return key in self.versions

    def form(self, id: str) -> SourceFile | None:
        for process in self.processes().values():
            if id in process.forms:
                return next(file for file in process.files if file.name.endswith(FORMS) and _form_id(file) == id)
        return None

    def decision(self, id: str) -> SourceFile | None:
        for process in self.processes().values():
            if id in process.decisions:
                return next(file for file in process.files if file.name == process.decisions[id])
        return None

    def notice(self, name: str) -> SourceFile | None:
        for process in self.processes().values():
            if name in process.notices:
                return process.notices[name].source
        return None


def _form_id(file: SourceFile) -> object:
    return orjson.loads(file.content).get("id")
