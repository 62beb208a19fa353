"""An office that is simulated: its people, what they do next, and what they were told.

What happens is drawn from the seed and the state of the office, one command after the other. Each command is noted
before it is given, and its answer after it has come: whoever takes the office up again after a crash gives the command
that has no answer once more, with the same idempotency key, as a client would.

Actors are at work all at once: in the middle of a command, before it writes, while a file is synced or something is
sent, others give theirs, whole. Which, and where, comes from the seed too, so that a race that was seen once is seen
again.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from engine import Office
from engine.connectors import Done, Failed
from engine.definitions.model import SourceFile
from engine.errors import Unavailable, YichuangError
from engine.office.cases import GROUNDS
from engine.office.office import SYSTEM
from engine.office.once import Once
from engine.office.people import NewPerson
from engine.storage import Database, points, tables
from tests.office.at_work import applicant
from tests.office.handing_in import PDF

#: A Tuesday morning in Beijing.
BEGIN = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)

MODEL = Path(__file__).parent / "models" / "soaked.bpmn"
MATTER = "9900000001"

_UNITS = "code,name,level,parent\nroot,区,district,\nhall,大厅,department,root\nhousing,住建,department,root\n"
_WINDOWS = "code,name,unit,address\nH01,窗口,hall,\n"
_MATTERS = (
    "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    f"{MATTER},试验,promised,hall,《试》,district,20,10,soaked\n"
)
_PEOPLE = {
    "lan": [("hall", "clerk")],
    "mei": [("hall", "clerk")],
    "bo": [("hall", "leader")],
    "fang": [("housing", "clerk")],
    "design": [("hall", "designer")],
    "boss": [("root", "admin")],
    "audit": [("root", "auditor")],
    "bank": [("root", "worker")],
}

#: How often somebody comes between where somebody can.
BETWEEN = 0.12

#: As whom the bank's worker fetches.
WORKER = "counter"


class Clock:
    """A clock that stands where the last command was."""

    def __init__(self) -> None:
        self.at = BEGIN

    def now(self) -> datetime:
        """The present instant."""
        return self.at


class Network:
    """What is outside: it remembers whatever reached it, crash or no crash, and one request in four fails."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "network"

    @property
    def by_topic(self) -> dict[str, Callable[[str, Any], Done | Failed]]:
        """As connectors are asked for."""
        return {"http": self._take, "mail": self._take}

    def reached(self) -> list[str]:
        """The ids of jobs that reached it, as often as they did."""
        return self._path.read_text().split() if self._path.exists() else []

    def _take(self, id: str, _given: Any) -> Done | Failed:
        with self._path.open("a") as file:
            file.write(f"{id}\n")
        chance = hashlib.sha256(f"{id} {self.reached().count(id)}".encode()).digest()[0]
        return Failed("The register is away.") if chance < 64 else Done({})


def opened(folder: Path, clock: Clock) -> Office:
    """The office in a folder."""
    return Office(
        f"sqlite:///{folder}/office.db",
        keyring=f"sqlite:///{folder}/keyring.db",
        clock=clock,
        materials=folder / "materials",
        connectors=Network(folder),
    )


def found(folder: Path) -> None:
    """Make an office in a folder, with its people, and nothing done yet."""
    office = opened(folder, Clock())
    office.upgrade()
    office.catalogue.import_units(_UNITS)
    office.catalogue.import_windows(_WINDOWS)
    office.definitions.deploy([SourceFile(name="soaked.bpmn", content=MODEL.read_bytes())], by=SYSTEM)
    office.catalogue.import_matters(_MATTERS)
    office.people.add_all(
        [
            NewPerson(username=name, name=name, password="three calm herons", memberships=places)
            for name, places in _PEOPLE.items()
        ]
    )
    office.close()


