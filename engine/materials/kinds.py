"""What a file is, told by its content; its name must say the same.

Signatures are known by `puremagic`. Containers that many formats share (ZIP, and the older one of office
programs) are looked into here, and plain text, which has no signature, is read.
"""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Collection
from typing import IO

import puremagic

#: Bytes at the beginning that signatures are looked for in.
_HEAD = 4096

#: Most entries of a container that are looked at.
_MOST_ENTRIES = 20_000

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

#: Formats with a signature of their own: endings of names → media type.
_SIGNED = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "heic": "image/heif",
    "heif": "image/heif",
}
#: What `puremagic` calls the same.
_ALSO = {"image/x-ms-bmp": "image/bmp", "image/heic": "image/heif"}

#: ZIP containers: media type by what they hold; OFD is GB/T 33190.
_ZIPPED = {
    "docx": (_OOXML + "wordprocessingml.document", "word/document.xml"),
    "xlsx": (_OOXML + "spreadsheetml.sheet", "xl/workbook.xml"),
    "pptx": (_OOXML + "presentationml.presentation", "ppt/presentation.xml"),
    "ofd": ("application/ofd", "OFD.xml"),
}
_OPEN_DOCUMENTS = {"odt": _ODF + "text", "ods": _ODF + "spreadsheet", "odp": _ODF + "presentation"}

#: The older container of office programs (MS-CFB): only the name tells them apart.
_COMPOUND = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "wps": "application/wps-office.wps",
    "et": "application/wps-office.et",
    "dps": "application/wps-office.dps",
}
_COMPOUND_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_TEXT = {"txt": "text/plain", "csv": "text/csv"}
_ENCODINGS = ("utf-8-sig", "gb18030")
_NO_TEXT = frozenset(range(32)) - {9, 10, 12, 13}

#: Every format that is known, by the endings of names.
EXTENSIONS: dict[str, str] = {
    **_SIGNED,
    **{ending: media_type for ending, (media_type, _) in _ZIPPED.items()},
    **_OPEN_DOCUMENTS,
    **_COMPOUND,
    **_TEXT,
}


class Unrecognised(ValueError):
    """The file is none of the allowed formats, or not what its name says; the message says which."""


def recognise(content: IO[bytes], name: str, allowed: Collection[str]) -> str:
    """The media type of a file.

    :param content: can be read from any place.
    :param name: the file's, with an ending.
    :param allowed: the endings that are taken, of `EXTENSIONS`.
    :raises Unrecognised: where the content is not what the name's ending says, or the ending is not allowed.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in allowed:
        said = f"a file named .{ending}" if ending else "a file without an ending in its name"
        raise Unrecognised(f"{said} is not taken; these are: {', '.join(sorted(allowed))}")
    content.seek(0)
    head = content.read(_HEAD)
    if not _is(ending, head, content):
        raise Unrecognised(f"the content is not that of a .{ending} file{_seems(head)}")
    return EXTENSIONS[ending]


def _is(ending: str, head: bytes, content: IO[bytes]) -> bool:
    if ending in _TEXT:
        return _is_text(content)
    if ending in _COMPOUND:
        return head.startswith(_COMPOUND_MARK)
    if ending in _SIGNED:
        return _SIGNED[ending] in _signatures(head)
    return head.startswith(b"PK\x03\x04") and _holds(ending, content)


def _holds(ending: str, content: IO[bytes]) -> bool:
    """Whether a ZIP container is a document of that kind, without macros."""
    try:
        with zipfile.ZipFile(content) as container:
            names = set(container.namelist()[:_MOST_ENTRIES])
            if ending in _OPEN_DOCUMENTS:
                with container.open("mimetype") as stated:
                    return stated.read(100) == _OPEN_DOCUMENTS[ending].encode()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError, RuntimeError):
        return False
    macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return _ZIPPED[ending][1] in names and not macros


def _is_text(content: IO[bytes]) -> bool:
    """Whether all of it is text, in UTF-8 or GB 18030, without control characters."""
    return any(_decodes(content, encoding) for encoding in _ENCODINGS)


def _decodes(content: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    content.seek(0)
    try:
        while piece := content.read(_HEAD * 16):
            if not _NO_TEXT.isdisjoint(piece):
                return False
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _signatures(head: bytes) -> set[str]:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    return {_ALSO.get(match.mime_type, match.mime_type) for match in found}


def _seems(head: bytes) -> str:
    """What it is instead, where its signature says so."""
    known = sorted(_signatures(head) & set(_SIGNED.values()))
    if known:
        return f"; it is {known[0]}"
    return ""
