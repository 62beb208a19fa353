"""Every type of field that form-js has, and those of an embedded form: drawn at the page, judged as by the server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from engine.definitions.model import SourceFile
from tests.office.at_work import accept, do_named
from tests.office.handing_in import PDF, hand_in
from tests.pages.desk import Desk
from tests.pages.test_pages_protection import log_in

MODELS = Path(__file__).parent / "models"
MATTER = """code,name,type,unit,legal_basis,level,statutory_days,promised_days,materials,process
9999999999,各类字段,instant,hall,法,district,20,5,甲|copy|1|required|;乙|copy|2|later|,every_field
"""


def opened(office: Office) -> Any:
    """A case whose tasks have such forms."""
    sources = [SourceFile(name=path.name, content=path.read_bytes()) for path in sorted(MODELS.glob("every_field.*"))]
    office.definitions.deploy(sources, by=office.people.person("designer"))
    office.catalogue.import_matters(MATTER, by=office.people.person("admin"))
    return accept(office, "9999999999")


def test_every_field_is_drawn_and_what_it_holds_arrives(desk: Desk, embedded_office: Office, tmp_path: Path) -> None:
    page, office, by = desk.page, embedded_office, embedded_office.people.person
    case = opened(office)
    given = tmp_path / "附件.pdf"
    given.write_bytes(PDF)

    desk.log_in("clerk", f"/tasks/{case['tasks'][0]['id']}")
    form = page.locator("#form")
    # the facts are there: options from the catalogue, a table of it, its name in a text
    expect(form.get_by_role("radio", name="乙")).to_be_visible()
    expect(form.get_by_role("cell", name="甲")).to_be_visible()
    # a frame of another site is a link; nothing is left in another language
    expect(form.get_by_role("link", name="框")).to_have_attribute("href", "https://example.org/")
    expect(form.get_by_text("Browse")).to_have_count(0)
    expect(form.get_by_placeholder("Search")).to_have_count(0)
    # no script of a designer's runs, and no style lays a form's HTML over the page
    assert page.evaluate("window.hacked") is None
    assert form.get_by_text("超文本").evaluate("part => getComputedStyle(part).position") == "static"

    # a hidden field appears, a condition locks another, a computed value follows, a number has the matter's bound
    form.get_by_label("文本").fill("甲乙丙")
    form.get_by_label("项").fill("一二")
    form.get_by_label("项").blur()
    form.get_by_label("勾选").check()
    form.get_by_label("条件显示").fill("看见")
    expect(form.get_by_label("条件只读")).to_have_attribute("readonly", "")
    form.get_by_label("数", exact=True).fill("21")
    form.get_by_label("红").check()
    form.get_by_role("radio", name="乙").check()
    form.get_by_label("组内").fill("里面")
    form.locator("input[type=file]").set_input_files(given)
    page.click("#complete")
    expect(form.locator(".fjs-form-field-error")).to_have_text("不能大于 20。")
    form.get_by_label("数", exact=True).fill("2.5")
    expect(form.get_by_text("两倍 5")).to_be_visible()
    desk.forget_refused_styles()
    desk.photograph("every-field")
    page.click("#complete")

    # the file is one of the case's materials, and its id the answer
    expect(page.get_by_role("heading", name="内嵌表单")).to_be_visible()
    (material,) = office.materials.list(case["number"], by=by("clerk"))
    data = office.cases.get(case["number"], by=by("clerk"))["data"]
    assert (material["name"], data["file"]) == ("附件.pdf", [material["id"]])
    expected = {"name": "甲乙丙", "num": 2.5, "tick": True, "list": ["r"], "one": "乙", "sel": None, "tags": []}
    expected |= {"grp": {"inner": "里面"}, "rows": [{"cell": "一二", "len": 2}], "twice": 5, "seen": "看见"}
    assert {name: data[name] for name in expected} == expected

    # an embedded form has the same rules
    form.get_by_label("姓名").fill("一")
    page.click("#complete")
    expect(form.locator(".fjs-form-field-error")).to_have_text("至少 2 个字符。")
    form.get_by_label("姓名").fill("一二")
    expect(form.get_by_label("只读")).to_have_value("固定")
    with page.expect_response("**/complete") as answered:
        page.click("#complete")
    assert answered.value.ok
    data = office.cases.get(case["number"], by=by("clerk"))["data"]
    assert {name: data[name] for name in ("who", "many", "yes", "when", "colour", "fix")} == {
        "who": "一二",
        "many": 3,
        "yes": True,
        "when": "2026-12-01",
        "colour": "r",
        "fix": "固定",
    }


def test_what_was_answered_is_told_in_the_forms_words(client: FlaskClient, embedded_office: Office) -> None:
    # given answers to a form of a file and to one in the diagram
    office, case = embedded_office, opened(embedded_office)
    file = hand_in(office, case, "合同 Contract.pdf")
    answers = {"name": "甲乙丙", "num": 2, "rows": [{"cell": "一"}], "day": "2030-12-24", "hour": "09:30"}
    case = do_named(office, case, "u", **answers, sel="b", file=[file["id"]], tags=["a"])
    do_named(office, case, "v", who="一二", colour="g")

    # then the page of the case calls each by its label and its option, a date too, and a file by its name
    log_in(client)
    page = client.get(f"/cases/{case['number']}").text
    told = dict(re.findall(r"<dt[^>]*>([^<]*)</dt><dd>([^<]*)</dd>", page[page.index("summary-title") :]))
    expected = {
        "文本": "甲乙丙",
        "下拉": "乙",
        "标签": "甲",
        "日期时间": None,
        "时间": "09:30:00",
        "附件": "合同 Contract.pdf",
    }
    assert {name: told.get(name) for name in expected} == expected
    assert (told["姓名"], told["颜色"], told["同意"]) == ("一二", "绿", "是")
    # what a form computes has no name in it: it is a variable
    assert told["twice"] == "4" and '<dt class="variable">twice</dt>' in page
    assert not {"day", "hour", "who", "colour"} & told.keys()
