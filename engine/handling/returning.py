"""Which earlier steps a task may go back to, told from the history alone.

The way back leads along the tasks from whose completion the present one came. It is barred where something has happened
since that cannot be undone by going back: a timer, a message, work that others do, another task completed, the case's
acceptance or a delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.errors import NotOffered
from engine.execution import Program
from engine.execution.ids import made_in
from engine.forms.messages import both
from engine.history.kinds import Kind

#: What an entry says, as read.
Fields = Mapping[str, Any]

#: Kinds of entries that put the control flow back.
BACKWARD = frozenset({Kind.TASK_RETURNED, Kind.TASK_WITHDRAWN})

#: What may have happened since: it moves no token, and stays as it is.
STAYS = frozenset(
    {
        Kind.TASK_CLAIMED,
        Kind.TASK_UNCLAIMED,
        Kind.TASK_DELEGATED,
        Kind.COMMENT_ADDED,
        Kind.MATERIAL_ADDED,
        Kind.MATERIAL_VERIFIED,
        Kind.MATERIAL_WITHDRAWN,
        Kind.AGENT_ASSIGNED,
        Kind.CASE_SUSPENDED,
        Kind.CASE_RESUMED,
        Kind.CASE_EXTENDED,
        Kind.CASE_RECOUNTED,
        Kind.CASE_PRIORITISED,
        Kind.CASE_REMINDED,
    }
)

#: Milestones that hold towards the applicant (行政许可法 art. 32, art. 44).
_FINAL = {
    "accepted": ("已受理", "the case was accepted"),
    "deemed-accepted": ("已视为受理", "the case was deemed accepted"),
    "delivered": ("决定已送达", "the decision was delivered"),
}


def earlier(entries: Sequence[Fields], task: str) -> Iterator[Fields]:
    """The completions from which an open task came, the latest first.

    :param entries: the whole history, in order.
    """
    at = made_in(task)
    while at > 0:
        fields = entries[at - 1]
        if fields["kind"] == Kind.TASK_COMPLETED:
            yield fields
            at = made_in(fields["input"]["task"])
        elif fields["kind"] in BACKWARD:
            at = made_in(fields["input"]["completed"])
        else:
            return


def undone(entries: Sequence[Fields]) -> set[int]:
    """Numbers of the entries whose control flow was put back since, with those that put it back.

    What only stands beside it, such as a comment between two of them, is among them.
    """
    return {
        seq
        for fields in entries
        if fields["kind"] in BACKWARD
        for seq in range(fields["input"]["entry"], fields["seq"] + 1)
    }


def require_way_back(entries: Sequence[Fields], to: Fields, way: Sequence[Fields], program: Program) -> None:
    """Refuse where something bars the way back to before a completion.

    :param way: the completions from the present task back to that one, which are undone with it.
    :raises NotOffered: saying what bars it.
    """
    ours = {fields["seq"] for fields in way} | {to["seq"]}
    gone = undone(entries)
    if to["seq"] in gone:
        raise NotOffered(both("此次办理已收回过", "that completion was taken back already"))
    for fields in entries[to["seq"] - 1 :]:
        seq, kind = fields["seq"], fields["kind"]
        if seq in gone or kind in STAYS:
            continue
        if seq not in ours:
            told = _told(fields, program)
            raise NotOffered(both(f"此后已有别的记录：{told}", f"something else has happened since: {told}"))
        for passed in fields["outcome"].get("milestones", ()):
            if (milestone := passed["properties"].get("milestone")) in _FINAL:
                chinese, english = _FINAL[milestone]
                raise NotOffered(both(f"第 {seq} 条记录起{chinese}", f"{english} by entry {seq}"))
        for process, element in fields["outcome"].get("path", ()):
            if program.reaches_out(process, element):
                name = _name(program, process, element)
                raise NotOffered(both(f"第 {seq} 条记录已对外发出「{name}」", f"{name} was sent by entry {seq}"))


def _told(fields: Fields, program: Program) -> str:
    named = fields["outcome"].get("fired") or fields
    name = _name(program, named["process"], named["element"]) if named["element"] else ""
    return f"{fields['kind']} {name}".strip() + f" (entry {fields['seq']}, {fields['actor']})"


def _name(program: Program, process: str, element: str) -> str:
    found = program.processes[process].elements.get(element) if process in program.processes else None
    return found.name or element if found is not None else element
