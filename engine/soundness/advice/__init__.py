"""What likely does not do as the designer means, though no case gets stuck by its control flow alone.

Warnings, each told only where it is sure: a check that cries wolf is soon passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.definitions.model import Problem, Process
from engine.execution.errors import DefinitionError
from engine.execution.places import Level
from engine.execution.reading import levels_of
from engine.soundness.advice import answers, catching, groups, timers, undoing, variables, ways_out
from engine.soundness.advice.remark import Remark

__all__ = ["advice"]


def advice(processes: Mapping[str, Process], *, is_group: Callable[[str], bool] | None = None) -> list[Problem]:
    """Warnings about processes, in their order.

    :param is_group: whether a name is that of a unit or group; lanes are looked at only where it is given
    """
    found = []
    read: dict[str, list[Level]] = {}
    for key, process in processes.items():
        try:
            read[key] = list(levels_of({key: process}))
        except DefinitionError:
            continue
    outside = catching.around([level for levels in read.values() for level in levels])
    for key, levels in read.items():
        process = processes[key]
        for remark in _remarks(process, levels, outside, is_group):
            found.append(
                Problem(
                    file=process.file,
                    line=process.elements[remark.element].line if remark.element in process.elements else 1,
                    element=remark.element,
                    rule=remark.rule,
                    severity="warning",
                    message=remark.message,
                )
            )
    return found


def _remarks(
    process: Process, levels: list[Level], outside: catching.Around, is_group: Callable[[str], bool] | None
) -> Iterator[Remark]:
    yield from ways_out.remarks(process, levels)
    yield from answers.remarks(process, levels)
    yield from timers.remarks(levels)
    yield from undoing.remarks(levels)
    yield from catching.remarks(levels, outside)
    if process.key not in outside:
        yield from variables.remarks(process, levels)
    if is_group is not None:
        yield from groups.remarks(levels, is_group)
