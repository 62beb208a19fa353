"""The folder that holds what applicants handed in.

A file is written encrypted into `incoming/`, and is put under the digest of its stored bytes, synced to the
disk, before the step that speaks of it commits. A crash can leave a file that no step speaks of, never a
step without its file; `sweep` takes such files away.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import TooLarge, Unavailable
from engine.materials.cipher import Sealer, Unsealed
from engine.storage.disk import rename, sync, sync_folder

#: Bytes read from a stored file at once.
_BLOCK = 2**18

#: Files that are looked up at once when sweeping.
_BATCH = 200


class Upload:
    """A file on its way in; leaving the `with` block takes away what was not put into the store.

    :param most: bytes of content that are taken.
    """

    def __init__(self, path: Path, owner: str, key: bytes, most: int) -> None:
        self._path = path
        self._owner, self._key, self._most = owner, key, most
        with _disk():
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        #: Where it lies in the store, once it does.
        self._place: Path | None = None
        self._stored, self._content = hashlib.sha256(), hashlib.sha256()
        self._sealer = Sealer(self._put, owner, key)
        #: Bytes of content so far.
        self.size = 0

    def write(self, content: bytes) -> int:
        """Take some more.

        :raises TooLarge: where that is more than is taken.
        """
        self.size += len(content)
        if self.size > self._most:
            raise TooLarge(f"A file may have at most {self._most} bytes.")
        self._content.update(content)
        self._sealer.write(content)
        return len(content)

    def finish(self) -> None:
        """Nothing follows: all of it is on the disk after this."""
        if not self._file.closed:
            self._sealer.finish()
            with _disk():
                self._file.flush()
                sync(self._file.fileno())
                self._file.close()

    @property
    def content_digest(self) -> str:
        """SHA-256 (hex) of the content."""
        return self._content.hexdigest()

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the stored bytes, once it is finished."""
        return self._stored.hexdigest()

    @property
    def path(self) -> Path:
        """Where it is until it is put into the store."""
        return self._path

    def read(self) -> Unsealed:
        """The content, once it is finished; also when it was put into the store already, by a step that lost a race."""
        return Unsealed(open(self._place or self._path, "rb"), self._owner, self._key)

    def lies(self, place: Path) -> None:
        """It is in the store now."""
        self._place = place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _put(self, sealed: bytes) -> None:
        self._stored.update(sealed)
        with _disk():
            self._file.write(sealed)


class Store:
    """The files of one office.

    :param folder: outside of what is served; made when the first file comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, owner: str, key: bytes, most: int) -> Upload:
        """Begin to take a file of an applicant.

        :param most: bytes of content that are taken.
        """
        incoming = self.folder / "incoming"
        with _disk():
            _make(incoming)
        return Upload(incoming / secrets.token_hex(16), owner, key, most)

    def put(self, upload: Upload) -> str:
        """Put a finished file where it stays, synced to the disk. Gives its digest; may be repeated."""
        place = self._place(upload.digest)
        if not place.exists():
            with _disk():
                _make(place.parent)
                rename(upload.path, place)
        upload.lies(place)
        return upload.digest

    def open(self, digest: str, owner: str, key: bytes) -> Unsealed:
        """The content of a stored file.

        :raises FileNotFoundError: where it is not there.
        :raises Altered: where it is not what was stored, here or when reading.
        """
        return Unsealed(open(self._place(digest), "rb"), owner, key)

    def fault(self, digest: str) -> str | None:
        """What is wrong with a stored file, or None where it is there as it was stored."""
        found = hashlib.sha256()
        try:
            with open(self._place(digest), "rb") as file:
                while block := file.read(_BLOCK):
                    found.update(block)
        except FileNotFoundError:
            return "is not there"
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        return None if found.hexdigest() == digest else "was changed after it was stored"

    def stored(self, digest: str) -> Iterator[bytes]:
        """The stored, encrypted bytes of a file, piece by piece.

        :raises FileNotFoundError: where it is not there.
        """
        with open(self._place(digest), "rb") as file:
            while block := file.read(_BLOCK):
                yield block

    def receive(self, digest: str, blocks: Iterable[bytes]) -> bool:
        """Take stored bytes that come from another folder. Gives whether they were not here yet.

        :raises ValueError: where they do not have that digest.
        """
        if self.fault(digest) is None:
            return False
        incoming = self.folder / "incoming" / secrets.token_hex(16)
        place, found = self._place(digest), hashlib.sha256()
        with _disk():
            _make(incoming.parent)
            try:
                with os.fdopen(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    for block in blocks:
                        found.update(block)
                        file.write(block)
                    file.flush()
                    sync(file.fileno())
                if found.hexdigest() != digest:
                    raise ValueError(f"the file {digest!r} has another digest than its name")
                _make(place.parent)
                rename(incoming, place)
            finally:
                incoming.unlink(missing_ok=True)
        return True

    def remove(self, digest: str) -> None:
        """Take a file away."""
        with _disk():
            self._place(digest).unlink(missing_ok=True)

    def sweep(self, known: Callable[[Iterable[str]], set[str]], before: float) -> int:
        """Take away what no step speaks of. Gives how many files went.

        :param known: those of some digests that steps speak of.
        :param before: files that came later (POSIX time) may still be on their way.
        """
        gone = 0
        for path in _old(self.folder.glob("incoming/*"), before):
            gone += _remove(path)
        old = _old(self.folder.glob("??/??/*"), before)
        while some := list(islice(old, _BATCH)):
            kept = known({path.name for path in some})
            gone += sum(_remove(path) for path in some if path.name not in kept)
        return gone

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:4] / digest


@contextmanager
def _disk() -> Iterator[None]:
    """A block that writes to the disk.

    :raises Unavailable: where that is full, or away.
    """
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The folder of materials cannot be written: {error.strerror}.") from error


def _old(paths: Iterable[Path], before: float) -> Iterator[Path]:
    for path in paths:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                yield path


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _make(folder: Path) -> None:
    """Make a folder and those above it, each synced into the one that holds it."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)
