"""A decision model ready to be evaluated: its requirements graph, compiled (DMN 1.5 §10.4)."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.dmn import model
from engine.dmn.compiling import Compiler
from engine.dmn.dependencies import paths_read
from engine.dmn.errors import DmnError
from engine.dmn.evaluation import Evaluation, Matched, TracingRuntime
from engine.dmn.running import Run
from engine.dmn.types import TypeTable, component_names
from engine.feel.errors import FeelError
from engine.feel.host import functions_with
from engine.feel.limits import DEFAULT, Budget, Limits
from engine.feel.model import Value
from engine.feel.scope import Code, Scope
from engine.feel.syntax import FunctionType
from engine.feel.values import from_feel

_MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Traced:
    """A decision's result, and how it came about."""

    value: Any
    #: for each decision table evaluated, in that order, the rules that held
    trace: tuple[Matched, ...]


class DecisionModel:
    """A DMN model. Evaluating it changes nothing, so threads may share it."""

    def __init__(self, definitions: model.Definitions, imports: Sequence[tuple[str, DecisionModel]] = ()) -> None:
        """:param imports: the models imported, with the names of their imports

        :raises DmnError: for types, requirements or names that make no sense
        """
        self.definitions = definitions
        self.imports = tuple(imports)
        self.types = TypeTable(definitions)
        for name, imported in self.imports:
            self.types.import_from(name, imported.types)
        self._by_namespace = {definitions.namespace: self}
        for _, imported in self.imports:
            self._by_namespace.update(imported._by_namespace)
        self._by_namespace[definitions.namespace] = self
        #: names that FEEL must be told of to recognise
        self.names = self._irregular_names()
        #: names of the input data and decisions
        self.declared = frozenset(
            node.name for node in definitions.nodes.values() if isinstance(node, (model.InputData, model.Decision))
        )
        self._codes: dict[str, Code] = {}
        self._check_requirements()

    def __repr__(self) -> str:
        return f"<DecisionModel {self.definitions.name!r}>"

    @property
    def name(self) -> str:
        """The model's name."""
        return self.definitions.name

    @property
    def decisions(self) -> tuple[str, ...]:
        """Names of the decisions, in the order of the file."""
        return tuple(node.name for node in self.definitions.nodes.values() if isinstance(node, model.Decision))

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the decision services."""
        return tuple(node.name for node in self.definitions.nodes.values() if isinstance(node, model.DecisionService))

    def problems(self) -> list[DmnError]:
        """Expressions that are no FEEL, each with its place; evaluating what uses them raises the same."""
        found: list[DmnError] = []
        for node in self.definitions.nodes.values():
            try:
                self.code(node)
            except DmnError as error:
                found.append(error)
        return found

    def evaluate(
        self,
        name: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        functions: Mapping[str, Callable[..., object]] | None = None,
        now: python.datetime | None = None,
        limits: Limits = DEFAULT,
    ) -> Any:
        """The result of a decision, decision service, or business knowledge model; see :meth:`evaluate_with_trace`."""
        return self.evaluate_with_trace(name, inputs, functions=functions, now=now, limits=limits).value

    def evaluate_with_trace(
        self,
        name: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        functions: Mapping[str, Callable[..., object]] | None = None,
        now: python.datetime | None = None,
        limits: Limits = DEFAULT,
    ) -> Traced:
        """The result, and which rules of which tables held.

        :param name: name or id of the decision, or of a decision service or business knowledge model, whose
            parameters are then taken from ``inputs``
        :param inputs: values of the input data by name; a decision that declares no requirement for a name
            reads it from here all the same, as modelers leave requirements out
        :param functions: the host's functions, as in :func:`engine.feel.evaluate`
        :param now: what ``now()`` and ``today()`` say
        :raises DmnError: when there is no such decision, an expression is no FEEL, or a bound is exceeded
        """
        node = self._find(name)
        evaluation = Evaluation(functions_with(functions), now, Budget(limits))
        try:
            value = Run(self, evaluation, inputs or {}).result(node)
            return Traced(from_feel(value, evaluation.budget), tuple(evaluation.trace))
        except FeelError as error:
            raise DmnError(str(error), line=node.line, element=node.id or node.name) from error
        except RecursionError:
            raise DmnError("decisions or functions nest too deep", line=node.line, element=node.id) from None

    def paths(self, name: str) -> frozenset[tuple[str, ...]]:
        """The paths into the inputs that a decision and all it requires read: ``("applicant", "phone")``.

        :raises DmnError: when there is no such decision
        """
        return paths_read(self, self._find(name))

    # What is in the model

    def _find(self, name: str) -> model.Node:
        for node in self.definitions.nodes.values():
            if node.name == name and not isinstance(node, model.InputData):
                return node
        node_by_id = self.definitions.nodes.get(name)
        if node_by_id is not None:
            return node_by_id
        raise DmnError(f"no decision '{name}'; there are: {', '.join(self.decisions) or 'none'}")

    def node(self, reference: model.Reference) -> tuple[DecisionModel, model.Node] | None:
        """The element that a reference means, and the model it is of; None when there is none."""
        owner = self._by_namespace.get(reference[0])
        node = None if owner is None else owner.definitions.nodes.get(reference[1])
        return None if owner is None or node is None else (owner, node)

    def knows(self, other: DecisionModel) -> bool:
        """Whether the other model is imported here, directly or not."""
        return other in self._by_namespace.values()

    def import_name(self, owner: DecisionModel) -> str:
        """The name under which another model is imported here; empty for this model itself."""
        return next((name for name, imported in self.imports if imported is owner), "")

    def _irregular_names(self) -> frozenset[str]:
        names = component_names(self.definitions)
        for node in self.definitions.nodes.values():
            names |= {node.name, node.variable.name}
        for name, imported in self.imports:
            names |= {name, *imported.names}
        return frozenset(names)

    def _check_requirements(self) -> None:
        """Every reference leads somewhere, and no decision needs itself."""
        state: dict[int, bool] = {}
        for node in self.definitions.nodes.values():
            self._visit(node, state, 0)

    def _visit(self, node: model.Node, state: dict[int, bool], depth: int) -> None:
        if state.get(id(node)) or depth > _MAX_DEPTH:
            if depth > _MAX_DEPTH:
                raise DmnError("requirements are nested too deep", line=node.line, element=node.id)
            return
        if state.get(id(node)) is False:
            raise DmnError(f"the decision '{node.name}' requires itself", line=node.line, element=node.id)
        state[id(node)] = False
        for reference in node.required if isinstance(node, model.Decision) else ():
            found = self.node(reference)
            if found is None:
                raise DmnError(f"requires '{reference[1]}', which is missing", line=node.line, element=node.id)
            if found[0] is self:
                self._visit(found[1], state, depth + 1)
        for reference in node.knowledge if isinstance(node, (model.Decision, model.BusinessKnowledge)) else ():
            if reference[0] == self.definitions.namespace and self.node(reference) is None:
                raise DmnError(f"requires '{reference[1]}', which is missing", line=node.line, element=node.id)
        state[id(node)] = True

    # Compiling

    def code(self, node: model.Node) -> Code:
        """The compiled logic of an element: a decision's value, or a business knowledge model's function."""
        code = self._codes.get(node.id or node.name)
        if code is None:
            compiler = Compiler(node.name, self.types, self.names, _record)
            match node:
                case model.Decision():
                    code = compiler.code(node.expression)
                case model.BusinessKnowledge(function=definition) if definition is not None:
                    code = compiler.function(definition, node.name, self._result_type(node))
                case _:
                    code = _null
            self._codes[node.id or node.name] = code
        return code

    def _result_type(self, node: model.BusinessKnowledge) -> str:
        """The type of the function's results: the variable's, unless that is the type of the function itself."""
        definition = self.types.get(node.variable.type)
        if definition is not None and isinstance(definition.node, FunctionType):
            return ""
        return node.variable.type


def _null(_: Scope) -> Value:
    return None


def _record(scope: Scope, owner: str, rules: Sequence[int], identifiers: Sequence[str], problem: str) -> None:
    runtime = scope.runtime
    if isinstance(runtime, TracingRuntime):
        runtime.evaluation.trace.append(Matched(owner, tuple(rules), tuple(identifiers), problem))
