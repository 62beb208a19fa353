"""Models for the checks, drawn in few words, and what is found in them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definitions import Process, SourceFile, read
from engine.soundness import Fault, faults
from tests.execution.stories import definitions


def processes(body: str, *others: str, roots: str = "") -> Mapping[str, Process]:
    """The processes of a file, by key."""
    reading = read([SourceFile(name="p.bpmn", content=definitions(body, *others, roots=roots).encode())])
    assert reading.ok, [problem for problem in reading.problems if problem.severity == "error"]
    return {process.key: process for process in reading.processes}


def found(body: str, *others: str, roots: str = "", most: int | None = None) -> list[Fault]:
    """What is wrong with the process ``P`` and the others."""
    given = processes(body, *others, roots=roots)
    return faults(given) if most is None else faults(given, most=most)


def said(faults: list[Fault]) -> list[tuple[str, str]]:
    """Rule and element of each fault."""
    return [(fault.rule, fault.element) for fault in faults]


def gateway(kind: str, id: str, *targets: str, default: bool = True) -> str:
    """A gateway of ``exclusive``, ``parallel`` or ``inclusive`` with flows to the targets, the last by default."""
    decides = kind != "parallel" and len(targets) > 1
    attribute = f' default="{id}_{targets[-1]}"' if decides and default else ""
    out = [f'<{kind}Gateway id="{id}"{attribute}/>']
    for target in targets:
        conditional = decides and not (default and target == targets[-1])
        inner = f'<conditionExpression>= way = "{target}"</conditionExpression>' if conditional else ""
        out.append(f'<sequenceFlow id="{id}_{target}" sourceRef="{id}" targetRef="{target}">{inner}</sequenceFlow>')
    return "".join(out)
