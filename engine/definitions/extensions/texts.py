"""Reading attributes and texts of extensions: what several dialects have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.expressions import is_wrapped
from engine.definitions.extensions.table import Table
from engine.definitions.model import Value
from engine.definitions.vocabulary import child, local, text_of

#: Values of one list written with commas.
MAX_VALUES = 200


def extension_parts(node: etree._Element, table: Table) -> Iterator[etree._Element]:
    """The extension elements of a modeler under ``extensionElements`` that mean something on this element."""
    holder = child(node, "extensionElements")
    for part in holder if holder is not None else ():
        if not isinstance(part.tag, str) or etree.QName(part).namespace not in table.prefixes:
            continue
        if table.maps(name_of(part), local(node)):
            yield part


def name_of(part: etree._Element) -> str:
    """Local name of any element."""
    return etree.QName(part).localname


def literal(examination: Examination, node: etree._Element, what: str, text: str | None) -> str | None:
    """A text that must be known before anything runs; an expression is an error."""
    if text is None or not text.strip():
        return None
    if is_wrapped(text):
        message = f"{what} “{text.strip()}” is an expression: what is named here must be known at deployment, name it"
        examination.error(node, "dynamic-reference", message)
        return None
    return text.strip()


def value(examination: Examination, node: etree._Element, what: str, text: str | None) -> Value | None:
    """Literal or expression; None where nothing is written."""
    return examination.value(node, what, text) if text is not None and text.strip() else None


def values(examination: Examination, node: etree._Element, what: str, text: str | None) -> tuple[Value, ...]:
    """A list written with commas, or one expression."""
    if text is None:
        return ()
    parts = [text] if text.lstrip().startswith("=") else [part for part in _split(text) if part.strip()]
    if len(parts) > MAX_VALUES:
        message = f"{what} are more than {MAX_VALUES}: use an expression that gives the list"
        examination.error(node, "too-large", message)
        return ()
    found = (examination.value(node, what, part) for part in parts)
    return tuple(one for one in found if one is not None)


def properties(parts: Iterator[etree._Element], element: str) -> Mapping[str, str]:
    """Name → value of the ``property`` elements; a value may also be the element's text."""
    return {
        name: part.get("value", text_of(part))
        for part in parts
        if isinstance(part.tag, str) and name_of(part) == element and (name := part.get("name"))
    }


def _split(text: str) -> list[str]:
    """At commas outside braces."""
    parts, depth = [""], 0
    for character in text:
        if character == "," and depth == 0:
            parts.append("")
            continue
        depth += {"{": 1, "}": -1}.get(character, 0)
        parts[-1] += character
    return parts
