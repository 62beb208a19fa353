"""An office with thousands of simulated cases, and whether each of them can be proven and replayed.

python -m tests.endurance.many_cases --cases 10000      # or `make cases`

Cases of all five types go their ways side by side: ordinary completions, answers drawn from what the forms offer,
incidents and their retries (one case in a hundred), withdrawals, reports, returns, tasks sent back and taken back,
suspensions, extensions, other agents, remarks, files, timers, and from time to time a new version of a process, to
which the running cases are moved. What happens is drawn from the seed.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine import Office, forms
from engine.definitions.model import SourceFile
from engine.errors import Unavailable, YichuangError
from engine.office.cases import GROUNDS
from engine.office.office import packaged_processes
from engine.office.person import Person
from engine.storage import tables
from tests.conftest import SetClock
from tests.execution.stories import NAMESPACES, flow, node
from tests.office.at_work import accept, applicant, who_may
from tests.office.handing_in import hand_in

#: Cases that are under way side by side.
AT_ONCE = 60

#: Of one hundred cases so many meet an incident.
INCIDENTS = 1

#: Processes of which new versions come.
CHANGED = ("joint", "promised", "instant", "reported", "returned")

#: Departments of the joint matters that are drawn; benchmarks tell what a case with many more costs.
MOST_DEPARTMENTS = 5

#: What another system, or the applicant, answers where a case waits for a message.
ANSWERS: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "upper-answer": lambda chance: {"decision": chance.choice(["grant", "refuse"]), "reason": "经审核"},
    "review-requested": lambda chance: {"reason": "请再核实"},
    "materials-supplied": lambda chance: {},
    "fee-known": lambda chance: {"fee": chance.choice([20, 200])},
}

#: What happens to a case next, of a thousand; else one of its tasks is completed.
CHANCES = {
    "withdraw": 6,
    "report": 5,
    "return_": 6,
    "suspend": 10,
    "extend": 5,
    "assign": 8,
    "comment": 15,
    "hand_in": 6,
    "send_back": 20,
    "take_back": 15,
    "claim": 30,
    "wait": 25,
}

FRAGILE, FRAGILE_MATTER = "fragile", "9900000099"


def fragile() -> SourceFile:
    """A process that fails where nobody has said what the fee is; a message says it, and a retry goes on."""
    yes = '<conditionExpression xsi:type="tFormalExpression">= fee &gt; 100</conditionExpression>'
    known = (
        '<subProcess id="known" triggeredByEvent="true">'
        '<startEvent id="told" isInterrupting="false"><extensionElements><zeebe:ioMapping>'
        '<zeebe:output source="= fee" target="fee"/></zeebe:ioMapping></extensionElements>'
        '<messageEventDefinition id="told_message" messageRef="fee_known"/></startEvent>'
        f'{node("endEvent", "noted")}<sequenceFlow id="told_noted" sourceRef="told" targetRef="noted"/></subProcess>'
    )
    group = '<extensionElements><zeebe:assignmentDefinition candidateGroups="window"/></extensionElements>'
    body = (
        node("startEvent", "start")
        + node("userTask", "look", group)
        + node("userTask", "receipt", group)
        + node("exclusiveGateway", "dear", default="dear_end")
        + node("endEvent", "end")
        + flow("start", "look")
        + flow("look", "dear")
        + f'<sequenceFlow id="dear_receipt" sourceRef="dear" targetRef="receipt">{yes}</sequenceFlow>'
        + flow("dear", "end")
        + flow("receipt", "end")
        + known
    )
    text = (
        f'<definitions {NAMESPACES} id="D" targetNamespace="http://example.org/test">'
        '<message id="fee_known" name="fee-known"/>'
        f'<process id="{FRAGILE}" name="缴费" isExecutable="true">{body}</process></definitions>'
    )
    return SourceFile(name="fragile.bpmn", content=text.encode())


class ManyCases:
    """One office at work.

    :param seed: decides what happens.
    """

    def __init__(self, folder: Path, seed: int, *, made: bool = False) -> None:
        """Open the office of a folder, and make it there unless it is `made` already."""
        self._chance = random.Random(seed)
        self.clock = SetClock()
        self.office = office = Office(
            f"sqlite:///{folder}/office.db",
            keyring=f"sqlite:///{folder}/keyring.db",
            clock=self.clock,
            materials=folder / "materials",
        )
        if made:
            office.keyring.upgrade()
        else:
            office.initialise(demo=True)
        self._designer, self._auditor = (office.people.person(name) for name in ("designer", "auditor"))
        self._leader = office.people.person("leader")
        office.definitions.deploy([fragile()], by=self._designer)
        head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
        office.catalogue.import_matters(head + f"{FRAGILE_MATTER},缴费,promised,hall,《试》,district,20,10,{FRAGILE}\n")
        self._matters: dict[str, list[str]] = {}
        for matter in office.catalogue.matters():
            if matter["process"] != FRAGILE and len(matter["departments"]) <= MOST_DEPARTMENTS:
                self._matters.setdefault(str(matter["type"]), []).append(matter["code"])
        self._people: dict[Any, Person] = {}
        self._running: list[str] = []
        self._begun = self._changes = 0
        #: What was done how often; what was refused stands under `refused`.
        self.done: Counter[str] = Counter()

    def close(self) -> None:
        """Let go of the office."""
        self.office.close()

    def go(self, cases: int, changes: int, told: Callable[[int], None] = lambda begun: None) -> None:
        """Handle so many cases; the last ones stay where they are when all have begun.

        :param changes: how often a process gets another version meanwhile.
        :param told: is told how many have begun.
        """
        while self._begun < cases:
            if len(self._running) < AT_ONCE:
                self._begin()
                told(self._begun)
                if self._begun * (changes + 1) >= cases * (self._changes + 1) and self._changes < changes:
                    self._change()
            else:
                self._turn()
        for _ in range(6 * len(self._running)):
            if self._running:
                self._turn()

    def check(self, jobs: int) -> tuple[int, int]:
        """Prove every case and replay it. Gives how many cases there are, and how many entries they have.

        :raises AssertionError: at the first that does not hold, or whose replay leads elsewhere.
        """
        count, proofs = self.office.history.survey(by=self._auditor, jobs=jobs)
        entries = 0
        for proof in proofs:
            assert proof["ok"], proof["first_bad"]
            entries += proof["entries"]
        return count, entries

    def compare(self, number: str) -> int:
        """Replay one case and compare with what is read of it; gives its entries.

        :raises AssertionError: where they differ.
        """
        again = self.office.history.replay(number, by=self._auditor)
        # As it is stored: reading it would not, but a step before it might, fire what is due.
        case = self.office.cases.get(number, by=self._auditor)
        for name in ("status", "type", "data", "due", "tokens"):
            assert again[name] == case[name], (number, name)  # type: ignore[literal-required]
        assert again["seq"] == case["version"], number
        return int(again["seq"])

    def numbers(self) -> list[str]:
        """All cases, in the order in which they came in."""
        with self.office.database.read() as connection:
            return list(connection.execute(select(tables.case.c.number).order_by(tables.case.c.id)).scalars())

    def tally(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many cases there are of each type, and of each status."""
        with self.office.database.read() as connection:
            return tuple(  # type: ignore[return-value]
                dict(connection.execute(select(column, func.count()).group_by(column)).all())  # type: ignore[arg-type]
                for column in (tables.case.c.type, tables.case.c.status)
            )

    # -- what happens --------------------------------------------------------------------------------------

    def _begin(self) -> None:
        chance, self._begun = self._chance, self._begun + 1
        serial = 1 + self._begun % 5000
        if self._begun % (100 // INCIDENTS) == 7:
            case = accept(self.office, FRAGILE_MATTER, serial=serial)
        else:
            matter = chance.choice(self._matters[chance.choice(sorted(self._matters))])
            case = accept(self.office, matter, serial=serial)
        self.done["start"] += 1
        self._running.append(case["number"])

    def _turn(self) -> None:
        """Something happens to one of the cases."""
        self.clock.pass_time(minutes=self._chance.randrange(1, 12))
        number = self._chance.choice(self._running)
        case = self.office.cases.get(number, by=self._auditor)
        if case["ended"]:
            self._running.remove(number)
            return
        act, drawn = "complete", self._chance.randrange(1000)
        for name, share in CHANCES.items():
            if drawn < share:
                act = name
                break
            drawn -= share
        if case["status"] == "suspended":
            act = "resume"
        elif case["status"] == "failed":
            act = "mend"
        elif not case["tasks"]:
            act = "answer"
        try:
            getattr(self, f"_{act}")(case)
            self.done[act] += 1
        except Unavailable:
            raise
        except YichuangError:
            # What is not offered where the case is: the draw does not look.
            self.done["refused"] += 1

    def _change(self) -> None:
        """Another version of a process, to which its cases move that can."""
        key = CHANGED[self._changes % len(CHANGED)]
        self._changes += 1
        new = f'name="{key} {self._changes}" isExecutable'.encode()
        files = [
            SourceFile(name=file.name, content=_renamed(file.content, new)) if file.name == f"{key}.bpmn" else file
            for file in packaged_processes()[key]
        ]
        (made,) = self.office.definitions.deploy(files, by=self._designer)["definitions"]
        moved = self.office.definitions.migrate(key, made["version"], by=self._designer)
        self.done["migrate"] += moved["moved"]

    def _complete(self, case: Any) -> None:
        task = self._chance.choice(case["tasks"])
        by = self._who(task)
        whole = self.office.tasks.get(task["id"], by=by)
        data = forms.ordinary(whole["form"], self._inclined(whole["form"], whole["data"])) if whole["form"] else {}
        self.office.tasks.complete(task["id"], data, by=by)

    def _inclined(self, form: Any, data: dict[str, Any]) -> dict[str, Any]:
        """The data with a choice made here and there, which ordinary answers then keep."""
        made = {}
        for component in form.get("components", ()):
            options = component.get("values") or ()
            if component.get("type") in ("radio", "select") and options and self._chance.random() < 0.15:
                made[component["key"]] = self._chance.choice(options)["value"]
        return {**data, **made}

    def _claim(self, case: Any) -> None:
        task = self._chance.choice(case["tasks"])
        self.office.tasks.claim(task["id"], by=self._who(task))

    def _send_back(self, case: Any) -> None:
        task = self._chance.choice(case["tasks"])
        self.office.returns.send_back(task["id"], "请补充意见", by=self._who(task))

    def _take_back(self, case: Any) -> None:
        self._complete(case)
        last = self.office.history.entries(case["number"], by=self._auditor, limit=1000)["items"][-1]
        by = self.office.people.person(last["actor"])
        self.office.returns.withdraw(last["input"]["task"], "填错了", by=by)

    def _answer(self, case: Any) -> None:
        offered = [name for name in case["offers"] if name in ANSWERS]
        if offered and self._chance.random() < 0.5:
            name = self._chance.choice(offered)
            self.office.cases.message(case["number"], name, ANSWERS[name](self._chance), by=self._by(case))
        else:
            self._wait(case)

    def _mend(self, case: Any) -> None:
        if "fee-known" in case["offers"]:
            self.office.cases.message(case["number"], "fee-known", ANSWERS["fee-known"](self._chance), by=self._leader)
        self.office.cases.retry(case["number"], "费用已核定", by=self._leader)

    def _wait(self, _case: Any) -> None:
        self.clock.pass_time(hours=self._chance.randrange(2, 30))
        self.office.clock.tick()

    def _withdraw(self, case: Any) -> None:
        self.office.cases.withdraw(case["number"], "不再办理", by=self._by(case))

    def _report(self, case: Any) -> None:
        self.office.cases.report(case["number"], "超出本级权限", by=self._by(case))

    def _return_(self, case: Any) -> None:
        self.office.cases.return_(case["number"], "不属于本机关事项", by=self._by(case))

    def _suspend(self, case: Any) -> None:
        self.office.cases.suspend(case["number"], "专家评审", self._chance.choice(GROUNDS), by=self._by(case))

    def _resume(self, case: Any) -> None:
        self.office.cases.resume(case["number"], "评审完毕", by=self._by(case))

    def _extend(self, case: Any) -> None:
        self.office.cases.extend(case["number"], "情况复杂", self._chance.randrange(1, 6), by=self._leader)

    def _assign(self, case: Any) -> None:
        self.office.cases.assign_agent(case["number"], "轮岗", "leader", by=self._leader)

    def _comment(self, case: Any) -> None:
        self.office.cases.comment(case["number"], f"{applicant(1)['name']}来电询问", by=self._by(case))

    def _hand_in(self, case: Any) -> None:
        hand_in(self.office, case)

    def _by(self, case: Any) -> Person:
        if case["agent"] not in self._people:
            self._people[case["agent"]] = self.office.people.person(case["agent"])
        return self._people[case["agent"]]

    def _who(self, task: Any) -> Person:
        place = (task["unit"], task["role"], task["assignee"])
        if place not in self._people:
            self._people[place] = who_may(self.office, task)
        return self._people[place]


def _renamed(content: bytes, new: bytes) -> bytes:
    """A process with another name, which is another version of it."""
    before, mark, after = content.partition(b" isExecutable")
    assert mark
    head, name, rest = before.rpartition(b'name="')
    assert name and rest.endswith(b'"'), rest
    return head + new + after


def main() -> int:
    """Run it, and say what was seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.many_cases")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=20, help="how often a process gets another version meanwhile")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()

    def told(begun: int) -> None:
        if begun % 500 == 0:
            print(f"{begun} cases have begun", flush=True)

    with (
        tempfile.TemporaryDirectory(prefix="cases", dir="/tmp") as folder,
        closing(ManyCases(Path(folder), given.seed)) as many,
    ):
        began = time.monotonic()
        many.go(given.cases, given.changes, told)
        worked = time.monotonic() - began
        types, statuses = many.tally()
        print(f"worked for {timedelta(seconds=round(worked))}: {dict(many.done)}")
        print(f"types {types}; statuses {statuses}", flush=True)
        began = time.monotonic()
        cases, entries = many.check(given.jobs)
        proved = time.monotonic() - began
        print(f"{cases} cases with {entries} entries hold; {entries / proved:.0f} entries a second", flush=True)
        began = time.monotonic()
        again = sum(many.compare(number) for number in many.numbers())
        print(f"each replays to what it is: {again} entries, {again / (time.monotonic() - began):.0f} a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
