"""A copy of the office while it is at work, and the office from its copy, on either database."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from engine import Office
from engine.errors import Conflict, Invalid, NotFound, Unavailable, YichuangError
from engine.history.checkpoint import sign
from engine.storage import tables
from engine.storage.portable import Shape, written
from tests.conftest import SetClock, database_of_its_own
from tests.office.at_work import accept, do_named, matter_of_type
from tests.office.handing_in import PDF, hand_in

Opener = Callable[..., Office]


@pytest.fixture(params=["sqlite", "postgres"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of another database, which has nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/other/office.db"
        return
    with database_of_its_own(request.getfixturevalue("postgres"), "template0") as url:
        yield url


@pytest.fixture
def elsewhere(tmp_path: Path, clock: SetClock) -> Iterator[Opener]:
    """Opens offices in a folder of their own."""
    opened: list[Office] = []

    def open(url: str | None = None, folder: str = "other") -> Office:
        place = tmp_path / folder
        office = Office(
            url or f"sqlite:///{place}/office.db",
            keyring=f"sqlite:///{place}/keyring.db",
            clock=clock,
            materials=place / "materials",
        )
        opened.append(office)
        return office

    yield open
    for office in opened:
        office.close()


def _work(office: Office) -> dict[str, Any]:
    """Some work of each kind; gives a case with a material."""
    clerk = office.people.person("clerk")
    accept(office, matter_of_type(office, "instant"))
    matter = matter_of_type(office, "promised", lambda matter: len(matter["materials"]) > 1)
    case = accept(office, matter, serial=902)
    hand_in(office, case, "证.pdf", PDF)
    office.cases.comment(case["number"], "电话已核", by=clerk)
    return case


def _rows(office: Office) -> dict[str, list[bytes]]:
    """What a backup is a copy of, by table."""
    with office.database.read() as connection:
        return {
            table.name: list(written(connection, table))
            for table in tables.metadata.sorted_tables
            if table is not tables.session
        }


def _whole(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _verified(office: Office) -> int:
    _, proofs = office.history.survey(by=office.people.person("auditor"), jobs=1)
    proven = list(proofs)
    assert all(proof["ok"] for proof in proven), proven
    assert all(proof["ok"] for proof in office.ledger.prove(by=office.people.person("auditor")))
    return len(proven)


def test_an_office_comes_back_as_it_was_on_either_database_and_goes_on(
    office: Office, other_url: str, elsewhere: Opener, tmp_path: Path, clock: SetClock
) -> None:
    case = _work(office)
    kept = tmp_path / "checkpoints.jsonl"
    office.checkpoints.make(kept)
    before = _rows(office)
    made = office.backups.make(tmp_path / "office.backup", keys=tmp_path / "keys", checkpoints=kept)
    assert (made["cases"], made["files"]) == (2, 1)
    clock.pass_time(hours=1)

    other = elsewhere(other_url)
    told = other.backups.restore(
        tmp_path / "office.backup", keys=tmp_path / "keys", checkpoints=tmp_path / "other" / "checkpoints.jsonl"
    )
    assert (told["at"], told["cases"], told["files"], told["kept"]) == (made["at"], 2, 1, None)
    other.close()

    other = elsewhere(other_url)
    after = _rows(other)
    assert {name: rows for name, rows in after.items() if name != "act"} == {
        name: rows for name, rows in before.items() if name != "act"
    }
    assert after["act"][: len(before["act"])] == before["act"], "and then the act of restoring"
    assert _verified(other) == 2
    assert other.checkpoints.against(tmp_path / "other" / "checkpoints.jsonl")["ok"]
    auditor = other.people.person("auditor")
    assert other.cases.get(case["number"], by=auditor)["applicant"]["name"] == "测试人902"
    (material,) = other.materials.list(case["number"], by=auditor)
    _, file = other.materials.open(case["number"], material["id"], by=auditor)
    with file:
        assert file.readall() == PDF

    # It goes on: numbers, row ids and applicants follow on those that were there.
    again = accept(other, case["matter"], serial=902)
    with other.database.read() as connection:
        owners = connection.execute(select(tables.case.c.applicant).order_by(tables.case.c.id)).scalars().all()
    assert owners[1] == owners[2] and again["number"] != case["number"]
    element = case["tasks"][0]["element"]
    do_named(other, other.cases.get(case["number"], by=auditor), element)
    assert _verified(other) == 3
    assert other.checkpoints.make(tmp_path / "other" / "checkpoints.jsonl")["cases"] == 3
    kinds = [act["kind"] for act in other.ledger.entries(by=auditor, limit=1000)["items"]]
    assert "backup.restored" in kinds
    assert "backup.made" in [act["kind"] for act in office.ledger.entries(by=auditor, limit=1000)["items"]]


def test_a_backup_is_of_one_moment_however_much_is_done_meanwhile(
    office: Office, elsewhere: Opener, tmp_path: Path
) -> None:
    matter = matter_of_type(office, "instant")
    accept(office, matter)
    stop, faults = threading.Event(), list[BaseException]()

    def work() -> None:
        serial = 910
        try:
            while not stop.is_set():
                case = accept(office, matter, serial=serial)
                hand_in(office, case, content=PDF + str(serial).encode())
                serial += 1
        except BaseException as error:
            faults.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        backups = [tmp_path / f"{count}.backup" for count in range(2)]
        for backup in backups:
            office.backups.make(backup, keys=backup.with_suffix(".keys"))
    finally:
        stop.set()
        worker.join()
    assert not faults
    for backup in backups:
        other = elsewhere(folder=backup.stem)
        cases = other.backups.restore(backup, keys=backup.with_suffix(".keys"))["cases"]
        assert _verified(other) == cases >= 1


def test_the_keys_of_the_applicants_are_in_a_file_of_their_own(
    embedded_office: Office, elsewhere: Opener, tmp_path: Path
) -> None:
    office = embedded_office
    case = _work(office)
    office.backups.make(tmp_path / "with", keys=tmp_path / "keys")
    with office.keyring.database.read() as connection:
        keys = [row.key for table in office.keyring.tables for row in connection.execute(select(table))]
    with zipfile.ZipFile(tmp_path / "with") as bundle:
        content = b"".join(bundle.read(name) for name in bundle.namelist())
    for key in keys:
        assert key not in content and base64.b64encode(key) not in content and key.hex().encode() not in content
    assert "测试人".encode() not in content
    for path in (tmp_path / "with", tmp_path / "keys"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    with pytest.raises(Invalid, match="never in the same file"):
        office.backups.make(tmp_path / "one", keys=tmp_path / "one")
    office.backups.make(tmp_path / "without", keys=None)
    with pytest.raises(NotFound, match="has no keys"):
        elsewhere().backups.restore(tmp_path / "without")
    assert not list((tmp_path / "other").rglob("*.db*")), "not even a file"

    # Where the keyring is there already, nothing else is needed, and a key that was erased stays so.
    with office.database.read() as connection:
        owner = connection.execute(
            select(tables.case.c.applicant).where(tables.case.c.number == case["number"])
        ).scalar_one()
    office.keyring.erase(owner)
    office.close()
    (tmp_path / "third").mkdir()
    shutil.copy(tmp_path / "keyring.db", tmp_path / "third")
    third = elsewhere(folder="third")
    third.backups.restore(tmp_path / "without")
    auditor = third.people.person("auditor")
    assert "erased" in third.cases.get(case["number"], by=auditor)["applicant"]["name"]
    _verified(third)


def test_an_office_that_is_there_is_given_up_only_where_that_is_said(
    office: Office, elsewhere: Opener, tmp_path: Path
) -> None:
    kept = tmp_path / "checkpoints.jsonl"
    _work(office)
    office.backups.make(tmp_path / "office.backup", keys=tmp_path / "keys", checkpoints=kept)
    late = accept(office, matter_of_type(office, "instant"), serial=950)
    office.checkpoints.make(kept)
    before = _rows(office)
    with pytest.raises(Conflict, match="--replace"):
        office.backups.restore(tmp_path / "office.backup", checkpoints=kept)
    assert _rows(office) == before and kept.exists()

    told = office.backups.restore(tmp_path / "office.backup", replace=True, checkpoints=kept)
    assert not kept.exists() and told["kept"] is not None
    assert _verified(office) == 2
    lost = office.checkpoints.against(Path(told["kept"]))["first_bad"]
    assert lost is not None and lost["case"] == late["number"], "what was given up is still told by what was kept"

    stranger = elsewhere()
    stranger.initialise()
    stranger.keyring.signing_keys()
    with pytest.raises(Invalid, match="not signed by this office"):
        stranger.backups.restore(tmp_path / "office.backup")
    with pytest.raises(Invalid, match="belongs to another office"):
        stranger.backups.restore(tmp_path / "office.backup", keys=tmp_path / "keys")


@pytest.fixture(scope="module")
def source(embedded_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with some work, of which there is a backup beside its database."""
    folder = tmp_path_factory.mktemp("source")
    shutil.copy(embedded_template / "office.db", folder)
    office = Office(
        f"sqlite:///{folder}/office.db",
        keyring=f"sqlite:///{folder}/keyring.db",
        clock=SetClock(),
        materials=folder / "materials",
    )
    office.upgrade()
    _work(office)
    office.checkpoints.make(folder / "checkpoints.jsonl")
    office.backups.make(folder / "office.backup", keys=folder / "keys", checkpoints=folder / "checkpoints.jsonl")
    yield office
    office.close()


