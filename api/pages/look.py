"""How a page is rendered: the words, times and names that every template may use, and its headers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, g, make_response, render_template, request

from api import cookies
from api.pages import bilingual, notices, texts, times
from api.pages.assets import asset
from api.pages.session import csrf_token, office, visitor
from api.pages.taking import windows
from api.pages.texts import Language, language_of
from engine.errors import NotFound
from engine.forms.identity import ID_TYPES
from engine.office.person import Person, Role
from engine.office.tasks import MOST_COUNTED

#: No foreign source, and neither script nor style in the page itself, which a designer's HTML could lay over the page.
#: data: images are the icons inside the style sheets.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def language() -> Language:
    """The language of this request."""
    return language_of(cookies.kept("language"))


def t(key: str, **values: object) -> str:
    """A text of the catalogue in this request's language."""
    return texts.text(language(), key, **values)


def now() -> datetime:
    """The office's instant, in the office's zone; the same for one whole request."""
    if "now" not in g:
        g.now = office().clock.now().astimezone(office().zone)
    instant: datetime = g.now
    return instant


def unit_name(code: str | None) -> str:
    """A unit's name, or its code where the catalogue no longer has it."""
    if "units" not in g:
        g.units = {unit["code"]: unit["name"] for unit in office().catalogue.units()}
    name: str = g.units.get(code, code or "")
    return name


def window_name(code: str) -> str:
    """A window's name, or its code."""
    if "windows" not in g:
        g.windows = {window["code"]: window["name"] for window in office().catalogue.windows()}
    name: str = g.windows.get(code, code)
    return name


def person_name(username: str | None) -> str:
    """A person's name, or the username where there is no such person (any more)."""
    if not username:
        return ""
    names: dict[str, str] = g.setdefault("names", {})
    if username not in names:
        try:
            names[username] = office().people.person(username).name
        except NotFound:
            names[username] = username
    return names[username]


def group_name(task: Any) -> str:
    """Who may take a task, in words: the unit, and the role where it names one."""
    if not task["unit"]:
        return str(task["group"])
    name = unit_name(task["unit"])
    return f"{name} · {t('role.' + task['role'])}" if task["role"] else name


def id_type_name(kind: str) -> str:
    """What an identity document is called."""
    known = ID_TYPES.get(kind)
    if known is None:
        return kind
    return known.chinese if language() == "zh" else known.english[:1].upper() + known.english[1:]


def remaining(item: Any) -> str:
    """What is left of the limit of a case or task."""
    if item.get("decided"):
        return t("due.missed" if item["overdue"] else "due.met")
    return times.remaining(item["due"], now(), language(), overdue=item["overdue"])


def missed_by(case: Any) -> str:
    """By how much a case's limit was missed: in working days, within one in hours."""
    if days := case["limit"]["missed_by"]:
        return t("matter.days", n=days)
    met, due = (times.parse(instant, now()) for instant in (case["decided"] or case["ended"], case["due"]))
    return t("clock.hours", n=max(1, round((met - due).total_seconds() / 3600)))


def words(prefix: str, word: str | None, default: str = "") -> str:
    """The catalogue's text for a word of the engine, such as a status; the word itself where it has none."""
    return texts.text_or(language(), f"{prefix}.{word}", default or word or "")


def in_language(message: str) -> str:
    """The part of a bilingual text that is in this request's language."""
    return bilingual.part(message, language())


def script_words() -> dict[str, str]:
    """The words that the scripts of a page say; their ``{names}`` are the scripts' to fill in."""
    spoken = (key for key in texts.catalogue() if key.startswith("script."))
    return {key.removeprefix("script."): texts.text_or(language(), key, "") for key in spoken}


def filesize(size: int) -> str:
    """Bytes as people read them."""
    for unit, name in ((2**20, "MB"), (2**10, "KB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}".replace(".0 ", " ")
    return f"{size} B"


def counted(number: int) -> str:
    """A number of tasks as a tab shows it; where counting stopped it says so."""
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number)


def page(template: str, status: int = 200, **context: Any) -> Response:
    """An answer with a whole page."""
    return make_response(render(template, **context), status)


def render(template: str, **context: Any) -> str:
    """The text of a whole page."""
    return render_template(
        f"pages/{template}.html",
        **context,
        t=t,
        lang=language(),
        words=words,
        asset=asset,
        csrf_token=csrf_token,
        visitor=(who := visitor()),
        unread=office().mentions.unread(by=who) if who else 0,
        accepts=(accepts := who is not None and bool(windows(who))),
        offered=_offered(who, accepts),
        handles_cases=who is not None and bool(who.units(Role.CLERK, Role.LEADER, Role.ADMIN)),
        unit_name=unit_name,
        window_name=window_name,
        person_name=person_name,
        group_name=group_name,
        absolute=lambda value: times.absolute(value, now()),
        full=lambda value: times.full(value, now()),
        day=lambda value: times.day(value, now()),
        relative=lambda value: times.relative(value, now(), language()),
        remaining=remaining,
        missed_by=missed_by,
        path=g.get("place", request.path),
        again=g.get("again"),
        take_notices=notices.take,
        in_language=in_language,
        id_type_name=id_type_name,
        script_words=script_words,
        counted=counted,
        filesize=filesize,
        request_cursor=request.args.get("cursor"),
    )


def _offered(who: Person | None, accepts: bool) -> set[str]:
    """The parts of the site that are for this person, by the names of the navigation."""
    roles = who.roles if who else frozenset()
    names = {"inbox", "cases", "definitions"}
    if accepts:
        names.add("accept")
    if roles & {Role.LEADER, Role.AUDITOR, Role.ADMIN}:
        names |= {"board", "figures"}
    if roles & {Role.AUDITOR, Role.ADMIN}:
        names.add("histories")
    if Role.ADMIN in roles:
        names.add("admin")
    return names


def protect(response: Response) -> Response:
    """Adds the policy of a page, unless it has one of its own; built assets are kept for good.

    What is on a page is somebody's case: like every answer no cache keeps it, and Back after log-out shows nothing.
    """
    if response.status_code == 200 and request.path.startswith("/static/vendor/"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if response.mimetype == "text/html" and "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = POLICY
    return response
