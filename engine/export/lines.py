"""JSON lines: the entries as they were recorded, to be proven elsewhere. What is sealed stays sealed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.export.log import EventLog


def write(log: EventLog) -> Iterator[bytes]:
    """An entry a line, `{"entry": …, "hash": …}`: the hash is SHA-256 over exactly the bytes of the entry."""
    for trace in log.traces():
        yield b"".join(
            b'{"entry":' + event.body + b',"hash":"' + event.hash.encode() + b'"}\n' for event in trace.events
        )
