"""Whatever people write, wherever they may write: no page shows it as markup."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from engine import Office
from engine.definitions.model import SourceFile
from engine.office.cases import GROUNDS
from tests.office.at_work import applicant, matter_of_type
from tests.office.handing_in import hand_in
from tests.pages.test_pages_protection import log_in
from tests.soak.simulated import MODEL

MARKUP = "<img src=x onerror=alert(1)>\"'</script></template>"
_LINK = re.compile(r'(?:href|src|data-source|data-url)="(/(?!static|logout|language)[^"#]*)"')


def _written_everywhere(office: Office) -> list[str]:
    """Markup in every text that somebody may write; gives where to begin to look."""
    people = {name: office.people.person(name) for name in ("clerk", "hall.leader", "designer", "admin")}
    clerk, leader = people["clerk"], people["hall.leader"]
    quoted = MARKUP.replace('"', '""')
    office.catalogue.import_units(f'code,name,level,parent\nodd,"{quoted}",department,chenghuai\n')
    office.catalogue.import_windows(f'code,name,unit,address\nX99,"{quoted}",odd,"{quoted}"\n')
    office.people.add("odd", MARKUP, "three calm herons", [("hall", "clerk")])
    escaped = MARKUP.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").encode()
    model = MODEL.read_bytes().replace(b'name="Work"', b'name="' + escaped + b'"')
    office.definitions.deploy([SourceFile(name="soaked.bpmn", content=model)], by=people["designer"])
    office.catalogue.import_matters(
        "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
        f'9900000001,"{quoted}",promised,hall,"{quoted}",district,20,10,soaked\n'
    )
    given = {**applicant(), "name": MARKUP}
    case = office.cases.start("9900000001", given, {"invoice": MARKUP}, by=clerk, window="H01")
    number = case["number"]
    office.tasks.claim(case["tasks"][0]["id"], by=clerk)
    office.cases.comment(number, MARKUP, by=clerk)
    hand_in(office, case, name=f"{MARKUP}.pdf", note=MARKUP)
    office.cases.suspend(number, MARKUP, GROUNDS[0], by=clerk)
    office.cases.resume(number, MARKUP, by=clerk)
    office.cases.extend(number, MARKUP, 1, by=leader)
    office.calendar.set("2026-10-08", "closed", MARKUP, by=people["admin"])
    other = office.cases.start(matter_of_type(office, "instant"), given, {}, by=clerk, window="H01")
    office.cases.withdraw(other["number"], MARKUP, by=clerk)
    return [f"/cases/{number}", f"/cases/{other['number']}", f"/tasks/{case['tasks'][0]['id']}"]


def test_nothing_that_anybody_writes_is_markup_on_any_page(client: FlaskClient, embedded_office: Office) -> None:
    begin = _written_everywhere(embedded_office)
    shown = set()
    for username in ("clerk", "auditor", "admin"):
        log_in(client, username)
        waiting, seen = [*begin, "/", "/cases", "/inbox", "/definitions", "/admin", "/board", "/mentions"], set()
        while waiting and len(seen) < 20:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = client.get(path.replace("&amp;", "&"))
            if answer.mimetype != "text/html":
                continue
            assert "<img src=x" not in answer.text, (username, path)
            assert "</script></template>" not in answer.text, (username, path)
            if "&lt;img src=x" in answer.text:
                shown.add(re.sub(r"[0-9A-F]{8}[\w-]*|[0-9a-f-]{36}|\?.*", "…", path))
            waiting += _LINK.findall(answer.text)
    # It was there to be seen.
    assert len(shown) >= 8, sorted(shown)
