"""Reads XML of unknown origin: no entities, no DTD, no network, and bounded in size."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from engine.dmn.errors import DmnError

MAX_BYTES = 5_000_000
MAX_ELEMENTS = 100_000

#: the namespaces of the versions of DMN
VERSIONS = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "1.6",
}


def is_xml(source: str | Path) -> bool:
    """Whether a text is the model itself and not the path of its file."""
    return isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<")


def source_bytes(source: bytes | str | Path) -> bytes:
    """The file's content: of bytes, of a text that is XML, or of a path.

    :raises DmnError: when it cannot be read or is too large
    """
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str) and is_xml(source):
        data = source.encode()
    else:
        path = Path(source)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise DmnError(f"the file is larger than {MAX_BYTES} bytes", element=path.name)
            data = path.read_bytes()
        except OSError as error:
            raise DmnError(f"cannot read the file: {error.strerror}", element=path.name) from None
    if len(data) > MAX_BYTES:
        raise DmnError(f"the model is larger than {MAX_BYTES} bytes")
    return data


def read_root(data: bytes, *, any_root: bool = False) -> etree._Element:
    """The root element of a DMN model, or of any document.

    :raises DmnError: for what is not well-formed, has a document type, or is of no known version of DMN
    """
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise DmnError(f"not well-formed XML: {error.msg}", line=error.lineno) from None
    except ValueError as error:
        raise DmnError(f"not XML: {error}") from None
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise DmnError("a document type is not allowed", line=1)
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise DmnError(f"more than {MAX_ELEMENTS} elements")
    if not any_root:
        name = etree.QName(root)
        if name.localname != "definitions" or name.namespace not in VERSIONS:
            raise DmnError(
                f"not a DMN model: expected 'definitions' of DMN {', '.join(sorted(VERSIONS.values()))}, "
                f"found '{name.localname}' of '{name.namespace or 'no namespace'}'",
                line=line_of(root),
            )
    return root


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name in the element's namespace."""
    found: etree._Element | None = element.find(f"{{{etree.QName(element).namespace}}}{name}")
    return found


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """All children of that local name."""
    return element.findall(f"{{{etree.QName(element).namespace}}}{name}")


def text_of(element: etree._Element | None) -> str:
    """The text in a ``text`` child, stripped; empty when there is none."""
    if element is None:
        return ""
    found = child(element, "text")
    return "" if found is None else "".join(str(part) for part in found.itertext()).strip()


def line_of(element: etree._Element) -> int:
    """Its line in the file."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def local_name(element: etree._Element) -> str:
    """Its name without the namespace."""
    return etree.QName(element).localname
