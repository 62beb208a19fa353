"""The report of a quarter: the figures of an office's work as a document, for a page or for paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, and_, case, func, select

from engine.errors import FieldError, Invalid
from engine.figures import Figures, SpreadView
from engine.forms.messages import both
from engine.notices.document import MISSING, Block, Document
from engine.office.checkpoints import Checkpoints
from engine.office.context import Context
from engine.office.grounds import returned
from engine.office.periods import check_day, received_between
from engine.office.person import Person
from engine.office.ratings import ANSWER_DAYS, BAD, LEVELS
from engine.office.statistics import GroupView, Statistics
from engine.storage import tables

#: Elements that are told where tasks wait, those with most time in them first.
MOST_ELEMENTS = 10

#: Reasons and grounds of returns that are told, the most common first; how long one may be, in characters; and how
#: many of its cases are named.
MOST_GROUNDS, LONGEST_GROUND, MOST_NAMED = 15, 120, 5

_QUARTER = re.compile(r"([0-9]{4})Q([1-4])")
_LEVELS = dict(zip(LEVELS, ("非常不满意", "不满意", "基本满意", "满意", "非常满意"), strict=True))
_LATE = (
    "逾期：答复晚于时限，或者时限已过而尚未办结。时限以延期、中止之后的为准。没有时限的、中止的和撤回的办件，"
    "既不计入按时，也不计入逾期。"
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report as it is read."""

    document: Document
    #: The quarter, as it was asked for.
    subject: str
    #: The line at the foot.
    text: str


class Reports:
    """The reports of one office."""

    def __init__(self, context: Context, statistics: Statistics, checkpoints: Checkpoints) -> None:
        self._context = context
        self._statistics = statistics
        self._checkpoints = checkpoints

    def quarter(self, quarter: str, *, by: Person, unit: str | None = None, checkpoints: Path | None = None) -> Report:
        """What became of the cases that came in during a quarter.

        :param quarter: a year and one of its quarters: 2026Q3.
        :param unit: only cases that this unit or one below it accepted.
        :param checkpoints: the file whose last checkpoint the report names.
        :raises Invalid: where it is no quarter, or the file of checkpoints does not hold.
        :raises Forbidden, NotFound: as `Statistics.read`.
        """
        self._statistics.units_counted(by, unit)
        first, last = bounds(quarter)
        types, matters, units = self._statistics.read_by(
            ("type", "matter", "unit"), by=by, since=first, until=last, unit=unit
        )
        totals, read_at = types["totals"], _minute(types["at"])
        whole = [("合计", totals)]
        by_type = [(group["name"], group) for group in types["groups"]]
        by_unit, by_matter = _named(units["groups"]), _named(matters["groups"])
        name = next((one["name"] for one in self._context.catalogue.units() if one["code"] == unit), "全部可见单位")
        rated, entries = self._counted(by, first, last, unit)
        blocks = [
            _paragraph(f"统计对象：{first} 至 {last} 收到的办件。单位：{name}。数据截至 {read_at}。"),
            _heading("一、收件与办结"),
            _table(("类型", "收件", "在办", "中止", "故障", "办结", "退回", "撤回"), _became([*by_type, *whole])),
            _heading("二、时限"),
            _paragraph(_LATE),
            _table(("单位", "按时", "逾期办结", "逾期在办", "按时率"), _kept([*by_unit, *whole])),
            _table(("事项", "按时", "逾期办结", "逾期在办", "按时率"), _kept([*by_matter, *whole])),
            _heading("三、办理时长"),
            _table(("事项", "答复", "平均", "中位数", "九成不超过"), _lasted([*by_matter, *whole])),
            _heading("四、退回"),
            _table(("事项", "收件", "退回"), _returned([*by_matter, *whole])),
            *self._grounds(by, first, last, unit),
            _heading("五、好差评"),
            _paragraph(f"差评为最低两级，应在 {ANSWER_DAYS} 个工作日内回复。"),
            _table(("评价", "件数"), rated),
            _heading("六、等待最久的环节"),
            _table(
                ("环节", "待办", "等待中位数", "办理中位数", "总计中位数"),
                [
                    (at["name"], str(at["open"]), *(_median(at[part]) for part in ("waiting", "working", "whole")))
                    for at in types["elements"][:MOST_ELEMENTS]
                ],
            ),
            _heading("七、凭证"),
            _paragraph(
                f"本报告涉及办件 {totals['received']} 件，其办理记录共 {entries} 条，逐条以散列相连，可以核验。"
            ),
            *self._anchor(checkpoints),
        ]
        document = Document(f"政务服务季度报告 {first.year} 年第 {quarter[-1]} 季度", tuple(blocks))
        return Report(document=document, subject=quarter, text=f"季度报告 {quarter} · {name} · {read_at}")

    def _grounds(self, by: Person, first: date, last: date, unit: str | None) -> list[Block]:
        """For what reasons and on what grounds cases were returned, those with most cases first, with the cases."""
        found = [*returned(self._context, self._wanted(by, first, last, unit))]
        if not found:
            return []
        return [
            _table(("退回理由", "件数", "办件"), _gathered([(one.reason, one.number) for one in found])),
            _table(("政策依据", "件数", "办件"), _gathered([(one.basis, one.number) for one in found])),
        ]

    def _anchor(self, path: Path | None) -> list[Block]:
        """What the last checkpoint signs: whoever kept it can tell later whether that still stands."""
        note = None if path is None else self._checkpoints.last(path)
        if note is None:
            return [_paragraph("尚无签名检查点。")]
        at = _minute(self._context.local(datetime.fromisoformat(note["at"])) or note["at"])
        return [
            _paragraph("以下检查点签署了其时全部办件历史的末条记录，可据以核验其后有无改动。"),
            Block(
                "table",
                (
                    ("检查点时间", at),
                    ("树的大小", f"{note['size']}"),
                    ("树根", _in_lines(note["root"] or MISSING)),
                    ("公钥", _in_lines(note["public_key"])),
                ),
            ),
        ]

    def _wanted(self, by: Person, first: date, last: date, unit: str | None) -> list[ColumnElement[bool]]:
        """Conditions on the rows of the cases that are reported on."""
        wanted = [*received_between(self._context, first, last)]
        units = self._statistics.units_counted(by, unit)
        return wanted if units is None else [*wanted, tables.case.c.unit.in_(sorted(units))]

    def _counted(self, by: Person, first: date, last: date, unit: str | None) -> tuple[list[tuple[str, ...]], int]:
        """The ratings of the cases, as rows, and the number of their entries."""
        rating, cases = tables.rating.c, tables.case.c
        wanted = self._wanted(by, first, last, unit)
        answered = and_(rating.level <= BAD, rating.answered_at <= rating.answer_due)
        levels = (
            select(rating.level, func.count(), func.sum(case((answered, 1), else_=0)))
            .join(tables.case, cases.id == rating.case_id)
            .where(*wanted)
            .group_by(rating.level)
        )
        entries = (
            select(func.count())
            .select_from(tables.entry.join(tables.case, cases.id == tables.entry.c.case_id))
            .where(*wanted)
        )
        with self._context.database.read() as connection:
            found = {level: (count, in_time) for level, count, in_time in connection.execute(levels)}
            number = connection.execute(entries).scalar_one()
        rows = [(name, str(found.get(level, (0, 0))[0])) for level, name in reversed(_LEVELS.items())]
        return [*rows, ("差评按时回复", str(sum(in_time for _, in_time in found.values())))], number


