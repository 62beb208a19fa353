"""What cases run on: process versions read from their stored files, and compiled once each."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

import orjson
from sqlalchemy import Connection, func, select

from engine.definitions import restore
from engine.definitions.model import Process, SourceFile
from engine.definitions.reading import digest_of
from engine.errors import NotFound, NotOffered
from engine.execution import Program
from engine.history.canonical import canonical
from engine.storage import tables
from engine.storage.upsert import insert_or_update

#: How many compiled bindings are kept; they are immutable, and compiling takes milliseconds.
CAPACITY = 100

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Binding:
    """The root process of a case and the version of each process that it runs on."""

    root: str
    versions: Mapping[str, int]

    @property
    def id(self) -> str:
        """Digest that names it in the database."""
        return hashlib.sha256(canonical([self.root, dict(self.versions)])).hexdigest()


class Programs:
    """Compiled programs by binding, and processes by version.

    What is read and compiled belongs to the files alone: offices of one process share it, so that one that is opened
    for a moment (a backup that is tried, say) need not read what another has read.
    """

    def __init__(self) -> None:
        self._bindings = _Kept[str, Binding]()
        self._programs = _Kept[str, Program]()
        self._digests = _Kept[str, dict[str, str]]()
        self._processes = _Kept[tuple[str, int], Process]()

    def binding(self, connection: Connection, id: str) -> Binding:
        """The binding of that id."""

        def load() -> Binding:
            row = connection.execute(select(tables.binding).where(tables.binding.c.id == id)).one()
            return Binding(row.root, orjson.loads(row.versions))

        return self._bindings.get(id, load)

    def program(self, connection: Connection, id: str) -> Program:
        """The program of a binding that is kept under this id."""
        return self.compiled(connection, self.binding(connection, id))

    def compiled(self, connection: Connection, binding: Binding) -> Program:
        """The program of a binding."""

        def compile() -> Program:
            processes = {key: self.process(connection, key, version) for key, version in binding.versions.items()}
            content = (binding.root, frozenset((key, process.digest) for key, process in processes.items()))
            root = processes.pop(binding.root)
            return _COMPILED.get(content, lambda: Program.compile(root, processes))

        return self._programs.get(binding.id, compile)

    def digests(self, connection: Connection, binding: Binding) -> dict[str, str]:
        """Digest of the files of each version of a binding, as they were when this process first asked."""
        return self._digests.get(binding.id, lambda: digests(connection, binding.versions))

    def process(self, connection: Connection, key: str, version: int) -> Process:
        """A process as it was deployed.

        :raises NotFound: where there is no such version.
        """

        def load() -> Process:
            files = stored_files(connection, key, version)
            if not files:
                raise NotFound(f"There is no version {version} of the process {key}.")
            return _READ.get((key, digest_of(files)), lambda: restore(files, key))

        return self._processes.get((key, version), load)

    def bind(self, connection: Connection, root: str, pinned: Mapping[str, int] = MappingProxyType({})) -> Binding:
        """The version of a process that cases begin on, with those of all that it calls, bound together.

        :param pinned: versions that are to be taken where the process is needed.
        :raises NotFound: where a process that is needed was never deployed.
        :raises NotOffered: where all versions of one are retired.
        """
        versions: dict[str, int] = {}
        pending = [root]
        while pending:
            key = pending.pop()
            if key in versions:
                continue
            version = pinned.get(key) or current(connection, key)
            if version is None and latest(connection, key) is not None:
                raise NotOffered(f"No case begins on the process {key} any more: its versions are retired.")
            if version is None:
                raise NotFound(f"The process {key} has not been deployed.")
            versions[key] = version
            pending.extend(sorted(self.process(connection, key, version).calls))
        return Binding(root, versions)

    def keep(self, connection: Connection, binding: Binding) -> None:
        """Write a binding that cases are to run on."""
        connection.execute(
            insert_or_update(connection, tables.binding).on_conflict_do_nothing(),
            {"id": binding.id, "root": binding.root, "versions": canonical(dict(binding.versions)).decode()},
        )


def latest(connection: Connection, key: str) -> int | None:
    """Number of the latest version of a process."""
    found = connection.execute(
        select(func.max(tables.definition.c.version)).where(tables.definition.c.key == key)
    ).scalar()
    return int(found) if found is not None else None


def current(connection: Connection, key: str) -> int | None:
    """Number of the version of a process that cases begin on: the latest that is not retired."""
    return currents(connection, key).get(key)


def currents(connection: Connection, key: str | None = None) -> dict[str, int]:
    """The same of all processes, or of one, by key."""
    column = tables.definition.c
    query = select(column.key, func.max(column.version).label("version")).where(column.retired_at.is_(None))
    if key is not None:
        query = query.where(column.key == key)
    return {row.key: int(row.version) for row in connection.execute(query.group_by(column.key))}


def is_retired(connection: Connection, key: str, version: int) -> bool:
    """Whether no case begins on a version any more."""
    column = tables.definition.c
    query = select(column.retired_at).where(column.key == key, column.version == version)
    return connection.execute(query).scalar() is not None


def digests(connection: Connection, versions: Mapping[str, int]) -> dict[str, str]:
    """SHA-256 (hex) over the names and contents of the files of each version, as they lie there."""
    return {key: digest_of(stored_files(connection, key, version)) for key, version in versions.items()}


#: The largest number that the databases hold in a version's column.
MOST_VERSION = 2**31 - 1


def stored_files(connection: Connection, key: str, version: int) -> list[SourceFile]:
    """The files of a version; none where there is no such version."""
    if version > MOST_VERSION:
        return []
    files, contents = tables.definition_file, tables.file_content
    rows = connection.execute(
        select(files.c.name, contents.c.content)
        .join(contents, contents.c.digest == files.c.digest)
        .where(files.c.key == key, files.c.version == version)
        .order_by(files.c.name)
    )
    return [SourceFile(name=row.name, content=row.content) for row in rows]


class _Kept(Generic[K, V]):
    """The values used last, each made once."""

    def __init__(self) -> None:
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            if len(self._values) > CAPACITY:
                self._values.popitem(last=False)
        return value


#: Processes by key and digest of the files in which they were found.
_READ = _Kept[tuple[str, str], Process]()
#: Programs by the key of the root, and key and digest of every process in them.
_COMPILED = _Kept[tuple[str, frozenset[tuple[str, str]]], Program]()
