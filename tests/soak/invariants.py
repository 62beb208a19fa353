"""What must be so of a simulated office, whatever happened to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.execution import Execution
from engine.storage import tables
from tests.soak.simulated import Journal, Network, Simulation, opened

#: The timers at the task `work`: how long after it began each fires.
_AT_WORK = {"warn": [timedelta(days=1)], "often": [timedelta(hours=8 * each) for each in (1, 2, 3)]}
_WAIT = timedelta(days=2)


class Broken(AssertionError):
    """Something that must be so is not."""


def holds_now(simulation: Simulation) -> None:
    """What is so at every moment, also just after a crash.

    :raises Broken: where it is not.
    """
    office = simulation.office
    audit = office.people.person("audit")
    _, proofs = office.history.survey(by=audit, jobs=1)
    for proof in (*proofs, *office.ledger.prove(by=audit)):
        _must(proof["ok"], f"the proof of {proof['number']} fails: {proof['first_bad']}")
    checkpoints = simulation.folder / "checkpoints.jsonl"
    if checkpoints.exists() and checkpoints.read_bytes().count(b"\n"):
        kept = office.checkpoints.against(checkpoints)
        _must(kept["ok"], f"a checkpoint is broken: {kept['first_bad']}")
    _tasks_are_those_of_the_states(simulation)


def holds_at_the_end(simulation: Simulation) -> None:
    """What is so when nothing more happens, and all that is due has happened.

    :raises Broken: where it is not.
    """
    holds_now(simulation)
    entries = _entries(simulation)
    _every_acknowledged_step_is_there_once(simulation.journal, entries)
    _every_timer_fired_once_and_not_early(entries)
    _messages_and_signals_arrived(simulation.journal, entries)
    _work_outside_was_done(simulation, entries)
    _cases_moved_once(simulation.journal, entries)
    _files_and_rows_are_the_same(simulation)
    with simulation.office.database.read() as connection:
        case = tables.case.c
        waiting = connection.execute(select(case.number).where(case.wake_at <= simulation.clock.at)).scalars().all()
        _must(not waiting, f"a timer was lost: {waiting} are due")
        for table in (tables.signal, tables.signal_delivery):
            _must(connection.execute(select(table)).first() is None, f"{table.name} is not empty")


def _must(holds: bool, told: str) -> None:
    if not holds:
        raise Broken(told)


def _tasks_are_those_of_the_states(simulation: Simulation) -> None:
    """The inbox's rows, against the tasks in the stored state of each case."""
    office = simulation.office
    with office.database.read() as connection:
        expected: set[tuple[int, str]] = set()
        for row in connection.execute(select(tables.case)):
            program = office._context.programs.program(connection, row.binding)
            expected |= {(row.id, task.id) for task in Execution.restore(program, row.state).tasks}
        task = tables.task.c
        found = set(connection.execute(select(task.case_id, task.id).where(task.status == "open")).all())
    _must({tuple(row) for row in found} == expected, f"the inbox differs from the states: {found ^ expected}")


def _entries(simulation: Simulation) -> dict[str, list[Any]]:
    office = simulation.office
    audit = office.people.person("audit")
    with office.database.read() as connection:
        numbers = connection.execute(select(tables.case.c.number)).scalars().all()
    return {number: office.history.entries(number, by=audit, limit=1000)["items"] for number in numbers}


def _every_acknowledged_step_is_there_once(journal: Journal, entries: dict[str, list[Any]]) -> None:
    told = Counter[tuple[str, int, str, str]]()
    for asked in journal.asked:
        answer = journal.answered[asked["n"]]
        if "seq" in answer:
            told[answer["case"], answer["seq"], answer["kind"], asked.get("by", "bank")] += 1
    there = Counter(
        (number, entry["seq"], entry["kind"], entry["actor"])
        for number, items in entries.items()
        for entry in items
        if not entry["actor"].startswith("system:")
        and entry["kind"] != "case.migrated"
        and "n" not in entry["input"].get("payload", {})
    )
    _must(told == there, f"acknowledged and not there: {told - there}; there and not acknowledged: {there - told}")


def _every_timer_fired_once_and_not_early(entries: dict[str, list[Any]]) -> None:
    for number, items in entries.items():
        begun = _at(items[0])
        ended = {"work": None, "case": None}
        for entry in items:
            if entry["kind"] == "task.completed" and entry["element"] == "work":
                ended["work"] = _at(entry)
            if entry["kind"] == "message.received" and entry["input"]["name"] == "withdraw":
                ended["case"] = _at(entry)
        expected: dict[str, list[datetime]] = defaultdict(list)
        until = min((at for at in ended.values() if at is not None), default=None)
        for element, delays in _AT_WORK.items():
            expected[element] = [begun + delay for delay in delays if until is None or begun + delay <= until]
        if ended["case"] is None or begun + _WAIT <= ended["case"]:
            expected["wait"] = [begun + _WAIT]
        fired: dict[str, list[datetime]] = defaultdict(list)
        for entry in items:
            if entry["kind"] == "timer.fired":
                fired[entry["element"]].append(_at(entry))
        for element in expected.keys() | fired.keys():
            due, at = expected[element], fired[element]
            _must(len(due) == len(at), f"{number}: the timer {element} was due at {due} and fired at {at}")
            _must(
                all(late >= when for when, late in zip(due, at, strict=True)),
                f"{number}: the timer {element} fired early: due at {due}, fired at {at}",
            )


