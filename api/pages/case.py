"""One case: where it stands, its diagram, its tasks and history, and what can be done to it as a whole."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.commands import once, version
from api.pages.course import course
from api.pages.data import lines
from api.pages.errors import sentence
from api.pages.history import SHOWN, entries, events
from api.pages.look import page, t
from api.pages.session import office, person
from engine.errors import CaseClosed, Forbidden, NotFound, StaleVersion, YichuangError
from engine.office.person import Person, Role
from engine.office.rights import Rights
from engine.office.views import CaseView

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
    return page(
        "case",
        case=case,
        matter=office().catalogue.matter(case["matter"]),
        actions=_actions(by, case),
        own=office().returns.last_of(number, by=by),
        may_comment=bool(by.units(Role.CLERK, Role.LEADER)),
        known=lines(case["data"], way.fields(recorded)),
        events=list(reversed(events(recorded, way, at_once=_at_once(case)))),
        cut=len(recorded) == SHOWN,
        comments=office().cases.comments(number, by=by),
        mine={task["id"] for task in office().tasks.list(by=by, case=number)["items"]},
    )


@blueprint.get("/cases/<number>/diagram")
def diagram(number: str) -> Response:
    """The case's diagrams with what is active and what was passed, for the script that draws them."""
    return jsonify(office().cases.diagram(number, by=person()))


@blueprint.post("/cases/<number>/<any(report, return, withdraw, resume, retry):action>")
def act(number: str, action: str) -> Response:
    """Withdraws, reports up or returns the case, lets its clock go on, or tries again what failed: with the reason."""
    by, reason = person(), request.form.get("reason", "").strip()
    if not reason:
        notices.refused(t("case.no_reason"))
        return redirect(url_for("pages.case.show", number=number))
    cases = office().cases
    commands = {
        "report": cases.report,
        "return": cases.return_,
        "withdraw": cases.withdraw,
        "resume": cases.resume,
        "retry": cases.retry,
    }
    try:
        commands[action](
            number,
            reason,
            by=by,
            once=once(request.form.get("once"), [reason]),
            if_match=version(request.form.get("version")),
        )
    except (NotFound, Forbidden):
        raise
    except StaleVersion as error:
        # That it has ended meanwhile says more than that it has changed.
        ended = cases.get(number, by=by)["ended"]
        notices.refused(sentence(CaseClosed() if ended else error))
    except YichuangError as error:
        notices.refused(sentence(error))
    else:
        notices.done(t(f"case.done.{action}"))
    return redirect(url_for("pages.case.show", number=number))


@blueprint.post("/cases/<number>/comments")
def comment(number: str) -> Response:
    """Adds a comment to the case's file."""
    by, words = person(), request.form.get("text", "").strip()
    try:
        office().cases.comment(number, words, by=by, once=once(request.form.get("once"), [words]))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        notices.refused(sentence(error))
    return redirect(url_for("pages.case.show", number=number) + "#comments")


def _at_once(case: CaseView) -> bool:
    """Whether the case is to be decided on the day of its acceptance: a limit of no working days."""
    due, accepted = case["due"], case["accepted"]
    return due is not None and accepted is not None and due[:10] == accepted[:10]


def _actions(by: Person, case: CaseView) -> list[str]:
    """What to offer the person to do with the whole case; the office decides again when one is sent."""
    rights = Rights(by, office().catalogue.ancestors)
    leads = rights.leads(case["unit"])
    takes = any(rights.may_take(task["unit"], task["role"], task["assignee"]) for task in case["tasks"])
    carries = leads or takes or case["agent"] == by.username or rights.works_in(case["unit"])
    suspended = case["status"] == "suspended"
    actions = [name for name in MESSAGES if carries and name in case["offers"] and not suspended]
    if suspended and carries:
        actions.append("resume")
    if case["incidents"] and (leads or Role.ADMIN in by.roles):
        actions.append("retry")
    return actions
