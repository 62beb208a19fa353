"""Work outside that the office does itself, against a real HTTP server and a real mail server."""

from __future__ import annotations

import email
import email.policy
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import Office
from engine.connectors import Connectors
from engine.definitions import read
from engine.definitions.model import SourceFile
from engine.errors import Invalid
from engine.storage import tables
from tests.conftest import SetClock
from tests.office.at_work import applicant
from tests.office.outside import Postman, Web, postman, web
from tests.office.test_notices import deploy, sources

_MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="d" targetNamespace="t"><error id="e" name="gone" errorCode="http-404"/>
  <process id="calling" isExecutable="true"><startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="call"/>
    <serviceTask id="call"><extensionElements><zeebe:taskDefinition type="{topic}" retries="2"/><zeebe:ioMapping>
      {inputs}<zeebe:output source="=response.body.receipt" target="receipt"/></zeebe:ioMapping></extensionElements>
    </serviceTask><boundaryEvent id="gone" attachedToRef="call"><errorEventDefinition errorRef="e"/></boundaryEvent>
    <sequenceFlow id="f2" sourceRef="call" targetRef="end"/><endEvent id="end"/>
    <sequenceFlow id="f3" sourceRef="gone" targetRef="other"/><endEvent id="other"/>
  </process></definitions>"""


@pytest.fixture
def outside() -> Iterator[Web]:
    with web() as told:
        yield told


@pytest.fixture
def mails() -> Iterator[Postman]:
    with postman() as told:
        yield told


class Calling:
    """An office with a definition that calls outside at once."""

    def __init__(self, url: str, folder: Path, clock: SetClock, topic: str, inputs: dict[str, str], **set: Any) -> None:
        settings = {f"YICHUANG_{name}": str(value) for name, value in set.items()}
        self.url, self.keyring, self.settings = url, f"sqlite:///{folder}/keyring.db", settings
        connectors = Connectors.from_environment(settings)
        self.office = Office(url, keyring=self.keyring, clock=clock, connectors=connectors)
        self.office.keyring.upgrade()
        mapped = "".join(f"<zeebe:input source='{text}' target='{name}'/>" for name, text in inputs.items())
        model = _MODEL.format(topic=topic, inputs=mapped)
        designer = self.office.people.person("designer")
        self.office.definitions.deploy([SourceFile(name="calling.bpmn", content=model.encode())], by=designer)
        head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
        self.office.catalogue.import_matters(head + "9900000007,联网,promised,hall,《试》,district,20,10,calling\n")
        self.auditor = self.office.people.person("auditor")

    def start(self, **data: Any) -> str:
        by = self.office.people.person("clerk")
        return self.office.cases.start("9900000007", applicant(), data, by=by, window="H01")["number"]

    def case(self, number: str) -> Any:
        return self.office.cases.get(number, by=self.auditor)

    def kinds(self, number: str) -> list[str]:
        items = self.office.history.entries(number, by=self.auditor)["items"]
        assert self.office.history.verify(number, by=self.auditor)["ok"]
        return [entry["kind"] for entry in items][1:]

    def went(self, number: str) -> tuple[str, list[str], list[str]]:
        """Status, kinds of entries, causes of incidents."""
        case = self.case(number)
        return case["status"], self.kinds(number), [incident["cause"] for incident in case["incidents"]]


INPUTS = {
    "url": '= base + "/pay"',
    "body": "= {fee: fee}",
    "headers": '= {"X-Matter": matter.code}',
    "query": "= {a: 1}",
}


@pytest.fixture
def calling(database_url: str, tmp_path: Path, clock: SetClock, outside: Web) -> Iterator[Calling]:
    hosts = f"localhost:{outside.port},127.0.0.0/8,::1"
    secret = json.dumps({f"localhost:{outside.port}": {"Authorization": "Bearer S3cret"}})
    made = Calling(database_url, tmp_path, clock, "http", INPUTS, CONNECTOR_HOSTS=hosts, CONNECTOR_HEADERS=secret)
    yield made
    made.office.close()


def test_a_request_goes_out_with_the_job_as_its_key_and_the_answer_comes_in(calling: Calling, outside: Web) -> None:
    number = calling.start(base=outside.url, fee=5)
    assert calling.office.outbox.deliver_due() == 1
    (asked,) = outside.asked
    assert (asked.method, asked.path, json.loads(asked.body)) == ("POST", "/pay?a=1", {"fee": 5})
    assert (asked.headers["X-Matter"], asked.headers["Authorization"]) == ("9900000007", "Bearer S3cret")
    assert asked.headers["Host"] == f"localhost:{outside.port}" and asked.headers["Content-Type"] == "application/json"
    case = calling.case(number)
    assert (case["status"], case["data"]["receipt"]) == ("completed", "R7")
    assert calling.kinds(number) == ["job.completed"]
    (entry,) = calling.office.history.entries(number, by=calling.auditor)["items"][1:]
    assert entry["actor"] == "system:outbox" and entry["input"]["job"] == asked.headers["Idempotency-Key"]
    assert "S3cret" not in json.dumps(entry)
    assert calling.office.outbox.deliver_due() == 0


def test_what_passes_by_itself_is_tried_again_with_the_same_key(calling: Calling, outside: Web, clock) -> None:
    number = calling.start(base=outside.url, fee=5)
    outside.answer = (503, {"Retry-After": "120"}, [])
    calling.office.outbox.deliver_due()
    clock.pass_time(seconds=119)
    assert calling.office.outbox.deliver_due() == 0
    clock.pass_time(seconds=1)
    outside.answer = (200, {"Content-Type": "application/json"}, [b'{"receipt": "late"}'])
    assert calling.office.outbox.deliver_due() == 1
    assert len({asked.headers["Idempotency-Key"] for asked in outside.asked}) == 1 < len(outside.asked)
    assert calling.went(number) == ("completed", ["job.failed", "job.completed"], [])


def test_after_the_last_time_it_is_an_incident_and_a_retry_goes_on(calling: Calling, outside: Web, clock) -> None:
    number = calling.start(base=outside.url, fee=5)
    outside.answer = (500, {}, [])
    calling.office.outbox.deliver_due()
    clock.pass_time(minutes=1)
    calling.office.outbox.deliver_due()
    assert calling.went(number) == ("failed", ["job.failed", "job.failed"], ["localhost answered 500."])
    outside.answer = (204, {}, [])
    calling.office.cases.retry(number, "mended", by=calling.office.people.person("leader"))
    calling.office.outbox.deliver_due()
    assert calling.case(number)["status"] == "completed"


def test_neither_jobs_nor_mails_that_pile_up_hold_up_the_others(calling: Calling, outside: Web, clock) -> None:
    office, clerk = calling.office, calling.office.people.person("clerk")
    deploy(office, sources())
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000008,开店,promised,hall,《试》,district,20,10,notifying\n")
    outside.answer = (503, {}, [])
    failed = calling.start(base=outside.url, fee=5)
    office.outbox.deliver_due()
    for _ in range(3):
        calling.start(base=outside.url, fee=5)
    clock.pass_time(minutes=1)
    for _ in range(3):
        office.cases.start("9900000008", applicant() | {"email": "a@example.cn"}, {}, by=clerk, window="H01")
    due = office.outbox.due()
    jobs, notices = due[:6:2] + due[6:], due[1:6:2]
    with office.database.read() as connection:
        assert set(notices) == set(connection.execute(select(tables.notice.c.id)).scalars())
    # what is tried again stands behind what has waited for longer since its time came
    (entry,) = office.history.entries(failed, by=calling.auditor)["items"][1:]
    assert len(jobs) == 4 and jobs[-1] == entry["input"]["job"]
    assert office.outbox.due(2) == [jobs[0], notices[0]]


@pytest.mark.parametrize(("status", "headers"), [(404, {}), (302, {"Location": "http://169.254.169.254/"}), (401, {})])
def test_a_refusal_is_an_error_that_the_diagram_may_catch_and_nobody_is_redirected(
    calling: Calling, outside: Web, status: int, headers: dict[str, str]
) -> None:
    number = calling.start(base=outside.url, fee=5)
    outside.answer = (status, headers, [])
    calling.office.outbox.deliver_due()
    ended, kinds, causes = calling.went(number)
    assert kinds == ["job.error"] and len(outside.asked) == 1
    if status == 404:
        assert ended == "completed" and causes == []
    else:
        assert ended == "failed" and causes == [f"http-{status}: localhost answered {status}."]


@pytest.fixture
def embedded(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Iterator[Any]:
    """Makes offices on the embedded database, where its kind does not matter."""
    made: list[Calling] = []
    template = request.getfixturevalue("embedded_template") / "office.db"

    def make(topic: str, inputs: dict[str, str], **set: Any) -> Calling:
        (tmp_path / "office.db").write_bytes(template.read_bytes())
        made.append(Calling(f"sqlite:///{tmp_path}/office.db", tmp_path, clock, topic, inputs, **set))
        return made[-1]

    yield make
    for one in made:
        one.office.close()


@pytest.mark.parametrize(
    ("url", "hosts", "cause"),
    [
        ("http://localhost:{port}/", "", "not among the hosts"),
        ("http://localhost:{port}/", "localhost", "not among the hosts"),
        ("http://localhost:{port}/", "localhost:{port}", "private or special address"),
        ("http://127.0.0.1:{port}/", "localhost:{port},127.0.0.0/8", "not among the hosts"),
        ("http://[::ffff:127.0.0.1]:{port}/", "[::ffff:127.0.0.1]:{port},10.0.0.0/8", None),
        ("http://localhost:{port}@other.example/", "localhost:{port},127.0.0.0/8", "holds a user name"),
        ("file:///etc/passwd", "localhost", "does not begin with"),
        ("http://localhost:{port}/a b", "localhost:{port},127.0.0.1", "blanks"),
        ("http://localhost:{port}\\@other.example/", "localhost:{port},127.0.0.1", "backslashes"),
    ],
)
def test_only_hosts_and_addresses_that_are_named_are_called(
    embedded: Any, outside: Web, url: str, hosts: str, cause: str | None
) -> None:
    calling = embedded("http", {"url": "= url"}, CONNECTOR_HOSTS=hosts.format(port=outside.port))
    number = calling.start(url=url.format(port=outside.port))
    calling.office.outbox.deliver_due()
    if cause is None:
        return
    status, kinds, causes = calling.went(number)
    assert (status, kinds) == ("failed", ["job.failed"]) and cause in causes[0]
    assert outside.asked == []


@pytest.mark.parametrize(
    ("inputs", "cause"),
    [
        ({"url": "= base", "method": '= "TRACE"'}, "method"),
        ({"url": "= base", "headers": '= {"Host": "other"}'}, "header 'Host'"),
        ({"url": "= base", "headers": '= {"X": "a\\nY: b"}'}, "header 'X'"),
        ({"url": "= base", "headers": "= 5"}, "headers gives no context"),
        ({"url": "= base", "timeout": "= 1000"}, "timeout"),
        ({"url": "= nothing"}, "url gives no text"),
    ],
)
def test_what_cannot_be_sent_is_an_incident_at_once(
    embedded: Any, outside: Web, inputs: dict[str, str], cause: str
) -> None:
    calling = embedded("http", inputs, CONNECTOR_HOSTS=f"localhost:{outside.port},127.0.0.0/8")
    number = calling.start(base=outside.url)
    calling.office.outbox.deliver_due()
    assert cause in calling.went(number)[2][0] and outside.asked == []


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ((200, {"Content-Type": "application/json"}, [b"{"]), "not what its Content-Type says"),
        ((200, {"Content-Type": "application/json"}, [b'{"id": 12345678901234567891}']), "cannot be kept"),
        ((200, {"Content-Type": "text/plain"}, [b"x" * 300_000]), "larger than"),
        ((200, {"Content-Type": "application/octet-stream"}, [b"\xff\xfe\x00"]), "no text"),
    ],
)
def test_an_answer_that_cannot_be_kept_is_an_incident(embedded: Any, outside: Web, answer: Any, cause: str) -> None:
    calling = embedded("http", {"url": "= base"}, CONNECTOR_HOSTS=f"localhost:{outside.port},127.0.0.0/8")
    outside.answer = answer
    number = calling.start(base=outside.url)
    calling.office.outbox.deliver_due()
    assert cause in calling.went(number)[2][0]


def test_a_host_that_goes_on_for_ever_is_left_after_the_timeout(embedded: Any, outside: Web) -> None:
    calling = embedded(
        "http", {"url": "= base", "timeout": "= 0.5"}, CONNECTOR_HOSTS=f"localhost:{outside.port},127.0.0.0/8"
    )
    outside.answer = (200, {"Content-Type": "text/plain"}, [b"x"] * 1000)
    sent: list[None] = []

    def pause() -> None:
        time.sleep(0.1)
        sent.append(None)

    outside.pause = pause
    calling.start(base=outside.url)
    calling.office.outbox.deliver_due()
    assert len(sent) < 1000, "it was left before its end"
    number = calling.office.cases.list(by=calling.auditor, matter="9900000007")["items"][0]["number"]
    (entry,) = calling.office.history.entries(number, by=calling.auditor)["items"][1:]
    assert "did not answer within 0.5 seconds" in entry["input"]["message"]


def test_several_servers_send_once(calling: Calling, outside: Web) -> None:
    outside.before = lambda: time.sleep(0.2)
    number = calling.start(base=outside.url, fee=5)
    threads = [threading.Thread(target=calling.office.outbox.deliver_due) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outside.asked) == 1 and calling.kinds(number) == ["job.completed"]


_DELIVER = """
import sys
from engine import Office
from engine.connectors import Connectors
import json
settings = json.loads(sys.argv[3])
office = Office(sys.argv[1], keyring=sys.argv[2], connectors=Connectors.from_environment(settings))
office.outbox.deliver_due()
"""


def test_killed_between_the_request_and_the_step_it_is_sent_again_and_counts_once(
    calling: Calling, outside: Web, clock: SetClock
) -> None:
    number = calling.start(base=outside.url, fee=5)
    server = subprocess.Popen(
        [sys.executable, "-c", _DELIVER, calling.url, calling.keyring, json.dumps(calling.settings)]
    )
    outside.before = lambda: os.kill(server.pid, signal.SIGKILL)
    assert server.wait(300) == -signal.SIGKILL
    assert len(outside.asked) == 1 and calling.kinds(number) == []
    outside.before = lambda: None
    assert calling.office.outbox.deliver_due() == 0, "its lock still holds"
    clock.pass_time(days=366 * 10)
    assert calling.office.outbox.deliver_due() == 1
    first, second = outside.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert calling.kinds(number) == ["job.completed"] and calling.case(number)["data"]["receipt"] == "R7"


def test_the_servers_thread_delivers(calling: Calling, outside: Web) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=calling.office.outbox.run, args=(stop,))
    thread.start()
    try:
        number = calling.start(base=outside.url, fee=5)
        given_up = time.monotonic() + 180
        while calling.case(number)["status"] != "completed" and time.monotonic() < given_up:
            time.sleep(0.05)
    finally:
        stop.set()
        thread.join()
    assert calling.kinds(number) == ["job.completed"]


SMTP = {"SMTP_HOST": "127.0.0.1", "SMTP_FROM": "office@example.org"}
MAIL = {"to": "= to", "subject": '= "受理通知"', "text": '= "您的申请已受理。"'}


def test_a_mail_goes_out(embedded: Any, mails: Postman) -> None:
    calling = embedded("mail", MAIL, SMTP_PORT=mails.port, SMTP_PROTECTION="none", **SMTP)
    number = calling.start(to=["a@example.org", "b@example.org"])
    assert calling.office.outbox.deliver_due() == 1
    (envelope,) = mails.got
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert envelope.rcpt_tos == ["a@example.org", "b@example.org"] and message["Subject"] == "受理通知"
    assert message.get_content().strip() == "您的申请已受理。"
    (entry,) = calling.office.history.entries(number, by=calling.auditor)["items"][1:]
    assert message["Message-ID"] == f"<{entry['input']['job']}@example.org>"
    assert calling.went(number)[:2] == ("completed", ["job.completed"])


@pytest.mark.parametrize(
    ("to", "refuses", "kind", "cause"),
    [
        ("a@example.org", "550 no such person", "job.error", "smtp-550: The mail server answered 550."),
        ("a@example.org", "451 busy", "job.failed", None),
        (
            "a@example.org\nBcc: c@example.org",
            None,
            "job.failed",
            "The input to gives something that is no mail address.",
        ),
        ([], None, "job.failed", "The input to gives no address."),
    ],
)
def test_a_mail_that_is_refused(
    embedded: Any, mails: Postman, to: Any, refuses: str | None, kind: str, cause: str | None
) -> None:
    calling = embedded("mail", MAIL, SMTP_PORT=mails.port, SMTP_PROTECTION="none", **SMTP)
    mails.refuses = refuses
    number = calling.start(to=to)
    calling.office.outbox.deliver_due()
    status, kinds, causes = calling.went(number)
    assert kinds == [kind] and mails.got == []
    assert causes == ([cause] if cause else []) and status == ("failed" if cause else "open")


def test_without_protection_that_was_asked_for_nothing_is_sent(embedded: Any, mails: Postman) -> None:
    calling = embedded("mail", MAIL, SMTP_PORT=mails.port, **SMTP)
    number = calling.start(to="a@example.org")
    calling.office.outbox.deliver_due()
    assert "cannot do what the settings ask for" in calling.went(number)[2][0] and mails.got == []


@pytest.mark.parametrize(
    "set",
    [
        {"CONNECTOR_HOSTS": "https://pay.example.org/"},
        {"CONNECTOR_HOSTS": "user@pay.example.org"},
        {"CONNECTOR_HEADERS": "[]"},
        {"CONNECTOR_HEADERS": '{"pay.example.org": {"X": 1}}'},
        {"SMTP_PORT": "mail"},
        {"SMTP_PROTECTION": "ssl"},
    ],
)
def test_settings_that_cannot_be_read_are_told(set: dict[str, str]) -> None:
    (name,) = set
    with pytest.raises(Invalid, match=name):
        Connectors.from_environment({f"YICHUANG_{name}": set[name]})


@pytest.mark.parametrize(
    ("topic", "inputs", "told"),
    [
        ("http", {"method": '= "GET"'}, "needs the input “url”"),
        ("http", {"url": '= "x"', "uri": "= 1"}, "no input “uri”"),
        ("mail", {"to": '= "x"', "subject": '= "x"'}, "needs the input “text”"),
    ],
)
def test_inputs_that_a_connector_does_not_know_are_refused_at_upload(
    topic: str, inputs: dict[str, str], told: str
) -> None:
    mapped = "".join(f"<zeebe:input source='{text}' target='{name}'/>" for name, text in inputs.items())
    source = SourceFile(name="calling.bpmn", content=_MODEL.format(topic=topic, inputs=mapped).encode())
    (problem,) = [problem for problem in read([source]).problems if problem.rule == "connector"]
    assert problem.severity == "error" and told in problem.message


def test_an_outside_worker_is_not_given_the_offices_own_work(embedded_office: Office) -> None:
    bank = embedded_office.people.add("bank", "银行", None, [("chenghuai", "worker")])
    with pytest.raises(Invalid):
        embedded_office.jobs.fetch(["mail"], "w", by=bank)
