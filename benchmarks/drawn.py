"""Diagrams that the benchmarks need and the office has no use for, each deployed as the process of a matter."""

from __future__ import annotations

from engine.definitions.model import SourceFile

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'id="{key}_definitions" targetNamespace="http://yichuang/benchmarks">'
    '<bpmn:process id="{key}" name="{key}" isExecutable="true">'
)
_TAIL = "</bpmn:process></bpmn:definitions>"
_AGAIN = '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">= again</bpmn:conditionExpression>'


def loop() -> SourceFile:
    """A user task that is done again as long as its answer says so."""
    return _file(
        "loop_task",
        [("start", "enter"), ("enter", "work"), ("work", "more"), ("more", "enter", _AGAIN), ("more", "end")],
        tasks=["work"],
        gateways={"enter": "exclusive", "more": "exclusive"},
    )


def loop_of_branches(width: int = 3) -> SourceFile:
    """A parallel block of user tasks that is done again as long as a last one says so."""
    branches = [f"work_{n}" for n in range(width)]
    return _file(
        "loop_block",
        [
            ("start", "enter"),
            ("enter", "split"),
            *(("split", name) for name in branches),
            *((name, "join") for name in branches),
            ("join", "look"),
            ("look", "more"),
            ("more", "enter", _AGAIN),
            ("more", "end"),
        ],
        tasks=[*branches, "look"],
        gateways={"enter": "exclusive", "more": "exclusive", "split": "parallel", "join": "parallel"},
    )


def block(width: int) -> SourceFile:
    """The joint case at its plainest, which the peers are timed on: an examination, opinions at once, a decision."""
    branches = [f"work_{n}" for n in range(width)]
    return _file(
        f"block_{width}",
        [
            ("start", "examine"),
            ("examine", "split"),
            *(("split", name) for name in branches),
            *((name, "join") for name in branches),
            ("join", "decide"),
            ("decide", "end"),
        ],
        tasks=["examine", *branches, "decide"],
        gateways={"split": "parallel", "join": "parallel"},
    )


def matters(*files: SourceFile) -> str:
    """The catalogue's table with a matter for each of these processes, coded 99001NN001."""
    head = (
        "code,name,type,unit,departments,legal_basis,level,statutory_days,promised_days,materials,fee,visits,"
        "windows,process"
    )
    rows = [
        f"{code_of(n)},{file.name},instant,housing,,《试验办法》第一条,district,20,10,申请书|original|1|required|,"
        f"0,1,,{file.name.removesuffix('.bpmn')}"
        for n, file in enumerate(files)
    ]
    return "\n".join([head, *rows]) + "\n"


def code_of(place: int) -> str:
    """Code of the matter at a place of `matters`."""
    return f"99001{place + 1:02d}001"


def _file(key: str, flows: list[tuple[str, ...]], *, tasks: list[str], gateways: dict[str, str]) -> SourceFile:
    nodes = ['<bpmn:startEvent id="start"/>', '<bpmn:endEvent id="end"/>']
    nodes += [
        f'<bpmn:userTask id="{id}" name="{id}"><bpmn:extensionElements>'
        f'<zeebe:assignmentDefinition candidateGroups="window"/></bpmn:extensionElements></bpmn:userTask>'
        for id in tasks
    ]
    for id, kind in gateways.items():
        out = [f"flow_{n}" for n, (source, *_) in enumerate(flows) if source == id]
        default = f' default="{out[-1]}"' if kind == "exclusive" and len(out) > 1 else ""
        nodes.append(f'<bpmn:{kind}Gateway id="{id}" name="{id}"{default}/>')
    for n, (source, target, *condition) in enumerate(flows):
        nodes.append(
            f'<bpmn:sequenceFlow id="flow_{n}" sourceRef="{source}" targetRef="{target}">{"".join(condition)}'
            "</bpmn:sequenceFlow>"
        )
    return SourceFile(name=f"{key}.bpmn", content=(_HEAD.format(key=key) + "".join(nodes) + _TAIL).encode())
