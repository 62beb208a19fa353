"""An office's event log for other programs: what is in it, and what is not."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine import Office
from engine.errors import Forbidden, Invalid
from engine.export import FORMATS
from engine.export.log import CaseFacts, LoggedEvent, MaterialFacts, Trace
from engine.history.canonical import canonical
from tests.conftest import SetClock
from tests.office.at_work import accept, applicant, do, do_named, matter_of_type, to_the_end, window_of
from tests.office.handing_in import hand_in

XES = "{http://www.xes-standard.org/}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture
def cases(embedded_office: Office, clock: SetClock) -> list[Any]:
    """A joint case of a first person that ended; a promised one of the same person that was claimed, suspended and
    resumed; one of a second person that was withdrawn a day later."""
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    joint = to_the_end(office, accept(office, matter_of_type(office, "joint"), serial=901))
    promised = accept(office, matter_of_type(office, "promised"), serial=901)
    office.tasks.claim(promised["tasks"][0]["id"], by=clerk)
    promised = do(office, promised["tasks"][0])
    while promised["due"] is None:
        promised = do(office, promised["tasks"][0])
    office.cases.suspend(promised["number"], ground="testing", reason="检验", by=clerk)
    office.cases.resume(promised["number"], reason="检验完毕", by=clerk)
    clock.pass_time(days=1)
    other = accept(office, matter_of_type(office, "instant"), serial=902)
    office.cases.withdraw(other["number"], "=不再办理", by=clerk)
    return [office.cases.get(case["number"], by=clerk) for case in (joint, promised, other)]


def exported(office: Office, format: str, who: str = "auditor", **options: Any) -> bytes:
    return b"".join(office.exports.write(format, by=office.people.person(who), **options))


def entries(office: Office, case: Any) -> Any:
    return office.history.entries(case["number"], by=office.people.person("auditor"), limit=1000)["items"]


def keyed(element: Any) -> dict[str, str]:
    """The attributes of a log, trace or event."""
    return {child.get("key"): child.get("value") for child in element if child.get("key")}


class TestXes:
    """XES as IEEE 1849-2016 has it."""

    @pytest.fixture
    def log(self, embedded_office: Office, cases: list[Any]) -> Any:
        return etree.fromstring(exported(embedded_office, "xes"))

    def test_a_trace_is_a_case_and_an_event_an_entry(self, embedded_office: Office, cases: list[Any], log: Any) -> None:
        traces = log.findall(f"{XES}trace")
        assert [keyed(trace)["concept:name"] for trace in traces] == [case["number"] for case in cases]
        for trace, case in zip(traces, cases, strict=True):
            assert keyed(trace)["case_type"] == case["type"]
            assert (keyed(trace)["matter"], keyed(trace)["unit"]) == (case["matter"], "hall")
            events = [keyed(event) for event in trace.findall(f"{XES}event")]
            assert [(int(e["seq"]), e["kind"]) for e in events] == [
                (e["seq"], e["kind"]) for e in entries(embedded_office, case)
            ]
            times = [e["time:timestamp"] for e in events]
            assert times == sorted(times)
            assert all(INSTANT.fullmatch(time) for time in times)

    def test_activities_have_the_names_that_the_diagram_gives_them(self, log: Any) -> None:
        joint, promised, withdrawn = (
            [keyed(event) for event in trace.findall(f"{XES}event")] for trace in log.findall(f"{XES}trace")
        )
        assert [event["concept:name"] for event in joint][:3] == ["case.started", "核对材料", "确认办件类型"]
        assert ("核对材料", "assign") in [(e["concept:name"], e["lifecycle:transition"]) for e in promised]
        assert [e["lifecycle:transition"] for e in promised[-2:]] == ["suspend", "resume"]
        assert withdrawn[-1]["concept:name"] == "withdraw"

    def test_the_document_is_built_as_the_standard_says(self, log: Any) -> None:
        """IEEE 1849-2016 §5: order of the log's parts, attributes that must be there, prefixes that are declared."""
        assert log.tag == f"{XES}log"
        assert {"xes.version", "xes.features"} <= set(log.keys())
        order = ["extension", "global", "classifier", "string", "trace"]
        kinds = [child.tag.removeprefix(XES) for child in log]
        assert [order.index(kind) for kind in kinds] == sorted(order.index(kind) for kind in kinds)
        prefixes = {e.get("prefix") for e in log.findall(f"{XES}extension")}
        assert all({"name", "prefix", "uri"} == set(e.keys()) for e in log.findall(f"{XES}extension"))
        used = {key.partition(":")[0] for key in (e.get("key") or "" for e in log.iter()) if ":" in key}
        assert used == prefixes == {"concept", "time", "lifecycle", "org"}
        required = next(keyed(g).keys() for g in log.findall(f"{XES}global") if g.get("scope") == "event")
        for event in log.iter(f"{XES}event"):
            assert required <= keyed(event).keys()
            assert len(keyed(event)) == len(event)
            assert {child.tag.removeprefix(XES) for child in event} <= {"string", "date", "int"}

    def test_what_xml_cannot_hold_does_not_break_it(self) -> None:
        trace = made_up(1, 1, activity='<&"\0\x1b\ud800\n>')
        log = etree.fromstring(b"".join(FORMATS["xes"].write(Made([trace]))))
        assert keyed(log.find(f"{XES}trace/{XES}event"))["concept:name"] == '<&"\ufffd\ufffd\ufffd\n>'


