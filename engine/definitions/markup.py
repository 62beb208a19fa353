"""XML that strangers made, read safely: bytes → a tree whose every element knows its line and column.

Two parsers look at a file. Expat goes first, without building anything: it refuses document types (and with
them every entity), depth and number beyond the limits, and it is the one that knows columns. Only what it
lets through is built into a tree by lxml, with entities, DTD and network off.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

from engine.definitions.findings import Findings, Place
from engine.definitions.model import SourceFile

#: Largest file that is read, in bytes. The largest models that modelers save are a hundredth of it.
MAX_BYTES = 10 * 1024 * 1024
#: Elements of one file, the drawing included: a process of 2,000 elements has some 20,000.
MAX_ELEMENTS = 100_000
#: Elements inside each other; lxml itself goes no deeper than 256.
MAX_DEPTH = 100

_ENCODINGS = re.compile(
    r"ascii|utf-?(8|16|16-?le|16-?be|32)|iso-?8859-?\d+|latin-?1|cp125\d|windows-?125\d|mac-?roman|koi8-?[ru]"
    r"|gb2312|gbk|gb18030|cp936|big5|euc-?(jp|kr|cn|tw)|shift-?jis|cp932|iso-?2022-?jp",
    re.IGNORECASE,
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")


class _Refused(Exception):
    """The file is not read any further."""

    def __init__(self, rule: str, message: str, line: int = 0, column: int = 0) -> None:
        self.rule, self.message, self.line, self.column = rule, message, line, column
        super().__init__(message)


@dataclass(frozen=True)
class Markup:
    """One XML file as a tree."""

    source: SourceFile
    root: etree._Element
    #: Line and column of each element's start tag, from 1. Holding the elements here keeps them alive.
    places: dict[etree._Element, tuple[int, int]]

    def place(self, node: etree._Element) -> Place:
        """Where `node` stands."""
        line, column = self.places.get(node, (0, 0))
        return Place(file=self.source.name, line=line, column=column, element=self._nearest_id(node))

    def _nearest_id(self, node: etree._Element) -> str | None:
        """Id of the element or the nearest around it, ids within extensions left aside."""
        namespace = etree.QName(self.root).namespace
        around: etree._Element | None = node
        while around is not None:
            identifier = around.get("id")
            if identifier and etree.QName(around).namespace == namespace:
                return identifier
            around = around.getparent()
        return None


def parse(source: SourceFile, findings: Findings) -> Markup | None:
    """Read one XML file; None, and an error in `findings`, if it cannot be read."""
    try:
        if len(source.content) > MAX_BYTES:
            raise _Refused("too-large", f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB: split the model")
        data = _decode(source.content).encode("utf-8")
        positions = _survey(data)
        root = _build(data)
    except _Refused as refusal:
        place = Place(file=source.name, line=refusal.line, column=refusal.column)
        findings.error(place, refusal.rule, refusal.message)
        return None
    return Markup(source, root, dict(zip(root.iter(etree.Element), positions, strict=True)))


def text_of(source: SourceFile) -> str:
    """The text of a file that was read: of XML as its encoding says, else UTF-8."""
    if source.name.lower().endswith((".form", ".json", ".notice")):
        return source.content.decode("utf-8-sig")
    return _decode(source.content)


def _decode(content: bytes) -> str:
    """The text of the file, without byte order mark.

    The encoding is that of the byte order mark, else the declared one, else UTF-8 (XML 1.0 §4.3.3).
    """
    if not content.strip():
        raise _Refused("not-xml", "the file is empty: save the model again")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _text(content[len(mark) :], encoding)
    if content[:4] in (b"<\0?\0", b"\0<\0?"):
        return _text(content, "utf-16-le" if content[0] else "utf-16-be")
    if content.startswith(b"PK\x03\x04"):
        raise _Refused("not-xml", "this is a ZIP archive: unpack it and give the files in it", 1, 1)
    declared = _DECLARED.match(content[:1000])
    return _text(content, declared[1].decode("ascii") if declared else "utf-8")


def _text(content: bytes, encoding: str) -> str:
    if not _ENCODINGS.fullmatch(encoding):
        raise _Refused("encoding", f"the encoding “{encoding}” is not read: save the file as UTF-8", 1, 1)
    if encoding.lower().replace("-", "") in ("utf16", "utf32"):
        encoding = "utf-8"  # declared, but there is no byte order mark and the declaration was readable
    try:
        return content.decode(encoding)
    except LookupError:
        raise _Refused("encoding", f"the encoding “{encoding}” is not known: save the file as UTF-8", 1, 1) from None
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        byte = content[error.start]
        message = f"the byte 0x{byte:02X} is no {encoding} text: save the file as UTF-8, or declare its encoding"
        raise _Refused("encoding", message, line, column) from None


def _survey(data: bytes) -> list[tuple[int, int]]:
    """Line and column of every start tag in document order; refuses what is unsafe or beyond the limits."""
    parser = expat.ParserCreate(encoding="utf-8")
    positions: list[tuple[int, int]] = []
    depth = 0

    def here() -> tuple[int, int]:
        return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        positions.append(here())
        if depth > MAX_DEPTH:
            raise _Refused("too-large", f"elements are nested more than {MAX_DEPTH} deep: flatten the model", *here())
        if len(positions) > MAX_ELEMENTS:
            message = f"the file has more than {MAX_ELEMENTS} elements: split the model into called processes"
            raise _Refused("too-large", message, *here())

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        message = "a document type (<!DOCTYPE …>) and entities are not read: remove them, no modeler writes them"
        before = data[: data.index(b"<!DOCTYPE")].decode()
        raise _Refused("unsafe-xml", message, before.count("\n") + 1, len(before) - before.rfind("\n"))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "not well-formed")
        message = f"this is not well-formed XML ({what}): the file is damaged or cut off, save it again"
        raise _Refused("not-xml", message, error.lineno, error.offset + 1) from None
    return positions


def _build(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        message = f"this is not well-formed XML ({error.msg}): save the file again"
        raise _Refused("not-xml", message, error.lineno or 0, error.offset or 0) from None
