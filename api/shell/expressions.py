"""`feel`: one expression, for designers who try something out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from api import strict_json
from engine import feel
from engine.errors import Malformed
from engine.execution.expressions import to_json


@click.command("feel")
@click.argument("text", metavar="EXPR")
@click.option(
    "--context",
    "file",
    metavar="F.json",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON object: the names that the expression may use.",
)
def evaluate(text: str, file: Path | None) -> None:
    """Evaluate a FEEL expression and write its value as JSON.

    It may be written as modelers save it: bare, after an equals sign, or as ${...}.
    """
    context = strict_json.parse(file.read_bytes()) if file is not None else {}
    if not isinstance(context, dict):
        raise Malformed(f"{file} does not hold a JSON object.")
    click.echo(json.dumps(to_json(feel.from_modeler(text, context).evaluate(context)), ensure_ascii=False))
