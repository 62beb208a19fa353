"""Definitions: from the files that a modeler saved to `Process` objects and to what a designer must be told."""

from engine.definitions.findings import line_of
from engine.definitions.markup import text_of
from engine.definitions.model import (
    Element,
    IoMapping,
    MultiInstance,
    Problem,
    Process,
    Reading,
    Severity,
    SourceFile,
    Value,
)
from engine.definitions.reading import read, restore
from engine.definitions.resolution import Lookup

__all__ = [
    "Element",
    "IoMapping",
    "Lookup",
    "MultiInstance",
    "Problem",
    "Process",
    "Reading",
    "Severity",
    "SourceFile",
    "Value",
    "line_of",
    "read",
    "restore",
    "text_of",
]