@pytest.fixture
def bundle(source: Office, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of its backup, and the keys."""
    assert source.database.path is not None
    folder = source.database.path.parent
    return Path(shutil.copy(folder / "office.backup", tmp_path)), folder / "keys"


def _rewritten(path: Path, change: Callable[[dict[str, bytes]], None], office: Office | None = None) -> None:
    """Change the parts of a backup; where an office is given its key signs what has come of it."""
    with zipfile.ZipFile(path) as bundle:
        parts = {name: bundle.read(name) for name in bundle.namelist()}
    change(parts)
    if office is not None:
        manifest = json.loads(parts["manifest.json"])
        manifest["parts"] = {
            name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in parts.items()
            if name not in ("manifest.json", "signature")
        }
        for table in manifest["tables"]:
            table["rows"] = sum(parts[part].count(b"\n") for part in table["parts"])
        parts["manifest.json"] = json.dumps(manifest).encode()
        digest = hashlib.sha256(parts["manifest.json"]).hexdigest()
        text = f"{manifest['origin']}\nbackup of office\nsha256 {digest}\n"
        parts["signature"] = sign(text, manifest["origin"], office.keyring.signing_keys()[-1]).encode()
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in parts.items():
            bundle.writestr(name, content)


def _part(parts: dict[str, bytes], table: str) -> str:
    return next(name for name in parts if name.startswith(f"tables/{table}/"))


def _edited_case(parts: dict[str, bytes]) -> None:
    name = _part(parts, "case_file")
    parts[name] = parts[name].replace(b'"open"', b'"completed"')


def _dropped_entry(parts: dict[str, bytes]) -> None:
    name = _part(parts, "entry")
    parts[name] = b"".join(parts[name].splitlines(keepends=True)[:-1])


def _other_file(parts: dict[str, bytes]) -> None:
    name = next(name for name in parts if name.startswith("materials/"))
    parts[name] = b"another"


def _without_file(parts: dict[str, bytes]) -> None:
    del parts[next(name for name in parts if name.startswith("materials/"))]


def _escaping_file(parts: dict[str, bytes]) -> None:
    parts["materials/../../../escaped"] = b"out"


def _edited_act(parts: dict[str, bytes]) -> None:
    name = _part(parts, "act")
    lines = parts[name].splitlines(keepends=True)
    parts[name] = b"".join(lines[1:])


def _no_row(parts: dict[str, bytes]) -> None:
    name = _part(parts, "person")
    parts[name] = b'["only one value"]\n' + parts[name]


def _orphaned_row(parts: dict[str, bytes]) -> None:
    name = _part(parts, "unit")
    first, *rest = parts[name].splitlines(keepends=True)
    values = json.loads(first)
    parts[name] = b"".join([json.dumps([*values[:3], "nowhere"]).encode() + b"\n", *rest])


def _newer(parts: dict[str, bytes]) -> None:
    manifest = json.loads(parts["manifest.json"])
    manifest["revision"] = "9999"
    parts["manifest.json"] = json.dumps(manifest).encode()


def _newer_format(parts: dict[str, bytes]) -> None:
    parts["manifest.json"] = parts["manifest.json"].replace(b"yichuang-backup/1", b"yichuang-backup/9")


def _foreign_checkpoint(parts: dict[str, bytes]) -> None:
    parts["checkpoints.jsonl"] = parts["checkpoints.jsonl"].replace(b"yichuang/", b"yichuanG/")


@pytest.mark.parametrize(
    ("change", "signed", "told"),
    [
        (_edited_case, False, "is not what was signed"),
        (_dropped_entry, False, "is not what was signed"),
        (_other_file, False, "is not what was signed"),
        (_without_file, False, "is not whole"),
        (_escaping_file, False, "is not whole"),
        (_newer, False, "was not signed by this office"),
        (_newer_format, False, "does not read"),
        # By somebody who has the office's key: the histories themselves do not hold then.
        (_edited_case, True, "does not hold: the case's row has another status"),
        (_dropped_entry, True, "does not hold: the case's row says that its last entry"),
        (_other_file, True, "another digest than its name"),
        (_without_file, True, "does not hold: the file of the material .* is not there"),
        (_escaping_file, True, "a name that no file has"),
        (_edited_act, True, "The chain 'office', entry 1 does not hold"),
        (_no_row, True, "A row of the table person cannot be read"),
        (_orphaned_row, True, "The rows of the table unit do not fit"),
        (_newer, True, "was written by a newer version"),
        (_foreign_checkpoint, True, "checkpoint|signature|origin|office"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_poisoned_backup_is_refused_and_leaves_nothing(
    bundle: tuple[Path, Path],
    source: Office,
    elsewhere: Opener,
    tmp_path: Path,
    change: Any,
    signed: bool,
    told: str,
) -> None:
    path, keys = bundle
    _rewritten(path, change, source if signed else None)
    (tmp_path / "other").mkdir()
    with pytest.raises(Invalid, match=told):
        elsewhere().backups.restore(path, keys=keys, checkpoints=tmp_path / "other" / "checkpoints.jsonl")
    assert _whole(tmp_path / "other") == {} and not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("change", [_dropped_entry, _foreign_checkpoint])
def test_an_office_that_was_to_be_given_up_for_a_poisoned_backup_is_as_it_was(
    bundle: tuple[Path, Path], source: Office, other_url: str, elsewhere: Opener, tmp_path: Path, change: Any
) -> None:
    path, keys = bundle
    other, kept = elsewhere(other_url), tmp_path / "other" / "checkpoints.jsonl"
    other.backups.restore(path, keys=keys, checkpoints=kept)
    accept(other, matter_of_type(other, "instant"), serial=977)
    before = _rows(other), _whole(tmp_path / "other" / "materials"), kept.read_bytes()
    _rewritten(path, change, source)
    with pytest.raises(Invalid):
        other.backups.restore(path, replace=True, checkpoints=kept)
    assert (_rows(other), _whole(tmp_path / "other" / "materials"), kept.read_bytes()) == before


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_whole_and_never_half_taken(
    bundle: tuple[Path, Path], elsewhere: Opener, tmp_path: Path, data: st.DataObject
) -> None:
    path, keys = bundle
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), "cut"):
        content = content[: data.draw(st.integers(0, len(content) - 1), "length")]
    else:
        # The directory at the end is where an archive's lies are told.
        place = data.draw(
            st.integers(0, len(content) - 1) | st.integers(max(0, len(content) - 1500), len(content) - 1), "place"
        )
        content[place] ^= data.draw(st.integers(1, 255), "change")
    damaged = tmp_path / "damaged"
    damaged.write_bytes(content)
    shutil.rmtree(tmp_path / "other", ignore_errors=True)
    (tmp_path / "other").mkdir()
    try:
        elsewhere().backups.restore(damaged, keys=keys)
    except YichuangError:
        assert _whole(tmp_path / "other") == {}
    else:
        assert _verified(elsewhere()) == 2


def test_a_damaged_office_is_not_copied_as_if_it_were_whole(embedded_office: Office, tmp_path: Path) -> None:
    case = _work(embedded_office)
    (file,) = [path for path in (tmp_path / "materials").rglob("*") if path.is_file()]
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    with pytest.raises(Invalid, match=f"of the case {case['number']} was changed"):
        embedded_office.backups.make(tmp_path / "office.backup", keys=None)
    file.write_bytes(content)
    with embedded_office.database.write() as connection:
        connection.exec_driver_sql("update person set disabled = 7, name = x'ff' where username = 'clerk'")
    with pytest.raises(Invalid, match="the table person cannot be read"):
        embedded_office.backups.make(tmp_path / "office.backup", keys=None)
    assert not list(tmp_path.glob("*.backup*")) and not list(tmp_path.glob(".*"))


def test_what_cannot_be_written_leaves_no_file_and_the_one_before(embedded_office: Office, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be written"):
        embedded_office.backups.make(tmp_path / "nowhere" / "office.backup", keys=None)
    embedded_office.backups.make(tmp_path / "office.backup", keys=None)
    before = (tmp_path / "office.backup").read_bytes()
    with embedded_office.database.write() as connection:
        connection.execute(update(tables.person).values(name="另一个"))
        connection.exec_driver_sql("update person set locked_until = 'never'")
    with pytest.raises(Invalid):
        embedded_office.backups.make(tmp_path / "office.backup", keys=None)
    assert (tmp_path / "office.backup").read_bytes() == before


def test_every_table_can_be_written_into_a_backup() -> None:
    assert all(Shape.of(table).columns for table in tables.metadata.sorted_tables)


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/a.db", keyring=f"sqlite:///{tmp_path}/k.db", materials=tmp_path / "m")
    office.upgrade()
    with office.database.write() as connection:
        connection.execute(tables.setting.insert(), {"name": "a", "value": "1"})
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    office.close()
    assert {"a.db", "a.db-wal", "k.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}, modes