class Journal:
    """What was asked and what was answered, which outlives the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.asked: list[dict[str, Any]] = []
        self.answered: dict[int, dict[str, Any]] = {}
        #: Command → how many had been given when its answer came: what has a number from there on came after it.
        self.when_answered: dict[int, int] = {}
        for line in path.read_bytes().split(b"\n")[:-1]:
            self._take(orjson.loads(line))

    def note(self, what: dict[str, Any]) -> None:
        """Write something down."""
        os.write(self._file, orjson.dumps(what) + b"\n")
        self._take(what)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _take(self, what: dict[str, Any]) -> None:
        if "answer" in what:
            self.answered[what["n"]] = what["answer"]
            self.when_answered[what["n"]] = len(self.asked)
        else:
            self.asked.append(what)


class Simulation:
    """An office at work.

    :param seed: decides everything.
    :param steps: commands in all.
    """

    def __init__(self, folder: Path, seed: int, steps: int) -> None:
        self._seed, self._steps = seed, steps
        self.clock = Clock()
        self.journal = Journal(folder / "journal")
        self.folder = folder
        self.office = opened(folder, self.clock)
        self._people = {name: self.office.people.person(name) for name in _PEOPLE}
        #: Told at each point of `engine.storage.points`.
        self.watch: Callable[[str], None] = lambda point: None
        #: The command in the middle of which others may come; transactions that write now; places passed so far.
        self._under_way: dict[str, Any] | None = None
        self._writing = 0
        self._places = 0
        points.observer = self._at_point
        self._let_others_write(self.office.database)
        self._let_others_write(self.office.keyring.database)

    def go_on(self) -> None:
        """Give the commands that are left."""
        journal = self.journal
        if journal.asked:
            self.clock.at = max(datetime.fromisoformat(asked["at"]) for asked in journal.asked)
            # Several may have been under way at once.
            for asked in [asked for asked in journal.asked if asked["n"] not in journal.answered]:
                self._give(asked)
        while len(journal.asked) < self._steps:
            self._next(len(journal.asked))

    def settle(self) -> None:
        """What stands still goes on, and then all that is due in a year happens."""
        for case in self._cases("suspended"):
            self._note_and_give({"op": "resume", "case": case, "by": "lan"})
        while self._jobs(tables.job.c.status.in_(["open", "failed"])):
            for case in self._cases("failed"):
                self._note_and_give({"op": "retry", "case": case, "by": "bo"})
            self._note_and_give({"op": "fetch", "most": 100, "seconds": 7200})
            for job in self._held():
                self._note_and_give({"op": "job_done", "job": job})
            self._note_and_give({"op": "deliver"})
        self._note_and_give({"op": "tick", "seconds": 366 * 86400})

    def close(self) -> None:
        """Let go of everything."""
        points.observer = None
        self.office.close()
        self.journal.close()

    def _next(self, n: int) -> None:
        rng = random.Random(f"{self._seed} {n}")
        for _ in range(20):
            command = self._drawn(rng, n)
            if command is not None:
                break
        else:
            command = {"op": "start", "by": "lan", "serial": n}
        asked = self._noted(command)
        self._under_way, self._places = asked, 0
        try:
            self._give(asked)
        finally:
            self._under_way = None

    def _note_and_give(self, command: dict[str, Any]) -> None:
        self._give(self._noted(command))

    def _noted(self, command: dict[str, Any]) -> dict[str, Any]:
        at = self.clock.at + timedelta(seconds=command.get("seconds", 1))
        asked = {"n": len(self.journal.asked), "at": at.isoformat(), **command}
        self.journal.note(asked)
        self.clock.at = at
        return asked

    def _at_point(self, point: str) -> None:
        self.watch(point)
        self._others()

    def _let_others_write(self, database: Database) -> None:
        """Let others come before each transaction that writes, and none while it is open."""
        write = database.write

        def begin() -> AbstractContextManager[Any]:
            self._others()
            return _Writing(write(), self)

        database.write = begin  # type: ignore[method-assign]

    def _others(self) -> None:
        """Somebody else gives a command of another kind in the middle of the one that is under way, or nobody does."""
        middle = self._under_way
        if middle is None or self._writing or len(self.journal.asked) >= self._steps:
            return
        self._places += 1
        rng = random.Random(f"{self._seed} {middle['n']} {self._places}")
        if rng.random() >= BETWEEN:
            return
        # One after the other: nobody comes between those who come between.
        self._under_way = None
        try:
            command = self._drawn(rng, len(self.journal.asked))
            if command is not None and command["op"] != middle["op"]:
                self._note_and_give({**command, "within": middle["n"]})
        finally:
            self._under_way = middle

    def _give(self, asked: dict[str, Any]) -> None:
        once = Once(key=f"k{asked['n']}", scope=asked["op"], digest=hashlib.sha256(orjson.dumps(asked)).hexdigest())
        try:
            answer = getattr(self, f"_do_{asked['op']}")(asked, once) or {}
        except Unavailable:
            raise
        except YichuangError as error:
            answer = {"refused": error.problem}
        self.journal.note({"n": asked["n"], "answer": answer})

    # -- what can be done --------------------------------------------------------------------------------

    def _drawn(self, rng: random.Random, n: int) -> dict[str, Any] | None:
        open_cases, suspended = self._cases("open"), self._cases("suspended")
        clerk = rng.choice(["lan", "mei"])
        op = rng.choice(_OPS)
        if op in ("claim", "unclaim", "delegate", "complete"):
            who = rng.choice(["lan", "mei", "bo", "fang"])
            tasks = self.office.tasks.list(by=self._people[who], limit=200)["items"]
            tasks.sort(key=lambda task: (task["case"], task["element"]))
            return {"op": op, "by": who, "task": rng.choice(tasks)["id"]} if tasks else None
        match op:
            case "start":
                return {"op": op, "by": clerk, "serial": rng.randrange(1, 9)}
            case "tick":
                return {"op": op, "seconds": rng.choice([60, 3600, 8 * 3600, 86400, 3 * 86400])}
            case "deploy" | "migrate" | "signal" | "checkpoint" | "token" | "sweep" | "backup" | "deliver":
                return {"op": op}
            case "fetch":
                return {"op": op, "most": rng.randrange(1, 4)}
            case "job_done" | "job_failed":
                held = self._held()
                return {"op": op, "job": rng.choice(held), "last": rng.random() < 0.3} if held else None
            case "retry":
                failed = self._cases("failed")
                return {"op": op, "by": "bo", "case": rng.choice(failed)} if failed else None
            case "close_day":
                return {"op": op, "day": f"2026-{rng.randrange(3, 7):02d}-{rng.randrange(1, 29):02d}"}
            case "resume":
                return {"op": op, "by": clerk, "case": rng.choice(suspended)} if suspended else None
            case "send":
                return {"op": op, "by": clerk, "invoice": rng.randrange(max(1, n)), "ttl": rng.choice([0, 86400 * 5])}
            case "extend" | "assign":
                return {"op": op, "by": "bo", "case": rng.choice(open_cases)} if open_cases else None
            case _:
                cases = open_cases + (suspended if op in ("comment", "upload", "withdraw_file") else [])
                return {"op": op, "by": clerk, "case": rng.choice(cases)} if cases else None

    def _do_start(self, asked: dict[str, Any], once: Once) -> Any:
        given = {"invoice": str(asked["n"])}
        by = self._people[asked["by"]]
        made = self.office.cases.start(MATTER, applicant(asked["serial"]), given, by=by, once=once)
        return {"case": made["number"], "seq": made["version"], "kind": "case.started"}

    def _do_claim(self, asked: dict[str, Any], once: Once) -> Any:
        by = self._people[asked["by"]]
        return _step(self.office.tasks.claim(asked["task"], by=by, once=once), "task.claimed")

    def _do_unclaim(self, asked: dict[str, Any], once: Once) -> Any:
        by = self._people[asked["by"]]
        return _step(self.office.tasks.unclaim(asked["task"], by=by, once=once), "task.unclaimed")

    def _do_delegate(self, asked: dict[str, Any], once: Once) -> Any:
        by = self._people[asked["by"]]
        return _step(self.office.tasks.delegate(asked["task"], "mei", by=by, once=once), "task.delegated")

    def _do_complete(self, asked: dict[str, Any], once: Once) -> Any:
        by = self._people[asked["by"]]
        return _step(self.office.tasks.complete(asked["task"], {}, by=by, once=once), "task.completed")

    def _do_comment(self, asked: dict[str, Any], once: Once) -> Any:
        return self._case(asked, once, "comment.added", self.office.cases.comment, f"说 {asked['n']}")

    def _do_suspend(self, asked: dict[str, Any], once: Once) -> Any:
        suspend = self.office.cases.suspend
        return self._case(asked, once, "case.suspended", suspend, "听证", GROUNDS[0])

    def _do_resume(self, asked: dict[str, Any], once: Once) -> Any:
        return self._case(asked, once, "case.resumed", self.office.cases.resume, "毕")

    def _do_withdraw(self, asked: dict[str, Any], once: Once) -> Any:
        return self._case(asked, once, "message.received", self.office.cases.withdraw, "不办了")

    def _do_extend(self, asked: dict[str, Any], once: Once) -> Any:
        return self._case(asked, once, "case.extended", self.office.cases.extend, "复杂", 1)

    def _do_assign(self, asked: dict[str, Any], once: Once) -> Any:
        return self._case(asked, once, "case.agent-assigned", self.office.cases.assign_agent, "轮岗", "mei")

    def _do_upload(self, asked: dict[str, Any], once: Once) -> Any:
        by, number = self._people[asked["by"]], asked["case"]
        with self.office.materials.begin(number, by=by) as upload:
            upload.write(PDF + str(asked["n"]).encode())
            made = self.office.materials.add(number, upload, name="a.pdf", by=by, once=once)
        return self._after(number, "material.added", asked) | {"material": made["id"]}

    def _do_withdraw_file(self, asked: dict[str, Any], once: Once) -> Any:
        by, number = self._people[asked["by"]], asked["case"]
        items = [item["id"] for item in self.office.materials.list(number, by=by) if item["status"] == "present"]
        if not items and not self._is_known(once, by):
            return None
        self.office.materials.withdraw(number, items[0] if items else "", "错", by=by, once=once)
        return self._after(number, "material.withdrawn", asked)

    def _do_send(self, asked: dict[str, Any], once: Once) -> Any:
        by, invoice = self._people[asked["by"]], str(asked["invoice"])
        told = self.office.post.send("paid", invoice, {"n": asked["n"]}, by=by, time_to_live=asked["ttl"], once=once)
        return {"sent": told["status"]}

    def _do_signal(self, asked: dict[str, Any], once: Once) -> Any:
        return {"thrown": self.office.post.signal("storm", {"n": asked["n"]}, by=self._people["boss"], once=once)}

    def _do_deploy(self, asked: dict[str, Any], once: Once) -> Any:
        # Cases with the task, or past the end, cannot come along to a version in which it is another.
        n, content = asked["n"], MODEL.read_bytes()
        changed = (b'name="Work"', f'name="Work {n}"') if n % 3 == 0 else (b'id="paid"', f'id="paid" name="Paid {n}"')
        content = content.replace(changed[0], changed[1].encode())
        file = SourceFile(name="soaked.bpmn", content=content)
        return {"deployed": self.office.definitions.deploy([file], by=self._people["design"], once=once)["definitions"]}

    def _do_migrate(self, _asked: dict[str, Any], once: Once) -> Any:
        by = self._people["design"]
        latest = self.office.definitions.get("soaked", by=by)["current"]
        told = self.office.definitions.migrate("soaked", latest, by=by, once=once)
        return {"to": latest, "moved": [case["number"] for case in told["cases"] if case["moved"]]}

    def _do_fetch(self, asked: dict[str, Any], once: Once) -> Any:
        by = self._people["bank"]
        got = self.office.jobs.fetch(["bank"], WORKER, by=by, most=asked["most"], lock_seconds=86400, once=once)
        return {"fetched": [job["id"] for job in got["items"]]}

    def _do_job_done(self, asked: dict[str, Any], once: Once) -> Any:
        job = self.office.jobs.complete(asked["job"], WORKER, {"paid": 5}, by=self._people["bank"], once=once)
        return self._after(job["case"], "job.completed", asked)

    def _do_job_failed(self, asked: dict[str, Any], once: Once) -> Any:
        retries = 0 if asked["last"] else None
        job = self.office.jobs.fail(
            asked["job"], WORKER, "账户冻结", by=self._people["bank"], retries=retries, once=once
        )
        return self._after(job["case"], "job.failed", asked)

    def _do_retry(self, asked: dict[str, Any], once: Once) -> Any:
        return self._case(asked, once, "case.retried", self.office.cases.retry, "账户已解冻")

    def _do_deliver(self, _asked: dict[str, Any], _once: Once) -> Any:
        return {"delivered": self.office.outbox.deliver_due()}

    def _do_close_day(self, asked: dict[str, Any], once: Once) -> Any:
        self.office.calendar.set(asked["day"], "closed", "台风", by=self._people["boss"], once=once)

    def _do_token(self, _asked: dict[str, Any], _once: Once) -> Any:
        self.office.people.new_token("lan")

    def _do_tick(self, _asked: dict[str, Any], _once: Once) -> Any:
        return {"fired": self.office.clock.tick()}

    def _do_checkpoint(self, _asked: dict[str, Any], _once: Once) -> Any:
        self.office.checkpoints.make(self.folder / "checkpoints.jsonl")

    def _do_backup(self, _asked: dict[str, Any], _once: Once) -> Any:
        made = self.office.backups.make(
            self.folder / "office.backup", keys=self.folder / "keys", checkpoints=self.folder / "checkpoints.jsonl"
        )
        return {"backup": made["sha256"]}

    def _do_sweep(self, _asked: dict[str, Any], _once: Once) -> Any:
        self.office.materials.sweep()

    # ----------------------------------------------------------------------------------------------------

    def _cases(self, status: str) -> list[str]:
        case = tables.case.c
        with self.office.database.read() as connection:
            query = select(case.number).where(case.status == status).order_by(case.number)
            return list(connection.execute(query).scalars())

    def _held(self) -> list[str]:
        """The jobs that the bank has fetched and not handed in."""
        return self._jobs(tables.job.c.locked_by == "bank", tables.job.c.status == "open")

    def _jobs(self, *conditions: Any) -> list[str]:
        with self.office.database.read() as connection:
            query = select(tables.job.c.id).where(*conditions).order_by(tables.job.c.id)
            return list(connection.execute(query).scalars())

    def _case(self, asked: dict[str, Any], once: Once, kind: str, command: Callable[..., Any], *given: Any) -> Any:
        number = asked["case"]
        command(number, *given, by=self._people[asked["by"]], once=once)
        return self._after(number, kind, asked)

    def _after(self, number: str, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Where the step stands: the last of its kind by that person, since others do other things meanwhile."""
        case, entry = tables.case.c, tables.entry.c
        query = (
            select(entry.seq)
            .join(tables.case, case.id == entry.case_id)
            .where(case.number == number, entry.kind == kind, entry.actor == asked.get("by", "bank"))
            .order_by(entry.seq.desc())
            .limit(1)
        )
        with self.office.database.read() as connection:
            return {"case": number, "seq": connection.execute(query).scalar(), "kind": kind}

    def _is_known(self, once: Once, by: Any) -> bool:
        with self.office.database.read() as connection:
            row = connection.execute(
                tables.idempotency.select().where(
                    tables.idempotency.c.username == by.username, tables.idempotency.c.key == once.key
                )
            ).first()
        return row is not None


