"""What a case told its applicant in writing, at the pages: listed with the case and its tasks, read, and on paper."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from engine import Office
from tests.office.at_work import accept, applicant, do_named, matter_of_type
from tests.pages.desk import Desk
from tests.pages.test_pages_access import faults
from tests.pages.test_pages_protection import log_in, token


def test_a_clerk_finds_the_notice_of_a_step_reads_it_and_takes_it_as_pdf(desk: Desk, embedded_office: Office) -> None:
    # given a case that waits for what was told to be missing
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    case = do_named(embedded_office, case, "check_materials", check_result="missing")
    case = do_named(embedded_office, case, "tell_missing", missing_list="身份证\n<b>申请表</b>")
    desk.log_in("clerk")

    # when the clerk opens the case, and the notice from there
    desk.go(f"/cases/{case['number']}")
    listed = desk.page.locator("#papers li")
    assert listed.count() == 1
    desk.photograph("case-papers")
    paper = desk.page.request.get(desk.site + str(listed.get_by_role("link", name="PDF").get_attribute("href")))
    desk.go(str(listed.get_by_role("link").first.get_attribute("href")))

    # then it reads as it was written, on a desk and on a phone, and to those who hear it
    items = desk.page.locator("ol > li")
    assert [items.nth(at).inner_text() for at in range(2)] == ["身份证", "<b>申请表</b>"]
    desk.photograph("paper")
    desk.print_out("paper")
    assert faults(desk) == []

    # and is there for paper
    assert paper.headers["content-type"] == "application/pdf" and paper.body()[:4] == b"%PDF"


def test_notices_stand_with_the_case_its_tasks_and_its_history(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    log_in(client)
    assert "尚未出具文书" in client.get(f"/cases/{case['number']}").text
    assert 'id="papers"' not in client.get(f"/tasks/{case['tasks'][0]['id']}").text
    case = do_named(embedded_office, case, "check_materials", check_result="complete")
    page = client.get(f"/cases/{case['number']}").text
    assert "受理通知书" in page and "出具告知文书 1 份" in page
    assert "受理通知书" in client.get(f"/tasks/{case['tasks'][0]['id']}").text


def test_a_notice_whose_mail_was_given_up_is_mailed_again_from_the_case(
    client: FlaskClient, embedded_office: Office
) -> None:
    matter, given = matter_of_type(embedded_office, "promised"), applicant() | {"email": "a@example.cn"}
    case = embedded_office.cases.start(matter, given, {}, by=embedded_office.people.person("clerk"), window="H01")
    case = do_named(embedded_office, case, "check_materials", check_result="complete")
    embedded_office.outbox.deliver_due()
    log_in(client)
    place = f"/cases/{case['number']}"
    page = client.get(place).text
    assert "邮件未能送出" in page
    action = re.search(r'action="(\S+/mail)"', page)
    assert action is not None
    answer = client.post(action[1], data={"csrf": token(client.get(place))}, follow_redirects=True)
    assert "邮件将重新发送" in answer.text and "待发邮件" in answer.text and "重发文书邮件" in answer.text
    assert "邮件未能送出" not in answer.text
