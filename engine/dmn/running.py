"""One evaluation of a decision model: each decision at most once, functions and services as values (DMN 1.5 §10.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.dmn import model
from engine.dmn.evaluation import Evaluation
from engine.feel.model import FeelFunction, Value
from engine.feel.scope import Runtime, Scope
from engine.feel.types import ANY, coerced
from engine.feel.values import to_feel

if TYPE_CHECKING:
    from engine.dmn.decisions import DecisionModel


class _Service(FeelFunction):
    """A decision service as a function (DMN 1.5 §10.4)."""

    def __init__(self, run: Run, node: model.DecisionService) -> None:
        self.name = node.name
        self._run = run
        self._node = node
        self._parameters = [run.model.node(each) for each in (*node.input_data, *node.input_decisions)]

    def call(self, runtime: Runtime, arguments: list[Value], names: tuple[str, ...] | None) -> Value:
        parameters = [found[1] for found in self._parameters if found is not None]
        if len(arguments) != len(parameters):
            return None
        if names is not None:
            given = dict(zip(names, arguments, strict=True))
            if any(parameter.name not in given for parameter in parameters):
                return None
            arguments = [given[parameter.name] for parameter in parameters]
        budget = runtime.budget
        budget.spend(20)
        budget.enter(40)
        result = self._run.service(self._node, dict(zip((p.name for p in parameters), arguments, strict=True)))
        budget.leave(40)
        return result


class Run:
    """The evaluation of one model's elements with one set of inputs; each decision at most once."""

    def __init__(
        self,
        of: DecisionModel,
        evaluation: Evaluation,
        context: Mapping[str, Any],
        given: Mapping[str, Value] | None = None,
    ) -> None:
        """:param context: the caller's inputs

        :param given: values of decisions and input data that are not to be computed, by name
        """
        self.model = of
        self.evaluation = evaluation
        self._context = context
        self._given = given or {}
        self._values: dict[int, Value] = {}
        self._imported: dict[str, Run] = {}
        self._working: set[int] = set()
        # A name that the model declares needs a requirement to be seen (DMN 1.5 §6.3.1); others are the caller's.
        undeclared = {name: value for name, value in context.items() if name not in of.declared}
        self._runtime = evaluation.runtime(undeclared, of.types)

    def result(self, node: model.Node) -> Value:
        """What the caller asked for."""
        match node:
            case model.DecisionService():
                given = {
                    found[1].name: to_feel(self._context.get(found[1].name))
                    for reference in (*node.input_data, *node.input_decisions)
                    if (found := self.model.node(reference)) is not None
                }
                return self.service(node, given)
            case model.BusinessKnowledge():
                function = self.value(node)
                parameters = node.function.parameters if node.function is not None else ()
                if not isinstance(function, FeelFunction):
                    return None
                arguments = [to_feel(self._context.get(parameter.name)) for parameter in parameters]
                return function.call(self._runtime, arguments, None)
        return self.value(node)

    def service(self, node: model.DecisionService, given: Mapping[str, Value]) -> Value:
        """The output decisions of a service, with its inputs given and nothing else seen."""
        run = Run(self.model, self.evaluation, {}, given)
        outputs: dict[str, Value] = {}
        for reference in node.outputs:
            found = self.model.node(reference)
            if found is not None:
                outputs[found[1].name] = run.reached(*found)
        result: Value = outputs
        if len(node.outputs) == 1:
            result = next(iter(outputs.values()), None)
        return _fitted(result, node.variable, self.model)

    def reached(self, owner: DecisionModel, node: model.Node) -> Value:
        """The value of an element of this model, or of one that it imports."""
        return self._run_of(owner).value(node)

    def _run_of(self, owner: DecisionModel) -> Run:
        """The run of an imported model: one for each way of importing it, with inputs of its own."""
        if owner is self.model:
            return self
        for name, imported in self.model.imports:
            if imported is owner or imported.knows(owner):
                run = self._imported.get(name)
                if run is None:
                    inner = self._context.get(name)
                    given = self._given.get(name)
                    run = self._imported[name] = Run(
                        imported,
                        self.evaluation,
                        inner if isinstance(inner, Mapping) else self._context,
                        given if isinstance(given, dict) else self._given,
                    )
                return run._run_of(owner)
        return Run(owner, self.evaluation, self._context)

    def value(self, node: model.Node) -> Value:
        """The value of an element's variable."""
        key = id(node)
        if key in self._values:
            return self._values[key]
        if key in self._working:
            return None  # a function that requires itself is resolved when called
        self._working.add(key)
        value = self._compute(node)
        self._working.discard(key)
        self._values[key] = value
        return value

    def _compute(self, node: model.Node) -> Value:
        if not isinstance(node, (model.BusinessKnowledge, model.DecisionService)) and node.name in self._given:
            return _fitted(self._given[node.name], node.variable, self.model)
        match node:
            case model.InputData():
                return _fitted(to_feel(self._context.get(node.name)), node.variable, self.model)
            case model.DecisionService():
                return _Service(self, node)
            case model.Decision(required=required, knowledge=knowledge):
                scope = self._scope((*required, *knowledge))
                value = self.model.code(node)(scope)
                # A decision's bare function is its value; its variable tells the type of the result.
                return value if isinstance(value, FeelFunction) else _fitted(value, node.variable, self.model)
            case model.BusinessKnowledge(knowledge=knowledge):
                scope = self._scope(knowledge)
                function = self.model.code(node)(scope)
                if scope.variables.get(node.variable.name) is None:
                    scope.variables[node.variable.name] = function  # it may call itself
                return function
        return None

    def _scope(self, references: Sequence[model.Reference]) -> Scope:
        variables: dict[str, Value] = {}
        for reference in references:
            found = self.model.node(reference)
            if found is None:
                continue
            owner, node = found
            value = self.reached(owner, node)
            name = self.model.import_name(owner)
            if name:
                variables.setdefault(name, {})[node.variable.name] = value
            else:
                variables[node.variable.name] = value
        return Scope(self._runtime, None, variables)


def _fitted(value: Value, variable: model.Variable, owner: DecisionModel) -> Value:
    kind = owner.types.resolve(variable.type)
    return value if kind == ANY else coerced(value, kind, owner.types)[1]
