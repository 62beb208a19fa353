"""A scenario: what happens to one case, and what is expected of it. A designer's test, kept with the diagram."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from engine.execution.clock import Duration, parse_duration
from engine.trial.reading import Path, ScenarioError, field_of, read

Verb = Literal["complete", "message", "wait", "until", "go-on", "expect", "suspend", "resume", "extend"]

_VERBS: tuple[Verb, ...] = ("complete", "message", "wait", "until", "go-on", "expect", "suspend", "resume", "extend")
_FIELDS = frozenset(
    ["scenario", "process", "matter", "window", "channel", "received", "start", "answers", "steps", "finish", "expect"]
)
_EXPECTED = frozenset(["path", "never", "open", "status", "end", "type", "milestones", "data", "incident"])
#: When a case comes in of which that is not said: a Monday morning in Beijing, no holiday near.
MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
_WORKING_DAYS = re.compile(r"(\d{1,4}) working days?")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is expected at some point; what is None is not asked."""

    #: Elements that are passed in this order, with any others between them.
    path: tuple[str, ...] | None = None
    #: Elements that are not passed.
    never: tuple[str, ...] | None = None
    #: Elements of the open tasks, in any order.
    open: tuple[str, ...] | None = None
    status: str | None = None
    #: The end event that the case's process ends at.
    end: str | None = None
    type: str | None = None
    #: All milestones so far, in order.
    milestones: tuple[str, ...] | None = None
    #: Variables; of a variable that is a context only what is written here is compared.
    data: Mapping[str, Any] = field(default_factory=dict)
    #: Element of an incident.
    incident: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Time to pass."""

    working_days: int = 0
    length: Duration | None = None


@dataclass(frozen=True, kw_only=True)
class Act:
    """One step of a scenario."""

    verb: Verb
    line: int
    #: Element of the task, name of the message, ground of a suspension.
    what: str = ""
    #: Answers to the task, payload of the message.
    data: Mapping[str, Any] = field(default_factory=dict)
    wait: Wait | None = None
    until: datetime | None = None
    days: int = 0
    expected: Expected | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One case, from its start to where its test ends."""

    name: str
    file: str = ""
    #: Key of the process that runs; None for the one of the set that no other calls.
    process: str | None = None
    matter: Mapping[str, Any] = field(default_factory=dict)
    window: Mapping[str, str] = field(default_factory=lambda: {"code": "H01", "unit": "hall"})
    channel: str = "window"
    #: When the case comes in.
    received: datetime = MONDAY
    #: The data that it comes with.
    start: Mapping[str, Any] = field(default_factory=dict)
    #: Answers by the element of the task, one for each time that it opens; the last goes on. Results of jobs too.
    answers: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    steps: tuple[Act, ...] = ()
    #: Whether after the steps all that is open is done, up to the case's end.
    finish: bool = True
    expected: Expected = field(default_factory=Expected)
    #: Line of ``expect``.
    line: int = 1


def load(text: str, file: str = "") -> Scenario:
    """Read a scenario from YAML.

    :raises ScenarioError: with line and field, for what cannot be read
    """
    value, lines = read(text, file)
    return _Reader(lines, file).scenario(value)


