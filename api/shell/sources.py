"""The files of a set as a command's arguments name them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from engine.definitions.intake import MAX_SET_BYTES
from engine.definitions.model import SourceFile
from engine.trial import SCENARIOS

files_argument = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, path_type=Path)
)

#: What belongs to a definition; anything else in a folder is left alone.
_ENDINGS = {".bpmn", ".dmn", ".form", ".notice", ".xml", ".json"}
_SCENARIOS = "scenarios"


def sources(paths: Iterable[Path]) -> list[SourceFile]:
    """The files, and for a folder those of a definition in it and in its `scenarios/`."""
    found: list[SourceFile] = []
    for path in paths:
        if path.is_dir():
            found += [_source(child) for child in sorted(path.iterdir()) if child.suffix in _ENDINGS]
            found += [
                # Those of two folders may have the same name.
                _source(child, f"{path.resolve().name}/{_SCENARIOS}/{child.name}")
                for child in sorted(path.glob(f"{_SCENARIOS}/*"))
                if child.suffix in SCENARIOS
            ]
        else:
            found.append(_source(path))
    return found


def _source(path: Path, name: str | None = None) -> SourceFile:
    with path.open("rb") as file:
        # Of a giant only as much as shows that it is one.
        return SourceFile(name=name or path.name, content=file.read(MAX_SET_BYTES + 1))
