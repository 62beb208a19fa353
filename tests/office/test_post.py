"""Messages by key, messages that come too early, and signals that reach many cases."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import CaseClosed, Forbidden, Invalid, NotOffered
from engine.office import post
from engine.office.once import Once
from tests.office.at_work import applicant, do

#: A case waits for its payment by the invoice's number, after a task; meanwhile a signal adds a mark to it.
_PAYING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="d" targetNamespace="t">
  <message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="= invoice"/></extensionElements>
  </message><message id="n" name="called"/><signal id="s" name="storm"/><signal id="s2" name="ended"/>
  <process id="paying" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="ask"/><userTask id="ask"/>
    <sequenceFlow id="f2" sourceRef="ask" targetRef="pay"/>
    <intermediateCatchEvent id="pay"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
    <sequenceFlow id="f3" sourceRef="pay" targetRef="call"/>
    <intermediateCatchEvent id="call"><messageEventDefinition messageRef="n"/></intermediateCatchEvent>
    <sequenceFlow id="f4" sourceRef="call" targetRef="tell"/>
    <intermediateThrowEvent id="tell"><signalEventDefinition signalRef="s"/></intermediateThrowEvent>
    <sequenceFlow id="f5" sourceRef="tell" targetRef="end"/><endEvent id="end"/>
    <subProcess id="sub" triggeredByEvent="true"><startEvent id="caught" isInterrupting="false">
      <signalEventDefinition signalRef="s"/></startEvent>
      <sequenceFlow id="g1" sourceRef="caught" targetRef="over"/><endEvent id="over"/></subProcess>
  </process></definitions>"""


def start(office: Office, serial: int, invoice: str):
    office.definitions.deploy(
        [SourceFile(name="paying.bpmn", content=_PAYING.encode())], by=office.people.person("designer")
    )
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000005,缴费,promised,hall,《试》,district,20,10,paying\n")
    clerk = office.people.person("clerk")
    return office.cases.start("9900000005", applicant(serial), {"invoice": invoice}, by=clerk, window="H01")


def kinds(office: Office, case) -> Counter[str]:
    found = office.history.entries(case["number"], by=office.people.person("auditor"), limit=200)["items"]
    return Counter(entry["kind"] for entry in found)


def proved(office: Office, *cases) -> bool:
    auditor = office.people.person("auditor")
    return all(office.history.verify(case["number"], by=auditor)["ok"] for case in cases)


def offers(office: Office, case) -> list[str]:
    return office.cases.get(case["number"], by=office.people.person("auditor"))["offers"]


def test_a_message_finds_its_case_by_the_key_that_the_definition_declares(office: Office) -> None:
    clerk = office.people.person("clerk")
    first, second = (start(office, serial, f"INV-{serial}") for serial in (1, 2))
    with pytest.raises(NotOffered):
        office.post.send("paid", "INV-2", {}, by=clerk)
    do(office, first["tasks"][0])
    do(office, second["tasks"][0])
    once = Once(key="k", scope="POST /messages", digest="d")
    told = office.post.send("paid", "INV-2", {"amount": 5}, by=clerk, once=once)
    assert told == {"status": "delivered", "case": second["number"], "expires": None}
    assert office.post.send("paid", "INV-2", {"amount": 5}, by=clerk, once=once) == told, "the first answer again"
    assert (offers(office, first), offers(office, second)) == (["paid"], ["called"])
    with pytest.raises(NotOffered):
        office.post.send("paid", "INV-1", {}, by=office.people.person("planning"))
    with pytest.raises(Invalid):
        office.post.send("paid", "", {}, by=clerk)
    assert proved(office, first, second)


def test_a_message_that_comes_too_early_is_kept_and_delivered_once(office: Office, clock) -> None:
    clerk = office.people.person("clerk")
    case = start(office, 1, "INV-1")
    kept = office.post.send("paid", "INV-1", {}, by=clerk, time_to_live=3600)
    assert kept["status"] == "kept" and kept["case"] is None and kept["expires"]
    assert office.post.keep_for(case["number"], "called", {}, 3600, by=clerk)["status"] == "kept"
    office.clock.tick()
    assert office.watchman.vitals().messages.count == 2
    assert kinds(office, case)["message.received"] == 0
    do(office, case["tasks"][0])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: office.clock.tick(), range(2)))
    office.clock.tick()
    assert kinds(office, case)["message.received"] == 2
    assert office.watchman.vitals().messages.count == 0
    assert office.cases.get(case["number"], by=clerk)["status"] == "completed"
    with pytest.raises(CaseClosed):
        office.post.keep_for(case["number"], "called", {}, 60, by=clerk)
    assert proved(office, case)


def test_a_message_whose_time_is_over_is_not_delivered(embedded_office: Office, clock) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    case = start(office, 1, "INV-1")
    office.post.send("paid", "INV-1", {}, by=clerk, time_to_live=60)
    clock.pass_time(seconds=61)
    do(office, case["tasks"][0])
    office.clock.tick()
    assert offers(office, case) == ["paid"]


def test_a_signal_reaches_every_case_that_waited_for_it_once(
    office: Office, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "BATCH", 2)
    cases = [start(office, serial, f"INV-{serial}") for serial in range(5)]
    with pytest.raises(Forbidden):
        office.post.signal("storm", {}, by=office.people.person("clerk"))
    assert office.post.signal("storm", {"level": 3}, by=office.people.person("admin"))["waiting"] == 5
    office.post.go_on()
    assert sum(kinds(office, case)["signal.received"] for case in cases) == 2, "batch by batch"
    clock.pass_time(seconds=1)
    late = start(office, 9, "INV-9")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: office.clock.tick(), range(3)))
    office.clock.tick()
    assert [kinds(office, case)["signal.received"] for case in (*cases, late)] == [1, 1, 1, 1, 1, 0]
    assert proved(office, *cases, late)


def test_a_signal_thrown_in_one_case_reaches_the_others(embedded_office: Office, clock) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    thrower, other = start(office, 1, "INV-1"), start(office, 2, "INV-2")
    do(office, thrower["tasks"][0])
    office.post.send("paid", "INV-1", {}, by=clerk)
    office.cases.message(thrower["number"], "called", {}, by=clerk)
    office.clock.tick()
    assert kinds(office, other)["signal.received"] == 1
    assert kinds(office, thrower)["signal.received"] == 0
    assert proved(office, thrower, other)


def test_what_a_case_waits_for_is_proved(embedded_office: Office) -> None:
    office = embedded_office
    case = start(office, 1, "INV-1")
    with closing(sqlite3.connect(office.database.url.database, isolation_level=None)) as connection:
        connection.execute("update subscription set name = 'calm'")
    assert not proved(office, case)
