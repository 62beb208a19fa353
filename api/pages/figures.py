"""The office's figures: tables and plots of what became of the cases, each of which leads to its cases."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from flask import Blueprint, Response, request, url_for

from api.answers import attach
from api.pages.asked import one_of
from api.pages.cases import day_of
from api.pages.look import language, page, t, words
from api.pages.session import office, person
from api.pages.times import span
from engine.export.table import Cell, csv_lines
from engine.figures import SpreadView
from engine.handling.case import ENDINGS, STATUSES, TYPES
from engine.office.statistics import GROUPINGS, StatisticsView

blueprint = Blueprint("figures", __name__)

#: What the list of cases is filtered by to show those that a figure counts, beside the statuses.
_LISTED: dict[str, dict[str, str]] = {"received": {}, "in_time": {"due": "kept"}, "late": {"due": "late"}}

#: Columns of the groups that are plain numbers.
_COUNTS = ("received", "open", "suspended", "failed", "completed", "returned", "withdrawn")
_KEPT = ("in_time", "answered_late", "open_late")


@blueprint.get("/figures")
def show() -> Response:
    """The figures of a period, as tables and plots."""
    by, asked = person(), _asked()
    found, course = office().statistics.read_with_course(by=by, **asked)
    return page(
        "figures",
        found=found,
        asked=asked,
        groupings=GROUPINGS,
        types=TYPES,
        endings=[status for status in STATUSES if status in ENDINGS],
        units=office().statistics.units(by=by),
        matters=office().catalogue.matters(),
        plots=_plots(found, course),
        leads=lambda figure, key=None: _leads(found, asked, figure, key),
        behind=lambda figure, **chosen: _behind(found, asked, {"of": figure, **chosen}),
        named=_named,
        spread=_spread,
        csv=lambda table: f"{url_for('pages.figures.download', table=table)}?{request.query_string.decode()}",
    )


@blueprint.get("/figures/cases")
def behind() -> Response:
    """The cases behind one of the figures, those that took longest first."""
    asked, given = _asked(), request.args
    group, key, of = one_of(given, "group", GROUPINGS), given.get("key", ""), given.get("of", "")
    del asked["group"]
    element = (given["process"], given["element"]) if "process" in given and "element" in given else None
    found = office().statistics.behind(
        of, by=person(), group=group, key=key, element=element, way=given.get("way"), **asked
    )
    return page("figures_cases", found=found, of=of, key=key, element=element, took=lambda one: span(one, language()))


@blueprint.get("/figures/<any(groups, elements, variants):table>.csv")
def download(table: str) -> Response:
    """One of the tables as CSV (RFC 4180), with a byte order mark for spreadsheets."""
    asked = _asked()
    found = office().statistics.read(by=person(), **asked)
    rows = {"groups": _groups, "elements": _elements, "variants": _variants}[table](found)
    answer = Response(BOM_UTF8 + csv_lines(rows), mimetype="text/csv")
    attach(answer, f"yichuang-{table}-{found['since']}-{found['until']}.csv")
    return answer


def _asked() -> dict[str, Any]:
    given = request.args
    return {
        "since": day_of(given.get("from")),
        "until": day_of(given.get("to")),
        "unit": given.get("unit") or None,
        "matter": given.get("matter") or None,
        "type": one_of(given, "type", TYPES),
        "group": one_of(given, "by", GROUPINGS) or "matter",
    }


def _named(group: str, key: str, name: str) -> str:
    """What a group of cases is called."""
    return (words("type", key) or t("type.none")) if group == "type" else name


def _leads(found: StatisticsView, asked: dict[str, Any], figure: str, key: str | None) -> str:
    """Where the cases that a figure of all, or of a group, counts are to be seen.

    The list of cases shows all of them wherever its filters say as much.
    """
    of = _LISTED.get(figure, {"status": figure} if figure in STATUSES else None)
    group = {} if key is None else _as_filters(found["by"], key)
    if of is None or group is None:
        return _behind(found, asked, {"of": figure} | ({} if key is None else {"group": found["by"], "key": key}))
    filters: dict[str, Any] = _filters(found, asked) | group | of
    return url_for("pages.cases.show", **filters)


def _as_filters(by: str, key: str) -> dict[str, str] | None:
    """What the list of cases is filtered by to show a group; None where nothing does that."""
    if by == "day":
        return {"from": key, "to": key}
    return {by: key} if by in ("unit", "matter", "type", "window") and key else None


def _behind(found: StatisticsView, asked: dict[str, Any], chosen: dict[str, str]) -> str:
    """The page of the cases behind a figure."""
    filters: dict[str, Any] = _filters(found, asked) | chosen
    return url_for("pages.figures.behind", **filters)


def _filters(found: StatisticsView, asked: dict[str, Any]) -> dict[str, str]:
    given = {name: asked[name] for name in ("unit", "matter", "type") if asked[name]}
    return given | {"from": found["since"], "to": found["until"]}


def _spread(spread: SpreadView | None, part: Literal["median", "p90", "mean"]) -> str:
    """One of a spread's durations in words; nothing where there are none."""
    return "" if spread is None else span(spread[part], language())


