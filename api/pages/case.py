"""One case: where it stands, its diagram, its tasks and history, and what can be done to it as a whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.again import Shown, again
from api.pages.clock import clock_of
from api.pages.commands import once, version
from api.pages.course import Course, course
from api.pages.data import lines
from api.pages.diagrams import NOTHING, Diagram
from api.pages.errors import sentence
from api.pages.filed import file_of
from api.pages.history import SHOWN, entries, events, left_by_undone
from api.pages.look import in_language, language, page, t, words
from api.pages.session import office, person
from api.pages.taking import carries, handlers
from engine.errors import CaseClosed, Forbidden, Invalid, NotFound, NotOffered, StaleVersion, YichuangError
from engine.office.cases import GROUNDS, MOST_EXTENSION, MOST_JOINT_EXTENSION, MOST_NEEDED
from engine.office.person import Person, Role
from engine.office.rights import Rights
from engine.office.views import CaseView, OfferView

blueprint = Blueprint("case", __name__)

#: Messages that the diagram may catch, with a reason and nothing else.
MESSAGES = ("report", "return", "withdraw")


@blueprint.get("/cases/<number>")
def show(number: str) -> Response:
    """The whole case."""
    by = person()
    case = office().cases.get(number, by=by)
    way = course(case, by)
    recorded = entries(number, by)
    rights = Rights(by, office().catalogue.ancestors)
    offers = office().offers.list(number, by=by) if carries(rights, case) else []
    matter = office().catalogue.matter(case["matter"])
    return page(
        "case",
        case=case,
        own=office().returns.last_of(number, by=by),
        matter=matter,
        clock=clock_of(case, recorded),
        papers=list(reversed(office().notices.list(number, by=by))),
        file=file_of(case, matter, by, carries=carries(rights, case)),
        actions=(actions := _actions(rights, case, {offer["name"] for offer in offers})),
        messages=_messages(offers, way),
        waits=_waits(number, way, by) if not case["tasks"] and not case["ended"] else [],
        rating=office().ratings.of(number, by=by) if case["ended"] else None,
        may_answer=carries(rights, case),
        grounds=GROUNDS,
        most_needed=MOST_NEEDED,
        days_left=_days_left(case),
        agents=handlers(case["unit"], {case["agent"]}) if "assign-agent" in actions else [],
        may_comment=bool(by.units(Role.CLERK, Role.LEADER)),
        known=lines(case["data"], way.fields(recorded), left_by_undone(number, recorded, way, by)),
        events=list(reversed(events(recorded, way, at_once=_at_once(case)))),
        cut=len(recorded) == SHOWN,
        comments=office().cases.comments(number, by=by),
        mine={task["id"] for task in office().tasks.list(by=by, case=number)["items"]},
    )


@blueprint.get("/cases/<number>/diagram")
def diagram(number: str) -> Response:
    """The case's diagrams with what is active and what was passed, for the script that draws them."""
    return jsonify(office().cases.diagram(number, by=person()))


@blueprint.post(
    "/cases/<number>/<any(report, return, withdraw, suspend, resume, extend, 'assign-agent', prioritise, retry):action>"
)
def act(number: str, action: str) -> Response:
    """Withdraws, reports up or returns the case, moves its clock, agent or priority, or retries: with the reason."""
    by, reason = person(), request.form.get("reason", "").strip()
    shown = Shown(url_for("pages.case.show", number=number), partial(show, number))
    if not reason:
        return again(shown, action, t("case.no_reason"), Invalid.problem)
    cases, form = office().cases, request.form
    ground, days, agent = form.get("ground", ""), version(form.get("days")), form.get("agent", "")
    priority = version(form.get("priority"))
    commands: dict[str, Callable[..., CaseView]] = {
        "report": cases.report,
        "return": cases.return_,
        "withdraw": cases.withdraw,
        "suspend": partial(cases.suspend, ground=ground, days=days),
        "resume": cases.resume,
        "extend": partial(cases.extend, days=days or 0),
        "assign-agent": partial(cases.assign_agent, agent=agent),
        "prioritise": partial(cases.prioritise, priority=priority),
        "retry": cases.retry,
    }
    try:
        commands[action](
            number,
            reason,
            by=by,
            once=once(form.get("once"), [reason, ground, days, agent, priority]),
            if_match=version(form.get("version")),
        )
    except (NotFound, Forbidden):
        raise
    except StaleVersion as error:
        # That it has ended meanwhile says more than that it has changed.
        if cases.get(number, by=by)["ended"]:
            return again(shown, action, sentence(CaseClosed()), CaseClosed.problem)
        return again(shown, action, t("case.changed"), error.problem)
    except YichuangError as error:
        return again(shown, action, sentence(error), error.problem)
    notices.done(t(f"case.done.{action}"))
    return redirect(shown.place)


