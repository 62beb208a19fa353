"""Backups of an office: a copy while it is at work, and bringing one back.

A backup is of one moment: all tables are read in one transaction, while others write. The files of the materials
lie on the disk before the step that speaks of them commits, and never change, so they can be copied afterwards; so
can the keys, which are made before what they seal. The checkpoints are copied first: a database that is older than
its last checkpoint would look like one that was cut.

The keys of the applicants are never in the office's backup: they go into a file of their own, to be kept apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from engine.backup import KEYS, OFFICE, BadBundle, Bundle, BundleWriter, Rows, replacing
from engine.errors import Conflict, Invalid, NotFound, YichuangError
from engine.history.checkpoint import BadNote, origin_of
from engine.history.kinds import ActKind
from engine.office.checkpoints import Checkpoints, missing, public_key
from engine.office.context import Context
from engine.office.ledger import ENGINE, proofs
from engine.office.proof import Proof
from engine.office.survey import orphan
from engine.office.views import BackupView, RestoredView
from engine.storage import Database, disk, schema, tables
from engine.storage.portable import BadRows, Shape, insert_rows, read, written

#: Tables that are not kept: whoever was logged in logs in again.
_LEFT_OUT = {tables.session.name}

#: Tables that are empty in an office in which nobody has worked yet.
_IN_USE = (tables.case, tables.person, tables.unit, tables.matter)

_DIGEST = re.compile("[0-9a-f]{64}")

#: What a backup holds besides rows.
_CHECKPOINTS, _MATERIALS = "checkpoints.jsonl", "materials/"

_BLOCK = 2**18

#: Told how much of the work is done, and of how much.
Progress = Callable[[int, int], None]


def _quiet(_done: int, _of: int) -> None:
    pass


class Backups:
    """Backups of one office.

    :param complete: writes, in the transaction that is open, what this version keeps in rows and older ones did not.
    :param upgrade: does whatever else is done to an office that comes from an older version.
    """

    def __init__(
        self,
        context: Context,
        checkpoints: Checkpoints,
        *,
        complete: Callable[[Connection], None],
        upgrade: Callable[[], None],
    ) -> None:
        self._context = context
        self._checkpoints = checkpoints
        self._complete = complete
        self._upgrade = upgrade

    # -- making one ------------------------------------------------------------------------------------------

    def make(
        self, path: Path, *, keys: Path | None, checkpoints: Path | None = None, progress: Progress = _quiet
    ) -> BackupView:
        """Copy the office as it is at this moment, while others work in it.

        :param path: the backup, which takes the place of one of that name when it is whole.
        :param keys: where to put the keys, to be kept apart from it; None leaves them out.
        :param checkpoints: the file in which the office keeps its checkpoints.
        :raises Invalid: where a row or a file of the office is damaged: that is no copy of it.
        """
        if keys is not None and keys.resolve() == path.resolve():
            raise Invalid("The keys are never in the same file as the office: name another one for them.")
        database = self._context.database
        try:
            with replacing(path) as file, BundleWriter(file, OFFICE) as writer:
                if checkpoints is not None and checkpoints.exists():
                    writer.file(_CHECKPOINTS, _whole_lines(checkpoints))
                with database.read() as connection:
                    at = self._context.now(connection)
                    revision = schema.current(connection)
                    cases = sum(
                        writer.table(Shape.of(table), written(connection, table)) * (table is tables.case)
                        for table in tables.metadata.sorted_tables
                        if table.name not in _LEFT_OUT
                    )
                    files = list(connection.execute(_files_of_cases))
                done = set[str]()
                for count, (digest, owner, number) in enumerate(files, start=1):
                    if digest not in done:
                        done.add(digest)
                        self._copy(writer, digest, owner, number)
                    progress(count, len(files))
                seed = self._context.keyring.signing_keys()[-1]
                origin = self._checkpoints.origin
                writer.finish(origin=origin, seed=seed, at=at, engine=ENGINE, revision=revision)
        except BadRows as error:
            raise Invalid(f"No backup was made: {error}. See `yichuang verify --all`.") from error
        if keys is not None:
            self._make_keys(keys, at)
        digest = _digest(path)
        with database.write() as connection:
            about = {"at": self._context.local(at), "sha256": digest, "keys": keys is not None}
            self._context.ledger.act(connection, ActKind.BACKUP_MADE, None, about)
        return {
            "origin": origin,
            "at": self._context.local(at) or "",
            "cases": cases,
            "files": len(done),
            "bytes": path.stat().st_size,
            "sha256": digest,
        }

    def _make_keys(self, path: Path, at: datetime) -> None:
        keyring = self._context.keyring
        with replacing(path) as file, BundleWriter(file, KEYS) as writer:
            with keyring.database.read() as connection:
                for table in keyring.tables:
                    writer.table(Shape.of(table), written(connection, table))
            public = [key.hex() for key in self._checkpoints.public_keys]
            seed = keyring.signing_keys()[-1]
            writer.finish(origin=self._checkpoints.origin, seed=seed, at=at, engine=ENGINE, public_keys=public)

    def _copy(self, writer: BundleWriter, digest: str, owner: str, number: str) -> None:
        store = self._context.store
        if (fault := store.fault(digest)) is None:
            writer.file(f"{_MATERIALS}{digest}", store.stored(digest))
        elif self._context.keyring.keys([owner]):
            # Of a person whose key was erased nobody can read the files: they may be gone as well.
            raise Invalid(
                f"No backup was made: the file {digest} of a material of the case {number} {fault}. Bring it back "
                f"into {store.folder}; see `yichuang verify {number}`."
            )

    # -- bringing one back -----------------------------------------------------------------------------------

    @property
    def has_keys(self) -> bool:
        """Whether the office's keyring holds keys under which a backup can be proven."""
        keyring = self._context.keyring
        return not _is_absent(keyring.database) and keyring.is_there() and bool(keyring.known_signing_keys())

    def restore(
        self,
        path: Path,
        *,
        keys: Path | None = None,
        replace: bool = False,
        checkpoints: Path | None = None,
        progress: Progress = _quiet,
    ) -> RestoredView:
        """Bring an office back. Nobody is to work in it meanwhile, and it is to be opened anew afterwards.

        Everything is brought to this version of the program and proven before it is committed: the signature, each
        row and file, each case, the office's own chains, the checkpoints. Where anything does not hold, nothing
        is changed.

        :param keys: the keys that were kept apart; the office's keyring holds them already where none are given.
        :param replace: whether an office that is there already may be given up.
        :param checkpoints: where the office keeps its checkpoints; those there are kept under another name.
        :raises Invalid: where the backup does not hold, or does not go with the keys.
        :raises Conflict: where an office is there already.
        """
        database = self._context.database
        fresh = _is_absent(database)
        try:
            with Bundle(path) as bundle, self._with_keys(keys) as public:
                bundle.verify(OFFICE, public)
                if bundle.origin != origin_of(public[0]):
                    raise BadBundle(f"{path} is of another office than the keys.")
                revision = str(bundle.about["revision"])
                if not schema.is_known(revision):
                    raise BadBundle(
                        f"{path} was written by a newer version of Yichuang ({bundle.about['engine']}): install "
                        "that one, or a newer one, and restore it then."
                    )
                database.protect()
                with self._placed(bundle) as files, database.write() as connection:
                    cases = self._bring_back(bundle, connection, revision, replace, progress)
                    kept = self._place_checkpoints(bundle, connection, checkpoints)
        except (BadBundle, BadRows, BadNote) as error:
            self._undo_creation(fresh)
            raise Invalid(f"Nothing was restored. {str(error)[:1].upper()}{str(error)[1:]}") from error
        except BaseException:
            self._undo_creation(fresh)
            raise
        finally:
            self._context.clock.forget()
        self._upgrade()
        return {
            "origin": bundle.origin,
            "at": self._context.local(datetime.fromisoformat(bundle.at)) or "",
            "cases": cases,
            "files": files,
            "kept": None if kept is None else str(kept),
        }

    def _bring_back(
        self, bundle: Bundle, connection: Connection, revision: str, replace: bool, progress: Progress
    ) -> int:
        """Put the rows of a bundle in the place of what is there, and prove them. Gives how many cases they are."""
        if schema.current(connection) is not None:
            if not replace and _in_use(connection):
                raise Conflict(
                    "There is an office in the database already, and it was not touched. Restore into an empty "
                    "database (YICHUANG_DATABASE_URL), or say that this one is to be given up: --replace."
                )
            schema.drop(connection)
        schema.migrate(connection, revision)
        for rows in bundle.tables:
            insert_rows(connection, rows.shape, _read(bundle, rows))
        schema.migrate(connection)
        self._complete(connection)
        ids = connection.execute(select(_CASE.id, _CASE.number).order_by(_CASE.id)).all()
        # Nothing that was kept in memory of another office is believed.
        context = self._context.anew()
        context.clock.forget()
        for count, (id, number) in enumerate(ids, start=1):
            holding, fault = Proof(context, connection, id).run()
            if fault is not None:
                raise BadBundle(f"the case {number}, entry {holding + 1} does not hold: {fault}.")
            progress(count, len(ids))
        for proof in proofs(connection):
            if (bad := proof["first_bad"]) is not None:
                raise BadBundle(f"the chain {bad['case']!r}, entry {bad['seq']} does not hold: {bad['reason']}.")
        if (gone := orphan(connection)) is not None and (bad := gone["first_bad"]) is not None:
            raise BadBundle(f"the case {bad['case']} does not hold: {bad['reason']}.")
        about = {"at": bundle.at, "engine": bundle.about["engine"], "sha256": _digest(bundle.path)}
        context.ledger.act(connection, ActKind.BACKUP_RESTORED, None, about)
        return len(ids)

    @contextmanager
    def _with_keys(self, path: Path | None) -> Iterator[list[bytes]]:
        """The public keys of the keyring, with those of a file; if the block raises, it holds what it held before."""
        keyring = self._context.keyring
        if path is None:
            if not self.has_keys:
                raise NotFound(
                    f"The keyring {keyring.url.render_as_string()} has no keys, without which no backup can be "
                    "proven or read: name the file in which they were kept (--keyring)."
                )
            yield [public_key(seed) for seed in keyring.known_signing_keys()]
            return
        fresh = _is_absent(keyring.database)
        try:
            with Bundle(path) as bundle:
                bundle.verify(KEYS, [bytes.fromhex(key) for key in bundle.about["public_keys"]])
                kept = {rows.shape.table: rows for rows in bundle.tables}
                keyring.upgrade()
                added = keyring.add(*(_read(bundle, kept[table.name]) for table in keyring.tables))
        except YichuangError:
            if fresh:
                _remove(keyring.database)
            raise
        except (KeyError, TypeError, ValueError) as error:
            if fresh:
                _remove(keyring.database)
            told = str(error) if isinstance(error, BadBundle | BadRows) else f"{path} holds no keys."
            raise BadBundle(told) from error
        try:
            yield [public_key(seed) for seed in keyring.known_signing_keys()]
        except BaseException:
            keyring.take_back(added)
            if fresh:
                _remove(keyring.database)
            raise

    @contextmanager
    def _placed(self, bundle: Bundle) -> Iterator[int]:
        """The files of a bundle in the store; if the block raises, those that were not there before are gone again."""
        store, fresh, count = self._context.store, list[str](), 0
        try:
            for name in bundle.files:
                if not name.startswith(_MATERIALS):
                    continue
                digest = name.removeprefix(_MATERIALS)
                if not _DIGEST.fullmatch(digest):
                    raise BadBundle(f"{bundle.path} has a file with a name that no file has: {name!r}.")
                try:
                    if store.receive(digest, bundle.blocks(name)):
                        fresh.append(digest)
                except ValueError as error:
                    raise BadBundle(f"{bundle.path}: {error}.") from error
                count += 1
            yield count
        except BaseException:
            for digest in fresh:
                store.remove(digest)
            raise

    def _place_checkpoints(self, bundle: Bundle, connection: Connection, path: Path | None) -> Path | None:
        """Put the checkpoints of a bundle where the office keeps them. Gives where those are that were there."""
        if path is None:
            return None
        held = _CHECKPOINTS in set(bundle.files)
        kept: Path | None = None
        if path.exists():
            kept = path.with_name(f"{path.name}.before-{self._context.now(connection):%Y%m%dT%H%M%SZ}")
            disk.rename(path, kept)
        try:
            if held:
                path.parent.mkdir(parents=True, exist_ok=True)
                with replacing(path) as file:
                    file.writelines(bundle.blocks(_CHECKPOINTS))
                with path.open("rb") as file:
                    for fresh in self._checkpoints.ledger().read(file):
                        if (bad := missing(connection, fresh)) is not None:
                            raise BadBundle(
                                f"the case {bad['case']}, entry {bad['seq']} does not hold: {bad['reason']}."
                            )
        except BaseException:
            path.unlink(missing_ok=True)
            if kept is not None:
                disk.rename(kept, path)
            raise
        return kept

    def _undo_creation(self, fresh: bool) -> None:
        if fresh:
            _remove(self._context.database)


_CASE, _MATERIAL = tables.case.c, tables.material.c
_files_of_cases = (
    select(_MATERIAL.digest, _CASE.applicant, _CASE.number)
    .join(tables.case, _CASE.id == _MATERIAL.case_id)
    .order_by(_MATERIAL.digest)
)


def _in_use(connection: Connection) -> bool:
    return any(connection.execute(select(func.count()).select_from(table)).scalar() for table in _IN_USE)


def _read(bundle: Bundle, rows: Rows) -> Iterator[dict[str, Any]]:
    return (read(rows.shape, line) for line in bundle.lines(rows))


def _is_absent(database: Database) -> bool:
    return database.path is not None and not database.path.exists()


def _remove(database: Database) -> None:
    """Take away a file that was made for nothing."""
    database.close()
    if (path := database.path) is not None:
        for each in (path, *database.beside):
            each.unlink(missing_ok=True)


def _whole_lines(path: Path) -> Iterator[bytes]:
    """A file as far as its lines are whole, up to where it ends now: somebody may be appending to it."""
    with path.open("rb") as file:
        left = path.stat().st_size
        for line in file:
            left -= len(line)
            if left < 0 or not line.endswith(b"\n"):
                return
            yield line


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
