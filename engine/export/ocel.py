"""OCEL 2.0 as JSON: events with the case, applicant, unit and matter that they concern; for mining across cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from engine.export.log import CaseFacts, EventLog, LoggedEvent
from engine.history.chain import instant

#: When what never changes has its attributes from (OCEL 2.0 §3.1 wants a time for each).
_ALWAYS = "1970-01-01T00:00:00.000000Z"

_CASE = ("type", "status", "window", "channel")
_EVENT = {"seq": "integer", "kind": "string", "transition": "string", "resource": "string", "element": "string"}


def write(log: EventLog) -> Iterator[bytes]:
    """The log as an OCEL 2.0 document. The types of events stand at its end, where all of them are known."""
    yield b'{"objectTypes":' + orjson.dumps(_object_types()) + b',\n"objects":[\n'
    yield from _joined(_objects(log))
    yield b'],\n"events":[\n'
    activities: set[str] = set()
    yield from _joined(_events(log, activities))
    attributes = [{"name": name, "type": kind} for name, kind in _EVENT.items()]
    types = [{"name": activity, "attributes": attributes} for activity in sorted(activities)]
    yield b'],\n"eventTypes":' + orjson.dumps(types) + b"}\n"


def _object_types() -> list[dict[str, Any]]:
    return [
        {"name": "case", "attributes": [{"name": name, "type": "string"} for name in _CASE]},
        {"name": "applicant", "attributes": []},
        {"name": "unit", "attributes": []},
        {"name": "matter", "attributes": [{"name": "name", "type": "string"}]},
    ]


def _objects(log: EventLog) -> Iterator[dict[str, Any]]:
    units: set[str] = set()
    matters: dict[str, str] = {}
    for case in log.cases():
        units.add(case.unit)
        matters[case.matter] = case.matter_name
        given = {name: getattr(case, name) or "" for name in _CASE}
        yield _object(
            f"case:{case.number}",
            "case",
            [{"name": name, "time": instant(case.received), "value": value} for name, value in given.items()],
            _relations(case),
        )
    for applicant in log.applicants():
        yield _object(f"applicant:{applicant}", "applicant")
    for unit in sorted(units):
        yield _object(f"unit:{unit}", "unit")
    for matter, name in sorted(matters.items()):
        yield _object(f"matter:{matter}", "matter", [{"name": "name", "time": _ALWAYS, "value": name}])


def _object(
    id: str, type: str, attributes: Iterable[dict[str, Any]] = (), relationships: Iterable[dict[str, str]] = ()
) -> dict[str, Any]:
    return {"id": id, "type": type, "attributes": list(attributes), "relationships": list(relationships)}


def _events(log: EventLog, activities: set[str]) -> Iterator[dict[str, Any]]:
    for trace in log.traces():
        concerned = [{"objectId": f"case:{trace.case.number}", "qualifier": "case"}, *_relations(trace.case)]
        for event in trace.events:
            activities.add(event.activity)
            yield {
                "id": f"{trace.case.number}/{event.seq}",
                "type": event.activity,
                "time": instant(event.at),
                "attributes": [{"name": name, "value": _value(event, name)} for name in _EVENT],
                "relationships": concerned,
            }


def _value(event: LoggedEvent, name: str) -> Any:
    value = getattr(event, name)
    return "" if value is None else value


def _relations(case: CaseFacts) -> list[dict[str, str]]:
    return [
        {"objectId": f"applicant:{case.applicant}", "qualifier": "applicant"},
        {"objectId": f"unit:{case.unit}", "qualifier": "accepted by"},
        {"objectId": f"matter:{case.matter}", "qualifier": "matter"},
    ]


def _joined(values: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    mark = b""
    for value in values:
        yield mark + orjson.dumps(value)
        mark = b",\n"
