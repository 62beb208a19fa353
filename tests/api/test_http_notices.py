"""Notices over HTTP: listed with the case, and each as a page or for paper."""

from __future__ import annotations

from urllib.parse import quote

from tests.api.calling import APPLICANT, Caller, problem


def test_a_notice_is_listed_with_its_case_and_read_as_page_and_on_paper(clerk: Caller) -> None:
    # given a case that gave a notice with its acceptance
    case = clerk.start(matter="9900101003")
    assert clerk.get(f"/cases/{clerk.start()['number']}/notices").json == {"items": [], "next": None}

    # when it is asked for
    (view,) = clerk.get(f"/cases/{case['number']}/notices").json["items"]
    assert (view["title"], view["name"], view["element"], view["seq"]) == ("受理通知书", "told.notice", "accepted", 1)

    # then the page is one file that loads nothing and runs nothing, and says where the case is followed
    page = clerk.get(f"/notices/{view['id']}")
    assert page.mimetype == "text/html" and "测试甲：" in page.text and view["digest"] in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy
    assert "http://localhost/track" in page.text and case["tracking_code"] in page.text
    assert page.headers["Cache-Control"] == "no-store"

    # and on paper it is the same bytes each time, under a name that people read
    made = [clerk.get(f"/notices/{view['id']}", format="pdf") for _ in range(2)]
    assert made[0].mimetype == "application/pdf" and made[0].data == made[1].data and made[0].data[:4] == b"%PDF"
    assert quote("受理通知书") in made[0].headers["Content-Disposition"]

    # and the history has its digest
    entry = clerk.get(f"/cases/{case['number']}/history").json["items"][0]
    assert entry["outcome"]["notices"][0]["digest"] == view["digest"]


def test_what_is_no_notice_or_no_format_is_refused(clerk: Caller) -> None:
    assert problem(clerk.get("/notices/0")) == (404, "not-found")
    assert problem(clerk.get("/notices/0", format="docx")) == (404, "not-found")
    case = clerk.start(matter="9900101003")
    (notice,) = clerk.get(f"/cases/{case['number']}/notices").json["items"]
    assert problem(clerk.get(f"/notices/{notice['id']}", format="docx")) == (422, "validation")


def test_a_mail_that_was_given_up_is_sent_again_once_for_each_key(clerk: Caller) -> None:
    # given a notice whose mail was given up, since the office names no mail server
    case = clerk.start(matter="9900101003", applicant=APPLICANT | {"email": "a@example.cn"})
    clerk.office.outbox.deliver_due()
    (view,) = clerk.get(f"/cases/{case['number']}/notices").json["items"]
    assert view["mail"] == "failed"

    # when it is to be mailed again, twice with one key
    call = f"/notices/{view['id']}/mail"
    answers = [clerk.post(call, Idempotency_Key="again") for _ in range(2)]

    # then that is so once
    told = {"notice": view["id"], "case": case["number"], "mail": "waiting"}
    assert [(answer.status_code, answer.json) for answer in answers] == [(200, told)] * 2
    assert problem(clerk.post(call)) == (409, "not-offered")
