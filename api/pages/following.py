"""What comes when a task is completed, as its page tells it: which answer leads where, in the form's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.data import lines
from api.pages.diagrams import Field
from api.pages.look import t, words
from engine.office.views import AnswerView, FollowingView, ReachedView


@dataclass(frozen=True)
class Line:
    """What certain answers lead to."""

    #: In words, such as the label of an option; none where it comes with any answer.
    conditions: list[str]
    #: What comes, in words: several at the same time.
    reached: list[str]
    #: The same answers as the form holds them: the values that lead there, by the key of the field.
    answers: dict[str, list[Any]]


def told(following: Sequence[FollowingView], fields: Mapping[str, Field]) -> list[Line]:
    """The lines of a task's page.

    :param fields: those of its form, by key
    """
    found: list[Line] = []
    for one in following:
        chosen = [_chosen(answer, fields) for answer in one["answers"]]
        answers = {answer["field"]: answer["values"] for answer in one["answers"]}
        # What comes under conditions of its own has a line of its own.
        grouped: dict[tuple[str, ...], list[str]] = {}
        for reached in one["reached"]:
            grouped.setdefault(tuple(_conditions(reached)), []).append(_named(reached))
        for conditions, named in grouped.items():
            names = list(dict.fromkeys(named))
            # An answer that is called as what it leads to is said once.
            found.append(Line([one for one in (*chosen, *conditions) if [one] != names], names, answers))
    return found


def _chosen(answer: AnswerView, fields: Mapping[str, Field]) -> str:
    key, field = answer["field"], fields.get(answer["field"])
    said = [_value(key, value, fields) for value in answer["values"]]
    text = " / ".join(said)
    # Of a box that is ticked or not, the answer alone says nothing.
    return text if field is not None and field.options else f"{lines({key: True}, fields)[0].label}: {text}"


def _value(key: str, value: Any, fields: Mapping[str, Field]) -> str:
    return t("task.unanswered") if value is None else lines({key: value}, fields)[0].value


def _conditions(reached: ReachedView) -> list[str]:
    when = [t(f"task.when.{reached['when']}")] if reached["when"] else []
    flows = reached["flows"]
    return [*when, *(flows or [t("task.when.depends")])] if flows is not None else when


def _named(reached: ReachedView) -> str:
    if not reached["kind"]:
        return t("task.branch_ends")
    if reached["kind"] == "endEvent":
        end = words("kind", "endEvent")
        return f"{end} ({reached['name']})" if reached["name"] else end
    return reached["name"] or words("kind", reached["kind"])
