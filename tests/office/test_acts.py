"""Whatever changes the office itself is an act in the office's chain: a command that writes none fails here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import Office, demonstration
from engine.definitions.model import SourceFile
from engine.history.kinds import ActKind
from engine.office.office import packaged_processes
from engine.office.people import NewPerson
from engine.office.person import Person
from tests.conftest import SetClock
from tests.office.at_work import accept, keep_for, matter_of_type, to_the_end

PASSWORD = "three calm herons"
ROOM = [("housing", "clerk")]

#: What the services that change the office do besides: reading, log-in, proving, and the clock's own work.
NO_ACTS = {
    "people": {"authenticate", "admit", "turn_away", "by_token", "person", "list", "tokens"},
    "sessions": {"begin", "person", "end", "list", "end_listed", "end_others"},
    "catalogue": {"units", "unit", "windows", "window", "matters", "matter", "ancestors", "descendants"},
    "calendar": {"list"},
    "substitutions": {"list"},
    # A move to another version is an entry of each case that moves.
    "definitions": {
        "require_designing",
        "inside",
        "list",
        "get",
        "version",
        "file",
        "forms",
        "diff",
        "problems",
        "in_use",
        "migrate",
        "rehearse",
    },
    "checkpoints": {"make", "last", "list", "signed", "against", "prove", "consistency", "content", "run", "ledger"},
    "backups": set(),
    "erasure": set(),
    "clock": {"now", "tick", "go_on", "recount", "due", "wake", "run"},
}


def redrawn() -> list[SourceFile]:
    """A packaged process with another name."""
    files = packaged_processes()["instant"]
    return [SourceFile(name=f.name, content=f.content.replace('name="即办件"'.encode(), b'name="New"')) for f in files]


def token(office: Office) -> str:
    return office.people.new_token("clerk")["token"]


def named(office: Office, by: Person) -> str:
    """The id of a substitution: a colleague stands in for the clerk."""
    office.people.add("new", "新人", PASSWORD, [("hall", "clerk")], by=by)
    return office.substitutions.name("new", "2026-03-10", "2026-03-11", username="clerk", by=by)["id"]


def marked(office: Office) -> None:
    with office.database.write() as connection:
        office.clock.mark_demonstration(connection)


def restored(office: Office, path: Path) -> None:
    office.backups.make(path, keys=None)
    office.backups.restore(path, replace=True)


def ended(office: Office) -> str:
    """The number of a case that has ended."""
    return str(to_the_end(office, accept(office, matter_of_type(office, "instant")))["number"])


def expired(office: Office, by: Any) -> object:
    """A case of a matter that is kept for a year, two years later."""
    keep_for(office, matter_of_type(office, "instant"), 1)
    ended(office)
    office.clock.advance(SetClock().now().replace(year=2028))
    return office.erasure.expired(by=by)


def retired(office: Office) -> object:
    return office.definitions.retire("one_window", 1, "停办", by=office.people.person("designer"))


#: Every other command, by what it is called, with what it writes.
ACTS: dict[str, tuple[ActKind, Callable[[Office, Path, Any], object]]] = {
    "people.add": (ActKind.PERSON_ADDED, lambda o, _, by: o.people.add("new", "新人", PASSWORD, ROOM, by=by)),
    "people.add_all": (
        ActKind.PERSON_ADDED,
        lambda o, _, by: o.people.add_all(
            [NewPerson(username="new", name="新人", password=PASSWORD, memberships=ROOM)], by=by
        ),
    ),
    "people.passwd": (ActKind.PASSWORD_SET, lambda o, _, by: o.people.passwd("clerk", PASSWORD, by=by)),
    "people.change_password": (
        ActKind.PASSWORD_SET,
        lambda o, _, by: o.people.change_password("admin", demonstration.PASSWORD, PASSWORD),
    ),
    "sessions.end_of": (ActKind.SESSIONS_ENDED, lambda o, _, by: o.sessions.end_of("clerk", by=by)),
    "people.disable": (ActKind.PERSON_DISABLED, lambda o, _, by: o.people.disable("clerk", by=by)),
    "people.enable": (ActKind.PERSON_ENABLED, lambda o, _, by: o.people.enable("clerk", by=by)),
    "people.assign": (
        ActKind.PERSON_ASSIGNED,
        lambda o, _, by: o.people.assign("clerk", [("housing", "clerk")], by=by),
    ),
    "people.revoke_listed": (
        ActKind.TOKEN_REVOKED,
        lambda o, _, by: (token(o), o.people.revoke_listed("clerk", o.people.tokens("clerk")[0]["id"], by=by)),
    ),
    "people.new_token": (ActKind.TOKEN_MADE, lambda o, _, by: o.people.new_token("clerk", by=by)),
    "people.revoke_token": (ActKind.TOKEN_REVOKED, lambda o, _, by: o.people.revoke_token(token(o), by=by)),
    "substitutions.name": (ActKind.SUBSTITUTE_NAMED, lambda o, _, by: named(o, by)),
    "substitutions.end": (ActKind.SUBSTITUTION_ENDED, lambda o, _, by: o.substitutions.end(named(o, by), by=by)),
    "catalogue.import_units": (
        ActKind.UNITS_IMPORTED,
        lambda o, _, by: o.catalogue.import_units("code,name,level,parent\nnew,新单位,department,\n", by=by),
    ),
    "catalogue.import_windows": (
        ActKind.WINDOWS_IMPORTED,
        lambda o, _, by: o.catalogue.import_windows("code,name,unit,address\nN01,新窗口,housing,\n", by=by),
    ),
    "catalogue.import_matters": (
        ActKind.MATTERS_IMPORTED,
        lambda o, _, by: o.catalogue.import_matters(
            (Path(__file__).parent.parent / "api" / "models" / "matters.csv").read_text("utf-8"), by=by
        ),
    ),
    "calendar.set": (ActKind.CALENDAR_CHANGED, lambda o, _, by: o.calendar.set("2026-10-08", "closed", "台风", by=by)),
    "calendar.remove": (
        ActKind.CALENDAR_CHANGED,
        lambda o, _, by: (o.calendar.set("2026-10-08", "closed", "台风"), o.calendar.remove("2026-10-08", by=by)),
    ),
    "calendar.import_days": (
        ActKind.CALENDAR_CHANGED,
        lambda o, _, by: o.calendar.import_days("date,kind,reason\n2026-10-08,closed,台风\n", by=by),
    ),
    "calendar.set_closing": (ActKind.CALENDAR_CHANGED, lambda o, _, by: o.calendar.set_closing("17:30", by=by)),
    "calendar.recount": (ActKind.RECOUNT_ORDERED, lambda o, _, by: o.calendar.recount(by=by)),
    "definitions.deploy": (
        ActKind.DEFINITIONS_DEPLOYED,
        lambda o, _, by: o.definitions.deploy(redrawn(), by=o.people.person("designer")),
    ),
    "erasure.expired": (ActKind.APPLICANT_ERASED, lambda o, _, by: expired(o, by)),
    "erasure.one": (ActKind.APPLICANT_ERASED, lambda o, _, by: o.erasure.one(ended(o), "依申请", by=by)),
    "definitions.retire": (ActKind.DEFINITION_RETIRED, lambda o, _, by: retired(o)),
    "definitions.reactivate": (
        ActKind.DEFINITION_REACTIVATED,
        lambda o, _, by: (
            retired(o),
            o.definitions.reactivate("one_window", 1, "改正", by=o.people.person("designer")),
        ),
    ),
    "checkpoints.rotate": (ActKind.SIGNING_KEY_CHANGED, lambda o, path, by: o.checkpoints.rotate(path, by=by)),
    "backups.make": (ActKind.BACKUP_MADE, lambda o, path, by: o.backups.make(path, keys=None)),
    "backups.restore": (ActKind.BACKUP_RESTORED, lambda o, path, by: restored(o, path)),
    "clock.mark_demonstration": (ActKind.SETTING_CHANGED, lambda o, _, by: marked(o)),
    "clock.advance": (ActKind.SETTING_CHANGED, lambda o, _, by: o.clock.advance(SetClock().now().replace(hour=9))),
}


def is_administrative(method: Callable[..., object]) -> bool:
    """Whether the machine's own shell, where there is nobody to ask, may do it."""
    by = inspect.signature(method).parameters.get("by")
    return by is not None and by.default is None


