"""A form while it is filled in: what each field holds, which fields are hidden, which cannot be changed.

Follows form-js: a field starts with the case's value, else its default; what is answered replaces it;
hidden fields drop out of the data; expressions see the case's data with the form's answers over it, and in a
list's item also ``this``, ``parent`` and ``i``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import datetime
from functools import cached_property
from typing import Any

from engine.errors import FieldError
from engine.feel.errors import FeelError
from engine.forms import expressions, messages
from engine.forms.data import pointer_of
from engine.forms.layout import Instance, Layout
from engine.forms.options import Option, normalise
from engine.forms.places import ABSENT, Path, get, overlaid, take_out
from engine.forms.schema import CHOICE_TYPES, Component, MadeOnce, walk
from engine.forms.values import Fault, coerced, spelled_out, still_among

# Conditions may hang on fields that conditions hide: they are settled after as many rounds as the longest
# such chain. A circle never settles; its last round counts, always the same one.
_MOST_ROUNDS = 10

#: What expressions call the place that they stand in.
_OWN = ("this", "parent", "i")
_AROUND = frozenset([*_OWN, *(f"_{name}_" for name in _OWN)])


class Filling:
    """One form with one case's data and, once they are there, the answers."""

    def __init__(
        self,
        components: tuple[Component, ...],
        context: Mapping[str, Any],
        answers: Mapping[str, Any],
        *,
        functions: expressions.Functions,
        now: datetime | None,
    ) -> None:
        """Settle what every field holds.

        :param context: the names that expressions see, the case's data among them
        :param answers: what was sent, as JSON within the bounds of `engine.forms.data`
        :param functions: host functions for expressions
        :param now: instant of ``now()`` and ``today()`` in expressions
        """
        self._components = components
        self._context = context
        self._answers = answers
        self._functions = functions
        self._now = now
        self._layout = Layout(components, context, answers)
        #: All components in all places, in document order.
        self.instances = self._layout.instances
        #: Faults found on the way, by the place that has them.
        self._faults = dict(self._layout.faults)
        keyed = [each for each in self.instances if each.component.keyed]
        self._computed = [each for each in keyed if each.component.type == "expression"]
        self._choices = [each for each in keyed if each.component.type in CHOICE_TYPES]
        self._initial = {each.path: self._start(each) for each in keyed}
        self._answered: dict[Path, Any] = {}
        for each in keyed:
            if each.component.type != "expression":
                self._take(each)
        self.values: dict[Path, Any] = {}
        self._hidden: set[Instance] = set()
        self._locked: set[Instance] = set()
        self._settle()

    def visible(self) -> Iterator[Instance]:
        """The fields that hold a value and are not hidden."""
        return (each for each in self.instances if each.component.keyed and each not in self._hidden)

    def lists(self) -> Iterator[tuple[Path, int]]:
        """Where visible lists stand, and how many items each has."""
        return ((each.path, count) for each, count in self._layout.counts.items() if each not in self._hidden)

    def is_open(self, instance: Instance) -> bool:
        """Whether its answer is a person's to mend: neither hidden, disabled, read-only, computed nor sealed."""
        if instance.component.type == "expression":
            return False
        return instance not in self._hidden and instance not in self._locked and instance not in self._layout.sealed

    def faults(self) -> list[FieldError]:
        """What was wrong with the answers so far, leaving out fields that are hidden or cannot be answered."""
        out = {each.path for each in self.instances if each in self._hidden or each in self._locked}
        return [FieldError(pointer_of("/data", path), text) for path, text in self._faults.items() if path not in out]

    def has_fault(self, instance: Instance) -> bool:
        """Whether `faults` names the place already."""
        return instance.path in self._faults

    def options(self, instance: Instance) -> tuple[Option, ...]:
        """What can be chosen there."""
        raw = instance.component.raw
        if isinstance(raw.get("valuesKey"), str) and raw["valuesKey"]:
            return normalise(self._context.get(raw["valuesKey"]))
        if raw.get("values") is not None:
            return instance.component.options
        return normalise(self.evaluated(instance, raw.get("valuesExpression")))

    def evaluated(self, instance: Instance, value: Any) -> Any:
        """A property's value: that of the expression, where it is one; null where it cannot be evaluated."""
        if not expressions.is_expression(value):
            return value
        try:
            return expressions.evaluate(value, self._names(instance), self._functions, self._now)
        except FeelError as error:
            self._fail(instance, error)
            return None

    def data(self, *, hidden: bool = False) -> dict[str, Any]:
        """What the form's visible fields hold, and nothing else; the hidden ones too, if asked for."""
        return self._layout.nested(self.values, without=frozenset() if hidden else self._hidden)

    def _start(self, instance: Instance) -> Any:
        component = instance.component
        known = get(self._context, instance.path)
        default = component.raw.get("defaultValue")
        if known is ABSENT:
            known = self._default(default) if expressions.is_expression(default) else default
        try:
            value = coerced(component, known)
            return still_among(component, value, component.options) if component.options else value
        except Fault:
            return component.empty

    def _default(self, text: str) -> Any:
        # Of the case's data alone: a default does not move while the person types.
        try:
            return expressions.evaluate(text, self._context, self._functions, self._now)
        except FeelError:
            return None

    def _take(self, instance: Instance) -> None:
        sent = get(self._answers, instance.path)
        if sent is ABSENT:
            return
        try:
            self._answered[instance.path] = coerced(instance.component, sent)
        except Fault as fault:
            self._faults[instance.path] = str(fault)

    def _settle(self) -> None:
        self._locked = {each for each in self.instances if each.component.locked}
        self.values = self._held()
        self._look()
        for _ in range(_MOST_ROUNDS):
            hidden, locked, values = self._hidden, self._locked, self.values
            self.values = self._held()
            self._choose()
            self._look()
            self._compute()
            self._look()
            self._hidden, self._locked = self._judged()
            if locked == self._locked and not self._is_read(hidden ^ self._hidden, values):
                break
        self._look()

    def _is_read(self, turned: Set[Instance], before: Mapping[Path, Any]) -> bool:
        """Whether an expression reads what a round has changed, so that another may come out otherwise.

        :param turned: what it has hidden or shown
        :param before: the values before it
        """
        changed = {each.path for each in turned if each.path}
        changed |= {path for path, value in self.values.items() if path not in before or before[path] != value}
        if not changed:
            return False
        read = _read_by_expressions(self._components)
        return read is None or any(path[0] in read for path in changed)

    def _choose(self) -> None:
        """Hold choices to their options: what the case had goes with its option, what was sent stays to be judged."""
        for each in self._choices:
            if each not in self._locked:
                choose = spelled_out if each.path in self._answered else still_among
                self.values[each.path] = choose(each.component, self.values[each.path], self.options(each))

    def _compute(self) -> None:
        for each in self._computed:
            self.values[each.path] = self.evaluated(each, each.component.raw.get("expression"))

    def _held(self) -> dict[Path, Any]:
        held = dict(self._initial)
        locked = {each.path for each in self._locked}
        for path, value in self._answered.items():
            if path not in locked:
                held[path] = value
        # What is computed stays as the round before left it, for others that hang on it.
        for each in self._computed:
            if each.path in self.values:
                held[each.path] = self.values[each.path]
        return held

    def _fail(self, instance: Instance, error: FeelError) -> None:
        self._faults.setdefault(instance.path, f"{messages.EXPRESSION}: {error.detail}")

    def _look(self) -> None:
        """Let expressions see the data as it is now: what hidden fields were answered is taken out of it.

        As in form-js, a name at the top that is gone thereby shows again what the form began with.
        """
        self._shown = (dict(self.values), self._hidden)
        self._seen: Mapping[str, Any] | None = None
        self._scopes: dict[Path, Mapping[str, Any]] = {}
        self._conditions: dict[tuple[Path, str], bool] = {}

    @cached_property
    def _beginning(self) -> Mapping[str, Any]:
        """The case's data with what the fields held at first."""
        return overlaid(self._context, self._layout.nested(self._initial))  # type: ignore[no-any-return]

    def _sight(self) -> Mapping[str, Any]:
        """What expressions see, made when one asks: most forms hold none."""
        if self._seen is None:
            values, hidden = self._shown
            state = overlaid(self._context, self._layout.nested(values))
            for each in hidden:
                if each.component.keyed or each.component.repeating:
                    take_out(state, each.path)
            self._seen = {**self._beginning, **state}
        return self._seen

    def _judged(self) -> tuple[set[Instance], set[Instance]]:
        hidden: set[Instance] = set()
        locked: set[Instance] = set()
        for each in self.instances:
            if each.container in hidden or self._holds(each, each.component.hide):
                hidden.add(each)
            elif each.component.locked or self._holds(each, each.component.raw.get("readonly")):
                locked.add(each)
        return hidden, locked

    def _holds(self, instance: Instance, condition: object) -> bool:
        if condition is None or not expressions.is_expression(condition):
            return False
        # Fields that belong together often hang on one condition.
        asked = (instance.scope, condition)
        if asked not in self._conditions:
            try:
                held = expressions.holds(condition, self._names(instance), self._functions, self._now)
            except FeelError as error:
                self._fail(instance, error)
                return False
            self._conditions[asked] = held
        return self._conditions[asked]

    def _names(self, instance: Instance) -> Mapping[str, Any]:
        if instance.scope not in self._scopes:
            around = self._at(instance.scopes[-2]) if len(instance.scopes) > 1 else None
            own = {"this": self._at(instance.scope), "parent": around, "i": list(instance.positions)}
            marked = {f"_{name}_": value for name, value in own.items()}
            self._scopes[instance.scope] = {**own, **self._sight(), **marked}
        return self._scopes[instance.scope]

    def _at(self, scope: Path) -> Any:
        found = get(self._sight(), scope)
        return {} if found is ABSENT else found


@MadeOnce
def _read_by_expressions(components: tuple[Component, ...]) -> frozenset[str] | None:
    """The names at the top of the data that a form's conditions, computed fields and options read.

    None where they read what lies around them (``this``, ``parent``, ``i``), or cannot be read themselves.
    """
    read: frozenset[str] = frozenset()
    for component in walk(components):
        raw = component.raw
        for text in (component.hide, raw.get("readonly"), raw.get("expression"), raw.get("valuesExpression")):
            if expressions.is_expression(text):
                try:
                    read |= expressions.parse(text).variables()
                except FeelError:
                    return None
    return None if read & _AROUND else read
