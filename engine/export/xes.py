"""XES (IEEE 1849-2016): a trace a case, an event an entry; for process mining by case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from engine.export.log import CaseFacts, EventLog, LoggedEvent
from engine.instants import instant

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<string key="lifecycle:transition" value="complete"/>
<date key="time:timestamp" value="1970-01-01T00:00:00.000000Z"/>
<string key="org:resource" value=""/>
</global>
<classifier name="Activity" scope="event" keys="concept:name"/>
<classifier name="Activity and transition" scope="event" keys="concept:name lifecycle:transition"/>
<string key="concept:name" value="Yichuang"/>
<string key="lifecycle:model" value="standard"/>
"""

#: Characters that XML 1.0 (§2.2) cannot hold, however they are written.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(log: EventLog) -> Iterator[bytes]:
    """The log as an XES document, a trace at a time."""
    yield _HEAD.encode()
    for trace in log.traces():
        parts = ["<trace>\n", *_case(trace.case)]
        for event in trace.events:
            parts += ["<event>\n", *_event(event), "</event>\n"]
        parts.append("</trace>\n")
        yield "".join(parts).encode()
    yield b"</log>\n"


def _case(case: CaseFacts) -> Iterator[str]:
    yield _string("concept:name", case.number)
    yield _string("case_type", case.type or "")
    yield _string("status", case.status)
    yield _string("matter", case.matter)
    yield _string("matter_name", case.matter_name)
    yield _string("unit", case.unit)
    yield _string("window", case.window)
    yield _string("channel", case.channel)
    yield _string("applicant", case.applicant)
    yield f'<date key="received" value="{instant(case.received)}"/>\n'


def _event(event: LoggedEvent) -> Iterator[str]:
    yield _string("concept:name", event.activity)
    yield _string("lifecycle:transition", event.transition)
    yield f'<date key="time:timestamp" value="{instant(event.at)}"/>\n'
    yield _string("org:resource", event.resource)
    yield _string("kind", event.kind)
    yield f'<int key="seq" value="{event.seq}"/>\n'
    if event.element is not None:
        yield _string("process", event.process or "")
        yield _string("element", event.element)


def _string(key: str, value: str) -> str:
    return f"<string key={quoteattr(key)} value={quoteattr(_IMPOSSIBLE.sub(chr(0xFFFD), value))}/>\n"
