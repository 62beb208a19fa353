"""What was kept elsewhere shows what was taken away here."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine import Office
from engine.errors import Invalid, NotFound
from engine.history.checkpoint import Checkpoint, Head, opened
from engine.history.merkle import leads_to
from tests.conftest import SetClock
from tests.office.at_work import accept, do, matter_of_type, to_the_end


@pytest.fixture
def cases(embedded_office: Office) -> list[Any]:
    """Five cases, each two steps old."""
    matter = matter_of_type(embedded_office, "instant")
    started = [accept(embedded_office, matter, serial=910 + n) for n in range(5)]
    return [do(embedded_office, case["tasks"][0]) for case in started]


@pytest.fixture
def kept(embedded_office: Office, cases: list[Any], clock: SetClock, tmp_path: Path) -> Path:
    """Three checkpoints, an hour apart; cases went on between them, and after the last."""
    path = tmp_path / "elsewhere" / "checkpoints.jsonl"
    office = embedded_office
    office.checkpoints.make(path)
    clock.pass_time(hours=1)
    do(office, cases[1]["tasks"][0])
    accept(office, matter_of_type(office, "instant"), serial=921)
    office.checkpoints.make(path)
    clock.pass_time(hours=1)
    office.checkpoints.make(path)
    do(office, cases[2]["tasks"][0])
    return path


def past_the_office(folder: Path, *statements: str) -> None:
    """Statements on the database's file by somebody who needs no log-in."""
    with closing(sqlite3.connect(folder / "office.db", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


#: Tables whose rows belong to a case.
OF_A_CASE = ("entry", "task", "case_unit", "subscription", "notice")


def remove(number: str) -> list[str]:
    """Everything of a case, as if it had never been."""
    id = f"(select id from case_file where number = '{number}')"
    return [
        *(f"delete from {table} where case_id = {id}" for table in OF_A_CASE),
        f"delete from case_file where number = '{number}'",
    ]


def test_an_honest_office_holds_against_what_was_kept(embedded_office: Office, kept: Path) -> None:
    result = embedded_office.checkpoints.against(kept)
    assert (result["ok"], result["checkpoints"], result["heads"]) == (True, 3, 6 + 2)
    changed = [len(json.loads(line)["heads"]) for line in kept.read_text().splitlines()]
    assert changed == [6, 2, 0]


def test_a_case_that_is_gone_without_a_trace(
    embedded_office: Office, cases: list[Any], kept: Path, tmp_path: Path
) -> None:
    number = cases[3]["number"]
    past_the_office(tmp_path, *remove(number))
    count, proofs = embedded_office.history.survey(by=embedded_office.people.person("auditor"), jobs=1)
    assert (count, all(proof["ok"] for proof in proofs)) == (5, True)
    result = embedded_office.checkpoints.against(kept)
    assert not result["ok"]
    assert (result["first_bad"]["case"], result["first_bad"]["seq"]) == (number, 2)
    assert "removed" in result["first_bad"]["reason"]
    with pytest.raises(Invalid, match=number):
        embedded_office.checkpoints.make(kept)


def test_a_case_set_back_to_where_it_was(embedded_office: Office, cases: list[Any], kept: Path, tmp_path: Path) -> None:
    """A backup of the case is put back, whole: by itself it holds."""
    number = cases[1]["number"]
    id = f"(select id from case_file where number = '{number}')"
    past_the_office(tmp_path, f"delete from entry where case_id = {id} and seq = 3")
    result = embedded_office.checkpoints.against(kept)
    assert (result["first_bad"]["case"], result["first_bad"]["seq"]) == (number, 3)
    assert "cut" in result["first_bad"]["reason"]


def test_a_history_written_anew(embedded_office: Office, cases: list[Any], kept: Path, tmp_path: Path) -> None:
    number = cases[0]["number"]
    past_the_office(
        tmp_path,
        "update entry set body = cast(replace(cast(body as text), '\"clerk\"', '\"other\"') as blob) where seq = 2 and "
        f"case_id = (select id from case_file where number = '{number}')",
    )
    result = embedded_office.checkpoints.against(kept)
    assert (result["first_bad"]["case"], result["first_bad"]["seq"]) == (number, 2)
    assert "rewritten" in result["first_bad"]["reason"]


def test_the_end_of_the_offices_own_chain(embedded_office: Office, kept: Path, tmp_path: Path) -> None:
    """Its last act is gone, and what is left holds by itself."""
    office, auditor = embedded_office, embedded_office.people.person("auditor")
    last = len(office.ledger.entries(by=auditor, limit=1000)["items"])
    past_the_office(tmp_path, f"delete from act where chain = 'office' and seq = {last}")
    assert all(proof["ok"] for proof in office.ledger.prove(by=auditor))
    result = office.checkpoints.against(kept)
    assert (result["first_bad"]["case"], result["first_bad"]["seq"]) == ("office", last)
    assert "cut" in result["first_bad"]["reason"]
    with pytest.raises(Invalid, match="chain office"):
        office.checkpoints.make(kept)
    past_the_office(tmp_path, "delete from act")
    assert "the chain was removed" in office.checkpoints.against(kept)["first_bad"]["reason"]


def test_the_checkpoints_of_another_office_are_refused(embedded_office: Office, kept: Path, tmp_path: Path) -> None:
    other = Office(f"sqlite:///{tmp_path}/office.db", keyring=f"sqlite:///{tmp_path}/other.db")
    other.keyring.upgrade()
    with pytest.raises(Invalid, match="another office"):
        other.checkpoints.against(kept)
    with pytest.raises(Invalid, match="another office"):
        other.checkpoints.make(kept)
    other.close()


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (lambda r: r[0]["heads"].pop(), "not those that were signed"),
        (lambda r: r[0]["heads"][0].__setitem__(1, 1), "not those that were signed"),
        (lambda r: r[1].update(note=r[1]["note"].replace("\n7\n", "\n6\n")), "signature"),
        (lambda r: r[1].update(note=r[1]["note"].replace("— ", "- ")), "line 2"),
        (lambda r: r.pop(1), "does not follow"),
        (lambda r: r.reverse(), "line 1"),
        (lambda r: r[2].pop("heads"), "no change of keys"),
        (lambda r: r[2].update(heads=[["x"]]), "no record"),
    ],
)
def test_a_file_that_was_changed_is_refused(embedded_office: Office, kept: Path, forge: Any, told: str) -> None:
    records = [json.loads(line) for line in kept.read_text().splitlines()]
    forge(records)
    kept.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))
    with pytest.raises(Invalid, match=told):
        embedded_office.checkpoints.against(kept)


