"""Sets with one bad file beside a good one, and the rule by which each is refused."""

from __future__ import annotations

import io
import zipfile

_OPEN = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="u">'


def _process(key: str, middle: str = '<task id="x"/>', name: str = "") -> str:
    flows = '<sequenceFlow id="f" sourceRef="s" targetRef="x"/><sequenceFlow id="g" sourceRef="x" targetRef="e"/>'
    return (
        f'{_OPEN}<process id="{key}" name="{name}" isExecutable="true"><startEvent id="s"/>{middle}<endEvent id="e"/>'
        f"{flows}</process></definitions>"
    )


def _bomb() -> str:
    """A billion laughs: each entity is nine of the one before."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 9}">' for n in range(1, 12))
    return f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>{_process("bad", name="&e11;")}'


def _packed() -> bytes:
    """An archive that unpacked would be a thousand times as large."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bad.bpmn", b"<" * (8 << 20))
    return packed.getvalue()


def _calling(other: str) -> str:
    return f'<callActivity id="x" calledElement="{other}"/>'


GOOD = {"good.bpmn": _process("good").encode()}

#: What is wrong → the bad files, the rule, and the file that is named.
BAD_SETS: dict[str, tuple[dict[str, bytes], str, str]] = {
    "an entity bomb": ({"bad.bpmn": _bomb().encode()}, "unsafe-xml", "bad.bpmn"),
    "an external entity": (
        {"bad.bpmn": f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>{_process("bad", name="&a;")}'.encode()},
        "unsafe-xml",
        "bad.bpmn",
    ),
    "an external document type": (
        {"bad.dmn": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><definitions id="d" name="d"/>'},
        "unsafe-xml",
        "bad.dmn",
    ),
    "an archive under another name": ({"bad.bpmn": _packed()}, "not-xml", "bad.bpmn"),
    "an archive": ({"bad.zip": _packed()}, "unknown-file", "bad.zip"),
    "calls in a circle": (
        {
            "bad.bpmn": _process("bad", _calling("other")).encode(),
            "b.bpmn": _process("other", _calling("bad")).encode(),
        },
        "call-cycle",
        "b.bpmn",
    ),
    "an id that is used twice": (
        {"bad.bpmn": _process("bad", '<task id="x"/>' * 2).encode()},
        "duplicate-id",
        "bad.bpmn",
    ),
    "a process that is there twice": ({"bad.bpmn": GOOD["good.bpmn"]}, "duplicate-id", "bad.bpmn"),
    "a file that was cut off": ({"bad.bpmn": GOOD["good.bpmn"][:200]}, "not-xml", "bad.bpmn"),
}
