"""The ordinary answers to a form: what it shows at first and, where that leaves a question open, the first option.

For demonstrations and tests, which take cases of any definition to their end. Not a guess at what is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from engine.forms import expressions
from engine.forms.filling import Filling
from engine.forms.layout import Instance
from engine.forms.places import ABSENT, get, put
from engine.forms.rules import Rule, as_number, unanswered
from engine.forms.schema import MULTIPLE_CHOICE_TYPES, SINGLE_CHOICE_TYPES, TEXT_TYPES, Schema, read
from engine.forms.validation import NO_FUNCTIONS

#: Custom property of a component: the ordinary answer to a text that must follow a pattern.
EXAMPLE = "example"

# An answer can bring another question up; deeper than this they hardly go.
_MOST_ROUNDS = 20


def ordinary(
    schema: Schema,
    context: Mapping[str, Any],
    *,
    functions: expressions.Functions = NO_FUNCTIONS,
    now: datetime | None = None,
    today: date | None = None,
) -> dict[str, Any]:
    """Answers that a client sends which takes defaults and first options, and fills in only what is required.

    A single choice without a default gets its first option, a multiple choice only if it is required. A
    required text gets the custom property ``example``, else its label.

    :param today: the answer to a required date; the clock's day (UTC) without it
    :raises engine.feel.FeelError: never; what cannot be computed stays open
    """
    components = read(schema)
    answers: dict[str, Any] = {}
    for _ in range(_MOST_ROUNDS):
        filling = Filling(components, context, answers, functions=functions, now=now)
        for path, count in filling.lists():
            if get(answers, path) is ABSENT:
                put(answers, path, [{} for _ in range(count)])
        added = False
        for each in filling.visible():
            value = filling.values[each.path]
            if filling.is_open(each) and unanswered(each.component, value):
                answer = _answer(filling, each, today)
                put(answers, each.path, answer)
                added = added or answer != value
        if not added:
            return filling.data()
    return filling.data()


def _answer(filling: Filling, instance: Instance, today: date | None) -> Any:
    component = instance.component
    if component.type in SINGLE_CHOICE_TYPES:
        options = filling.options(instance)
        return options[0].value if options else None
    if not component.required:
        return filling.values[instance.path]
    if component.type in MULTIPLE_CHOICE_TYPES:
        return [option.value for option in filling.options(instance)[:1]]

    def rule(name: str) -> Any:
        return filling.evaluated(instance, component.rules.get(name))

    example = component.properties.get(EXAMPLE)
    if example is not None:
        return example
    if component.type in TEXT_TYPES:
        return _text(instance, rule)
    if component.type == "number":
        return _number(instance, rule)
    return _OTHERS[component.type](instance, today or datetime.now().astimezone().date())


def _text(instance: Instance, rule: Rule) -> str:
    match instance.component.rules.get("validationType"):
        case "email":
            return "window@example.org"
        case "phone":
            return "+8613800000000"
    text = instance.component.label.strip() or "/"
    least, most = as_number(rule("minLength")) or 0, as_number(rule("maxLength"))
    repeated = text * (int(least) // len(text) + 1) if len(text) < least else text
    return repeated if most is None else repeated[: int(most)]


def _number(instance: Instance, rule: Rule) -> int | float | str:
    raw = instance.component.raw
    least, most = as_number(rule("min")), as_number(rule("max"))
    number = least if least is not None else min(most, Decimal(0)) if most is not None else Decimal(0)
    step = as_number(raw.get("increment"))
    if step:
        number = (number / step).to_integral_value(ROUND_CEILING) * step
    if raw.get("serializeToString") is True:
        return format(number, "f")
    return int(number) if number == int(number) else float(number)


def _moment(instance: Instance, today: date) -> str:
    subtype = instance.component.raw.get("subtype", "date")
    suffix = {"utc_offset": "+08:00", "utc_normalized": "Z"}.get(
        instance.component.raw.get("timeSerializingFormat", ""), ""
    )
    parts = {"date": f"{today}", "time": f"09:00:00{suffix}", "datetime": f"{today}T09:00:00{suffix}"}
    return parts.get(subtype, f"{today}")


_OTHERS: Mapping[str, Any] = {
    "checkbox": lambda _instance, _today: True,
    "datetime": _moment,
    "filepicker": lambda _instance, _today: "files::ordinary",
}
