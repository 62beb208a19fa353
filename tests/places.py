"""Where tests write: in memory where there is room, for they kill processes but no machine, and disks are slow."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
#: Bytes that must be free: several times what two test processes ever have there.
_ROOM = 4 * 2**30


def root() -> Path:
    """The folder under which they write."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        return _MEMORY
    return Path(tempfile.gettempdir())


def short(prefix: str) -> Path:
    """A folder of a short name: PostgreSQL's socket is in it, and those have at most 107 bytes."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=root()))
