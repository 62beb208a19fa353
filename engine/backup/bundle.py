"""A backup is a zip archive: rows of tables, files, a manifest that names them all, and a signature over that.

``manifest.json`` gives the size and SHA-256 of every other part. ``signature`` is a signed note (as checkpoints
are) over the manifest's digest. Nothing is believed, and nothing but the manifest is unpacked, before the signature
holds; then each part is read no further than the size that was signed. Rows lie in parts of a few megabytes
(``tables/NAME/000001.jsonl``), so that neither side needs memory for a whole table.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

import orjson

from engine.errors import Unavailable
from engine.history.canonical import canonical
from engine.history.checkpoint import BadNote, opened, sign
from engine.instants import instant
from engine.storage.disk import rename, sync
from engine.storage.portable import Shape

#: Names the layout that this module writes.
FORMAT = "yichuang-backup/1"

#: What a bundle holds: an office's database and files, or the keys that open what is personal in it.
OFFICE, KEYS = "office", "keys"

_MANIFEST, _SIGNATURE = "manifest.json", "signature"

#: Bytes of rows in a part, give or take a row; and what is read of a file at once.
_PART, _BLOCK = 2**22, 2**18

#: Most bytes of what is read before the signature holds.
_MOST = {_MANIFEST: 2**28, _SIGNATURE: 2**12}

#: All that `zipfile` raises on an archive that somebody has tampered with.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    KeyError,
    IndexError,
)


class BadBundle(ValueError):
    """A file that is no backup, is not whole, or is not what was signed."""


@dataclass(frozen=True)
class Rows:
    """The rows of one table in a bundle."""

    shape: Shape
    count: int
    parts: tuple[str, ...]


class BundleWriter:
    """Writes a bundle, which is whole when the `with` block ends after `finish`.

    :param file: empty, to be read and written.
    :param kind: `OFFICE` or `KEYS`.
    """

    def __init__(self, file: BinaryIO, kind: str) -> None:
        self._kind = kind
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._parts: dict[str, dict[str, Any]] = {}
        self._tables: list[dict[str, Any]] = []

    def table(self, shape: Shape, lines: Iterable[bytes]) -> int:
        """Put the rows of a table in; gives how many they were."""
        names: list[str] = []
        count, size, part = 0, 0, bytearray()
        for line in lines:
            part += line + b"\n"
            count += 1
            if len(part) >= _PART:
                names.append(self._rows(shape.table, len(names), part))
                size, part = size + len(part), bytearray()
        if part:
            names.append(self._rows(shape.table, len(names), part))
        columns = [list(column) for column in shape.columns]
        self._tables.append({"name": shape.table, "columns": columns, "rows": count, "parts": names})
        return count

    def file(self, name: str, blocks: Iterable[bytes]) -> None:
        """Put a file in, as it is."""
        digest, size = hashlib.sha256(), 0
        # What is encrypted does not become smaller.
        with self._open(name, zipfile.ZIP_STORED) as part:
            for block in blocks:
                part.write(block)
                digest.update(block)
                size += len(block)
        self._parts[name] = {"size": size, "sha256": digest.hexdigest()}

    def finish(self, *, origin: str, seed: bytes, at: datetime, **about: Any) -> None:
        """Sign what is in it: nothing more can be put in.

        :param origin: name of the office.
        :param seed: of the key that signs.
        :param about: what else the manifest says.
        """
        manifest = canonical(
            {
                "format": FORMAT,
                "kind": self._kind,
                "origin": origin,
                "at": instant(at),
                "tables": self._tables,
                "parts": self._parts,
                **about,
            }
        )
        note = sign(_signed(origin, self._kind, manifest), origin, seed)
        for name, content in ((_MANIFEST, manifest), (_SIGNATURE, note.encode())):
            with self._open(name, zipfile.ZIP_DEFLATED) as part:
                part.write(content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _rows(self, table: str, number: int, content: bytes | bytearray) -> str:
        name = f"tables/{table}/{number + 1:06d}.jsonl"
        with self._open(name, zipfile.ZIP_DEFLATED) as part:
            part.write(content)
        self._parts[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        return name

    def _open(self, name: str, compression: int) -> Any:
        # Always of one date: the same content gives the same bytes.
        info = zipfile.ZipInfo(name)
        info.compress_type = compression
        info.external_attr = 0o600 << 16
        return self._zip.open(info, "w", force_zip64=True)


class Bundle:
    """A bundle that is there to be read. Nothing in it is to be used before `verify`.

    :raises BadBundle: where the file is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise BadBundle(f"There is no file {path}.") from None
        except _UNREADABLE as error:
            raise BadBundle(f"{path} is no backup, or was cut short: {_told(error)}.") from error
        try:
            self._content = self._early(_MANIFEST)
            self._note = self._early(_SIGNATURE).decode(errors="replace")
            self._read()
        except BaseException:
            self._zip.close()
            raise

    def _read(self) -> None:
        try:
            manifest = orjson.loads(self._content)
            if (written := manifest["format"]) != FORMAT:
                raise BadBundle(
                    f"{self.path} has the format {str(written)[:40]!r}, which this version does not read: it reads "
                    f"{FORMAT}. Restore it with the version of Yichuang that wrote it, or a newer one."
                )
            #: `OFFICE` or `KEYS`.
            self.kind = str(manifest["kind"])
            #: Name of the office.
            self.origin = str(manifest["origin"])
            #: When the office was as it is in here; RFC 3339.
            self.at = str(manifest["at"])
            #: What else was said of it.
            self.about: dict[str, Any] = manifest
            #: The tables, those first to which others refer.
            self.tables = tuple(_rows_of(table) for table in manifest["tables"])
            self._parts = {
                str(name): (int(part["size"]), str(part["sha256"])) for name, part in manifest["parts"].items()
            }
            if odd := [part for rows in self.tables for part in rows.parts if part not in self._parts]:
                raise BadBundle(f"{self.path} is no backup: its manifest does not tell of {odd[0]!r}.")
        except BadBundle:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadBundle(f"{self.path} is no backup: its manifest cannot be read.") from error

    def verify(self, kind: str, keys: Iterable[bytes]) -> None:
        """Hold what it says against the office's keys.

        :param kind: what it must hold.
        :param keys: public keys (32 bytes each), one of which must have signed it.
        :raises BadBundle: where it was not signed so, or is not whole.
        """
        if self.kind != kind:
            raise BadBundle(f"{self.path} holds {_CONTENTS.get(self.kind, 'something else')}, not {_CONTENTS[kind]}.")
        text = _signed(self.origin, kind, self._content)
        for key in keys:
            with suppress(BadNote):
                if opened(self._note, key) == text:
                    break
        else:
            raise BadBundle(
                f"{self.path} was not signed by this office, or was changed afterwards: its signature does not hold "
                "under any key of the keyring."
            )
        there = self._zip.namelist()
        if odd := sorted({*there} ^ {*self._parts, *_MOST}):
            raise BadBundle(f"{self.path} is not whole: {odd[0]!r} is not there, or has no place in it.")
        if len(there) != len({*there}):
            raise BadBundle(f"{self.path} has a part twice.")

    @property
    def files(self) -> Iterator[str]:
        """Names of the parts that are files and no rows."""
        return (name for name in self._parts if not name.startswith("tables/"))

    def lines(self, rows: Rows) -> Iterator[bytes]:
        """The rows of a table.

        :raises BadBundle: where they are not what was signed.
        """
        count = 0
        for name in rows.parts:
            # Checked as a whole before any of it is used.
            content = b"".join(self.blocks(name))
            for line in content.splitlines():
                count += 1
                yield line
        if count != rows.count:
            raise BadBundle(f"{self.path} has {count} rows of the table {rows.shape.table}, and says {rows.count}.")

    def blocks(self, name: str) -> Iterator[bytes]:
        """A part, piece by piece; the whole of it is what was signed if the last piece comes.

        :raises BadBundle: where it is not what was signed.
        """
        size, wanted = self._parts[name]
        digest, left = hashlib.sha256(), size
        try:
            with self._zip.open(name) as part:
                while block := part.read(min(_BLOCK, left + 1)):
                    left -= len(block)
                    if left < 0:
                        break
                    digest.update(block)
                    yield block
        except _UNREADABLE as error:
            raise BadBundle(f"{self.path}: the part {name} cannot be read: {_told(error)}.") from error
        if left != 0 or digest.hexdigest() != wanted:
            raise BadBundle(f"{self.path}: the part {name} is not what was signed.")

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _early(self, name: str) -> bytes:
        """A part that is read before the signature is known to hold."""
        try:
            with self._zip.open(name) as part:
                content = part.read(_MOST[name] + 1)
        except _UNREADABLE as error:
            raise BadBundle(f"{self.path} is no backup: its {name} cannot be read: {_told(error)}.") from error
        if len(content) > _MOST[name]:
            raise BadBundle(f"{self.path} is no backup: its {name} is too large.")
        return content


_CONTENTS = {OFFICE: "an office", KEYS: "keys"}


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name when the block ends, whole and on the disk; if the block raises, nothing is left.

    :raises Unavailable: where the disk is full, or away.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            with os.fdopen(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                yield file
                file.flush()
                sync(file.fileno())
            rename(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror or error}.") from error


def _rows_of(table: Any) -> Rows:
    columns = tuple((str(name), str(type)) for name, type in table["columns"])
    return Rows(Shape(str(table["name"]), columns), int(table["rows"]), tuple(str(part) for part in table["parts"]))


def _signed(origin: str, kind: str, manifest: bytes) -> str:
    """What the signature is over."""
    return f"{origin}\nbackup of {kind}\nsha256 {hashlib.sha256(manifest).hexdigest()}\n"


def _told(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
