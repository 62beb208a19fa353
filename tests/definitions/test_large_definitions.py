"""A large office's largest diagram is read while the designer waits."""

from __future__ import annotations

import time

from definition_drawing import condition, flow, process, reading

from engine.definitions.findings import MAX_PROBLEMS


def large(elements: int) -> str:
    """A process of that many flow nodes: tasks with choices between them, and as many shapes as a drawing has."""
    parts = ['<startEvent id="n0"/>']
    for number in range(1, elements - 1):
        if number % 4 == 2:
            parts.append(f'<exclusiveGateway id="n{number}" default="n{number}_n{number + 1}"/>')
            parts.append(flow(f"n{number}", f"n{elements - 1}", condition(f"= amount &gt; {number}")))
        else:
            parts.append(
                f'<userTask id="n{number}" camunda:candidateGroups="window,${{lead}}" '
                'camunda:dueDate="= working_days(5)"><documentation>Look.</documentation></userTask>'
            )
        parts.append(flow(f"n{number - 1}", f"n{number}"))
    parts.append(f'<endEvent id="n{elements - 1}"/>{flow(f"n{elements - 2}", f"n{elements - 1}")}')
    shapes = "".join(
        f'<bpmndi:BPMNShape id="n{number}_di" bpmnElement="n{number}"><o:Bounds xmlns:o="urn:dc" x="1" y="2"/>'
        "</bpmndi:BPMNShape>"
        for number in range(elements)
    )
    drawing = f'<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl">{shapes}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    return process("\n".join(parts)).replace("</definitions>", f"{drawing}</definitions>")


def test_two_thousand_elements_are_read_within_five_seconds() -> None:
    file = large(2_001)
    began = time.process_time()
    found = reading(file)
    assert time.process_time() - began < 5
    assert found.ok
    assert len(found.processes[0].elements) > 4_000


def test_a_file_that_is_wrong_everywhere_is_not_told_without_end() -> None:
    found = reading(large(2_001).replace("working_days(5)", "working_days(5"))
    assert len(found.problems) == MAX_PROBLEMS + 1
    assert found.problems[-1].rule == "too-many"
    assert not found.ok
