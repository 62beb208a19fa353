"""What applicants hand in: taken, trusted, taken back, and proven."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from engine import Office
from engine.errors import CaseClosed, Forbidden, Invalid, NotFound, NotOffered, Unavailable
from engine.office.once import Once
from engine.storage import tables
from tests.office.at_work import accept, do_named, matter_of_type
from tests.office.handing_in import PDF, hand_in


def _matter(office: Office) -> str:
    return matter_of_type(office, "promised", lambda matter: len(matter["materials"]) > 1)


def _files(folder: Path) -> list[Path]:
    return [path for path in (folder / "materials").rglob("*") if path.is_file()]


def test_a_file_is_handed_in_checked_against_the_original_replaced_and_taken_back(
    office: Office, tmp_path: Path
) -> None:
    clerk, auditor = office.people.person("clerk"), office.people.person("auditor")
    case = accept(office, _matter(office))
    listed = office.catalogue.matter(case["matter"])["materials"][0]["name"]

    made = hand_in(office, case, "../../身份证.pdf", material=listed, note="正反面")
    assert (made["name"], made["media_type"], made["grade"], made["status"]) == (
        "身份证.pdf",
        "application/pdf",
        "C",
        "present",
    )
    (stored,) = _files(tmp_path)
    assert stored.name == made["digest"] and b"%PDF" not in stored.read_bytes()
    view, file = office.materials.open(case["number"], made["id"], by=auditor)
    with file:
        assert (view, file.readall()) == (made, PDF)

    checked = office.materials.verify(case["number"], made["id"], "B", by=clerk)
    assert (checked["grade"], checked["verified_by"]) == ("B", "clerk")
    second = hand_in(office, case, "新.pdf", PDF + b"2", replaces=made["id"])
    assert second["material"] == listed
    office.materials.withdraw(case["number"], second["id"], "交错了", by=clerk)

    items = office.materials.list(case["number"], by=auditor)
    assert [(item["status"], item["grade"]) for item in items] == [("replaced", "B"), ("withdrawn", "C")]
    kinds = [entry["kind"] for entry in office.history.entries(case["number"], by=auditor)["items"]]
    assert kinds[-4:] == ["material.added", "material.verified", "material.added", "material.withdrawn"]
    with pytest.raises(NotOffered):
        office.materials.verify(case["number"], made["id"], "B", by=clerk)
    assert office.history.verify(case["number"], by=auditor)["ok"]


def test_a_file_whose_step_loses_a_race_is_handed_in_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = accept(office, _matter(office))
    clerk, leader = office.people.person("clerk"), office.people.person("leader")
    store = office._context.store
    put, others = store.put, ["同时说一句"]

    def put_while_another_is_faster(upload: Any) -> str:
        digest = put(upload)
        if others:
            office.cases.comment(case["number"], others.pop(), by=leader)
        return digest

    monkeypatch.setattr(store, "put", put_while_another_is_faster)
    made = hand_in(office, case)
    assert not others and made["status"] == "present"
    kinds = [entry["kind"] for entry in office.history.entries(case["number"], by=clerk)["items"]]
    assert kinds[-2:] == ["comment.added", "material.added"]
    assert office.history.verify(case["number"], by=clerk)["ok"]


def test_nothing_that_is_personal_stands_in_the_history_or_its_rows(office: Office) -> None:
    case = accept(office, _matter(office))
    made = hand_in(office, case, "王小明身份证.pdf", note="王小明的")

    with office.database.read() as connection:
        rows = [*connection.execute(tables.entry.select()), *connection.execute(tables.material.select())]
    text = "".join(str(value) for row in rows for value in row)
    assert "王小明" not in text and made["sha256"] not in text and made["digest"] in text

    with office.database.read() as connection:
        owner = connection.execute(tables.case.select()).one().applicant
    office.keyring.erase(owner)
    auditor = office.people.person("auditor")
    assert "erased" in office.materials.list(case["number"], by=auditor)[0]["name"]
    with pytest.raises(NotFound):
        office.materials.open(case["number"], made["id"], by=auditor)
    assert office.history.verify(case["number"], by=auditor)["ok"]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"content": b""}, "/file"),
        ({"content": b"MZ\x90\0"}, "/file"),
        ({"name": "x.exe"}, "/file"),
        ({"material": "没有这种"}, "/material"),
        ({"grade": "E"}, "/grade"),
        ({"grade": "A"}, "/grade"),
        ({"source": "nobody"}, "/source"),
        ({"copies": 0}, "/copies"),
        ({"note": "长" * 1001}, "/note"),
        ({"replaces": "none"}, "/replaces"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    embedded_office: Office, tmp_path: Path, given: dict[str, Any], pointer: str
) -> None:
    case = accept(embedded_office, _matter(embedded_office))
    with pytest.raises(Invalid) as refused:
        hand_in(embedded_office, case, **given)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert _files(tmp_path) == []
    assert embedded_office.materials.list(case["number"], by=embedded_office.people.person("clerk")) == []


def test_a_repeated_request_keeps_one_file(office: Office, tmp_path: Path) -> None:
    case = accept(office, _matter(office))
    once = Once(key="k-1", scope="/materials", digest="the same")
    first, again = (hand_in(office, case, once=once) for _ in range(2))
    assert first == again
    assert len(_files(tmp_path)) == len(office.materials.list(case["number"], by=office.people.person("clerk"))) == 1


def test_a_suspended_case_takes_materials_and_a_closed_one_does_not(office: Office) -> None:
    clerk = office.people.person("clerk")
    case = accept(office, _matter(office))
    case = do_named(office, case, "check_materials")
    if case["status"] == "open":
        office.cases.suspend(case["number"], "检测", "testing", by=clerk)
    assert hand_in(office, case)["status"] == "present"
    office.cases.resume(case["number"], "检测完了", by=clerk)
    office.cases.withdraw(case["number"], "不办了", by=clerk)
    with pytest.raises(CaseClosed):
        hand_in(office, case)


def test_who_has_no_part_in_a_case_hands_nothing_in(office: Office) -> None:
    case = accept(office, _matter(office))
    with pytest.raises(Forbidden):
        office.materials.begin(case["number"], by=office.people.person("auditor"))
    with pytest.raises(NotFound):
        office.materials.begin(case["number"], by=office.people.person("designer"))


@pytest.mark.parametrize("damage", ["gone", "changed", "row", "deleted row"])
def test_verify_names_a_material_that_does_not_hold(embedded_office: Office, tmp_path: Path, damage: str) -> None:
    office, auditor = embedded_office, embedded_office.people.person("auditor")
    case = accept(office, _matter(office))
    made = hand_in(office, case)
    (stored,) = _files(tmp_path)

    if damage == "gone":
        stored.unlink()
    elif damage == "changed":
        content = stored.read_bytes()
        stored.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    else:
        with office.database.write() as connection:
            if damage == "row":
                connection.execute(update(tables.material).values(grade="A"))
            else:
                connection.execute(tables.material.delete())

    proof = office.history.verify(case["number"], by=auditor)
    assert not proof["ok"] and made["id"] in proof["first_bad"]["reason"]
    if damage in ("gone", "changed"):
        with pytest.raises(Unavailable):
            _, file = office.materials.open(case["number"], made["id"], by=auditor)
            with file:
                file.readall()


def test_a_step_that_dies_leaves_at_most_a_file_that_sweeping_takes_away(
    embedded_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = embedded_office
    case = accept(office, _matter(office))
    kept = hand_in(office, case)

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("engine.office.archive.Archive.advance", die)
        with pytest.raises(KeyboardInterrupt):
            hand_in(office, case, content=PDF + b"2")

    assert len(_files(tmp_path)) == 2
    assert office.materials.sweep() == 0
    for path in _files(tmp_path):
        os.utime(path, (1000, 1000))
    assert office.materials.sweep() == 1
    assert [path.name for path in _files(tmp_path)] == [kept["digest"]]


def test_a_replayed_history_gives_the_same_rows(office: Office) -> None:
    case = accept(office, _matter(office))
    made = hand_in(office, case)
    auditor = office.people.person("auditor")
    entry = office.history.entries(case["number"], by=auditor)["items"][-1]
    assert entry["input"]["id"] == made["id"] and entry["input"]["name"] == made["name"]
    assert json.dumps(entry["input"]["digest"]) == json.dumps(made["digest"])
