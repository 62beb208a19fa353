"""Named points around everything that must outlive a crash, or that no crash takes back.

A test stops the process there, and sees what is left.

In an office at work nothing is set here, and passing a point costs a look at one variable.
"""

from __future__ import annotations

from collections.abc import Callable

#: A transaction is about to be made durable, and is.
COMMIT, COMMITTED = "commit", "committed"
#: A file or folder is about to be synced to the disk, and is.
SYNC, SYNCED = "sync", "synced"
#: A file is about to take its name, and has it.
RENAME, RENAMED = "rename", "renamed"
#: Something is about to be sent out of the office, and what came of it is known here, and nowhere else yet.
SEND, SENT = "send", "sent"

ALL = (COMMIT, COMMITTED, SYNC, SYNCED, RENAME, RENAMED, SEND, SENT)

#: Told at each point where the process is; only tests set it.
observer: Callable[[str], None] | None = None


def reached(point: str) -> None:
    """The process is at a point."""
    if observer is not None:
        observer(point)
