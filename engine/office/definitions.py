"""Deploying definitions as immutable versions, and reading what was deployed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from engine.definitions import read
from engine.definitions.model import Problem, Process, Reading, SourceFile
from engine.errors import NotFound, YichuangError
from engine.execution import DefinitionError, Program
from engine.office.context import Context
from engine.office.once import Once
from engine.office.person import Person
from engine.office.programs import Programs, latest, stored_files
from engine.storage import tables
from engine.storage.upsert import insert_or_update

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

    def __init__(self, context: Context) -> None:
        self._context = context

    def deploy(
        self, files: Sequence[SourceFile], *, by: Person, dry_run: bool = False, once: Once | None = None
    ) -> dict[str, Any]:
        """Check a set of files and deploy every process in it as its next version.

        A process whose files are those of its latest version keeps that version. All or nothing.

        :returns: `definitions` (key, version, digest), `warnings`, and `created`: whether anything is new.
        :raises DefinitionInvalid: with every problem found.
        """
        self._context.rights(by).require_designing()
        return self._context.remembering(by, once, lambda connection: self._deploy(connection, files, by, dry_run))

    def _deploy(self, connection: Connection, files: Sequence[SourceFile], by: Person, dry_run: bool) -> dict[str, Any]:
        reading = read(files, known=_Deployed(connection, self._context.programs))
        if not reading.ok:
            raise DefinitionInvalid(reading.problems)
        self._check_executable(connection, reading)
        deployed, created = [], False
        for process in reading.processes:
            version, is_new = _version_of(connection, process)
            created = created or is_new
            if is_new and not dry_run:
                self._store(connection, process, version, by)
            deployed.append({"key": process.key, "version": version, "digest": process.digest})
        warnings = [asdict(problem) for problem in reading.problems]
        return {"definitions": deployed, "warnings": warnings, "created": created and not dry_run}

    def _check_executable(self, connection: Connection, reading: Reading) -> None:
        """What is deployed must start: better refused now, with its element, than when a citizen is waiting."""
        fresh = {process.key: process for process in reading.processes}
        for process in reading.processes:
            called: dict[str, Process] = {}
            pending = [process]
            while pending:
                for key in pending.pop().calls - called.keys():
                    version = latest(connection, key) or 0
                    called[key] = fresh.get(key) or self._context.programs.process(connection, key, version)
                    pending.append(called[key])
            try:
                if process.key in called:
                    detail = f"the process {process.key} calls itself, through {' and '.join(sorted(called))}"
                    raise DefinitionError(detail, process=process.key)
                Program.compile(process, called)
            except DefinitionError as error:
                element = process.elements.get(error.element or "")
                problem = Problem(
                    file=process.file,
                    line=element.line if element else 1,
                    element=error.element,
                    rule="not-executable-element",
                    severity="error",
                    message=error.detail,
                )
                raise DefinitionInvalid([*reading.problems, problem]) from error

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
        """The latest version of every process, by key."""
        with self._context.database.read() as connection:
            rows = connection.execute(
                select(tables.definition).order_by(tables.definition.c.key, tables.definition.c.version)
            ).all()
        newest = {row.key: row for row in rows}
        return [{"key": row.key, "name": row.name, **self._version(row)} for row in newest.values()]

    def get(self, key: str, *, by: Person) -> dict[str, Any]:
        """A process with all its versions, the oldest first.

        :raises NotFound: where it was never deployed.
        """
        with self._context.database.read() as connection:
            rows = connection.execute(
                select(tables.definition).where(tables.definition.c.key == key).order_by(tables.definition.c.version)
            ).all()
            if not rows:
                raise NotFound(f"There is no process {key}.")
            versions = [
                {
                    **self._version(row),
                    "file": row.file,
                    "files": [file.name for file in stored_files(connection, key, row.version)],
                }
                for row in rows
            ]
        return {"key": key, "name": rows[-1].name, "versions": versions}

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

    def _version(self, row: Any) -> dict[str, Any]:
        return {
            "version": row.version,
            "digest": row.digest,
            "deployed": self._context.local(row.deployed_at),
            "deployed_by": row.deployed_by,
        }


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


class _Deployed:
    """What a set of files may refer to without bringing it along: the latest versions."""

    def __init__(self, connection: Connection, programs: Programs) -> None:
        self._connection = connection
        self._programs = programs

    def process(self, key: str) -> bool:
        return latest(self._connection, key) is not None

    def form(self, id: str) -> SourceFile | None:
        for process in self._processes():
            if id in process.forms:
                return next(file for file in process.files if file.name.endswith(FORMS) and _form_id(file) == id)
        return None

    def decision(self, id: str) -> SourceFile | None:
        for process in self._processes():
            if id in process.decisions:
                return next(file for file in process.files if file.name == process.decisions[id])
        return None

    def _processes(self) -> Iterator[Process]:
        for key in self._connection.execute(select(tables.definition.c.key).distinct()).scalars().all():
            version = latest(self._connection, key)
            assert version is not None
            yield self._programs.process(self._connection, key, version)


def _form_id(file: SourceFile) -> object:
    return orjson.loads(file.content).get("id")
