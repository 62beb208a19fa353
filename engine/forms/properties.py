"""The designer's checks of one component's properties; see `engine.forms.checks` for those of a whole form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.feel.errors import FeelError
from engine.forms import expressions
from engine.forms.options import normalise
from engine.forms.patterns import PatternError, compile_pattern
from engine.forms.places import same
from engine.forms.rules import as_number
from engine.forms.schema import CHOICE_TYPES, KEYED_TYPES, MULTIPLE_CHOICE_TYPES, TEXT_TYPES, Component
from engine.forms.values import Fault, coerced

#: Name of the rule, and what is wrong.
Finding = tuple[str, str]

_OPTION_SOURCES = ("values", "valuesKey", "valuesExpression")
_VALIDATION_TYPES = ("", "custom", "email", "phone")
_SUBTYPES = ("date", "time", "datetime")
#: Properties by which the browser draws the form; and the functions that only the office has.
_DRAWN = frozenset({"conditional.hide", "readonly", "valuesExpression"})
_OFFICE_FUNCTIONS = frozenset({"working_days", "full_working_days", "is_working_day", "add_working_days"})
_TIME_FORMATS = ("utc_offset", "utc_normalized", "no_timezone")


def findings(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with a component of a known type."""
    rules, properties = raw.get("validate", {}), raw.get("properties", {})
    if not isinstance(rules, Mapping) or not isinstance(properties, Mapping):
        yield "form-schema", "`validate` and `properties` are objects"
        return
    kind = raw["type"]
    yield from _hide_and_lock(raw)
    yield from _rules(kind, rules)
    if kind == "image" and str(raw.get("source") or "").startswith(("http:", "https:", "//")):
        yield "form-property", "`source` is another site's, from which no page loads anything: use a data: URL"
    yield from _of_type(kind, raw)
    if properties.get("personal") not in (None, True, False, "true", "false", ""):
        yield "form-property", "the custom property `personal` is true or false"
    if kind in KEYED_TYPES and raw.get("defaultValue") is not None:
        yield from _default(kind, raw, raw["defaultValue"])


def _hide_and_lock(raw: Mapping[str, Any]) -> Iterator[Finding]:
    conditional = raw.get("conditional")
    hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
    if hide:
        yield from _expression("conditional.hide", hide)
    if raw.get("readonly") and raw["readonly"] is not True:
        yield from _expression("readonly", raw["readonly"])
    if not isinstance(raw.get("disabled", False), bool):
        yield "form-property", "`disabled` is true or false; `readonly` takes an expression"


def _rules(kind: str, rules: Mapping[str, Any]) -> Iterator[Finding]:
    if not isinstance(rules.get("required", False), bool):
        yield "form-property", "`validate.required` is true or false: to ask only at times, hide the field"
    for name in ("min", "max", "minLength", "maxLength"):
        rule = rules.get(name)
        if expressions.is_expression(rule):
            yield from _expression(f"validate.{name}", rule)
        elif rule not in (None, "") and as_number(rule) is None:
            yield "form-property", f"`validate.{name}` {rule!r} is neither a number nor an expression"
    if rules.get("pattern") and kind in TEXT_TYPES:
        try:
            compile_pattern(str(rules["pattern"]))
        except PatternError as error:
            yield "form-pattern", f"`validate.pattern` {rules['pattern']}: {error}"
    yield from _one_of("validate.validationType", rules.get("validationType", ""), _VALIDATION_TYPES)


def _of_type(kind: str, raw: Mapping[str, Any]) -> Iterator[Finding]:
    if kind in CHOICE_TYPES:
        yield from _options(raw)
    elif kind == "expression":
        yield from _expression("expression", raw.get("expression"))
    elif kind == "datetime":
        yield from _one_of("subtype", raw.get("subtype", "date"), _SUBTYPES)
        yield from _one_of("timeSerializingFormat", raw.get("timeSerializingFormat", "no_timezone"), _TIME_FORMATS)
    elif kind == "number":
        for name in ("decimalDigits", "increment"):
            if raw.get(name) not in (None, "") and as_number(raw[name]) is None:
                yield "form-property", f"`{name}` {raw[name]!r} is no number"


def _options(raw: Mapping[str, Any]) -> Iterator[Finding]:
    sources = [name for name in _OPTION_SOURCES if raw.get(name) not in (None, "")]
    if len(sources) != 1:
        found = " and ".join(f"`{name}`" for name in sources) or "none of them"
        yield "form-options", f"takes its options from one of {', '.join(_OPTION_SOURCES)}; has {found}"
    elif sources == ["valuesExpression"]:
        yield from _expression("valuesExpression", raw["valuesExpression"])
    elif sources == ["values"]:
        options = normalise(raw["values"])
        if not options:
            yield "form-options", "`values` has no option"
        if any(same(one.value, other.value) for n, one in enumerate(options) for other in options[:n]):
            yield "form-options", "two options have the same value"


def _default(kind: str, raw: Mapping[str, Any], default: object) -> Iterator[Finding]:
    if expressions.is_expression(default):
        yield from _expression("defaultValue", default)
        return
    try:
        value = coerced(Component(type=kind, path=("default",), raw=raw), default)
    except Fault as fault:
        yield "form-default", f"`defaultValue` {default!r}: {fault}"
        return
    options = normalise(raw.get("values"))
    if kind not in CHOICE_TYPES or not options:
        return
    for answer in value if kind in MULTIPLE_CHOICE_TYPES else [value]:
        if answer is not None and not any(same(answer, option.value) for option in options):
            yield "form-default", f"`defaultValue` {answer!r} is none of the options"


def _one_of(name: str, value: object, known: tuple[str, ...]) -> Iterator[Finding]:
    if value not in known:
        yield "form-property", f"`{name}` {value!r} is none of {', '.join(filter(None, known))}"


def _expression(name: str, text: object) -> Iterator[Finding]:
    if not isinstance(text, str) or not expressions.is_expression(text):
        yield "form-expression", f"`{name}` is an expression: it begins with ="
        return
    try:
        parsed = expressions.parse(text)
    except FeelError as error:
        yield "form-expression", f"`{name}` {text}: {error.detail}"
        return
    if name in _DRAWN and (called := sorted(_OFFICE_FUNCTIONS & parsed.variables())):
        advice = "compute it in the diagram, and read the variable here"
        yield "form-expression", f"`{name}` calls {called[0]}, which no browser can: {advice}"
