"""The pages' words in both languages: one catalogue, `texts.toml`, read once.

Names that come from diagrams, forms and the catalogue of matters are not here: they stay as their
authors wrote them.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal

Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def catalogue() -> dict[str, tuple[str, str]]:
    """Every text by its dotted key: Chinese, English."""
    source = resources.files(__package__).joinpath("texts.toml").read_text(encoding="utf-8")
    texts: dict[str, tuple[str, str]] = {}

    def collect(prefix: str, node: dict[str, Any]) -> None:
        for name, value in node.items():
            key = f"{prefix}{name}"
            if isinstance(value, dict):
                collect(f"{key}.", value)
            else:
                zh, en = value
                texts[key] = (zh, en)

    collect("", tomllib.loads(source))
    return texts


def text(language: Language, key: str, **values: object) -> str:
    """The text under `key`, with its ``{names}`` filled in. An unknown key is an error of ours."""
    if values.get("n") == 1 and f"one.{key}" in catalogue():
        key = f"one.{key}"
    return catalogue()[key][LANGUAGES.index(language)].format(**values)


def text_or(language: Language, key: str, default: str) -> str:
    """The text under `key`, or `default` for a word that the catalogue does not know (a designer's own)."""
    pair = catalogue().get(key)
    return pair[LANGUAGES.index(language)] if pair else default


def language_of(value: str | None) -> Language:
    """The language that a cookie or a link names; Chinese where it names none of ours."""
    return "en" if value == "en" else "zh"
