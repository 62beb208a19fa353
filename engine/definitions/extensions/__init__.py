"""What modelers write beyond BPMN 2.0, read into the words of the model; whatever else there is gets a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, cast

from lxml import etree

from engine.definitions.diagram import Diagram, elements
from engine.definitions.examination import Examination
from engine.definitions.extensions import camunda, spiff, zeebe
from engine.definitions.extensions.said import Said, Several
from engine.definitions.extensions.table import Extension, Table
from engine.definitions.extensions.texts import name_of
from engine.definitions.suggestions import feel_for_script
from engine.definitions.support import words
from engine.definitions.vocabulary import BPMN, child, local, text_of

#: Attributes of these namespaces are the XML's own, or say which modeler this is, and for what.
_OF_NO_MEANING = frozenset(
    {
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/XML/1998/namespace",
        "http://camunda.org/schema/modeler/1.0",
    }
)


class _Dialect(Protocol):
    TABLE: Table

    def read(self, node: etree._Element, examination: Examination) -> Said: ...


#: In the order in which they overrule each other: the last that says something counts.
_DIALECTS: Final = cast("tuple[_Dialect, ...]", (spiff, camunda, zeebe))
#: What becomes of the extensions of each modeler.
TABLES: Final = (camunda.TABLE, zeebe.TABLE, spiff.TABLE)
_BY_NAMESPACE: Final = {namespace: table for table in TABLES for namespace in table.prefixes}


def read_extensions(node: etree._Element, examination: Examination) -> Said:
    """What the extensions of an element say, whatever modeler wrote them."""
    said = Said()
    for dialect in _DIALECTS:
        for name, value in dialect.read(node, examination).items():
            if value not in (None, ()):
                said[name] = value  # type: ignore[literal-required]
    return said


def read_several(node: etree._Element, examination: Examination) -> Several:
    """What the extensions of multi-instance characteristics say."""
    said = Several()
    for part in (camunda.read_several(node, examination), zeebe.read_several(node, examination)):
        said.update(part)
    return said


def note_unread(node: etree._Element, examination: Examination) -> None:
    """Say what of the extensions on this element is refused, and what nothing is made of."""
    for attribute, text in node.attrib.items():
        tag = etree.QName(attribute)
        if tag.namespace and tag.namespace not in _OF_NO_MEANING and tag.namespace != BPMN:
            _Judge(node, tag.namespace, examination).judge(tag.localname, node, str(text))
    holder = child(node, "extensionElements")
    for part in holder if holder is not None else ():
        if isinstance(part.tag, str):
            judge = _Judge(node, etree.QName(part).namespace or "", examination)
            judge.within(part, judge.judge(name_of(part), part, text_of(part)))


def note_unread_around(diagram: Diagram) -> None:
    """The same for what stands beside the processes of a file: messages, errors, pools."""
    note_unread(diagram.root, diagram.examination)
    for part in diagram.root:
        if local(part) not in ("", "process"):
            for node in elements(part):
                note_unread(node, diagram.examination)


@dataclass(frozen=True)
class _Judge:
    """Says what becomes of the extensions of one modeler on one element."""

    node: etree._Element
    namespace: str
    examination: Examination

    def judge(self, key: str, place: etree._Element, text: str) -> Extension | None:
        """Say what is refused, ignored or not known; the row of what becomes something.

        :param place: the extension element, or the element itself for an attribute
        """
        table = _BY_NAMESPACE.get(self.namespace)
        if table is None:
            sort = "attribute" if place is self.node else "element"
            message = f"the extension {sort} “{key}” of {self.namespace or 'no namespace'} is kept and ignored"
            self.examination.note_once(f"{self.namespace}#{key}", place, "unknown-extension", message)
            return None
        full, row = f"{table.prefixes[self.namespace]}:{key}", table.by_key.get(key)
        if row is None:
            message = f"{full} is not known: it is kept and ignored"
            self.examination.note_once(full, place, "unknown-extension", message)
        elif not row.holds_on(local(self.node)):
            message = f"{full} is kept and ignored on a {words(local(self.node))}: it is for {row.where}"
            self.examination.warning(place, "ignored-extension", message)
        elif row.status == "mapped":
            return row
        elif row.status == "refused":
            self._refuse(full, row, place, text)
        elif row.lost:
            self.examination.warning(place, "ignored-extension", f"{full} is kept and ignored: {row.says}")
        else:
            message = f"{full} is kept and ignored: {row.says}"
            self.examination.note_once(full, place, "ignored-extension", message)
        return None

    def within(self, part: etree._Element, row: Extension | None) -> None:
        """The same for what stands in an extension: it has a row of its own, or is read with that one."""
        if row is None:
            return
        keys = _BY_NAMESPACE[self.namespace].by_key
        for attribute in map(str, part.attrib):
            key = f"{name_of(part)}/{attribute}"
            if attribute not in row.parts or key in keys:
                self.judge(key, part, part.get(attribute, ""))
        for inner in part:
            if isinstance(inner.tag, str):
                name = name_of(inner)
                key = f"{name_of(part)}/{name}"
                known = name in row.parts and key not in keys
                self.within(inner, row if known else self.judge(key, inner, text_of(inner)))

    def _refuse(self, full: str, row: Extension, place: etree._Element, text: str) -> None:
        if not text.strip() and (place is self.node or not len(place)):
            return
        code = text.strip().removeprefix("${").removesuffix("}")
        likely = f"; likely: {hint}" if row.code and (hint := feel_for_script(code)) else ""
        shown = f" “{' '.join(text.split())[:80]}”" if text.strip() else ""
        message = f"{full}{shown} is not executed: {row.says}{likely}"
        self.examination.error(place, "script-language" if row.code else "unsupported-extension", message)