def _messages_and_signals_arrived(journal: Journal, entries: dict[str, list[Any]]) -> None:
    sent: dict[str, dict[int, str]] = {"send": {}, "signal": {}}
    for asked in journal.asked:
        answer = journal.answered[asked["n"]]
        if asked["op"] in sent and "refused" not in answer:
            sent[asked["op"]][asked["n"]] = answer.get("sent", "thrown")
    begun = {
        journal.answered[asked["n"]].get("case"): journal.when_answered[asked["n"]]
        for asked in journal.asked
        if asked["op"] == "start"
    }
    arrived: dict[str, Counter[int]] = {"message.received": Counter(), "signal.received": Counter()}
    for number, items in entries.items():
        of_case = Counter[int]()
        for entry in items:
            n = entry["input"].get("payload", {}).get("n")
            if n is not None:
                arrived[entry["kind"]][n] += 1
                of_case[n] += 1
        _must(all(count == 1 for count in of_case.values()), f"{number}: something came twice: {of_case}")
        withdrawn = any(e["kind"] == "message.received" and "n" not in e["input"]["payload"] for e in items)
        if not withdrawn and not _is_over(items):
            for n in sent["signal"]:
                # Of a signal that is thrown while the case begins, either may be first.
                _must(n < begun[number] or n in of_case, f"{number}: the signal {n} never came")
    messages = arrived["message.received"]
    _must(messages.keys() <= sent["send"].keys(), "a message came that nobody sent")
    for n, status in sent["send"].items():
        _must(status != "delivered" or messages[n] == 1, f"the message {n} was acknowledged and is not there")
    _must(arrived["signal.received"].keys() <= sent["signal"].keys(), "a signal came that nobody threw")


def _work_outside_was_done(simulation: Simulation, entries: dict[str, list[Any]]) -> None:
    """Each job was done once in its case, and what the office itself does at least once outside; nothing else was."""
    job = tables.job.c
    with simulation.office.database.read() as connection:
        rows = {row.id: row for row in connection.execute(select(job.id, job.status, job.element))}
    reached = set(Network(simulation.folder).reached())
    done = Counter(e["input"]["job"] for items in entries.values() for e in items if e["kind"] == "job.completed")
    _must(all(count == 1 for count in done.values()), f"a job was done twice: {done}")
    _must(done.keys() == {id for id, row in rows.items() if row.status == "completed"}, "rows of jobs differ")
    _must(reached <= rows.keys(), f"sent out without a case that says so: {reached - rows.keys()}")
    own = {id for id in done if rows[id].element == "tell"}
    _must(own <= reached, f"told to be done, and never sent: {own - reached}")
    left = [id for id, row in rows.items() if row.status in ("open", "failed")]
    _must(not left, f"jobs were never done: {left}")


def _cases_moved_once(journal: Journal, entries: dict[str, list[Any]]) -> None:
    """Who asked for cases to be moved was told no move that is not there, and no case was moved twice."""
    moves = {
        number: [(e["input"]["from"], e["input"]["to"]) for e in items if e["kind"] == "case.migrated"]
        for number, items in entries.items()
    }
    for number, moved in moves.items():
        versions = [version for move in moved for version in move]
        _must(versions == sorted(versions) and all(old < new for old, new in moved), f"{number} was moved {moved}")
    for answer in journal.answered.values():
        for number in answer.get("moved", ()):
            _must(answer["to"] in [new for _, new in moves[number]], f"{number} was told to be moved to {answer['to']}")


def _is_over(items: list[Any]) -> bool:
    """Whether all branches of the case have come to their ends."""
    done = {entry["element"] for entry in items if entry["kind"] in ("task.completed", "job.completed")}
    return {"work", "check", "tell"} <= done and any("n" in e["input"].get("payload", {}) for e in items)


def _files_and_rows_are_the_same(simulation: Simulation) -> None:
    """No row without its file, and, once it was swept, no file without its row."""
    office = simulation.office
    store = simulation.folder / "materials"
    office._context.store.sweep(office.materials._known, datetime.now().timestamp() + 1)
    files = {path.name for path in store.rglob("*") if path.is_file()}
    with office.database.read() as connection:
        rows = set(connection.execute(select(tables.material.c.digest)).scalars())
    _must(files == rows, f"files without a row: {files - rows}; rows without a file: {rows - files}")


def comes_back(simulation: Simulation, folder: Path) -> None:
    """What the last backup brings back is an office that holds.

    :raises Broken: where it does not.
    """
    backup = simulation.folder / "office.backup"
    if not backup.exists():
        return
    office = opened(folder, simulation.clock)
    office.backups.restore(backup, keys=simulation.folder / "keys", checkpoints=folder / "checkpoints.jsonl")
    office.close()


def _at(entry: Any) -> datetime:
    return datetime.fromisoformat(entry["at"])