@blueprint.post("/cases/<number>/messages")
def message(number: str) -> Response:
    """Hands a message to the case, such as the applicant's request for a review, with what the diagram reads of it."""
    by, form = person(), request.form
    name = form.get("name", "")
    case = office().cases.get(number, by=by)
    offered = {one.name: one for one in _messages(office().offers.list(number, by=by), course(case, by))}
    shown = Shown(url_for("pages.case.show", number=number), partial(show, number))
    one = offered.get(name)
    if one is None:
        return again(shown, "message", sentence(CaseClosed() if case["ended"] else NotOffered()), NotOffered.problem)
    payload = {asked.key: text for asked in one.asks if (text := form.get(f"payload-{asked.key}", "").strip())}
    if not all(asked.takes(payload.get(asked.key)) for asked in one.asks):
        return again(shown, one.form, t("case.message.lacking"), Invalid.problem)
    try:
        office().cases.message(
            number,
            name,
            payload,
            by=by,
            once=once(form.get("once"), [name, payload]),
            if_match=version(form.get("version")),
        )
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        why = t("case.changed") if isinstance(error, StaleVersion) else sentence(error)
        return again(shown, one.form, why, error.problem)
    notices.done(t("case.message.done", name=one.label))
    return redirect(shown.place)


@blueprint.post("/cases/<number>/remind")
def remind(number: str) -> Response:
    """Asks those who have the case to take it up."""
    by, note = person(), request.form.get("note", "").strip()
    shown = Shown(url_for("pages.case.show", number=number), partial(show, number))
    try:
        office().reminders.remind(number, note or None, by=by, once=once(request.form.get("once"), [note]))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        why = in_language(error.detail) if isinstance(error, NotOffered) else sentence(error)
        return again(shown, "remind", why, error.problem)
    notices.done(t("case.done.remind"))
    return redirect(shown.place)


@blueprint.post("/cases/<number>/notices/<identity>/mail")
def mail(number: str, identity: str) -> Response:
    """Has a notice of the case mailed again that was given up."""
    try:
        office().mails.send_again(identity, by=person(), once=once(request.form.get("once"), [identity]))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        notices.refused(sentence(error))
    else:
        notices.done(t("papers.mail_again_done"))
    return redirect(f"{url_for('pages.case.show', number=number)}#papers")


def _at_once(case: CaseView) -> bool:
    """Whether the case is to be decided on the day of its acceptance: a limit of no working days."""
    due, accepted = case["due"], case["accepted"]
    return due is not None and accepted is not None and due[:10] == accepted[:10]


def _actions(rights: Rights, case: CaseView, offered: Collection[str]) -> list[str]:
    """What to offer the person to do with the whole case; the office decides again when one is sent.

    :param offered: the messages that the person is offered to send
    """
    if case["ended"]:
        return []
    leads, part = rights.leads(case["unit"]), carries(rights, case)
    if case["status"] == "suspended":
        return ["resume"] if part else []
    works = bool(rights.person.units(Role.CLERK, Role.LEADER))
    actions = ["remind"] if works and case["tasks"] else []
    actions += [name for name in MESSAGES if name in offered]
    if part and case["accepted"] and not case["decided"]:
        actions.append("suspend")
    if leads and case["due"] and not case["decided"] and _days_left(case) > 0:
        actions.append("extend")
    if leads:
        actions += ["assign-agent", "prioritise"]
    if case["incidents"] and (leads or Role.ADMIN in rights.person.roles):
        actions.append("retry")
    return actions


@dataclass(frozen=True)
class Asked:
    """One thing that a message brings."""

    key: str
    label: str
    #: Value → label, where a form of the same process lets it be chosen.
    options: Mapping[str, str]
    required: bool

    def takes(self, text: str | None) -> bool:
        """Whether this can be the answer; None where nothing was filled in."""
        return not self.required if text is None else not self.options or text in self.options


@dataclass(frozen=True)
class Message:
    """A message that the case waits for and that has no button of its own."""

    name: str
    label: str
    #: What its form is called in the page.
    form: str
    asks: list[Asked]
    #: The last day on which it may come.
    until: str | None


def _messages(offers: list[OfferView], way: Course) -> list[Message]:
    """The messages that have no button of their own."""
    return [
        Message(
            offer["name"],
            label[:1].upper() + label[1:],
            f"message-{offer['element']}",
            [_asked(key, way.diagrams.get(offer["process"], NOTHING)) for key in offer["asks"]],
            offer["until"],
        )
        for offer in offers
        for label in [words("message", offer["name"], offer["label"])]
        if offer["name"] not in MESSAGES
    ]


@dataclass(frozen=True)
class Waiting:
    """What a case waits for that is no task."""

    label: str
    until: str | None


def _waits(number: str, way: Course, by: Person) -> list[Waiting]:
    """What the case waits for: by its messages where it waits for some, else by what the designer called the place."""
    return [
        Waiting(
            t("data.separator").join(words("message", name, way.message(name)) for name in found["messages"])
            or found["name"],
            found["until"],
        )
        for found in office().offers.waits(number, by=by)
    ]


def _asked(key: str, diagram: Diagram) -> Asked:
    """One name of a payload as the forms of its process show it; a choice, and the reason, cannot be left out."""
    known = diagram.of_any_form().get(key)
    if known is None:
        return Asked(key, words("asked", key), {}, key == "reason")
    return Asked(key, known.named(language()), known.choices(language()), key == "reason" or bool(known.options))


def _days_left(case: CaseView) -> int:
    """Working days by which the limit may still be extended."""
    most = MOST_JOINT_EXTENSION if case["type"] == "joint" else MOST_EXTENSION
    return most - case["limit"]["extended"]