def test_ocel_relates_events_to_everything_that_they_concern(embedded_office: Office, cases: list[Any]) -> None:
    log = json.loads(exported(embedded_office, "ocel2"))
    assert log.keys() == {"objectTypes", "eventTypes", "objects", "events"}
    types = {type["name"]: {a["name"] for a in type["attributes"]} for type in log["objectTypes"]}
    objects = {object["id"]: object for object in log["objects"]}
    assert len(objects) == len(log["objects"])
    for object in objects.values():
        assert {a["name"] for a in object["attributes"]} <= types[object["type"]]
        assert all(INSTANT.fullmatch(a["time"]) for a in object["attributes"])
        assert all(relation["objectId"] in objects for relation in object["relationships"])
    kinds = {type["name"]: {a["name"]: a["type"] for a in type["attributes"]} for type in log["eventTypes"]}
    assert len({event["id"] for event in log["events"]}) == sum(len(entries(embedded_office, c)) for c in cases)
    for event in log["events"]:
        assert {a["name"] for a in event["attributes"]} == kinds[event["type"]].keys()
        assert {objects[r["objectId"]]["type"] for r in event["relationships"]} == set(types) - {"material"}
        assert INSTANT.fullmatch(event["time"])
    people = [object for object in objects if object.startswith("applicant:")]
    assert len(people) == 2
    first, second, third = (
        next(r["objectId"] for r in objects[f"case:{case['number']}"]["relationships"] if r["qualifier"] == "applicant")
        for case in cases
    )
    assert first == second != third


class TestTable:
    """CSV, which ends up in a spreadsheet."""

    def test_an_event_is_a_line(self, embedded_office: Office, cases: list[Any]) -> None:
        rows = list(csv.DictReader(io.StringIO(exported(embedded_office, "csv").decode())))
        assert len(rows) == sum(len(entries(embedded_office, case)) for case in cases)
        assert {row["case"] for row in rows} == {case["number"] for case in cases}
        assert rows[1]["activity"] == "核对材料"

    @pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    def test_no_cell_is_a_formula(self, name: str) -> None:
        text = b"".join(FORMATS["csv"].write(Made([made_up(1, 1, activity=name)]))).decode()
        (row,) = csv.DictReader(io.StringIO(text, newline=""))
        assert row["activity"] == f"'{name}"


def test_lines_hold_the_entries_as_they_were_recorded(embedded_office: Office, cases: list[Any]) -> None:
    lines = exported(embedded_office, "jsonl").splitlines()
    recorded = [entry for case in cases for entry in entries(embedded_office, case)]
    assert len(lines) == len(recorded)
    for line, entry in zip(lines, recorded, strict=True):
        told = json.loads(line)
        assert told["hash"] == entry["hash"] == hashlib.sha256(canonical(told["entry"])).hexdigest()
    assert "$sealed" in json.loads(lines[0])["entry"]["input"]["applicant"]["name"]


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_personal_is_in_any_of_them(embedded_office: Office, cases: list[Any], format: str) -> None:
    text = exported(embedded_office, format).decode(errors="replace")
    for value in [v for n in (901, 902) for v in applicant(n).values() if v != "resident_id"]:
        assert value not in text
    if format != "jsonl":
        assert '"clerk"' not in text
        assert ",clerk," not in text
        assert "staff-" in text
    assert exported(embedded_office, format) == exported(embedded_office, format)


@pytest.mark.parametrize("format", ["xes", "ocel2", "ocel2-sqlite", "csv"])
def test_an_auditor_may_ask_for_names(embedded_office: Office, cases: list[Any], format: str) -> None:
    text = exported(embedded_office, format, identities=True).decode(errors="replace")
    assert applicant(901)["name"] in text
    assert "clerk" in text
    assert "staff-" not in text
    with pytest.raises(Forbidden, match="names"):
        exported(embedded_office, format, who="admin", identities=True)


def test_only_auditors_and_administrators_export(embedded_office: Office, cases: list[Any]) -> None:
    for who in ("clerk", "leader", "designer"):
        with pytest.raises(Forbidden):
            exported(embedded_office, "csv", who=who)
    assert exported(embedded_office, "csv", who="admin")
    with pytest.raises(Invalid):
        exported(embedded_office, "pdf")


