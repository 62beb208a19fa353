"""What modelers write beyond BPMN 2.0, read into the words of the model; whatever else there is gets a note."""

from __future__ import annotations

from typing import Final, Protocol, cast

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.extensions import camunda, spiff, zeebe
from engine.definitions.extensions.said import Said, Several
from engine.definitions.vocabulary import BPMN, CAMUNDA, OPERATON, SPIFF, ZEEBE, child

#: Attributes of these namespaces are the XML's own.
_XML = frozenset({"http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/XML/1998/namespace"})


class _Dialect(Protocol):
    NAMESPACES: frozenset[str]
    KNOWN: frozenset[str]
    IGNORED: dict[str, str]
    LOST: frozenset[str]

    def read(self, node: etree._Element, examination: Examination) -> Said: ...


#: In the order in which they overrule each other: the last that says something counts.
_DIALECTS: Final = cast("tuple[_Dialect, ...]", (spiff, camunda, zeebe))
_NAMES: Final = {
    CAMUNDA: "camunda",
    OPERATON: "operaton",
    ZEEBE: "zeebe",
    SPIFF: "spiffworkflow",
}


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
    """One note for each kind of extension, on this element, that nothing is made of."""
    for attribute in node.attrib:
        tag = etree.QName(attribute)
        if tag.namespace and tag.namespace not in _XML and tag.namespace != BPMN:
            _note(node, tag.namespace, tag.localname, "attribute", node, examination)
    holder = child(node, "extensionElements")
    for part in holder if holder is not None else ():
        if isinstance(part.tag, str):
            tag = etree.QName(part)
            _note(part, tag.namespace or "", tag.localname, "element", node, examination)


def _note(
    place: etree._Element, namespace: str, name: str, sort: str, node: etree._Element, examination: Examination
) -> None:
    prefix = _NAMES.get(namespace)
    for dialect in _DIALECTS:
        if namespace in dialect.NAMESPACES:
            if name in dialect.KNOWN:
                return
            full = f"{prefix}:{name}"
            reason = dialect.IGNORED.get(name)
            if reason is None:
                message = f"{full} is not known: it is kept and ignored"
                examination.note_once(full, place, "unknown-extension", message)
            elif name in dialect.LOST:
                examination.warning(place, "ignored-extension", f"{full} is kept and ignored: {reason}")
            else:
                examination.note_once(full, place, "ignored-extension", f"{full} is kept and ignored: {reason}")
            return
    message = f"the extension {sort} “{name}” of {namespace or 'no namespace'} is kept and ignored"
    examination.note_once(f"{namespace}#{name}", place, "unknown-extension", message)
