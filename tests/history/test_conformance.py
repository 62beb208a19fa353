"""The recorded courses of cases, held against their diagrams: what fits, what does not, and what left the ordinary."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Forbidden, Invalid, NotFound
from engine.office.office import packaged_processes
from engine.storage import tables
from tests.conftest import SetClock
from tests.endurance.many_cases import ManyCases
from tests.office.at_work import accept, do, matter_of_type, to_the_end, who_may


def held(office: Office, process: str, version: int | None = None) -> Any:
    return office.conformance.read(process, version, by=office.people.person("auditor"))


def deviations(found: Any) -> dict[str, tuple[int, int, list[str]]]:
    return {one["kind"]: (one["cases"], one["times"], one["examples"]) for one in found["deviations"]}


def test_ordinary_cases_fit_and_others_are_told_by_what_they_did(office: Office, clock: SetClock) -> None:
    clerk, leader = office.people.person("clerk"), office.people.person("leader")
    instant, promised = matter_of_type(office, "instant"), matter_of_type(office, "promised")
    # given two ordinary cases, one that was sent back twice, one withdrawn, one suspended, and one of another type
    for serial in (1, 2):
        to_the_end(office, accept(office, instant, serial=serial))
    sent = do(office, do(office, accept(office, instant, serial=3)["tasks"][0])["tasks"][0])
    for _ in range(2):
        sent = office.returns.send_back(sent["tasks"][0]["id"], "再核", by=who_may(office, sent["tasks"][0]))
        sent = do(office, sent["tasks"][0])
    to_the_end(office, sent)
    withdrawn = accept(office, instant, serial=4)["number"]
    office.cases.withdraw(withdrawn, "不办了", by=clerk)
    stopped = accept(office, promised, serial=5)
    while stopped["due"] is None:
        stopped = do(office, stopped["tasks"][0])
    office.cases.suspend(stopped["number"], ground="testing", reason="检验", by=clerk)
    office.cases.resume(stopped["number"], reason="检验完毕", by=leader)

    # then each is counted by it
    found = held(office, "one_window")
    assert (found["version"], found["cases"], found["fitting"], found["ordinary"]) == (1, 5, 5, 2)
    assert (found["misfits"], found["cut"]) == ([], False)
    assert deviations(found) == {
        "sent-back": (1, 2, [sent["number"]]),
        "withdrawn": (1, 1, [withdrawn]),
        "suspended": (1, 1, [stopped["number"]]),
    }
    # and of a process only those that have come to it
    assert held(office, "instant")["cases"] == 3
    assert held(office, "reported")["cases"] == 0


def test_a_moved_case_is_told_where_it_went(embedded_office: Office) -> None:
    office, designer = embedded_office, embedded_office.people.person("designer")
    case = accept(office, matter_of_type(office, "instant"))
    while not any(task["process"] == "instant" for task in case["tasks"]):
        case = do(office, case["tasks"][0])
    files = [
        SourceFile(name=f.name, content=f.content.replace(b"\n", b"\n\n")) if f.name == "instant.bpmn" else f
        for f in packaged_processes()["instant"]
    ]
    (made,) = office.definitions.deploy(files, by=designer)["definitions"]
    assert office.definitions.migrate("instant", made["version"], by=designer)["moved"] == 1
    to_the_end(office, office.cases.get(case["number"], by=office.people.person("auditor")))
    assert held(office, "instant", 1)["cases"] == 0
    found = held(office, "instant")
    assert (found["version"], found["cases"], found["fitting"], found["ordinary"]) == (2, 1, 1, 0)
    assert deviations(found) == {"moved": (1, 1, [case["number"]])}


@pytest.mark.parametrize("written", ["decided", "nowhere"])
def test_a_course_that_the_diagram_does_not_have_is_found(office: Office, written: str) -> None:
    # given a history in which somebody wrote that a step was skipped, or an element that is none
    to_the_end(office, accept(office, matter_of_type(office, "promised"), serial=1))
    case = to_the_end(office, accept(office, matter_of_type(office, "promised"), serial=2))
    entry = tables.entry.c
    with office.database.write() as connection:
        id = connection.execute(select(tables.case.c.id).where(tables.case.c.number == case["number"])).scalar_one()
        row = connection.execute(select(entry.body).where(entry.case_id == id, entry.seq == 3)).one()
        body = orjson.loads(row.body)
        assert ["promised", "issue_slip"] in body["outcome"]["path"]
        body["outcome"]["path"] = [["promised", "start"], ["promised", written]]
        connection.execute(
            update(tables.entry).where(entry.case_id == id, entry.seq == 3).values(body=orjson.dumps(body))
        )
    # then it is named, and the other case is not
    found = held(office, "promised")
    assert (found["cases"], found["fitting"], found["ordinary"]) == (2, 1, 1)
    assert found["misfits"] == [{"case": case["number"], "seq": 3, "element": written}]


def test_all_cases_of_one_deviation_are_named_where_they_are_asked_for(embedded_office: Office) -> None:
    office, clerk, auditor = (embedded_office, *map(embedded_office.people.person, ("clerk", "auditor")))
    withdrawn = [accept(office, matter_of_type(office, "instant"), serial=n)["number"] for n in range(1, 13)]
    for number in withdrawn:
        office.cases.withdraw(number, "不办了", by=clerk)
    assert deviations(held(office, "one_window")) == {"withdrawn": (12, 12, withdrawn[:1:-1])}
    told = office.conformance.read("one_window", every="withdrawn", by=auditor)
    assert deviations(told) == {"withdrawn": (12, 12, withdrawn[::-1])}
    # and of histories that somebody has changed
    with office.database.write() as connection:
        body = tables.entry.c.body
        for row in connection.execute(select(tables.entry).where(tables.entry.c.seq == 2)).all():
            entry = orjson.loads(row.body)
            entry["outcome"]["path"] = [["one_window", "nowhere"]]
            its = (tables.entry.c.case_id == row.case_id) & (tables.entry.c.seq == 2)
            connection.execute(update(tables.entry).where(its).values({body: orjson.dumps(entry)}))
    assert [len(held(office, "one_window")["misfits"]), held(office, "one_window")["fitting"]] == [10, 0]
    told = office.conformance.read("one_window", every="misfit", by=auditor)
    assert [one["case"] for one in told["misfits"]] == withdrawn[::-1]
    assert len(told["deviations"][0]["examples"]) == 10
    with pytest.raises(Invalid, match="unknown") as refused:
        office.conformance.read("one_window", every="bored", by=auditor)
    assert refused.value.errors[0].pointer == "/every"


def test_it_is_for_those_who_read_everything(embedded_office: Office) -> None:
    for username in ("clerk", "leader", "designer"):
        with pytest.raises(Forbidden):
            embedded_office.conformance.read("joint", by=embedded_office.people.person(username))
    with pytest.raises(NotFound):
        held(embedded_office, "nothing")
    with pytest.raises(NotFound):
        held(embedded_office, "joint", 9)


def test_whatever_the_engine_executed_fits(tmp_path: Any) -> None:
    many = ManyCases(tmp_path, seed=7)
    try:
        many.go(40, changes=2)
        for one in many.office.definitions.list(by=many.office.people.person("auditor")):
            for version in range(1, one["version"] + 1):
                found = held(many.office, one["key"], version)
                assert found["misfits"] == [], (one["key"], version)
                assert found["fitting"] == found["cases"]
    finally:
        many.close()
