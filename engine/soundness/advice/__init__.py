"""What likely does not do as the designer means, though no case gets stuck by its control flow alone.

Warnings, each told only where it is sure: a check that cries wolf is soon passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.definitions.model import Problem, Process
from engine.execution.errors import DefinitionError
from engine.execution.places import Level
from engine.execution.reading import levels_of
from engine.soundness.advice import answers, groups, timers, undoing, variables, ways_out
from engine.soundness.advice.remark import Remark

__all__ = ["advice"]


def advice(processes: Mapping[str, Process], *, is_group: Callable[[str], bool] | None = None) -> list[Problem]:
    """Warnings about processes, in their order.

    :param is_group: whether a name is that of a unit or group; lanes are looked at only where it is given
    """
    found = []
    called = frozenset(key for process in processes.values() for key in process.calls)
    for process in processes.values():
        try:
            levels = list(levels_of({process.key: process}))
        except DefinitionError:
            continue
        for remark in _remarks(process, levels, process.key in called, is_group):
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
    process: Process, levels: list[Level], is_called: bool, is_group: Callable[[str], bool] | None
) -> Iterator[Remark]:
    yield from ways_out.remarks(process, levels)
    yield from answers.remarks(process, levels)
    yield from timers.remarks(levels)
    yield from undoing.remarks(levels)
    if not is_called:
        yield from variables.remarks(process, levels)
    if is_group is not None:
        yield from groups.remarks(levels, is_group)
