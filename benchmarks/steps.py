"""One completed task: through the office, by the plain library as its documentation shows it, and at the floor."""

from __future__ import annotations

import json
import sqlite3
from itertools import count
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from benchmarks import drawn
from benchmarks.timing import Turns
from benchmarks.workplace import BLOCK, DATA, Workplace


def completions(place: Workplace, cases: int) -> Turns:
    """Ordinary joint cases of three departments with five kilobytes of data, from acceptance to reply.

    Every completion is followed by the floor with the bytes that it wrote.
    """
    turns, matter = Turns(), place.matter_of(3)
    for turn in range(2 + cases):
        warming = turn < 2
        for way in ("at hand", "restored"):
            case = place.accept(matter)
            offices = [place.office, place.other if way == "restored" else place.office]
            for step in count():
                if not case["tasks"]:
                    break
                task = case["tasks"][0]
                # Read where the step before was taken, so that this does not read the case for the one to come.
                data, by = place.answer(task, offices[(step + 1) % 2]), place.who(task)
                office, once = offices[step % 2], place.once(task)
                taken = Turns() if warming else turns
                case = taken.time(
                    f"step, {way}",
                    lambda: office.tasks.complete(task["id"], data, by=by, once=once),  # noqa: B023
                    rested=True,
                )
                stored = place.written(case["number"], once)
                taken.time("floor", lambda: place.floor.step(*stored), rested=True)  # noqa: B023
    return turns


def on_a_plain_block(place: Workplace, cases: int) -> Turns:
    """The peers' diagram in the office and in the plain library: an examination, three opinions at once, a decision."""
    return _on_a_plain_block(place, cases, "block", "full")


def on_a_plain_block_at_once(place: Workplace, cases: int) -> Turns:
    """The same without a rest: the floor follows the step's commit at once, which no step does."""
    return _on_a_plain_block(place, cases, "at once", "full", rested=False)


def on_a_plain_block_unsynced(place: Workplace, cases: int) -> Turns:
    """The same without waiting for the disk, for comparison only: a step may be lost where the power fails."""
    with place.unsynced():
        return _on_a_plain_block(place, cases, "unsynced", "normal")


def _on_a_plain_block(place: Workplace, cases: int, name: str, synchronous: str, *, rested: bool = True) -> Turns:
    turns, naive = Turns(), Naive(place.file.parent / f"naive_{name}.db", drawn.block(3).content, synchronous)
    for turn in range(2 + cases):
        taken = Turns() if turn < 2 else turns
        # A case of the one, then of the other: what either leaves in the processor's caches is not the other's cost.
        case, steps = place.accept(BLOCK), 0
        while case["tasks"]:
            task = case["tasks"][0]
            by, once = place.who(task), place.once(task)
            case = taken.time(
                f"{name}, office",
                lambda: place.office.tasks.complete(task["id"], {}, by=by, once=once),  # noqa: B023
                rested=rested,
            )
            stored = place.written(case["number"], once)
            taken.time(f"{name}, floor", lambda: place.floor.step(*stored), rested=rested)  # noqa: B023
            steps += 1
        workflow = naive.start(DATA)
        for _ in range(steps):
            taken.time(f"{name}, naive", lambda: naive.complete(workflow), rested=rested)  # noqa: B023
    naive.close()
    return turns


class Naive:
    """SpiffWorkflow as its documentation shows it: the whole workflow to JSON and back at each step, in one row.

    No history, no inbox, no rights, and expressions in Python; committed as durably as ours.

    :param synchronous: SQLite's pragma of that name.
    """

    def __init__(self, file: Path, diagram: bytes, synchronous: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(diagram))
        self._key = parser.get_process_ids()[0]
        self._spec = parser.get_spec(self._key)
        self._serializer = BpmnWorkflowSerializer()
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute(f"pragma synchronous = {synchronous}")
        self._connection.execute("create table workflow (id integer primary key, state text)")

    def start(self, data: dict[str, Any]) -> int:
        """Begin one; gives its id."""
        workflow = BpmnWorkflow(self._spec)
        workflow.get_next_task(state=TaskState.READY).data.update(json.loads(json.dumps(data)))
        workflow.do_engine_steps()
        state = self._serializer.serialize_json(workflow)
        cursor = self._connection.execute("insert into workflow (state) values (?)", (state,))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def complete(self, id: int) -> None:
        """Complete the first task that is ready."""
        (state,) = self._connection.execute("select state from workflow where id = ?", (id,)).fetchone()
        workflow = self._serializer.deserialize_json(state)
        workflow.get_next_task(state=TaskState.READY, manual=True).run()
        workflow.do_engine_steps()
        self._connection.execute("begin immediate")
        state = self._serializer.serialize_json(workflow)
        self._connection.execute("update workflow set state = ? where id = ?", (state, id))
        self._connection.execute("commit")

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()
