"""`cases`, `show`, `start`, `complete`: work from the shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from api import strict_json
from api.shell import table
from api.shell.group import as_option, instant, json_option, office, person, reader, write_json
from engine import Office
from engine.errors import Malformed, YichuangError
from engine.handling.case import STATUSES, TYPES
from engine.handling.undertaking import STATES
from engine.office.person import Person
from engine.office.views import CaseView

_STATUSES = click.Choice(STATUSES)
_TYPES = click.Choice(TYPES)
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command("cases")
@click.option("--status", type=_STATUSES)
@click.option("--type", "type_", type=_TYPES)
@click.option("--matter", metavar="CODE")
@click.option("--unit", metavar="CODE")
@click.option("--window", metavar="CODE")
@click.option("--due-before", metavar="TIME", help="In the office's zone where it has no offset.")
@click.option("--overdue/--not-overdue", default=None)
@click.option("--kept/--late", default=None, help="Answered by their limit, or late, as the statistics count it.")
@click.option(
    "--undertaking", type=click.Choice(STATES), help="What became of what the applicant undertook to hand in later."
)
@click.option("--q", metavar="TEXT", help="Case number, or the applicant's whole name.")
@click.option("--sort", default="-received", show_default=True)
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--cursor", metavar="CURSOR", help="Where to go on: the `next` of the page before.")
@as_option(required=False)
@json_option
def list_cases(username: str | None, as_json: bool, type_: str | None, due_before: str | None, **filters: Any) -> None:
    """List cases."""
    with office() as opened:
        if due_before is not None:
            filters["due_before"] = instant(due_before, opened)
        page = opened.cases.list(by=reader(opened, username, type=type_, **filters), type=type_, **filters)
    if as_json:
        return write_json(page)
    heads = ("NUMBER", "MATTER", "TYPE", "STATUS", "DUE", "WINDOW", "APPLICANT")
    lines = (
        (c["number"], c["matter_name"], c["type"], c["status"], _due(c), c["window"], c["applicant"])
        for c in page["items"]
    )
    click.echo(table.rows(heads, lines))
    if page["next"]:
        click.echo(f"More: --cursor {page['next']}")


@click.command("show")
@click.argument("number")
@as_option(required=False)
@json_option
def show_case(number: str, username: str | None, as_json: bool) -> None:
    """Show a case, whole."""
    with office() as opened:
        view = opened.cases.get(number, by=reader(opened, username, number=number))
    _show(view, as_json)


@click.command("start")
@click.argument("matter")
@click.option("--data", "file", type=_FILE, required=True, metavar="F.json", help="Applicant and data; - reads stdin.")
@click.option("--window", metavar="CODE", help="Where the person serves more than one.")
@click.option("--channel", help="How the application came in.")
@as_option(required=True)
@json_option
def start_case(matter: str, file: Path, window: str | None, channel: str | None, username: str, as_json: bool) -> None:
    """Accept a matter at a window.

    F.json holds what the API's call takes: {"applicant": {"name", "id_type", "id_number", "phone"}, "data": {...}};
    the applicant may have an "email" too, to which notices then go.
    """
    # Late: no other command of cases loads the API's models.
    from api.schemas.checking import judged
    from api.schemas.inputs import StartCase

    content = _read(file) | {"matter": matter}
    if window is not None:
        content["window"] = window
    if channel is not None:
        content["channel"] = channel
    body, wrong = judged(StartCase, content, strict=True)
    with office() as opened:
        view = opened.cases.start(
            body.matter,
            body.applicant.model_dump(),
            body.data,
            by=person(opened, username),
            channel=body.channel,
            window=body.window,
            wrong=wrong,
        )
    _show(view, as_json)


@click.command("complete")
@click.argument("task")
@click.option("--data", "file", type=_FILE, metavar="F.json", help="Values of the form by field; - reads stdin.")
@as_option(required=True)
@json_option
def complete_task(task: str, file: Path | None, username: str, as_json: bool) -> None:
    """Complete a task.

    F.json holds the values of the form's fields, or, as the API takes it, {"data": {...}}.
    """
    content = _read(file) if file is not None else {}
    data = content["data"] if content.keys() == {"data"} and isinstance(content["data"], dict) else content
    with office() as opened:
        _show(opened.tasks.complete(task, data, by=person(opened, username)), as_json)


@click.command("retry")
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1)
@click.option("--all", "all_", is_flag=True, help="All failed cases that the person sees, but for these filters.")
@click.option("--matter", metavar="CODE")
@click.option("--type", "type_", type=_TYPES)
@click.option("--unit", metavar="CODE", help="Which accepted them, or one above it.")
@click.option("--element", metavar="ID", help="Only where something failed at this element.")
@click.option("--reason", required=True, help="Why it will go well now; it stands in the history.")
@as_option(required=True)
@json_option
def retry_cases(
    numbers: tuple[str, ...], all_: bool, reason: str, username: str, as_json: bool, type_: str | None, **filters: Any
) -> None:
    """Try again what made cases fail: those named, or with --all those that the filters leave.

    Exit code 1 where one of them is refused, or has failed again.
    """
    if all_ == bool(numbers) or (numbers and (type_ or any(filters.values()))):
        raise click.UsageError("Name cases, or give --all with filters.")
    results: list[dict[str, Any]] = []
    with office() as opened:
        by = person(opened, username)
        found: Any = (
            opened.cases.retry_failed(reason, by=by, type=type_, **filters)
            if all_
            else ((number, _tried(opened, number, reason, by)) for number in numbers)
        )
        for number, became in found:
            refused = became.detail if isinstance(became, YichuangError) else None
            status = None if isinstance(became, YichuangError) else became["status"]
            results.append({"number": number, "status": status, "refused": refused})
            if not as_json:
                click.echo(f"{number}  {status or refused}")
    if as_json:
        write_json({"results": results})
    elif not results:
        click.echo("No case has failed.")
    if any(result["status"] in (None, "failed") for result in results):
        raise SystemExit(1)


def _tried(opened: Office, number: str, reason: str, by: Person) -> CaseView | YichuangError:
    try:
        return opened.cases.retry(number, reason, by=by)
    except YichuangError as error:
        return error


def _read(file: Path) -> dict[str, Any]:
    """The JSON object in a file."""
    text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    value = strict_json.parse(text)
    if not isinstance(value, dict):
        raise Malformed(f"{file} does not hold a JSON object.")
    return value


def _undertaking(view: CaseView) -> str | None:
    """What the applicant undertook to hand in later."""
    found = view["undertaking"]
    if found is None:
        return None
    return f"{'、'.join(found['materials'])}, by {found['until']}: {'late' if found['late'] else found['state']}"


def _show(view: CaseView, as_json: bool) -> None:
    if as_json:
        return write_json(view)
    facts = {
        "number": view["number"],
        "tracking code": view["tracking_code"],
        "matter": f"{view['matter']} {view['matter_name']}",
        "type": view["type"],
        "status": view["status"],
        "applicant": view["applicant"]["name"],
        "window": f"{view['window']} ({view['unit']})",
        "agent": view["agent"],
        "received": table.instant(view["received"]),
        "due": _due(view),
        "ended": table.instant(view["ended"]),
        "undertaking": _undertaking(view),
    }
    click.echo(table.pairs({name: value for name, value in facts.items() if value}))
    for incident in view["incidents"]:
        click.echo(f"incident at {incident['element']}: {incident['cause']}")
    if view["tasks"]:
        click.echo()
        heads = ("TASK", "NAME", "GROUP", "ASSIGNEE", "DUE")
        lines = ((t["id"], t["name"], t["group"], t["assignee"], _due(t)) for t in view["tasks"])
        click.echo(table.rows(heads, lines))


def _due(view: Any) -> str:
    """When something is due: a task without a limit of its own, when its case is."""
    due = view["due"] or view.get("case_due")
    if due is None:
        return ""
    told = {
        "the case's": not view["due"],
        "provisional": view["due_provisional"],
        "late": view["overdue"],
    }
    marks = ", ".join(mark for mark, holds in told.items() if holds)
    return table.instant(due) + (f" ({marks})" if marks else "")
