"""The office's own chains: what was done to the office, by whom, provably."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from engine import Office
from engine.errors import Forbidden, Invalid, NotFound, Unauthorised
from engine.history.chain import GENESIS
from engine.history.kinds import ActKind
from engine.office.ledger import OFFICE
from engine.office.people import FAILURES
from tests.conftest import SetClock

PASSWORD = "three calm herons"


def acts(office: Office, chain: str = OFFICE, *, since: int = 0) -> list[Any]:
    """The entries of a chain that came after one."""
    by = office.people.person("auditor")
    return office.ledger.entries(chain, by=by, limit=1000, cursor=str(since))["items"]


def last(office: Office) -> int:
    return len(acts(office))


def told(entries: list[Any]) -> list[tuple[str, str]]:
    return [(entry["actor"], entry["kind"]) for entry in entries]


def test_how_an_office_comes_about_stands_in_its_chain(office: Office) -> None:
    entries = acts(office)
    kinds = {entry["kind"] for entry in entries}
    assert {"definitions.deployed", "setting.changed", "units.imported", "matters.imported", "person.added"} <= kinds
    assert [entry["seq"] for entry in entries] == [*range(1, len(entries) + 1)]
    assert [entry["previous"] for entry in entries] == [GENESIS, *(entry["hash"] for entry in entries[:-1])]


def test_what_administrators_do_to_people_and_tokens(office: Office) -> None:
    since, admin = last(office), office.people.person("admin")
    office.people.add("new", "新人", PASSWORD, [("housing", "clerk")], by=admin)
    office.people.passwd("new", PASSWORD + "!", by=office.people.person("new"))
    token = office.people.new_token("new", days=3, by=admin)["token"]
    office.people.revoke_token(token)
    office.people.revoke_token(token)
    office.people.disable("new", by=admin)
    office.people.enable("new", by=admin)
    entries = acts(office, since=since)
    assert told(entries) == [
        ("admin", "person.added"),
        ("new", "person.password-set"),
        ("admin", "token.made"),
        ("system:shell", "token.revoked"),
        ("admin", "person.disabled"),
        ("admin", "person.enabled"),
    ]
    assert entries[0]["about"] == {"username": "new", "units": [{"unit": "housing", "role": "clerk"}]}
    assert entries[2]["about"]["token"] == entries[3]["about"]["token"]
    assert PASSWORD not in str(entries)
    assert token not in str(entries)


def test_what_is_refused_or_changes_nothing_is_no_act(office: Office) -> None:
    since = last(office)
    with pytest.raises(Forbidden):
        office.people.disable("leader", by=office.people.person("clerk"))
    with pytest.raises(Invalid):
        office.people.add("new", "新人", PASSWORD, [("nowhere", "clerk")])
    office.initialise(demo=True)
    assert acts(office, since=since) == []


def test_an_import_tells_what_was_changed_in_what(office: Office) -> None:
    since, admin = last(office), office.people.person("admin")
    unit = office.catalogue.unit("housing")
    table = f"code,name,level,parent\nhousing,住建局,{unit['level']},{unit['parent']}\nnew,新单位,department,\n"
    office.catalogue.import_units(table, by=admin)
    (entry,) = acts(office, since=since)
    assert (entry["actor"], entry["kind"]) == ("admin", "units.imported")
    assert entry["about"]["changed"] == {"housing": [{"field": "/name", "before": unit["name"], "after": "住建局"}]}
    assert [*entry["about"]["created"]] == ["new"]


def test_a_clock_that_is_put_forward(office: Office, clock: SetClock) -> None:
    since = last(office)
    office.clock.advance(clock.now().replace(hour=9))
    (entry,) = acts(office, since=since)
    assert entry["about"] == {"name": "clock_offset", "value": 8 * 3600.0}


def test_two_administrators_at_once_write_one_chain(office: Office) -> None:
    since = last(office)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: office.people.new_token(name), ["clerk", "leader", "auditor", "admin"] * 3))
    entries = acts(office, since=since)
    assert [entry["seq"] for entry in entries] == [*range(since + 1, since + 13)]
    assert all(proof["ok"] for proof in office.ledger.prove(by=office.people.person("auditor")))


def test_wrong_passwords_and_the_lock_that_follows(office: Office) -> None:
    for name in ["clerk"] * FAILURES + ["clerk", "my secret word", "nobody"]:
        with pytest.raises(Unauthorised):
            office.people.authenticate(name, "wrong")
    (chain,) = [c["chain"] for c in office.ledger.chains(by=office.people.person("auditor")) if c["chain"] != OFFICE]
    assert chain.startswith("access/2026-03-10/")
    entries = acts(office, chain)
    failed, locked = ("system:nobody", "login.failed"), ("system:nobody", "login.locked")
    assert told(entries) == [failed] * (FAILURES - 1) + [locked] + [failed] * 3
    assert [entry["about"]["username"] for entry in entries[-3:]] == ["clerk", None, None]
    assert {entry["about"]["way"] for entry in entries} == {"password"}


def test_a_log_in_is_an_entry_in_the_transaction_of_its_session(office: Office) -> None:
    secret = office.sessions.begin("clerk")
    auditor = office.people.person("auditor")
    (chain,) = [c["chain"] for c in office.ledger.chains(by=auditor) if c["chain"] != OFFICE]
    (entry,) = acts(office, chain)
    assert (entry["actor"], entry["kind"], entry["about"]) == ("clerk", "login.succeeded", {"way": "password"})
    assert secret not in str(entry)
    assert all(proof["ok"] for proof in office.ledger.prove(by=auditor))
    with pytest.raises(IntegrityError):
        office.sessions.begin("nobody")
    assert len(acts(office, chain)) == 1


def test_who_may_read_which_chain(office: Office) -> None:
    with pytest.raises(Unauthorised):
        office.people.authenticate("clerk", "wrong")
    chains = office.ledger.chains(by=office.people.person("auditor"))
    admin = office.people.person("admin")
    assert [chain["chain"] for chain in office.ledger.chains(by=admin)] == [OFFICE]
    assert office.ledger.entries(by=admin)["items"]
    with pytest.raises(Forbidden):
        office.ledger.entries(chains[0]["chain"], by=admin)
    for username in ("clerk", "leader"):
        with pytest.raises(Forbidden):
            office.ledger.entries(by=office.people.person(username))
    with pytest.raises(NotFound):
        office.ledger.entries("access/2026-03-10/none", by=office.people.person("auditor"))


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("update act set actor = 'other' where seq = 3", 3),
        ("update act set body = cast(replace(cast(body as text), 'yichuang', 'yichuanG') as blob) where seq = 4", 4),
        ("update act set kind = 'person.added' where seq = 2", 2),
        ("update act set at = '2026-01-01T00:00:00.000000Z' where seq = 2", 2),
        ("delete from act where seq = 2", 2),
        ("update act set chain = 'other' where seq = 5", 5),
        ("update act set hash = replace(hash, substr(hash, 1, 1), 'x') where seq = 1", 1),
    ],
)
def test_an_act_that_was_changed_is_found(embedded_office: Office, tmp_path: Path, statement: str, seq: int) -> None:
    assert all(proof["ok"] for proof in embedded_office.ledger.prove(by=embedded_office.people.person("auditor")))
    with closing(sqlite3.connect(tmp_path / "office.db", isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount == 1
    bad = next(
        proof["first_bad"]
        for proof in embedded_office.ledger.prove(by=embedded_office.people.person("auditor"))
        if not proof["ok"]
    )
    assert (bad["case"], bad["seq"]) == (OFFICE, seq)


def test_kinds_are_written_as_subject_and_action() -> None:
    assert all(kind.count(".") == 1 for kind in ActKind)
