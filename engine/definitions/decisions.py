"""DMN files of a set: which decisions each holds, and whether each can be evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.definitions.findings import Findings
from engine.definitions.markup import Markup, parse
from engine.definitions.model import SourceFile


@dataclass(frozen=True, kw_only=True)
class DecisionFile:
    """One DMN file of a set."""

    markup: Markup
    #: Id of each decision → its element.
    decisions: Mapping[str, etree._Element]

    @property
    def source(self) -> SourceFile:
        """The file."""
        return self.markup.source


def is_dmn(root: etree._Element) -> bool:
    """Whether a root element is that of a DMN file, of any version."""
    tag = etree.QName(root)
    return tag.localname == "definitions" and "/DMN/" in (tag.namespace or "").upper() + "/"


def parse_decisions(source: SourceFile, findings: Findings) -> DecisionFile | None:
    """Read one DMN file; None, and errors in `findings`, if it cannot be read."""
    markup = parse(source, findings)
    if markup is None:
        return None
    root = markup.root
    if not is_dmn(root):
        message = "this is no DMN file, its root is not dmn:definitions: save it with the DMN editor"
        findings.error(markup.place(root), "not-dmn", message)
        return None
    decisions: dict[str, etree._Element] = {}
    for node in root.iterchildren(f"{{{etree.QName(root).namespace}}}decision"):
        identifier = node.get("id")
        if not identifier:
            findings.error(markup.place(node), "missing-id", "the decision has no id: give it the one that tasks name")
        elif identifier in decisions:
            message = f"two decisions have the id “{identifier}”: give each its own"
            findings.error(markup.place(node), "duplicate-id", message)
        else:
            decisions[identifier] = node
    return DecisionFile(markup=markup, decisions=decisions)
