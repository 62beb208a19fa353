"""A process laid out in a row, so that a browser has something to draw."""

from __future__ import annotations

from lxml import etree

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_SPACES = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
)


def drawn(text: str, key: str = "moved") -> str:
    """The file with a diagram of one of its processes."""
    root = etree.fromstring(text.encode())
    (process,) = (node for node in root.iter(f"{_BPMN}process") if node.get("id") == key)
    flows = [node for node in process if node.tag == f"{_BPMN}sequenceFlow"]
    targets = {flow.get("sourceRef"): flow.get("targetRef") for flow in flows}
    nodes = {node.get("id"): node for node in process if node not in flows}
    at = next(id for id, node in nodes.items() if node.tag == f"{_BPMN}startEvent")
    places: dict[str | None, tuple[int, int]] = {}
    while at is not None and at not in places:
        places[at] = (80 + 180 * len(places), 36 if "Event" in str(nodes[at].tag) else 100)
        at = targets.get(at)
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{id}_di" bpmnElement="{id}">'
        f'<dc:Bounds x="{x}" y="{100 - min(size, 80) / 2}" width="{size}" height="{min(size, 80)}"/></bpmndi:BPMNShape>'
        for id, (x, size) in places.items()
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge id="{flow.get("id")}_di" bpmnElement="{flow.get("id")}">'
        f'<di:waypoint x="{places[flow.get("sourceRef")][0] + places[flow.get("sourceRef")][1]}" y="100"/>'
        f'<di:waypoint x="{places[flow.get("targetRef")][0]}" y="100"/></bpmndi:BPMNEdge>'
        for flow in flows
        if flow.get("sourceRef") in places and flow.get("targetRef") in places
    )
    plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="{key}">{shapes}{edges}</bpmndi:BPMNPlane>'
    diagram = f'<bpmndi:BPMNDiagram {_SPACES} id="diagram">{plane}</bpmndi:BPMNDiagram>'
    return text.replace("</definitions>", f"{diagram}</definitions>")
