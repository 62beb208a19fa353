"""How pressing a task is: a whole number, or an expression that gives one."""

from __future__ import annotations

import re

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.extensions.texts import value
from engine.definitions.model import MOST_PRIORITY, Value

#: A number that stands where an expression could.
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def priority_of(examination: Examination, node: etree._Element, text: str | None) -> Value | None:
    """What ``camunda:priority`` or ``zeebe:priorityDefinition`` says; None where nothing is written."""
    found = value(examination, node, "the priority", text)
    if found is None or (found.expression and not _NUMBER.fullmatch(found.text)):
        return found
    if not re.fullmatch(r"\d{1,3}", found.text) or int(found.text) > MOST_PRIORITY:
        message = (
            f"the priority “{found.text}” is none: write a whole number from 0 to {MOST_PRIORITY}, "
            "or an expression that gives one"
        )
        examination.error(node, "priority", message)
        return None
    return found
