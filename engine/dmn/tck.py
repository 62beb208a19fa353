"""Runs the tests of a DMN Technology Compatibility Kit's folder: ``python -m engine.dmn.tck DIR``.

A test passes when the result equals the expected one by the kit's own schema: numbers to eight decimals,
everything else exactly; where an error is expected, null or an error will do. Prints passed and total for
each folder and over all; with ``-v`` each failure too.
"""

from __future__ import annotations

import datetime as python
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lxml import etree

from engine.dmn.decisions import DecisionModel
from engine.dmn.errors import DmnError
from engine.dmn.loading import parse
from engine.dmn.xml import local_name, read_root
from engine.feel.errors import FeelError
from engine.feel.model import Range
from engine.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.temporal_text import read_date, read_datetime, read_duration, read_time
from engine.feel.values import to_feel

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TOLERANCE = Decimal("1E-8")
#: the time at which the kit is run; its tests ask for no particular one
_NOW = python.datetime(2024, 2, 29, 12, 0, tzinfo=python.UTC)


@dataclass
class Tally:
    """Results of a folder."""

    folder: str
    passed: int = 0
    total: int = 0
    failures: list[str] = field(default_factory=list)


def run_folder(folder: Path) -> Tally:
    """Run all test files of one folder of the kit."""
    tally = Tally(folder.name)
    for path in sorted(folder.glob("*.xml")):
        root = read_root(path.read_bytes(), any_root=True)
        if local_name(root) == "testCases":
            _run_file(root, folder, tally)
    return tally


def _run_file(root: etree._Element, folder: Path, tally: Tally) -> None:
    name = next((each.text or "" for each in _children(root, "modelName")), "").strip()
    model: DecisionModel | None = None
    problem = ""
    try:
        model = parse(folder / name)
    except DmnError as error:
        problem = str(error)
    for case in _children(root, "testCase"):
        inputs = {each.get("name", ""): read_value(each) for each in _children(case, "inputNode")}
        for node in _children(case, "resultNode"):
            tally.total += 1
            target = node.get("name", "")
            if case.get("type") in ("decisionService", "bkm") and case.get("invocableName"):
                target = case.get("invocableName", "")
            found = _evaluate(model, target, inputs, problem)
            expected = read_value(next(iter(_children(node, "expected"))))
            if node.get("errorResult") in ("true", "1"):
                expected = None
            if not isinstance(found, _Failure) and target != node.get("name") and isinstance(found, dict):
                found = found.get(node.get("name", ""), found)
            passed = expected is None if isinstance(found, _Failure) else same(found, expected)
            tally.passed += passed
            if not passed:
                tally.failures.append(f"{case.get('id')} {node.get('name')}: expected {expected!r}, found {found!r}")


@dataclass(frozen=True)
class _Failure:
    message: str


def _evaluate(model: DecisionModel | None, name: str, inputs: Mapping[str, Any], problem: str) -> Any:
    if model is None:
        return _Failure(problem)
    try:
        return to_feel(model.evaluate(name, inputs, now=_NOW))
    except (DmnError, FeelError) as error:
        return _Failure(str(error))


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (each for each in element if local_name(each) == name)


def read_value(element: etree._Element) -> Any:
    """The value that a test's ``value``, ``list`` or ``component`` children stand for."""
    components: dict[str, Any] | None = None
    for each in element:
        match local_name(each):
            case "value":
                return _scalar(each)
            case "list":
                nil = each.get(f"{{{_XSI}}}nil") in ("true", "1")
                return None if nil else [read_value(item) for item in _children(each, "item")]
            case "component":
                components = {} if components is None else components
                components[each.get("name", "")] = read_value(each)
    return components


_READERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "boolean": lambda text: text.strip() in ("true", "1"),
    "date": read_date,
    "time": read_time,
    "dateTime": read_datetime,
    "duration": read_duration,
    "dayTimeDuration": read_duration,
    "yearMonthDuration": read_duration,
}


def _scalar(element: etree._Element) -> Any:
    if element.get(f"{{{_XSI}}}nil") in ("true", "1"):
        return None
    text = element.text or ""
    kind = (element.get(f"{{{_XSI}}}type") or "").rpartition(":")[2]
    if not kind:
        return text
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(text)
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return text
    return number if number.is_finite() else None


def same(found: Any, expected: Any) -> bool:
    """Whether a result is the expected one."""
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= _TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in found)
    if isinstance(found, (Date, Time, DateTime, DaysTimeDuration, YearsMonthsDuration, Range)):
        return bool(found == expected)
    return type(found) is type(expected) and bool(found == expected)


def folders(top: Path) -> list[Path]:
    """All folders of a kit that hold models, below and including ``top``."""
    return sorted({path.parent for path in top.rglob("*.dmn")})


def main(arguments: list[str]) -> int:
    """Run the kit in a directory; 0 when all passed, 1 when not, 2 for wrong usage."""
    verbose = "-v" in arguments
    names = [argument for argument in arguments if not argument.startswith("-")]
    if len(names) != 1 or not Path(names[0]).is_dir():
        print("usage: python -m engine.dmn.tck [-v] DIR", file=sys.stderr)
        return 2
    passed = total = 0
    for folder in folders(Path(names[0])):
        tally = run_folder(folder)
        passed += tally.passed
        total += tally.total
        print(f"{tally.passed}/{tally.total} {folder.relative_to(names[0])}")
        if verbose:
            for failure in tally.failures:
                print(f"    {failure}")
    share = 100 * passed / total if total else 100.0
    print(f"{passed}/{total} overall ({share:.1f} %)")
    return 0 if passed == total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