class _Writing:
    """A transaction that writes, counted while it is open."""

    def __init__(self, transaction: AbstractContextManager[Any], simulation: Simulation) -> None:
        self._transaction, self._simulation = transaction, simulation

    def __enter__(self) -> Any:
        self._simulation._writing += 1
        try:
            return self._transaction.__enter__()
        except BaseException:
            self._simulation._writing -= 1
            raise

    def __exit__(self, *raised: Any) -> Any:
        try:
            return self._transaction.__exit__(*raised)
        finally:
            self._simulation._writing -= 1


def _step(case: Any, kind: str) -> dict[str, Any]:
    return {"case": case["number"], "seq": case["version"], "kind": kind}


#: What may come next, the ordinary more often than the rest.
_OPS = (
    ["start"] * 6
    + ["claim", "unclaim", "delegate"] * 2
    + ["complete"] * 5
    + ["tick"] * 5
    + ["comment", "suspend", "resume", "withdraw", "extend", "assign"]
    + ["upload"] * 3
    + [
        "withdraw_file",
        "fetch",
        "fetch",
        "job_done",
        "job_done",
        "job_failed",
        "deliver",
        "deliver",
        "retry",
        "migrate",
        "send",
        "send",
        "send",
        "signal",
        "deploy",
        "deploy",
        "close_day",
        "token",
        "checkpoint",
        "sweep",
        "backup",
    ]
)