def _plots(found: StatisticsView, course: StatisticsView) -> dict[str, Any]:
    """What the script draws: labels and numbers, the worst first where there are many."""
    judged = [g for g in found["groups"] if g["kept"] is not None]
    worst = sorted(judged, key=lambda g: (g["kept"] or 0, -g["received"]))[:15]
    slowest = sorted((at for at in found["elements"] if at["whole"]), key=lambda at: -_mean(at))[:15]
    return {
        "course": {
            "labels": [g["key"] for g in course["groups"]],
            "series": [
                {"name": t("figures.in_time"), "colour": "done", "values": [g["in_time"] for g in course["groups"]]},
                {
                    "name": t("figures.late"),
                    "colour": "late",
                    "values": [g["answered_late"] + g["open_late"] for g in course["groups"]],
                },
                {
                    "name": t("figures.other"),
                    "colour": "soft",
                    "values": [
                        g["received"] - g["in_time"] - g["answered_late"] - g["open_late"] for g in course["groups"]
                    ],
                },
            ],
        },
        "kept": {
            "labels": [_named(found["by"], g["key"], g["name"]) for g in worst],
            "series": [
                {
                    "name": t("figures.kept"),
                    "colour": "done",
                    "values": [round(100 * (g["kept"] or 0), 1) for g in worst],
                }
            ],
        },
        "elements": {
            "labels": [at["name"] or at["element"] for at in slowest],
            "series": [
                {"name": t(f"figures.{part}"), "colour": colour, "values": [_hours(at, part) for at in slowest]}
                for part, colour in (("waiting", "warn"), ("working", "primary"))
            ],
        },
    }


def _mean(station: Any) -> float:
    """How long the bar of an element is."""
    return _hours(station, "waiting") + _hours(station, "working")


def _hours(station: Any, part: str) -> float:
    spread = station[part]
    return round(spread["mean"] / 3600, 2) if spread else 0.0


Row = Sequence[Cell]


def _groups(found: StatisticsView) -> Iterator[Row]:
    columns = ("key", "name", *_COUNTS, *_KEPT, "kept")
    yield (*columns, *_spread_heads("duration"))
    for group in found["groups"]:
        cells: dict[str, Any] = {**group}
        yield (*(cells[name] for name in columns), *_seconds(group["duration"]))


def _elements(found: StatisticsView) -> Iterator[Row]:
    parts = ("waiting", "working", "whole")
    yield ("process", "element", "name", "open", "completed", *(h for part in parts for h in _spread_heads(part)))
    for at in found["elements"]:
        done = at["whole"]["count"] if at["whole"] else 0
        spreads = (at["waiting"], at["working"], at["whole"])
        where = (at["process"], at["element"], at["name"], at["open"], done)
        yield (*where, *(seconds for spread in spreads for seconds in _seconds(spread)))


def _variants(found: StatisticsView) -> Iterator[Row]:
    yield ("cases", "share", "example", "steps")
    for way in found["variants"]:
        yield (way["cases"], way["share"], way["example"], " → ".join(way["steps"]))


def _spread_heads(part: str) -> Row:
    return [f"{part}_{figure}_seconds" for figure in ("median", "p90", "mean")]


def _seconds(spread: SpreadView | None) -> Row:
    return [None] * 3 if spread is None else [spread["median"], spread["p90"], spread["mean"]]
