"""DMN files of a set: which decisions each holds, and what is to be said about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine import dmn, feel
from engine.definitions.expressions import Expressions, Use
from engine.definitions.findings import Findings, Place
from engine.definitions.markup import Markup, parse
from engine.definitions.model import SourceFile
from engine.definitions.vocabulary import text_of

#: What the text in an element of a decision is.
_PARSERS = {
    "inputExpression": feel.parse,
    "literalExpression": feel.parse,
    "outputEntry": feel.parse,
    "inputEntry": feel.parse_tests,
}


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


def read_expressions(file: DecisionFile, expressions: Expressions) -> None:
    """Remember what the expressions of a file read; those that are no FEEL are errors already."""
    for text in file.markup.root.iter("{*}text"):
        holder = text.getparent()
        written = text_of(text)
        parse_text = _PARSERS.get(etree.QName(holder).localname) if holder is not None else None
        if parse_text is None:
            continue
        try:
            read = parse_text(written)
        except feel.FeelError:
            continue
        expressions.uses.append(
            Use(place=file.markup.place(text), what="the decision", text=written, paths=read.paths(), copies=False)
        )


def judge(file: DecisionFile, findings: Findings) -> None:
    """Whether the model can be evaluated, and what of it may not mean what it says."""
    source = file.source
    try:
        found = dmn.check(dmn.parse(source.content))
    except dmn.DmnError as error:
        place = Place(file=source.name, line=error.line or 1, element=error.element)
        findings.error(place, "decision", error.message)
        return
    say = {"error": findings.error, "warning": findings.warning}
    for finding in found:
        place = Place(file=source.name, line=finding.line or 1, element=finding.element or None)
        rule = "decision" if finding.kind == "expression" else f"decision-{finding.kind}"
        say.get(finding.severity, findings.note)(place, rule, finding.message)
