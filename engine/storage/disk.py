"""Files that outlive a crash: what is synced is on the disk, and a name is taken at once or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from engine.storage import points


def sync(descriptor: int) -> None:
    """Bring an open file, or folder, to the disk."""
    points.reached(points.SYNC)
    os.fsync(descriptor)
    points.reached(points.SYNCED)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def rename(file: Path, name: Path) -> None:
    """Let a file whose content is on the disk take its name, in the place of one that has it, for good."""
    points.reached(points.RENAME)
    os.replace(file, name)
    points.reached(points.RENAMED)
    sync_folder(name.parent)