def test_every_command_is_known_here(embedded_office: Office) -> None:
    found = set()
    for name, service in vars(embedded_office).items():
        for method, function in inspect.getmembers(type(service), inspect.isfunction):
            if not (name.startswith("_") or method.startswith("_")) and (
                name in NO_ACTS or is_administrative(function)
            ):
                found.add(f"{name}.{method}")
    known = {f"{service}.{method}" for service, methods in NO_ACTS.items() for method in methods}
    assert found == known | ACTS.keys()


@pytest.mark.parametrize("command", ACTS)
def test_a_command_writes_its_act(embedded_office: Office, tmp_path: Path, command: str) -> None:
    office = embedded_office
    kind, run = ACTS[command]
    admin, auditor = office.people.person("admin"), office.people.person("auditor")
    before = len(office.ledger.entries(by=auditor, limit=1000)["items"])
    run(office, tmp_path / "checkpoints.jsonl", admin)
    *_, act = office.ledger.entries(by=auditor, limit=1000, cursor=str(before))["items"]
    assert act["kind"] == kind
    if not command.startswith(("definitions.", "clock.", "backups.")):
        assert act["actor"] == "admin"
    assert all(proof["ok"] for proof in office.ledger.prove(by=office.people.person("auditor")))


def test_every_kind_of_act_is_written_by_a_command() -> None:
    in_access = {ActKind.READ, ActKind.REFUSED, *(kind for kind in ActKind if kind.startswith("login."))}
    assert {kind for kind, _ in ACTS.values()} == {*ActKind} - in_access