def test_cases_of_late_come_whole(embedded_office: Office, cases: list[Any], clock: SetClock) -> None:
    since = clock.now() - timedelta(hours=1)
    lines = exported(embedded_office, "jsonl", since=since).splitlines()
    assert [json.loads(line)["entry"]["case"] for line in lines] == [cases[2]["number"]] * 2
    do_named(embedded_office, cases[1], cases[1]["tasks"][0]["element"])
    lines = exported(embedded_office, "jsonl", since=since).splitlines()
    assert json.loads(lines[0])["entry"]["seq"] == 1
    assert {json.loads(line)["entry"]["case"] for line in lines} == {cases[1]["number"], cases[2]["number"]}
    assert exported(embedded_office, "csv", case="none").count(b"\n") == 1


@pytest.mark.parametrize("format", FORMATS)
def test_memory_does_not_grow_with_the_log(format: str) -> None:
    def peak(traces: int) -> int:
        tracemalloc.start()
        try:
            length = sum(map(len, FORMATS[format].write(Made(made_up(n, 10) for n in range(traces)))))
            assert length > traces * 1000
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(1000) < peak(100) * 1.5 + 50_000


def test_more_cases_than_are_read_at_once_on_either_database(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.office.exports._BATCH", 4)
    clerk, matter, window = office.people.person("clerk"), matter_of_type(office, "instant"), window_of(office, "hall")
    numbers = [office.cases.start(matter, applicant(n), {}, by=clerk, window=window)["number"] for n in range(1, 14)]
    log = etree.fromstring(exported(office, "xes"))
    assert [keyed(trace)["concept:name"] for trace in log.findall(f"{XES}trace")] == numbers
    objects = json.loads(exported(office, "ocel2"))["objects"]
    assert sum(object["type"] == "applicant" for object in objects) == 13


def test_the_database_says_what_the_document_says(embedded_office: Office, cases: list[Any], tmp_path: Path) -> None:
    office = embedded_office
    material = hand_in(office, cases[1])
    office.materials.verify(cases[1]["number"], material["id"], "B", by=office.people.person("clerk"))
    document = json.loads(exported(office, "ocel2"))
    (tmp_path / "log.sqlite").write_bytes(exported(office, "ocel2-sqlite"))
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as file:
        for what, pair, first in (("event", "event_object", "event"), ("object", "object_object", "source")):
            items = document[f"{what}s"]
            assert sorted(file.execute(f"select ocel_id, ocel_type from {what}")) == sorted(
                (one["id"], one["type"]) for one in items
            )
            second = "object" if what == "event" else "target"
            columns = f"ocel_{first}_id, ocel_{second}_id, ocel_qualifier"
            assert sorted(file.execute(f"select {columns} from {pair}")) == sorted(
                (one["id"], to["objectId"], to["qualifier"]) for one in items for to in one["relationships"]
            )
        for event in document["events"]:
            query = "select ocel_type_map from event_map_type where ocel_type = ?"
            (table,) = file.execute(query, (event["type"],)).fetchone()
            row = file.execute(f'select * from "event_{table}" where ocel_id = ?', (event["id"],)).fetchone()
            assert row == (event["id"], event["time"], *(said["value"] for said in event["attributes"]))
        row = file.execute("select * from object_material").fetchone()
        assert row[0] == f"material:{material['id']}"
        query = "select count(*) from event_object where ocel_object_id = ?"
        assert file.execute(query, (row[0],)).fetchone() == (2,)


class Made:
    """An event log that is made up as it goes."""

    def __init__(self, traces: Any) -> None:
        self._traces = traces

    def cases(self) -> Iterator[CaseFacts]:
        return iter(())

    def applicants(self) -> Iterator[str]:
        return iter(())

    def materials(self) -> Iterator[MaterialFacts]:
        return iter(())

    def traces(self) -> Iterator[Trace]:
        return iter(self._traces)


def made_up(number: int, events: int, activity: str = "核对材料") -> Trace:
    at = datetime(2026, 3, 10, tzinfo=UTC)
    case = CaseFacts(
        number=f"20260310-H01-{number:04}",
        type="instant",
        status="open",
        matter="1",
        matter_name="事项",
        unit="hall",
        window="H01",
        channel="window",
        received=at,
        applicant="applicant-1",
    )
    return Trace(
        case=case,
        events=[
            LoggedEvent(
                seq=seq,
                at=at,
                kind="task.completed",
                activity=activity,
                process="p",
                element="e",
                resource="staff-1",
                body=b"{}" * 60,
                hash="0" * 64,
            )
            for seq in range(1, events + 1)
        ],
    )
