"""Templates of notices: what designers write as text, and what is read of it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Unavailable
from engine.notices import Document, TemplateError, document, parse
from engine.notices.document import MAX_ROWS
from engine.notices.html import to_html
from engine.notices.pdf import to_pdf
from engine.notices.template import MAX_BYTES, MAX_LINES, MAX_PLACES
from engine.notices.tracking import Proof, Tracking

FONTS = Path(__file__).parents[2] / "api" / "static" / "vendor" / "fonts"
TRACKING = Tracking(number="20260310-H01-0001-8", code="ABCD-EFGH", page="http://127.0.0.1:8000/track")
PROOF = Proof(case="20260310-H01-0001-8", notice="0" * 32, digest="a" * 64)


def read(text: str, *values: Any) -> Document:
    return document(parse(text.encode()), values)


def blocks(found: Document) -> list[tuple[str, tuple[tuple[str, ...], ...]]]:
    return [(block.kind, block.rows) for block in found.blocks]


def test_a_line_is_what_its_beginning_says() -> None:
    found = read(
        "# 告知书 {n}\n甲 {{原样}}\n乙\n\n丙\n## 材料\n- 身份证\n- 申请表\n1. 先\n2、后\n"
        "| 事项 | 开店 |\n| 期限 | {d} 天 |\n\\# 不是标题\n@qr\n> 大厅\n> {t}\n",
        "第1号",
        5,
        "2026年3月10日",
    )
    assert found.title == "告知书 第1号"
    assert blocks(found) == [
        ("paragraph", (("甲 {原样}",), ("乙",))),
        ("paragraph", (("丙",),)),
        ("heading", (("材料",),)),
        ("list", (("身份证",), ("申请表",))),
        ("numbered", (("先",), ("后",))),
        ("table", (("事项", "开店"), ("期限", "5 天"))),
        ("paragraph", (("# 不是标题",),)),
        ("qr", ()),
        ("signature", (("大厅",), ("2026年3月10日",))),
    ]


def test_a_place_ends_where_its_expression_does() -> None:
    template = parse('# 题\n| {if "}|" = x then {a: "{"}.a else null} | {y} |\n'.encode())
    assert [place.text for place in template.places] == ['if "}|" = x then {a: "{"}.a else null', "y"]
    assert [(place.line, place.column) for place in template.places] == [(2, 3), (2, 45)]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "——"),
        ("", "——"),
        (True, "是"),
        (2.5, "2.5"),
        ("decimal:12345678901234567890.5", "12345678901234567890.5"),
        (["甲", 2], "甲、2"),
        ({"名称": "甲", "份数": 2}, "名称：甲；份数：2"),
    ],
)
def test_a_value_stands_in_the_text_as_people_write_it(value: Any, written: str) -> None:
    assert blocks(read("# 题\n值：{x}", value)) == [("paragraph", ((f"值：{written}",),))]


def test_lists_become_items_and_rows_and_a_place_alone_without_a_value_no_line() -> None:
    text = "# 题\n- {items}\n- 另\n\n| 名称 | 份数 |\n| {names} | {copies} |\n\n{only_if}\n\n1. {none}\n完"
    found = read(text, ["甲", "乙"], ["丙", "丁"], [1], None, [])
    assert blocks(found) == [
        ("list", (("甲",), ("乙",), ("另",))),
        ("table", (("名称", "份数"), ("丙", "1"), ("丁", "——"))),
        ("paragraph", (("完",),)),
    ]


def test_a_list_without_end_ends() -> None:
    assert len(read("# 题\n- {x}\n- {y}", ["甲"] * 5000, ["乙"] * 5000).blocks[0].rows) < MAX_ROWS


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        (b"", 1, 1, "begins with its one title"),
        ("正文".encode(), 1, 1, "begins with its one title"),
        ("# 题".encode(), 1, 1, "says nothing below"),
        ("# 题\n# 又\n文".encode(), 1, 1, "one title"),
        ("# 题\n文 {x".encode(), 2, 3, "not closed"),
        ('# 题\n文 {"}'.encode(), 2, 3, "not closed"),
        ("# 题\n文 x}".encode(), 2, 4, "no place is open"),
        ("# 题\n文 { }".encode(), 2, 3, "empty"),
        ("# 题\n-".encode(), 2, 2, "nothing follows"),
        ("# 题\n|1|2|3|4|5|6|7|".encode(), 2, 2, "at most 6 columns"),
        ("# 题\n文\x07".encode(), 2, 2, "control character"),
        ("# 题\n文".encode("gbk"), 1, 1, "UTF-8"),
        ("# 题\n".encode() + b"x" * MAX_BYTES, 1, 1, "larger than"),
        ("# 题\n".encode() + b"x\n" * MAX_LINES, MAX_LINES + 1, 1, "more than 1000 lines"),
        ("# 题\n".encode() + b"{x}\n" * (MAX_PLACES + 1), MAX_PLACES + 2, 1, "more than 200 places"),
    ],
)
def test_what_is_wrong_is_told_where_it_is(content: bytes, line: int, column: int, message: str) -> None:
    with pytest.raises(TemplateError, match=message) as refused:
        parse(content)
    assert (refused.value.faults[0].line, refused.value.faults[0].column) == (line, column)


HOSTILE = '</p><script>alert(1)</script>#panic("x") $ #include "/etc/passwd" *b* = h \\ @x `r` "&amp;'


def test_nothing_that_is_written_is_markup_in_either_layout() -> None:
    found = read(f"# 题 {HOSTILE.replace('{', '{{')}\n{{x}}\n- {{x}}\n| {{x}} | {{x}} |\n> {{x}}", *[HOSTILE] * 5)
    page = to_html(found, TRACKING, PROOF)
    assert "<script>" not in page and page.count("alert(1)") == page.count("&lt;script&gt;alert(1)")
    body = re.sub(r"<[^>]*>", "", page.partition("</style>")[2])
    assert unescape(body).count(HOSTILE) == 6
    assert to_pdf(found, TRACKING, PROOF, FONTS).startswith(b"%PDF")


def test_paper_is_the_same_bytes_each_time_and_says_what_it_is() -> None:
    found = read("# 受理通知书\n正文\n@qr\n> 大厅")
    made = to_pdf(found, TRACKING, PROOF, FONTS)
    assert made == to_pdf(found, TRACKING, PROOF, FONTS)
    assert made != to_pdf(found, TRACKING, Proof(case="c", notice="1" * 32, digest="b" * 64), FONTS)
    page = to_html(found, TRACKING, PROOF)
    assert PROOF.digest in page and 'aria-label="进度查询二维码"' in page and TRACKING.code in page


def test_without_an_address_there_is_no_code_to_scan_but_number_and_code_to_type() -> None:
    found = read("# 受理通知书\n@qr")
    page = to_html(found, Tracking(number="N", code="C"), PROOF)
    assert "<svg" not in page and "办件编号：N" in page and "查询码：C" in page


def test_without_its_fonts_nothing_is_set_in_others(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="make setup"):
        to_pdf(read("# 题\n文"), TRACKING, PROOF, tmp_path)


@given(st.text(max_size=200))
def test_any_text_is_a_template_or_says_why_not(text: str) -> None:
    try:
        template = parse(("# 题\n" + text).encode("utf-8", "surrogatepass"))
    except TemplateError as error:
        assert all(fault.line >= 1 and fault.column >= 1 and fault.message for fault in error.faults)
    else:
        assert to_html(document(template, ["值"] * len(template.places)), TRACKING, PROOF)