class _Reader:
    def __init__(self, lines: Mapping[Path, int], file: str) -> None:
        self._lines = lines
        self._file = file

    def scenario(self, value: Any) -> Scenario:
        given = self._fields(value, (), _FIELDS)
        found: dict[str, Any] = {"file": self._file, "name": self._text(given, ("scenario",), self._file or "scenario")}
        for name in ("process", "channel"):
            if name in given:
                found[name] = self._text(given, (name,))
        for name in ("matter", "start"):
            if name in given:
                found[name] = self._mapping(given[name], (name,))
        if "window" in given:
            window = self._fields(given["window"], ("window",), frozenset(["code", "unit"]))
            found["window"] = {"code": "H01", "unit": "hall"} | {k: str(v) for k, v in window.items()}
        if "received" in given:
            found["received"] = self._instant(given["received"], ("received",))
        if "answers" in given:
            found["answers"] = self._answers(given["answers"])
        if "steps" in given:
            found["steps"] = tuple(
                self._act(step, ("steps", n)) for n, step in enumerate(self._list(given["steps"], ("steps",)))
            )
        if "finish" in given:
            found["finish"] = self._truth(given["finish"], ("finish",))
        if "expect" in given:
            found["expected"] = self._expected(given["expect"], ("expect",))
            found["line"] = self._lines.get(("expect",), 1)
        return Scenario(**found)

    def _act(self, value: Any, path: Path) -> Act:
        if value == "go-on" or value == "resume":
            value = {value: None}
        given = self._mapping(value, path)
        verbs = [verb for verb in _VERBS if verb in given]
        line = self._lines[path]
        if len(verbs) != 1:
            raise self._error(path, f"say what happens, by one of {', '.join(_VERBS)}")
        verb = verbs[0]
        self._fields(value, path, {verb} | ({"with"} if verb in ("complete", "message") else set()))
        at = (*path, verb)
        data = self._mapping(given["with"], (*path, "with")) if given.get("with") is not None else {}
        match verb:
            case "complete" | "message" | "suspend":
                return Act(verb=verb, line=line, what=self._text(given, at), data=data)
            case "go-on":
                what = "" if given[verb] is None else self._text(given, at)
                return Act(verb=verb, line=line, what=what)
            case "resume":
                return Act(verb=verb, line=line)
            case "extend":
                if type(given[verb]) is not int or not 0 < given[verb] < 1000:
                    raise self._error(at, "say by how many working days")
                return Act(verb=verb, line=line, days=given[verb])
            case "wait":
                return Act(verb=verb, line=line, wait=self._wait(given[verb], at))
            case "until":
                return Act(verb=verb, line=line, until=self._instant(given[verb], at))
            case "expect":
                return Act(verb=verb, line=line, expected=self._expected(given[verb], at))

    def _expected(self, value: Any, path: Path) -> Expected:
        given = self._fields(value, path, _EXPECTED)
        found: dict[str, Any] = {}
        for name in given:
            at = (*path, name)
            if name == "data":
                found[name] = self._mapping(given[name], at)
            elif name in ("path", "never", "open", "milestones"):
                items = self._list(given[name], at)
                found[name] = tuple(self._text({n: item}, (*at, n)) for n, item in enumerate(items))
            else:
                found[name] = self._text(given, at)
        return Expected(**found)

    def _answers(self, value: Any) -> dict[str, tuple[Mapping[str, Any], ...]]:
        found: dict[str, tuple[Mapping[str, Any], ...]] = {}
        for element, answers in self._mapping(value, ("answers",)).items():
            path: Path = ("answers", element)
            if isinstance(answers, list):
                found[element] = tuple(self._mapping(one, (*path, n)) for n, one in enumerate(answers))
                if not answers:
                    raise self._error(path, "give at least one answer")
            else:
                found[element] = (self._mapping(answers, path),)
        return found

    def _wait(self, value: Any, path: Path) -> Wait:
        text = str(value).strip()
        if days := _WORKING_DAYS.fullmatch(text):
            return Wait(working_days=int(days[1]))
        try:
            length = parse_duration(text)
        except ValueError:
            length = Duration()
        if not length.is_positive or length.days > 36_600 or length.exact > timedelta(36_600):
            raise self._error(path, f"“{text}” is no time to wait: write P3D, PT2H or 5 working days")
        return Wait(length=length)

    def _instant(self, value: Any, path: Path) -> datetime:
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            instant = datetime.min
        if instant.tzinfo is None:
            raise self._error(path, f"“{value}” is no instant with an offset: write 2026-03-02T09:00:00+08:00")
        return instant

    def _fields(self, value: Any, path: Path, known: frozenset[str] | set[Any]) -> dict[str, Any]:
        given = self._mapping(value, path)
        for name in given:
            if name not in known:
                raise self._error((*path, name), f"there is no such field; there are {', '.join(sorted(known))}")
        return given

    def _mapping(self, value: Any, path: Path) -> dict[str, Any]:
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
            raise self._error(path, "names with values are expected here")
        return value

    def _list(self, value: Any, path: Path) -> list[Any]:
        if not isinstance(value, list):
            raise self._error(path, "a list is expected here")
        return value

    def _text(self, given: Mapping[Any, Any], path: Path, otherwise: str | None = None) -> str:
        value = given.get(path[-1], otherwise)
        if not isinstance(value, str) or not value.strip():
            raise self._error(path, "a text is expected here")
        return value

    def _truth(self, value: Any, path: Path) -> bool:
        if not isinstance(value, bool):
            raise self._error(path, "true or false is expected here")
        return value

    def _error(self, path: Path, message: str) -> ScenarioError:
        known = path
        while known not in self._lines and known:
            known = known[:-1]
        return ScenarioError(message, line=self._lines.get(known, 1), field=field_of(path), file=self._file)
