"""Expressions that would look at personal data, which is sealed: they could never see it.

Handing a personal value on unseen, by a mapping that is a mere path, is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.definitions.diagram import Diagram
from engine.definitions.expressions import Use, is_path, paths_of
from engine.definitions.findings import Findings, Place
from engine.definitions.model import Element
from engine.definitions.office_words import REASONED
from engine.definitions.vocabulary import bpmn

#: The person a case is about; all of it is sealed.
APPLICANT = ("applicant",)
#: Why its limit was changed, in what the applicant is told of that.
LIMIT_REASON = ("limit_change", "reason")


def check_privacy(uses: Iterable[Use], personal: frozenset[tuple[str, ...]], findings: Findings) -> None:
    """Report each expression that reads a personal field.

    :param personal: paths of the variables that forms mark as personal
    """
    sealed = personal | {APPLICANT, LIMIT_REASON}
    for use in uses:
        if use.copies:
            continue
        for path in sorted(use.paths):
            if any(_touches(path, secret) for secret in sealed):
                message = (
                    f"{use.what} “{use.text}” reads “{'.'.join(path)}”, which is personal and sealed: "
                    "decide by a field that is not personal, such as one that the clerk ticks"
                )
                findings.error(use.place, "reads-personal-data", message)
                break


def check_reasons(
    diagram: Diagram, elements: Mapping[str, Element], places: Mapping[str, Place], findings: Findings
) -> None:
    """Report each output mapping that looks at the reason which came with a message that steers the case."""
    for element in elements.values():
        node = diagram.by_id[element.id]
        carriers = [node, *node.iterfind(bpmn("messageEventDefinition"))]
        messages = (diagram.by_id.get(carrier.get("messageRef", "")) for carrier in carriers)
        if not any(message is not None and message.get("name") in REASONED for message in messages):
            continue
        for mapping in element.outputs:
            if not is_path(mapping.source) and any(path[0] == "reason" for path in paths_of(mapping.source)):
                message = (
                    f"the mapping to “{mapping.target}” looks at “reason”, which is sealed in this message: "
                    "hand it on alone, as “= reason”"
                )
                findings.error(places[element.id], "reads-personal-data", message)


def _touches(path: tuple[str, ...], secret: tuple[str, ...]) -> bool:
    """Whether one is part of the other."""
    shared = min(len(path), len(secret))
    return path[:shared] == secret[:shared]
