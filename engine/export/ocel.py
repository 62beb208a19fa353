"""OCEL 2.0 as JSON: events with the case, applicant, unit, matter and material that they concern.

For mining across cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from engine.export.log import CaseFacts, EventLog, LoggedEvent
from engine.instants import instant

#: When what never changes has its attributes from (OCEL 2.0 §3.1 wants a time for each).
ALWAYS = "1970-01-01T00:00:00.000000Z"

_MATERIAL = ("material", "source", "grade")
_CASE = ("type", "status", "window", "channel")
#: Attributes of an event, and their types.
EVENT = {"seq": "integer", "kind": "string", "transition": "string", "resource": "string", "element": "string"}


def write(log: EventLog) -> Iterator[bytes]:
    """The log as an OCEL 2.0 document. The types of events stand at its end, where all of them are known."""
    yield b'{"objectTypes":' + orjson.dumps(object_types()) + b',\n"objects":[\n'
    yield from _joined(objects(log))
    yield b'],\n"events":[\n'
    activities: set[str] = set()
    yield from _joined(events(log, activities))
    attributes = [{"name": name, "type": kind} for name, kind in EVENT.items()]
    types = [{"name": activity, "attributes": attributes} for activity in sorted(activities)]
    yield b'],\n"eventTypes":' + orjson.dumps(types) + b"}\n"


def object_types() -> list[dict[str, Any]]:
    """The types of objects, each with its attributes."""
    return [
        {"name": "case", "attributes": [{"name": name, "type": "string"} for name in _CASE]},
        {"name": "applicant", "attributes": []},
        {"name": "unit", "attributes": []},
        {"name": "matter", "attributes": [{"name": "name", "type": "string"}]},
        {"name": "material", "attributes": [{"name": name, "type": "string"} for name in _MATERIAL]},
    ]


def objects(log: EventLog) -> Iterator[dict[str, Any]]:
    """The objects of a log, as they stand in the document."""
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
    for material in log.materials():
        given = {name: getattr(material, name) or "" for name in _MATERIAL}
        yield _object(
            f"material:{material.id}",
            "material",
            [{"name": name, "time": instant(material.added), "value": value} for name, value in given.items()],
            [{"objectId": f"case:{material.case}", "qualifier": "handed in for"}],
        )
    for applicant in log.applicants():
        yield _object(f"applicant:{applicant}", "applicant")
    for unit in sorted(units):
        yield _object(f"unit:{unit}", "unit")
    for matter, name in sorted(matters.items()):
        yield _object(f"matter:{matter}", "matter", [{"name": "name", "time": ALWAYS, "value": name}])


def _object(
    id: str, type: str, attributes: Iterable[dict[str, Any]] = (), relationships: Iterable[dict[str, str]] = ()
) -> dict[str, Any]:
    return {"id": id, "type": type, "attributes": list(attributes), "relationships": list(relationships)}


def events(log: EventLog, activities: set[str]) -> Iterator[dict[str, Any]]:
    """The events of a log, as they stand in the document.

    :param activities: takes the types of the events that came.
    """
    for trace in log.traces():
        concerned = [{"objectId": f"case:{trace.case.number}", "qualifier": "case"}, *_relations(trace.case)]
        for event in trace.events:
            activities.add(event.activity)
            yield {
                "id": f"{trace.case.number}/{event.seq}",
                "type": event.activity,
                "time": instant(event.at),
                "attributes": [{"name": name, "value": _value(event, name)} for name in EVENT],
                "relationships": concerned + _of_material(event),
            }


def _of_material(event: LoggedEvent) -> list[dict[str, str]]:
    return [] if event.material is None else [{"objectId": f"material:{event.material}", "qualifier": "material"}]


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
