"""Notices that go to their applicants by mail: sent at least once, noted exactly once, and nobody's trouble if not."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import Office
from engine.connectors import Connectors
from engine.connectors.mail import MailConnector
from engine.errors import Forbidden, Invalid, NotFound, NotOffered
from engine.office.outbox import Outbox
from engine.storage import tables
from tests.conftest import SetClock
from tests.office.at_work import applicant
from tests.office.outside import Postman, postman
from tests.office.test_notices import prepared, sources, told, verified

ADDRESS = "someone@example.cn"


@pytest.fixture(scope="module")
def mails() -> Iterator[Postman]:
    with postman() as running:
        yield running


@pytest.fixture(autouse=True)
def quiet(mails: Postman) -> None:
    mails.got.clear()
    mails.refuses = None


@pytest.fixture
def outbox(office: Office, mails: Postman) -> Outbox:
    prepared(office, sources())
    sending = MailConnector(host="127.0.0.1", port=mails.port, protection="none", sender="office@example.org")
    return Outbox(office.jobs, office.mails, Connectors(mail=sending))


def started(office: Office, **more: Any) -> Any:
    given = applicant(7) | more
    return office.cases.start("9900000007", given, {}, by=office.people.person("clerk"), window="H01")


def states(office: Office, case: Any) -> list[str | None]:
    return [view["mail"] for view in office.notices.list(case["number"], by=office.people.person("clerk"))]


def noted(office: Office, case: Any) -> list[Any]:
    entries = office.history.entries(case["number"], by=office.people.person("auditor"), limit=100)["items"]
    return [entry for entry in entries if entry["kind"].startswith("notice.")]


def test_each_notice_goes_to_the_applicant_once_and_its_case_says_so(
    office: Office, outbox: Outbox, mails: Postman, caplog: pytest.LogCaptureFixture
) -> None:
    case = started(office, email=ADDRESS)
    assert case["applicant"]["email"] == ADDRESS
    case = told(office, case)
    assert states(office, case) == ["waiting"] * 3
    assert outbox.deliver_due() == 3 and outbox.deliver_due() == 0
    assert states(office, case) == ["sent"] * 3

    # what the paper says stands in the mail, with what ties it to the history
    messages = [email.message_from_bytes(got.content, policy=email.policy.default) for got in mails.got]
    by_subject = {message["Subject"]: message for message in messages}
    accepted = by_subject[f"受理通知书（{case['number']}）"]
    views = office.notices.list(case["number"], by=office.people.person("clerk"))
    assert accepted["To"] == ADDRESS and "2026年3月24日 前办结" in accepted.get_content()
    assert views[-1]["digest"] in accepted.get_content() and accepted["Message-ID"].startswith(f"<{views[-1]['id']}@")
    assert {entry["input"]["notice"] for entry in noted(office, case)} == {view["id"] for view in views}

    # the proof covers it, the address is nowhere in the open
    assert verified(office, case)["ok"]
    assert office.history.replay(case["number"], by=office.people.person("auditor"))["status"] == "open"
    with office.database.read() as connection:
        held = [*connection.execute(select(tables.entry.c.body)).scalars()]
        assert not any(ADDRESS.encode() in body for body in held)
    # (the mail server of the test has a log of its own)
    assert not any(ADDRESS in record.getMessage() for record in caplog.records if record.name.startswith("yichuang"))


def test_a_suspended_or_closed_case_still_mails_what_it_gave(
    office: Office, outbox: Outbox, mails: Postman, clock: SetClock
) -> None:
    case = told(office, started(office, email=ADDRESS))
    number, clerk = case["number"], office.people.person("clerk")
    office.cases.suspend(number, "请专家评审", "expert-review", 7, by=clerk)
    assert outbox.deliver_due() == 4 and len(mails.got) == 4
    assert office.cases.get(number, by=clerk)["status"] == "suspended" and verified(office, case)["ok"]
    clock.pass_time(days=1)
    office.cases.resume(number, "评审已完", by=clerk)
    task = office.cases.get(number, by=clerk)["tasks"][0]["id"]
    office.tasks.complete(task, {}, by=clerk)
    assert office.cases.get(number, by=clerk)["status"] == "completed"
    assert outbox.deliver_due() == 1 and states(office, case) == ["sent"] * 5 and verified(office, case)["ok"]


def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_given_up(
    office: Office, outbox: Outbox, mails: Postman, clock: SetClock
) -> None:
    case = started(office, email=ADDRESS)
    mails.refuses = "451 later"
    assert outbox.deliver_due() == 1 and outbox.deliver_due() == 0 and states(office, case) == ["waiting"]
    clock.pass_time(minutes=1)
    mails.refuses = "550 no such person"
    assert outbox.deliver_due() == 1 and states(office, case) == ["failed"]
    assert [entry["input"]["again"] is None for entry in noted(office, case)] == [False, True]
    clock.pass_time(days=1)
    assert outbox.deliver_due() == 0

    # the case goes on, with no incident
    assert told(office, case)["status"] == "open" and verified(office, case)["ok"]


def test_one_that_was_given_up_is_mailed_again_where_a_clerk_wants_it_also_after_the_end(
    office: Office, outbox: Outbox, mails: Postman, clock: SetClock
) -> None:
    case, clerk = started(office, email=ADDRESS), office.people.person("clerk")
    mails.refuses = "550 no such person"
    outbox.deliver_due()
    (view,) = office.notices.list(case["number"], by=clerk)
    with pytest.raises(Forbidden):
        office.mails.send_again(view["id"], by=office.people.person("auditor"))

    # it has all its tries again, and what comes of them is noted as before
    office.mails.send_again(view["id"], by=clerk)
    assert states(office, case) == ["waiting"] and outbox.deliver_due() == 1 and states(office, case) == ["failed"]
    mails.refuses = None
    task = told(office, case)["tasks"][0]["id"]
    assert office.tasks.complete(task, {}, by=clerk)["status"] == "completed"
    assert office.mails.send_again(view["id"], by=clerk)["mail"] == "waiting"
    assert outbox.deliver_due() == 3 and states(office, case) == ["sent"] * 3 and verified(office, case)["ok"]
    kinds = [entry["kind"] for entry in noted(office, case) if entry["input"]["notice"] == view["id"]]
    assert kinds == ["notice.unmailed", "notice.retried"] * 2 + ["notice.mailed"]

    # what waits or was sent is not sent again
    with pytest.raises(NotOffered):
        office.mails.send_again(view["id"], by=clerk)
    with pytest.raises(NotFound):
        office.mails.send_again("none", by=clerk)


def test_it_is_given_up_after_the_last_try(office: Office, outbox: Outbox, mails: Postman, clock: SetClock) -> None:
    case = started(office, email=ADDRESS)
    mails.refuses = "451 later"
    for _ in range(4):
        outbox.deliver_due()
        clock.pass_time(hours=2)
    assert [entry["input"]["retries"] for entry in noted(office, case)] == [2, 1, 0]
    assert states(office, case) == ["failed"] and not mails.got and verified(office, case)["ok"]


def test_who_dies_after_sending_leaves_it_to_the_next_and_it_is_noted_once(
    office: Office, outbox: Outbox, mails: Postman, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = started(office, email=ADDRESS)
    with monkeypatch.context() as dying:
        dying.setattr(office.mails, "sent", lambda *args, **named: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            outbox.deliver_due()
    assert len(mails.got) == 1 and not noted(office, case) and outbox.deliver_due() == 0
    clock.pass_time(minutes=10)
    assert outbox.deliver_due() == 1 and len(mails.got) == 2 and len(noted(office, case)) == 1
    first, second = (email.message_from_bytes(got.content)["Message-ID"] for got in mails.got)
    assert first == second and verified(office, case)["ok"]


def test_without_an_address_or_its_key_nothing_is_sent(office: Office, outbox: Outbox, mails: Postman) -> None:
    assert states(office, started(office)) == [None] and outbox.deliver_due() == 0
    case = started(office, email=ADDRESS)
    with office.database.read() as connection:
        owner = connection.execute(
            select(tables.case.c.applicant).where(tables.case.c.number == case["number"])
        ).scalar_one()
    office.keyring.erase(owner)
    assert outbox.deliver_due() == 1 and not mails.got
    assert noted(office, case)[0]["input"]["message"] == "The applicant was erased."


def test_a_mail_said_to_be_sent_that_was_not_is_found(office: Office, outbox: Outbox) -> None:
    case = started(office, email=ADDRESS)
    with office.database.write() as connection:
        connection.execute(update(tables.job).values(status="completed"))
    assert "has another status" in verified(office, case)["first_bad"]["reason"]


@pytest.mark.parametrize("wrong", ["nobody", "a@b@c", "a b@example.cn", "x" * 250 + "@example.cn", 7])
def test_what_is_no_address_is_refused(office: Office, outbox: Outbox, wrong: Any) -> None:
    with pytest.raises(Invalid) as refused:
        started(office, email=wrong)
    assert [fault.pointer for fault in refused.value.errors] == ["/applicant/email"]
