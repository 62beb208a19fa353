"""The report of a quarter."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.papers import FONTS
from engine import Office
from engine.errors import Forbidden, Invalid
from engine.notices.html import to_html
from engine.notices.pdf import to_pdf
from engine.office.reports import bounds
from tests.conftest import SetClock
from tests.office.at_work import accept, do, do_named, matter_of_type, to_the_end

ROOT = Path(__file__).parents[2]


def made(office: Office, **asked: Any) -> Any:
    return office.reports.quarter("2026Q1", by=office.people.person("auditor"), **asked)


def rows_under(report: Any, heading: str) -> list[tuple[str, ...]]:
    blocks = iter(report.document.blocks)
    next(block for block in blocks if block.kind == "heading" and heading in block.rows[0][0])
    return list(next(block for block in blocks if block.kind == "headed").rows)


def test_its_figures_are_those_of_the_statistics(office: Office, clock: SetClock) -> None:
    instant, promised = matter_of_type(office, "instant"), matter_of_type(office, "promised")
    rated = to_the_end(office, accept(office, instant, serial=1))
    withdrawn = accept(office, instant, serial=2)
    office.cases.withdraw(withdrawn["number"], "不办了", by=office.people.person("clerk"))
    accept(office, promised, serial=3)
    office.ratings.rate(rated["number"], rated["tracking_code"], 1)
    office.ratings.answer(rated["number"], "已致电说明", by=office.people.person("clerk"))
    report = made(office)
    found = office.statistics.read(
        by=office.people.person("auditor"), group="type", since=date(2026, 1, 1), until=date(2026, 3, 31)
    )
    became = rows_under(report, "收件")
    assert [int(row[1]) for row in became[1:]] == [group["received"] for group in found["groups"]] + [3]
    assert became[-1] == ("合计", "3", "1", "0", "0", "1", "0", "1")
    kept = rows_under(report, "时限")
    assert kept[-1] == ("合计", "1", "0", "0", "100.0%")
    assert ("非常不满意", "1") in rows_under(report, "好差评")
    assert rows_under(report, "好差评")[-1] == ("差评按时回复", "1")
    assert [row[0] for row in rows_under(report, "等待")[1:]] == [at["name"] for at in found["elements"][:10]]
    auditor = office.people.person("auditor")
    numbers = [case["number"] for case in office.cases.list(by=auditor)["items"]]
    entries = sum(office.cases.get(number, by=auditor)["version"] for number in numbers)
    told = [block.rows[0][0] for block in report.document.blocks]
    assert any(f"共 {entries} 条" in text for text in told)
    assert told[-1] == "尚无签名检查点。"
    # Instants as people read them.
    assert report.text.endswith(" 2026-03-10 09:00")


def test_it_tells_why_cases_were_returned_and_which(office: Office) -> None:
    instant, clerk = matter_of_type(office, "instant"), office.people.person("clerk")
    stated = {"policy_basis": "《行政许可法》第三十二条", "return_reason": "不属于 本机关\n职权"}
    numbers = []
    for serial in (1, 2):
        case = accept(office, instant, serial=serial)
        case = office.cases.return_(case["number"], "承办人认为应退回", by=clerk)
        case = do_named(office, case, "state_reasons", **stated)
        numbers.append(to_the_end(office, case)["number"])
    refused = do(office, accept(office, instant, serial=3)["tasks"][0], check_result="refused")
    to_the_end(office, do_named(office, refused, "refuse_acceptance", refusal_reason="依法不需要许可"))
    # Still open: it may yet be handled after all.
    waiting = accept(office, instant, serial=4)
    office.cases.return_(waiting["number"], "未决", by=clerk)
    blocks = [block for block in made(office).document.blocks if block.kind == "headed"]
    reasons, bases = (next(b.rows for b in blocks if b.rows[0][0] == head) for head in ("退回理由", "政策依据"))
    assert reasons[1:] == (
        ("不属于 本机关 职权", "2", "\n".join(numbers)),
        ("依法不需要许可", "1", refused["number"]),
    )
    assert bases[1] == ("《行政许可法》第三十二条", "2", "\n".join(numbers)) and len(bases) == 3
    assert ("合计", "4", "3") in rows_under(made(office), "退回")


def test_it_names_the_last_checkpoint(embedded_office: Office, tmp_path: Path) -> None:
    office, file = embedded_office, tmp_path / "checkpoints.jsonl"
    accept(office, matter_of_type(office, "instant"))
    office.checkpoints.make(file)
    accept(office, matter_of_type(office, "instant"), serial=2)
    last = office.checkpoints.make(file)
    office.checkpoints.rotate(file)
    table = made(office, checkpoints=file).document.blocks[-1]
    assert {name: text.replace("\n", "") for name, text in table.rows} == {
        "检查点时间": "2026-03-10 09:00",
        "树的大小": str(last["cases"] + last["chains"]),
        "树根": last["root"],
        "公钥": last["public_key"],
    }
    file.write_bytes(file.read_bytes().replace(b"time ", b"time 2"))
    with pytest.raises(Invalid, match=r"checkpoints\.jsonl"):
        made(office, checkpoints=file)
    report = made(office)
    page = to_html(report.document, None, report)
    assert page.count('<th scope="col">') == sum(len(b.rows[0]) for b in report.document.blocks if b.kind == "headed")


def test_it_is_set_as_a_page_and_for_paper(embedded_office: Office) -> None:
    office = embedded_office
    accept(office, matter_of_type(office, "instant"))
    report = made(office)
    page = to_html(report.document, None, report)
    assert "2026 年第 1 季度" in page and "逾期：" in page
    fonts = ROOT / "api" / FONTS
    if not fonts.is_dir():
        pytest.skip("the pages' assets are not built")
    paper = to_pdf(report.document, None, report, fonts)
    assert paper.startswith(b"%PDF") and paper == to_pdf(report.document, None, report, fonts)


def test_names_are_text(embedded_office: Office) -> None:
    office = embedded_office
    office.catalogue.import_units("code,name,level\nodd,<b>综合</b>&科,district\n")
    report = made(office, unit="odd")
    assert "&lt;b&gt;综合&lt;/b&gt;&amp;科" in to_html(report.document, None, report)


@pytest.mark.parametrize(
    "quarter", ["", "2026", "2026Q0", "2026Q5", "2026q1", "0000Q1", "9999Q4", "2026Q1\n", "２０２６Q1"]
)
def test_what_is_no_quarter_is_refused(quarter: str) -> None:
    with pytest.raises(Invalid) as refused:
        bounds(quarter)
    assert refused.value.errors[0].pointer == "/quarter"


def test_a_quarter_has_its_first_and_last_day() -> None:
    assert bounds("2026Q4") == (date(2026, 10, 1), date(2026, 12, 31))
    assert bounds("2024Q1") == (date(2024, 1, 1), date(2024, 3, 31))


def test_who_has_no_figures_has_no_report(embedded_office: Office) -> None:
    with pytest.raises(Forbidden):
        embedded_office.reports.quarter("2026Q1", by=embedded_office.people.person("clerk"))
