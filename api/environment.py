"""Where things lie, and what the variables of the environment are called."""

from __future__ import annotations

from pathlib import Path

#: Every variable's name begins with it, and an underscore.
PREFIX = "YICHUANG"

#: Where the embedded database and what belongs to it lie, under the current directory.
VAR = Path("var")

#: Where the server keeps the checkpoints that it makes by itself.
CHECKPOINTS = VAR / "checkpoints.jsonl"
