"""A script in every text that anybody can give, and every page that shows one: it is shown, and never run."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient

from engine import Office
from tests.office.at_work import accept, do_named, identity_number, matter_of_type, to_the_end, window_of
from tests.office.handing_in import hand_in
from tests.pages.test_pages_protection import log_in, token

SCRIPT = "<script>alert('{}')</script>"
#: What planted texts look like on a page that shows them.
SHOWN = re.compile(r"&lt;script&gt;alert\(&#39;(\w+)&#39;\)")


def said(what: str) -> str:
    """A text that says what it stands for, as a script."""
    return SCRIPT.format(what)


def test_a_script_in_any_text_is_shown_on_every_page_and_never_run(
    app: Flask, client: FlaskClient, embedded_office: Office
) -> None:
    # given an office whose names, and cases whose every text, are scripts
    office = embedded_office
    clerk, leader, admin = (office.people.person(name) for name in ("clerk", "leader", "admin"))
    office.people.add("hostile", said("person"), "a long enough password", [("hall", "clerk")])
    office.catalogue.import_units(f"code,name,level,parent\nevil,{said('unit')},district,chenghuai\n")
    office.catalogue.import_windows(f"code,name,unit,address\nEV1,{said('window')},hall,{said('place')}\n")
    office.catalogue.import_matters(
        "code,name,type,unit,legal_basis,level,statutory_days,promised_days,materials,process\n"
        f"9900108001,{said('matter')},instant,hall,{said('basis')},district,20,10,"
        f"{said('listed')}|original|1|required|{said('issuer')},instant\n"
    )
    office.calendar.set("2026-03-12", "closed", said("day"), by=admin)
    person = {"name": said("name"), "id_type": "resident_id", "id_number": identity_number(901), "phone": "010-1"}
    person["phone"] = "010-00000001"
    given = {"said": said("data"), "received_materials": [said("received")]}
    case = office.cases.start("9900108001", person, given, by=clerk, window=window_of(office, "hall"))
    number, code = case["number"], case["tracking_code"]
    material = hand_in(office, case, "a.pdf", note=said("note"))
    office.cases.comment(number, f"@leader @clerk {said('comment')}", by=clerk)
    office.reminders.remind(number, said("reminder"), by=clerk)
    office.reminders.ask(number, code, said("asked"))
    office.cases.prioritise(number, said("reason"), 90, by=leader)
    office.saved_filters.save("inbox", said("filter")[:40], {"type": "instant"}, by=clerk)
    office.saved_filters.save("cases", said("filter")[:40], {"type": "instant"}, by=clerk)
    office.materials.withdraw(number, material["id"], said("taken"), by=clerk)
    ended = to_the_end(office, accept(office, matter_of_type(office, "instant"), serial=902, said=said("data")))
    office.ratings.rate(ended["number"], ended["tracking_code"], 1, said("rating"))
    office.ratings.answer(ended["number"], said("answer"), by=leader)
    told = accept(office, matter_of_type(office, "promised"), serial=903)
    told = do_named(office, told, "check_materials")
    office.cases.suspend(told["number"], said("stopped"), "expert-review", by=leader)
    issued = [one["id"] for view in (case, ended, told) for one in office.notices.list(view["number"], by=clerk)]

    # when everybody looks at every page that there is of them
    values: dict[str, list[Any]] = {
        "number": [number, ended["number"], told["number"]],
        "identity": [task["id"] for view in (case, told) for task in view["tasks"]],
        "code": ["9900108001"],
        "matter": ["9900108001"],
        "key": ["instant"],
        "unit": ["hall"],
        "username": ["hostile"],
        "id": issued,
    }
    found: dict[str, str] = {}
    for username in ("clerk", "leader", "admin"):
        log_in(client, username)
        for path in paths(app, values):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code < 500, path
            if answer.mimetype == "text/html" and answer.status_code == 200:
                found[f"{username} {path}"] = answer.text
    sent = {"csrf": token(client.get("/track")), "number": number, "code": code}
    found["track"] = client.post("/track", data=sent).text
    log_in(client)
    for name in ("name", "code", "q", "matter"):
        found[f"searched {name}"] = client.get(f"/cases?{name}={quote(said('query'))}").text

    # then no page has one in its own words, and the pages show all of them as they were written
    run = [where for where, text in found.items() if re.search(r"<script>alert", text)]
    assert run == []
    shown = {what for text in found.values() for what in SHOWN.findall(text)}
    planted = "person unit window matter basis listed issuer day name data received note comment reminder asked reason"
    assert shown >= {*planted.split(), "taken", "rating", "answer", "stopped"}, shown
    assert len(found) > 60


def paths(app: Flask, values: dict[str, list[Any]]) -> list[str]:
    """The addresses of all pages whose parts are among `values`."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if not rule.endpoint.startswith("pages.") or "GET" not in (rule.methods or ()):
                continue
            # What has a number of its own is a version of a process, or a mention.
            known = [[1] if f"int:{name}>" in rule.rule else values.get(name, []) for name in sorted(rule.arguments)]
            for several in zip(*known, strict=False) if known else [()]:
                adapter = app.url_map.bind("localhost")
                found.append(adapter.build(rule.endpoint, dict(zip(sorted(rule.arguments), several, strict=True))))
    return found