@pytest.mark.parametrize("content", ["", "\n", "{}\n", "[]\n", "no json\n", '{"note": 3, "heads": []}\n'])
def test_what_is_no_file_of_checkpoints_is_refused(embedded_office: Office, tmp_path: Path, content: str) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(content)
    with pytest.raises(Invalid):
        embedded_office.checkpoints.against(path)


def test_a_key_is_followed_by_another_that_it_vouches_for(
    embedded_office: Office, cases: list[Any], kept: Path, tmp_path: Path
) -> None:
    office, elsewhere = embedded_office, tmp_path / "begun before.jsonl"
    office.checkpoints.make(elsewhere)
    origin, before = office.checkpoints.origin, office.checkpoints.public_keys[-1].hex()
    after = office.checkpoints.rotate(kept)
    proof = office.checkpoints.prove(cases[0]["number"], kept)
    assert opened(proof["note"], bytes.fromhex(proof["public_key"]))
    assert office.checkpoints.make(elsewhere)["public_key"] == before
    assert office.checkpoints.against(elsewhere)["ok"]
    made = office.checkpoints.make(kept)
    assert made["public_key"] == after != before
    assert office.checkpoints.origin == origin
    assert office.checkpoints.against(kept)["checkpoints"] == 4
    lines = kept.read_bytes().splitlines(keepends=True)
    kept.write_bytes(b"".join(lines[:3] + lines[4:]))
    with pytest.raises(Invalid, match="signature"):
        office.checkpoints.against(kept)


def test_what_a_crash_left_half_written_is_dropped(embedded_office: Office, kept: Path) -> None:
    whole = kept.read_bytes()
    kept.write_bytes(whole + whole.splitlines()[2][:40])
    embedded_office.checkpoints.make(kept)
    assert kept.read_bytes().startswith(whole)
    assert embedded_office.checkpoints.against(kept)["checkpoints"] == 4


def test_that_a_case_stands_in_the_last_checkpoint(embedded_office: Office, cases: list[Any], kept: Path) -> None:
    office = embedded_office
    proof = office.checkpoints.prove(cases[1]["number"], kept)
    checkpoint = Checkpoint.read(opened(proof["note"], bytes.fromhex(proof["public_key"])))
    path = [bytes.fromhex(node) for node in proof["proof"]]
    head = Head(*proof["head"])
    assert (head.number, head.seq, checkpoint.size) == (cases[1]["number"], 3, 7)
    assert leads_to(head.leaf(), proof["index"], checkpoint.size, path, checkpoint.root)
    with pytest.raises(NotFound):
        office.checkpoints.prove("20260310-H01-9999-X", kept)
    earlier = office.checkpoints.prove(cases[1]["number"], kept, checkpoint=1)
    assert earlier["head"][1] == 2
    checkpoint = Checkpoint.read(opened(earlier["note"], bytes.fromhex(earlier["public_key"])))
    path = [bytes.fromhex(node) for node in earlier["proof"]]
    assert leads_to(Head(*earlier["head"]).leaf(), earlier["index"], checkpoint.size, path, checkpoint.root)
    with pytest.raises(NotFound):
        office.checkpoints.prove(cases[1]["number"], kept, checkpoint=4)


def test_a_case_that_ends_stays_in_what_follows(embedded_office: Office, cases: list[Any], kept: Path) -> None:
    to_the_end(
        embedded_office, embedded_office.cases.get(cases[4]["number"], by=embedded_office.people.person("clerk"))
    )
    assert embedded_office.checkpoints.make(kept)["changed"] == 2
    assert embedded_office.checkpoints.against(kept)["ok"]


def test_checkpoints_on_either_database(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    accept(office, matter_of_type(office, "instant"))
    assert office.checkpoints.make(path)["cases"] == 1
    assert office.checkpoints.against(path)["ok"]
    count, proofs = office.history.survey(by=office.people.person("auditor"), jobs=1)
    assert (count, [proof["ok"] for proof in proofs]) == (1, [True])


def test_the_server_makes_one_an_hour(
    embedded_office: Office, cases: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "var" / "checkpoints.jsonl"
    monkeypatch.setattr("engine.office.checkpoints.LOOK", 0.02)
    stop = threading.Event()
    server = threading.Thread(target=embedded_office.checkpoints.run, args=(path, stop))
    server.start()

    def wait_for(count: int) -> int:
        until = time.monotonic() + 180
        while time.monotonic() < until and (not path.exists() or path.read_bytes().count(b"\n") < count):
            time.sleep(0.02)
        time.sleep(0.1)
        return path.read_bytes().count(b"\n")

    try:
        assert wait_for(1) == 1
        an_hour_ago = time.time() - 3601
        os.utime(path, (an_hour_ago, an_hour_ago))
        assert wait_for(2) == 2
    finally:
        stop.set()
        server.join()
    assert embedded_office.checkpoints.against(path)["checkpoints"] == 2
