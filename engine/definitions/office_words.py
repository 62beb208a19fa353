"""What a diagram says to the office: milestones, how a case ends, and names that are the office's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from engine.definitions.findings import Findings, Place
from engine.definitions.model import Element
from engine.definitions.vocabulary import PERSON_TASKS

#: Points of a case that none events mark with the property ``milestone``.
MILESTONES: Final = ("accepted", "deemed-accepted", "decided", "reopened", "delivered")
#: How a case ends, by the property ``status`` of an end event.
STATUSES: Final = ("completed", "returned", "withdrawn")
#: Names that expressions read beside the case's variables, and that no variable can therefore bear.
FACTS: Final = frozenset({"case", "matter", "window"})
#: Messages by which a person steers a case; the reason that they carry may tell of the applicant, so it is sealed.
REASONED: Final = ("withdraw", "report", "return", "review-requested")

#: What an expression can read by its name.
_NAME = re.compile(r"[^\W\d]\w*")
_KNOWN = {"milestone": MILESTONES, "status": STATUSES}


def check_words(elements: Mapping[str, Element], places: Mapping[str, Place], findings: Findings) -> None:
    """Report milestones, statuses and activities that nobody knows, and variables that nobody could read."""
    for element in elements.values():
        place = places[element.id]
        for name, known in _KNOWN.items():
            value = element.properties.get(name)
            if value is None or element.kind not in ("intermediateThrowEvent", "endEvent"):
                continue
            if not value.startswith("=") and value not in known:
                message = f"the office knows no {name} “{value}”: write one of {', '.join(known)}"
                findings.error(place, "office-word", message)
        for id in element.not_during:
            if id not in elements:
                message = (
                    f"not_during names “{id}”, which nothing in this process is: write the id of an activity of it"
                )
                findings.error(place, "office-word", message)
        internal = element.properties.get("internal")
        if internal is not None and (element.kind not in PERSON_TASKS or internal not in ("true", "false")):
            message = (
                f"internal “{internal}” keeps nothing from the applicant: write true, on a user or manual task that is "
                "the office's own business"
            )
            findings.error(place, "office-word", message)
        for variable in _variables(element):
            if not all(_NAME.fullmatch(step) for step in variable.split(".")):
                message = f"“{variable}” is no name for a variable: use letters, digits and _, dots lead into contexts"
                findings.error(place, "variable-name", message)
            elif variable.partition(".")[0] in FACTS:
                message = f"“{variable}” is a name of the office's own, which no variable can hide: choose another"
                findings.error(place, "reserved-name", message)


def _variables(element: Element) -> Iterator[str]:
    """Names of the variables that an element writes."""
    yield from (mapping.target for mapping in (*element.inputs, *element.outputs))
    if element.result_variable:
        yield element.result_variable
    several = element.multi_instance
    if several is not None:
        yield from (name for name in (several.element_variable, several.output_collection) if name)
