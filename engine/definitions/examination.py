"""The examination of one BPMN file: the file, what was found, and the ways to say so at an element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from engine.definitions.expressions import Expressions
from engine.definitions.findings import Findings, Place
from engine.definitions.markup import Markup
from engine.definitions.model import Value
from engine.definitions.vocabulary import ZEEBE, bpmn


@dataclass(frozen=True)
class Examination:
    """What the checks of one BPMN file are given."""

    markup: Markup
    findings: Findings
    expressions: Expressions

    @cached_property
    def embedded_forms(self) -> Mapping[tuple[str | None, str | None], etree._Element]:
        """Id of a process and of a form that Camunda 8's modeler keeps in it → the form."""
        forms = self.markup.root.iter(f"{{{ZEEBE}}}userTaskForm")
        owners = ((next(form.iterancestors(bpmn("process")), None), form) for form in forms)
        return {(owner.get("id"), form.get("id")): form for owner, form in owners if owner is not None}

    def place(self, node: etree._Element) -> Place:
        """Where `node` stands."""
        return self.markup.place(node)

    def error(self, node: etree._Element, rule: str, message: str) -> None:
        """An error at `node`."""
        self.findings.error(self.place(node), rule, message)

    def warning(self, node: etree._Element, rule: str, message: str) -> None:
        """A warning at `node`."""
        self.findings.warning(self.place(node), rule, message)

    def note(self, node: etree._Element, rule: str, message: str) -> None:
        """A note at `node`."""
        self.findings.note(self.place(node), rule, message)

    def note_once(self, kind: str, node: etree._Element, rule: str, message: str) -> None:
        """A note at `node`, if it is the first of its kind in the file."""
        self.findings.note_once(kind, self.place(node), rule, message)

    def expression(
        self, node: etree._Element, what: str, text: str, *, language: str | None = None, mapping: bool = False
    ) -> str | None:
        """FEEL text; see `Expressions.read`."""
        return self.expressions.read(self.place(node), what, text, language=language, mapping=mapping)

    def value(self, node: etree._Element, what: str, text: str) -> Value | None:
        """Literal or expression; see `Expressions.value`."""
        return self.expressions.value(self.place(node), what, text)
