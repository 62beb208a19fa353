"""A case done by hand on a terminal: what is open is shown, and one thing of it is chosen, again and again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from api.shell import table
from engine.errors import YichuangError
from engine.execution import Job, OpenTask
from engine.trial import Rehearsal, load
from engine.trial.scenario import Wait

#: What can be done, as it is shown, and what does it.
_Choice = tuple[str, Callable[[], None]]


class _Left(Exception):
    """The person at the terminal has had enough."""


def rehearse(case: Rehearsal) -> bool:
    """Do the case by hand, to its end or until it is left; whether it stopped nowhere as an incident."""
    shown = 0
    try:
        while True:
            if case.path[shown:]:
                click.echo(f"passed: {' → '.join(case.path[shown:])}")
                shown = len(case.path)
            if case.execution.ended or case.execution.incidents:
                break
            _step(case)
    except _Left:
        pass
    for incident in case.execution.incidents:
        click.echo(table.printable(f"incident at {incident.element}: {incident.cause}"))
    click.echo(f"path: {' → '.join(case.path)}")
    click.echo(f"{case.case.status}{f' at {case.end}' if case.end else ''}")
    return not case.execution.incidents


def _step(case: Rehearsal) -> None:
    choices = _choices(case)
    click.echo(f"\n{case.now.astimezone(case.handling.calendar.zone):%Y-%m-%d %H:%M}")
    for number, (text, _) in enumerate(choices, 1):
        click.echo(table.printable(f"  {number}  {text}"))
    answer = _ask("Which (Enter for 1, q to leave)")
    if not (answer or "1").isdecimal() or not 0 < int(answer or 1) <= len(choices):
        click.echo(f"Type a number from 1 to {len(choices)}.")
        return
    try:
        choices[int(answer or 1) - 1][1]()
    except YichuangError as error:
        click.echo(f"Refused: {error.detail}")
        for field in error.errors:
            click.echo(f"  {field.pointer or '/'}: {field.message}")
    except ValueError as error:
        click.echo(f"Refused: {error}")


def _choices(case: Rehearsal) -> list[_Choice]:
    """Tasks and outside work first, then messages, time last."""
    found: list[_Choice] = []
    for task in case.tasks:
        groups = ", ".join(task.groups)
        text = " ".join(part for part in (task.element.id, task.element.name, f"({groups})" if groups else "") if part)
        found.append((text, _completing(case, task)))
    for job in case.jobs:
        found.append((f"{job.element.id} {job.element.name} (work done outside)", _working(case, job)))
    for name in sorted(case.offers):
        found.append((f"message {name}", _delivering(case, name)))
    timers = case.timers
    if timers:
        due = timers[0].due.astimezone(case.handling.calendar.zone)
        found.append((f"time passes, up to {timers[0].element} on {due:%Y-%m-%d %H:%M}", lambda: _fire(case)))
    found.append(("time passes, as long as you say", lambda: _wait(case)))
    return found


def _completing(case: Rehearsal, task: OpenTask) -> Callable[[], None]:
    def complete() -> None:
        ordinary = case.ordinary(task)
        for name, value in ordinary.items():
            click.echo(table.printable(f"     {name} = {json.dumps(value, ensure_ascii=False)}"))
        case.complete(task.id, _values("Other answers, as name=value (Enter for these)"))

    return complete


def _working(case: Rehearsal, job: Job) -> Callable[[], None]:
    return lambda: case.work(job.id, _values("Its result, as name=value (Enter for none)"))


def _delivering(case: Rehearsal, name: str) -> Callable[[], None]:
    return lambda: case.message(name, _values("What it brings, as name=value (Enter for nothing)"))


def _fire(case: Rehearsal) -> None:
    case.next_timer()


def _wait(case: Rehearsal) -> None:
    text = _ask("How long: 5 working days, P3D, PT2H (Enter for a working day)") or "1 working day"
    (act,) = load(json.dumps({"steps": [{"wait": text}]})).steps
    assert isinstance(act.wait, Wait)
    case.wait(act.wait)


def _values(prompt: str) -> dict[str, Any]:
    """Names with values, one a line up to an empty one; a value is JSON, or else text."""
    found: dict[str, Any] = {}
    while text := _ask(prompt):
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise ValueError(f"{text!r} is no name=value.")
        try:
            found[name.strip()] = json.loads(value)
        except ValueError:
            found[name.strip()] = value.strip()
        prompt = "More (Enter when done)"
    return found


def _ask(prompt: str) -> str:
    try:
        text = str(click.prompt(prompt, default="", show_default=False, prompt_suffix="> ")).strip()
    except click.Abort:
        # The end of the input, or Ctrl-C.
        raise _Left from None
    if text == "q":
        raise _Left
    return text
