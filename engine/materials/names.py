"""What a file is called: the name that a client sent, with nothing in it that means something elsewhere."""

from __future__ import annotations

import re
import unicodedata

#: Longest name kept, in characters, and in bytes of UTF-8, beyond which file systems cannot keep it; a longer one loses
#: its middle, not its ending.
LONGEST, LONGEST_BYTES = 120, 255

_PATH = re.compile(r"[/\\]")
#: What some system or other reads as more than a letter of a name.
_SPECIAL = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def plain_name(sent: str | None) -> str:
    """The base name of what was sent, normalised (NFC); ``file`` where nothing is left of it.

    Folders, control and formatting characters (which can turn the reading order, and so hide an ending),
    leading dots and reserved names of Windows are gone.
    """
    base = _PATH.split(unicodedata.normalize("NFC", sent or ""))[-1]
    kept = "".join(sign for sign in base if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    name = _SPECIAL.sub("_", kept).strip(" .")
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name) > LONGEST or len(name.encode()) > LONGEST_BYTES:
        stem, dot, ending = name.rpartition(".")
        tail = dot + ending if stem and len(ending) <= 10 else ""
        left = name[: LONGEST - len(tail)].encode()[: LONGEST_BYTES - len(tail.encode())]
        name = left.decode(errors="ignore") + tail
    return name or "file"
