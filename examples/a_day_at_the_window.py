#!/usr/bin/env python3
"""A scripted day at a window of the demonstration office: citizens come, and every case is carried to its reply.

    make run                                              # in one terminal
    .venv/bin/python examples/a_day_at_the_window.py      # in another

A clerk accepts matters of all five types. Then everybody concerned does what waits for them, in the ordinary
way: what a form shows at first, and the first option where it asks. The upper level's answer and a citizen's
request for a review come in as messages. At the end stands a table; the exit code is 0 only if every case ended
as planned.

All of it goes through the HTTP API, and all of it may be cut off at any moment and run again, whichever side
died: every POST carries an idempotency key made from the day and the thing done, so that what was done is
answered again and not done twice, and where each case stands is asked of the server, never remembered here.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

TYPES = ("instant", "joint", "promised", "reported", "returned")

#: How a case of each type ends when everybody takes the first option.
PLANNED = {type: "returned" if type == "returned" else "completed" for type in TYPES}

#: What comes in from outside, wherever a case waits for it.
MESSAGES: dict[str, dict[str, Any]] = {
    "upper-answer": {"decision": "grant", "reason": None},
    "review-requested": {"reason": "请求复核"},
}

#: Nobody's names, numbers and telephones: the identity numbers are those of people born on 1 January 1900.
APPLICANTS = [
    {"name": name, "id_type": "resident_id", "id_number": number, "phone": phone}
    for name, number, phone in (
        ("申请人甲", "110101190001010014", "010-00000001"),
        ("申请人乙", "110101190001010022", "010-00000002"),
        ("申请人丙", "110101190001010030", "010-00000003"),
        ("申请人丁", "110101190001010049", "010-00000004"),
    )
]


class Refused(Exception):
    """The office said no, with a problem (RFC 9457)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('status')} {problem.get('title')}: {problem.get('detail')}")
        self.status: int = problem["status"]
        self.name: str = problem.get("type", "").removeprefix("/problems/")


