"""How often outside work is tried: as Camunda 8 says it, as Camunda 7 does, as SpiffArena does."""

from __future__ import annotations

import re
from datetime import timedelta

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.model import USUAL_RETRIES, Retries

#: Most times that work is tried, and the longest rest: what lies beyond is a slip of the pen.
MOST_TIMES, LONGEST_WAIT = 100, timedelta(days=30)

_NUMBER = re.compile(r"\d{1,9}")
_CYCLE = re.compile(r"R(\d{1,9})/(\S+)")
_WAIT = re.compile(r"P(?=[\dT])(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?")


def retries_of_number(examination: Examination, node: etree._Element, text: str | None) -> Retries | None:
    """What ``zeebe:taskDefinition retries`` says; the rests are the usual ones."""
    if text is None or not text.strip():
        return None
    number = text.strip()
    if not re.fullmatch(r"\d{1,9}", number) or not 1 <= int(number) <= MOST_TIMES:
        message = f"“{number}” says not how often the work is tried: write a number from 1 to {MOST_TIMES}"
        examination.error(node, "retries", message)
        return None
    return Retries(int(number), USUAL_RETRIES.waits)


def retries_of_cycle(examination: Examination, node: etree._Element, text: str | None) -> Retries | None:
    """What ``camunda:failedJobRetryTimeCycle`` says: ``R5/PT10M``, or a list of rests ``PT1M,PT10M``.

    ``R5`` is five times in all; a list of two rests is three times in all.
    """
    if text is None or not text.strip():
        return None
    written = text.strip()
    cycle = _CYCLE.fullmatch(written)
    texts = [cycle[2]] if cycle else [part.strip() for part in written.split(",")]
    waits = tuple(found for part in texts if (found := _wait(part)) is not None)
    times = int(cycle[1]) if cycle else len(texts) + 1
    if len(waits) != len(texts) or not 1 <= times <= MOST_TIMES:
        message = (
            f"“{written}” says not how often the work is tried: write R5/PT10M (five times, ten minutes apart) or "
            f"PT1M,PT10M (rests between three times), at most {MOST_TIMES} times and {LONGEST_WAIT.days} days apart"
        )
        examination.error(node, "retries", message)
        return None
    return Retries(times, waits)


def retries_of_operator(examination: Examination, node: etree._Element | None) -> Retries | None:
    """What ``spiffworkflow:retry`` says: the times after the first, and a base of seconds, 3 where none is given.

    Before the n-th of these times the work rests the base to the power of n, in seconds.
    """
    if node is None:
        return None
    again, base = ((node.get(name) or usual).strip() for name, usual in (("retries", "0"), ("backoff_base", "3")))
    if not (_NUMBER.fullmatch(again) and _NUMBER.fullmatch(base) and int(again) < MOST_TIMES):
        message = f"“{again}” retries with the base “{base}”: write whole numbers, at most {MOST_TIMES - 1} retries"
        examination.error(node, "retries", message)
        return None
    most = int(LONGEST_WAIT.total_seconds())
    rests = [min(int(base) ** min(time, 64), most) for time in range(1, int(again) + 1)]
    return Retries(int(again) + 1, tuple(timedelta(seconds=rest) for rest in rests) or USUAL_RETRIES.waits)


def _wait(text: str) -> timedelta | None:
    found = _WAIT.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        wait = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
    return wait if timedelta() <= wait <= LONGEST_WAIT else None