def bounds(quarter: str) -> tuple[date, date]:
    """First and last day of a quarter.

    :raises Invalid: where it is none.
    """
    match = _QUARTER.fullmatch(quarter)
    if match is None or match[1] == "0000":
        said = both("请写成年份加季度，例如 2026Q3", "a year and one of its quarters, as in 2026Q3")
        raise Invalid(errors=[FieldError("/quarter", said)])
    year, number = int(match[1]), int(match[2])
    first = date(year, number * 3 - 2, 1)
    check_day(first, "/quarter")
    following = date(year + number // 4, number * 3 % 12 + 1, 1)
    return first, following - timedelta(days=1)


_Named = Sequence[tuple[str, Figures]]


def _named(groups: Sequence[GroupView]) -> list[tuple[str, Figures]]:
    return [(group["name"], group) for group in groups]


def _became(groups: _Named) -> list[tuple[str, ...]]:
    return [
        (
            *(name, str(of["received"]), str(of["open"]), str(of["suspended"]), str(of["failed"])),
            *(str(of["completed"]), str(of["returned"]), str(of["withdrawn"])),
        )
        for name, of in groups
    ]


def _kept(groups: _Named) -> list[tuple[str, ...]]:
    return [
        (
            *(name, str(of["in_time"]), str(of["answered_late"]), str(of["open_late"])),
            MISSING if of["kept"] is None else f"{of['kept']:.1%}",
        )
        for name, of in groups
    ]


def _lasted(groups: _Named) -> list[tuple[str, ...]]:
    rows = []
    for name, of in groups:
        spread = of["duration"]
        told = (spread["mean"], spread["median"], spread["p90"]) if spread else None
        lengths = map(_length, told) if told else (MISSING,) * 3
        rows.append((name, str(spread["count"] if spread else 0), *lengths))
    return rows


def _returned(groups: _Named) -> list[tuple[str, ...]]:
    return [(name, str(of["received"]), str(of["returned"])) for name, of in groups]


def _gathered(said: Sequence[tuple[str | None, str]]) -> list[tuple[str, ...]]:
    """Rows of what was said: how many cases, and the first of them."""
    cases: dict[str | None, list[str]] = {}
    for text, number in said:
        cases.setdefault(text, []).append(number)
    ordered = sorted(cases.items(), key=lambda found: -len(found[1]))
    rows: list[tuple[str, ...]] = [
        (_cut(text), str(len(numbers)), _first_of(numbers)) for text, numbers in ordered[:MOST_GROUNDS]
    ]
    if others := ordered[MOST_GROUNDS:]:
        numbers = [number for _, rest in others for number in rest]
        rows.append((f"其余 {len(others)} 种", str(len(numbers)), _first_of(numbers)))
    return rows


def _cut(text: str | None) -> str:
    if text is None:
        return "未说明"
    return text if len(text) <= LONGEST_GROUND else text[: LONGEST_GROUND - 1] + "…"


def _first_of(numbers: Sequence[str]) -> str:
    more = len(numbers) - MOST_NAMED
    return "\n".join([*numbers[:MOST_NAMED], *([f"另 {more} 件"] if more > 0 else [])])


def _median(spread: SpreadView | None) -> str:
    return MISSING if spread is None else _length(spread["median"])


def _length(seconds: float) -> str:
    """A duration, in the largest unit that says something."""
    for unit, length in (("天", 86_400), ("小时", 3_600), ("分钟", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} 秒"


def _minute(at: str) -> str:
    """An RFC 3339 time of the office's zone, to the minute."""
    return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M")


def _in_lines(digits: str) -> str:
    """Hexadecimal digits, 32 a line: nothing on paper breaks a word as long as that."""
    return "\n".join(digits[start : start + 32] for start in range(0, len(digits), 32))


def _heading(text: str) -> Block:
    return Block("heading", ((text,),))


def _paragraph(text: str) -> Block:
    return Block("paragraph", ((text,),))


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Block:
    return Block("headed", (heads, *rows))
