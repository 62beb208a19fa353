"""Instants as people read them: absolute in the office's zone, and relative to now."""

from __future__ import annotations

from datetime import datetime

from api.pages.texts import Language, text


def parse(value: str, like: datetime) -> datetime:
    """An RFC 3339 time of a view, in the zone of `like`."""
    return datetime.fromisoformat(value).astimezone(like.tzinfo)


def absolute(value: str, now: datetime) -> str:
    """Date and time to the minute; the year only where it is not this one."""
    at = parse(value, now)
    return at.strftime("%m-%d %H:%M" if at.year == now.year else "%Y-%m-%d %H:%M")


def full(value: str, now: datetime) -> str:
    """Date and time to the minute, always with the year."""
    return parse(value, now).strftime("%Y-%m-%d %H:%M")


def day(value: str, now: datetime) -> str:
    """The date alone, with the year."""
    return parse(value, now).strftime("%Y-%m-%d")


def relative(value: str, now: datetime, language: Language) -> str:
    """How far away an instant is: in calendar days of the office's zone, on the day itself in hours."""
    at = parse(value, now)
    days = (at.date() - now.date()).days
    if days:
        key = {1: "time.tomorrow", -1: "time.yesterday"}.get(days, "time.in_days" if days > 0 else "time.days_ago")
        return text(language, key, n=abs(days))
    minutes = round(abs((at - now).total_seconds()) / 60)
    when = "in" if at >= now else "ago"
    if minutes < 1:
        return text(language, "time.now")
    if minutes < 60:
        return text(language, f"time.minutes_{when}", n=minutes)
    return text(language, f"time.hours_{when}", n=round(minutes / 60))


def remaining(value: str, now: datetime, language: Language, *, overdue: bool) -> str:
    """What is left until a limit, in words; how late it is where it has passed."""
    at = parse(value, now)
    days = (at.date() - now.date()).days
    if overdue:
        hours = max(1, round((now - at).total_seconds() / 3600))
        if days < 0:
            return text(language, "due.late_days", n=-days)
        return text(language, "due.late_hours", n=hours)
    if days == 0:
        return text(language, "due.today")
    if days == 1:
        return text(language, "due.tomorrow")
    return text(language, "due.in_days", n=max(days, 0))


def span(seconds: float, language: Language) -> str:
    """A duration, in the largest unit of which there is one."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= length:
            return text(language, f"time.span_{unit}", n=round(seconds / length, 1))
    return text(language, "time.span_seconds", n=round(seconds))
