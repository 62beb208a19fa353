"""Texts that a designer wrote in both languages: the part that is in the page's language.

Three ways of writing are understood: ``中文 / English``, paragraphs of each, and a label ``中文 English``
(a capital and Latin letters after Chinese). Anything else is shown whole.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from api.pages.texts import Language

_CHINESE = re.compile("[\u4e00-\u9fff]")
_LABEL = re.compile("(?P<zh>[^\x00-\x7f].*[^\x00-\x7f]|[^\x00-\x7f])\\s+(?P<en>[A-Z][\x20-\x7e]{2,})")
#: Where a form puts in a value.
_VALUE = re.compile(r"\{\{.*?\}\}")
_LATIN = re.compile("[A-Za-z]")
#: An English explanation of a Chinese label, as our own forms have: words, no figures, no formats.
_GLOSS = re.compile("[A-Z][A-Za-z,.;:'’“”()\\s-]*")


def part(text: str, language: Language) -> str:
    """The paragraphs, or the side of the slash, that are in `language`; all where there is only one language."""
    for separator in ("\n\n", " / "):
        parts = [piece for piece in text.split(separator) if piece.strip()]
        chosen = [piece for piece in parts if _language(piece) in {language, None}]
        if any(map(_language, chosen)) and len(chosen) < len(parts):
            return separator.join(chosen)
    return text


def _language(piece: str) -> Language | None:
    """The language of a paragraph; None where it has no words of its own, but only values to be put in."""
    words = _VALUE.sub("", piece)
    if _CHINESE.search(words):
        return "zh"
    return "en" if _LATIN.search(words) else None


def label(text: str, language: Language) -> str:
    """The part of a label that is in `language`."""
    found = _LABEL.fullmatch(text.strip())
    if found is None or _CHINESE.search(found["zh"]) is None or "{{" in text or text.startswith("="):
        return text
    return found[language]


def named(text: str, description: Any, language: Language) -> str:
    """A label in `language`: of a Chinese one that is explained in English, the explanation is its English."""
    shown = label(text, language)
    return str(description) if language == "en" and _is_gloss(shown, description) else shown


def _is_gloss(text: str, description: Any) -> bool:
    return bool(_CHINESE.search(text)) and isinstance(description, str) and bool(_GLOSS.fullmatch(description))


def form(schema: Mapping[str, Any], language: Language, title: str) -> dict[str, Any]:
    """A form-js schema with its texts in `language`; a heading that only repeats `title` is left out."""
    localised: dict[str, Any] = copy.deepcopy(dict(schema))
    localised["components"] = _components(localised.get("components", []), language, title)
    return localised


def _components(components: list[dict[str, Any]], language: Language, title: str) -> list[dict[str, Any]]:
    shown = []
    for component in map(_linked, components):
        if isinstance(component.get("components"), list):
            component["components"] = _components(component["components"], language, title)
        if isinstance(component.get("text"), str):
            paragraphs = part(component["text"], language).split("\n\n")
            component["text"] = "\n\n".join(label(paragraph, language) for paragraph in paragraphs)
            if component["text"].lstrip("# ").strip() == title:
                continue
        if isinstance(component.get("label"), str):
            _one_language(component, language)
        shown.append(component)
    return shown


def _linked(component: dict[str, Any]) -> dict[str, Any]:
    """An iframe as a link to what it would show: our pages frame no other site (CSP), and would leave a hole there."""
    if component.get("type") != "iframe":
        return component
    url = str(component.get("url") or "")
    target = "{{" + url.removeprefix("=") + "}}" if url.startswith("=") else url
    linked: dict[str, Any] = {"type": "text", "text": f"[{component.get('label') or target}]({target})"}
    return linked | {name: component[name] for name in ("id", "conditional", "layout") if name in component}


def _one_language(component: dict[str, Any], language: Language) -> None:
    text, description = component["label"], component.get("description")
    component["label"] = named(text, description, language)
    if component["label"] == description or (language == "zh" and _is_gloss(text, description)):
        del component["description"]
    # What is chosen from, and the heads of a table.
    for several in (component.get("values"), component.get("columns")):
        if isinstance(several, list) and all(isinstance(one, dict) for one in several):
            labels = options([str(one.get("label", "")) for one in several], language)
            for one, text in zip(several, labels, strict=True):
                one["label"] = text


def options(labels: list[str], language: Language) -> list[str]:
    """The labels of one choice in `language`, unless two of them would become the same."""
    chosen = [label(text, language) for text in labels]
    return chosen if len(set(chosen)) == len(set(labels)) else labels
