"""A file encrypted piece by piece, so that neither writing nor reading it needs it whole.

A stored file is a mark, 32 random bytes (the salt), and the content in pieces of 64 KiB, each sealed with
AES-256-GCM. The key is derived from the applicant's key and the salt (HKDF-SHA-256, RFC 5869), so no two
files share one; a piece's nonce is its number and whether it is the last, so that pieces can be neither
exchanged nor cut off (the STREAM construction). The applicant's id is authenticated with every piece.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MARK = b"YCM1"
_SALT = 32
_TAG = 16
#: Bytes of content in one piece.
PIECE = 64 * 1024

_HEAD = len(_MARK) + _SALT


class Altered(ValueError):
    """The stored file is not what was stored under this key."""


class Sealer:
    """Encrypts what is written to it.

    :param put: takes the encrypted bytes, in order.
    :param owner: id of the applicant whose key this is.
    """

    def __init__(self, put: Callable[[bytes], object], owner: str, key: bytes) -> None:
        salt = os.urandom(_SALT)
        self._cipher = _cipher(key, salt)
        self._owner = owner.encode()
        self._put = put
        self._waiting = bytearray()
        self._number = 0
        put(_MARK + salt)

    def write(self, content: bytes) -> None:
        """Encrypt some more."""
        self._waiting += content
        # One piece stays back: only the end tells which is the last.
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def finish(self) -> None:
        """Encrypt what is left: nothing follows."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, last), piece, self._owner))
        self._number += 1


class Unsealed(io.RawIOBase):
    """The content of a stored file, to be read from any place.

    :param stored: the encrypted file; it is closed with this.
    :raises Altered: here and when reading, where the file is not as it was stored.
    """

    def __init__(self, stored: BinaryIO, owner: str, key: bytes) -> None:
        self._stored = stored
        self._owner = owner.encode()
        try:
            self._begin(stored, key)
        except BaseException:
            # Whoever has it not cannot close it.
            self.close()
            raise
        self._place = 0
        self._at_hand: tuple[int, bytes] = (-1, b"")

    def _begin(self, stored: BinaryIO, key: bytes) -> None:
        head = stored.read(_HEAD)
        if len(head) < _HEAD or not head.startswith(_MARK):
            raise Altered("the stored file does not begin as one")
        self._cipher = _cipher(key, head[len(_MARK) :])
        body = stored.seek(0, io.SEEK_END) - _HEAD
        self._pieces = max(1, -(-body // (PIECE + _TAG)))
        #: Length of the content, in bytes.
        self.size = body - self._pieces * _TAG
        if self.size < 0:
            raise Altered("the stored file was cut off")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._place = base + offset
        return self._place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read up to the end of the piece."""
        number, start = divmod(self._place, PIECE)
        if self._place >= self.size:
            return 0
        part = self._piece(number)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def close(self) -> None:
        """Let go of the file."""
        self._stored.close()
        super().close()

    def _piece(self, number: int) -> bytes:
        if self._at_hand[0] != number:
            self._stored.seek(_HEAD + number * (PIECE + _TAG))
            sealed = self._stored.read(PIECE + _TAG)
            last = number == self._pieces - 1
            try:
                self._at_hand = number, self._cipher.decrypt(_nonce(number, last), sealed, self._owner)
            except InvalidTag as error:
                raise Altered("the stored file was changed after it was stored, or has another key") from error
        return self._at_hand[1]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"yichuang material 1").derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