class Connection:
    """The API as one person sees it. Whatever fails for want of a server is tried again."""

    def __init__(self, url: str, token: str, patience: float) -> None:
        self._base = f"{url.rstrip('/')}/api/v1"
        self._token = token
        self._patience = patience

    def get(self, path: str, **query: str) -> Any:
        """Read something."""
        return self._call("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path)

    def post(self, path: str, body: dict[str, Any], key: str) -> Any:
        """Do something, once: `key` stands for it."""
        return self._call("POST", path, json.dumps(body).encode(), {"Idempotency-Key": key})

    def _call(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        given_up, pause = time.monotonic() + self._patience, 0.05
        while True:
            request = urllib.request.Request(
                self._base + urllib.parse.quote(path, safe="/?=&%-._~"),
                data=body,
                method=method,
                headers={
                    "Authorization": f"Bearer {self._token}",
                    "Content-Type": "application/json",
                    **(headers or {}),
                },
            )
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                with error:
                    # 5xx and 429 are never kept as the answer to a key, so asking again is right.
                    if error.code < 500 and error.code != 429:
                        raise Refused(json.load(error)) from None
                failure: Exception = error
            except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
                failure = error
            if time.monotonic() > given_up:
                raise ConnectionError(f"{self._base} does not answer: {failure}") from failure
            time.sleep(pause)
            pause = min(pause * 2, 1.0)


@dataclass
class Day:
    """One day of an office.

    :param people: the connection of a person, by user name; gives None where there is no such person.
    :param names: user names of all who may be asked to do a task, likely ones first.
    :param clerk: who accepts, at the window of that code.
    :param each: how many cases of each type come in.
    :param label: names the day; a day of the same name goes on where it was cut off.
    """

    people: Callable[[str], Connection | None]
    names: Iterable[str]
    clerk: str = "clerk"
    window: str = "H01"
    each: int = 2
    label: str = "today"
    #: Is told of every step that the office acknowledged: what was done, and the case after it.
    acknowledged: Callable[[str, dict[str, Any]], None] = lambda what, case: None
    _who: dict[tuple[str | None, str | None], str] = field(default_factory=dict)

    def run(self) -> list[dict[str, Any]]:
        """Accept what comes in and carry it to its end. Gives the cases as they ended."""
        cases = [self.accept(matter, turn) for turn, matter in enumerate(self.matters())]
        # Round by round, one step a case: as in an office, all of them are under way at once.
        while waiting := [turn for turn, case in enumerate(cases) if case["ended"] is None]:
            for turn in waiting:
                cases[turn] = self.go_on(cases[turn])
        return cases

    def matters(self) -> list[str]:
        """What citizens come for: some matters of each type, and the one with most departments."""
        listed = [m for m in self._clerk.get("/matters")["items"] if not m["windows"] or self.window in m["windows"]]
        chosen = [matter for type in TYPES for matter in _some(listed, type, self.each)]
        largest = max(listed, key=lambda matter: len(matter["departments"]))
        return [matter["code"] for matter in [*chosen, largest]]

    def accept(self, matter: str, turn: int) -> dict[str, Any]:
        """Accept a matter, or find the case that it became, as it is now."""
        opening = {"matter": matter, "window": self.window, "applicant": APPLICANTS[turn % len(APPLICANTS)], "data": {}}
        case = self._clerk.post("/cases", opening, f"{self.label}/{turn}/{matter}")
        self.acknowledged("start", case)
        return self._case(case["number"])

    def go_on(self, case: dict[str, Any]) -> dict[str, Any]:
        """Take a case one step further."""
        for name, payload in MESSAGES.items():
            if name in case["offers"]:
                return self._tell(case, name, payload)
        if not case["tasks"]:
            raise RuntimeError(f"The case {case['number']} waits for something that this day does not bring.")
        return self._complete(case["tasks"][0])

    def _tell(self, case: dict[str, Any], name: str, payload: dict[str, Any]) -> dict[str, Any]:
        path = f"/cases/{case['number']}/messages"
        body = {"name": name, "payload": payload}
        after: dict[str, Any] = self._clerk.post(path, body, f"{self.label}/{case['number']}/{name}")
        self.acknowledged(name, after)
        return after

    def _complete(self, task: dict[str, Any]) -> dict[str, Any]:
        for name in self._candidates(task):
            person = self.people(name)
            if person is None:
                continue
            path = f"/tasks/{task['id']}"
            try:
                whole = person.get(path)
                if whole["status"] != "open":
                    # A colleague was faster: the case says what is next.
                    return self._case(task["case"])
                body = {"data": ordinary(whole)}
                after: dict[str, Any] = person.post(f"{path}/complete", body, f"{self.label}/{task['id']}")
            except Refused as refusal:
                if refusal.name == "task-already-completed":
                    return self._case(task["case"])
                if refusal.status in (403, 404):
                    continue
                raise
            self._who[task["unit"], task["role"]] = name
            self.acknowledged(task["id"], after)
            return after
        raise RuntimeError(f"Nobody may take the task {task['name']} of {task['case']}, which is for {task['group']}.")

    def _candidates(self, task: dict[str, Any]) -> Iterator[str]:
        """Who may do a task: its assignee, who did the like before, whoever is called like its group, all others."""
        unit, role = task["unit"], task["role"]
        likely = (task["assignee"], self._who.get((unit, role)), f"{unit}.{role}" if role else unit)
        yield from dict.fromkeys(name for name in (*likely, *self.names) if name)

    def _case(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self._clerk.get(f"/cases/{number}")
        return found

    @property
    def _clerk(self) -> Connection:
        clerk = self.people(self.clerk)
        if clerk is None:
            raise RuntimeError(f"There is no {self.clerk}.")
        return clerk


def ordinary(task: dict[str, Any]) -> dict[str, Any]:
    """The ordinary answer to a task's form: what it shows at first, the first option, and text where it must be."""
    answers = dict(task["initial"])
    for component in (task["form"] or {}).get("components", ()):
        key, required = component.get("key"), component.get("validate", {}).get("required")
        if key is None or answers.get(key) not in (None, "", []):
            continue
        if component["type"] in ("radio", "select") and component.get("values"):
            answers[key] = component["values"][0]["value"]
        elif component["type"] in ("textfield", "textarea") and required:
            # What a hidden field was answered is left out by the office.
            answers[key] = component.get("properties", {}).get("example") or component["label"]
    return answers


def summary(cases: list[dict[str, Any]]) -> str:
    """The table at the end of the day."""
    rows = [("NUMBER", "TYPE", "STATUS", "STEPS", "DUE", "MATTER")]
    for case in cases:
        due = (case["due"] or "-")[:10]
        rows.append((case["number"], case["type"], case["status"], str(case["version"]), due, case["matter_name"]))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join("  ".join([*map(str.ljust, row[:5], widths), row[5]]) for row in rows)


def unplanned(cases: list[dict[str, Any]]) -> list[str]:
    """What did not go as planned: one line a case."""
    wrong = [case for case in cases if case["status"] != PLANNED[case["type"]] or case["tasks"]]
    missing = [f"no case of the type {type}" for type in TYPES if type not in {case["type"] for case in cases}]
    return [f"{case['number']} is {case['type']} and {case['status']}" for case in wrong] + missing


def _some(matters: list[dict[str, Any]], type: str, most: int) -> list[dict[str, Any]]:
    return [matter for matter in matters if matter["type"] == type and len(matter["departments"]) < 10][:most]


# -- who is at work --------------------------------------------------------------------------------------------------


def with_tokens(url: str, tokens: dict[str, str], patience: float) -> Callable[[str], Connection | None]:
    """People by the tokens that they have."""

    def connection(name: str) -> Connection | None:
        return Connection(url, tokens[name], patience) if name in tokens else None

    return connection


def tokens_of_the_day() -> dict[str, str]:
    """A token for everybody who handles cases, valid for a day: what `yichuang token new USER --days 1` makes.

    For the office on this machine that the environment names (`YICHUANG_DATABASE_URL`), demonstration offices only.
    """
    from engine import Office

    office = Office.from_environment()
    try:
        if not office.is_demonstration:
            raise SystemExit("This is no demonstration office: give --tokens FILE with the tokens of those who act.")
        handling = [
            person["username"]
            for person in office.people.list()
            if not person["disabled"] and {place["role"] for place in person["units"]} <= {"clerk", "leader"}
        ]
        return {name: office.people.new_token(name, days=1)["token"] for name in handling}
    finally:
        office.close()


def main(arguments: list[str] | None = None) -> int:
    """Run the day that the command line asks for; gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the office is served (%(default)s)")
    parser.add_argument(
        "--tokens",
        metavar="FILE",
        help="JSON object of tokens by user name; left out, tokens for one day are made in the office of this machine",
    )
    parser.add_argument("--clerk", default="clerk", help="who accepts (%(default)s)")
    parser.add_argument("--window", default="H01", help="at which window (%(default)s)")
    parser.add_argument("--each", type=int, default=2, metavar="N", help="cases of each type (%(default)s)")
    parser.add_argument(
        "--day",
        default=date.today().isoformat(),
        metavar="NAME",
        help="name of the day: one that was cut off goes on, a new name is a new day (today's date)",
    )
    parser.add_argument("--patience", type=float, default=60, metavar="S", help="seconds to wait for a lost server")
    parser.add_argument("--quiet", action="store_true", help="only the table at the end")
    given = parser.parse_args(arguments)

    if given.tokens:
        with open(given.tokens, encoding="utf-8") as file:
            tokens = json.load(file)
    else:
        tokens = tokens_of_the_day()

    def tell(what: str, case: dict[str, Any]) -> None:
        if not given.quiet:
            waiting = "、".join(task["name"] for task in case["tasks"][:3]) or case["status"]
            print(f"{case['number']}  {case['version']:>3}  {waiting}", flush=True)

    day = Day(
        people=with_tokens(given.url, tokens, given.patience),
        names=list(tokens),
        clerk=given.clerk,
        window=given.window,
        each=given.each,
        label=given.day,
        acknowledged=tell,
    )
    try:
        cases = day.run()
    except (Refused, ConnectionError, RuntimeError) as error:
        print(f"The day was cut short: {error}", file=sys.stderr)
        return 1
    print(summary(cases))
    wrong = unplanned(cases)
    for line in wrong:
        print(f"not as planned: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
