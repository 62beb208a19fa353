"""Closures for function definitions and invocations."""

from __future__ import annotations

from engine.feel import syntax
from engine.feel.compiler import compile_node, compiles
from engine.feel.model import FeelFunction, Value
from engine.feel.scope import Code, Runtime, Scope
from engine.feel.types import ANY, coerced
from engine.feel.walk import depth, size

# Python frames that a call takes beside those of the function's body.
_CALL_FRAMES = 4


class Lambda(FeelFunction):
    """A function that a FEEL expression or a model defines, with the scope it was defined in."""

    __slots__ = ("_body", "_cost", "_frames", "_scope", "name", "parameters", "result", "signature")

    def __init__(
        self,
        parameters: tuple[tuple[str, syntax.TypeNode | None], ...],
        body: Code,
        scope: Scope,
        *,
        frames: int,
        cost: int,
        name: str = "function",
        result: syntax.TypeNode | None = None,
    ) -> None:
        """:param frames: how deep the body nests

        :param cost: nodes of the body
        """
        self.name = name
        self.parameters = parameters
        self.result = result
        self.signature = (tuple(kind or ANY for _, kind in parameters), result or ANY)
        self._body = body
        self._scope = scope
        self._frames = frames + _CALL_FRAMES
        self._cost = cost + len(parameters)

    def call(self, runtime: Runtime, arguments: list[Value], names: tuple[str, ...] | None) -> Value:
        """Evaluate the body; null when an argument is missing, too many, or of a wrong type."""
        if len(arguments) != len(self.parameters):
            return None
        given = dict(zip(names, arguments, strict=True)) if names is not None else None
        variables: dict[str, Value] = {}
        for index, (name, kind) in enumerate(self.parameters):
            if given is not None:
                if name not in given:
                    return None
                value = given[name]
            else:
                value = arguments[index]
            if kind is not None:
                fits, value = coerced(value, kind, self._scope.runtime.types)
                if not fits:
                    return None
            variables[name] = value
        budget = runtime.budget
        budget.spend(self._cost)
        budget.enter(self._frames)
        result = self._body(self._scope.inner(variables))
        budget.leave(self._frames)
        return result if self.result is None else coerced(result, self.result, self._scope.runtime.types)[1]


class External(FeelFunction):
    """A function in a language other than FEEL. It is never run: it gives null."""

    name = "external function"

    def call(self, runtime: Runtime, arguments: list[Value], names: tuple[str, ...] | None) -> Value:
        """Null."""
        return None


@compiles(syntax.Function)
def _function(node: syntax.Function) -> Code:
    if node.external:
        return lambda _: External()
    body, cost, frames, parameters = compile_node(node.body), size(node.body), depth(node.body), node.parameters
    return lambda scope: Lambda(parameters, body, scope, frames=frames, cost=cost)


@compiles(syntax.Call)
def _call(node: syntax.Call) -> Code:
    function = compile_node(node.function)
    arguments = [compile_node(argument) for argument in node.arguments]
    names = node.names
    if names is not None and len(set(names)) < len(names):
        return lambda _: None
    # Data may have a variable called `date` or `now`: what is called is meant to be a function.
    named = node.function.name if isinstance(node.function, syntax.Name) else None

    def code(scope: Scope) -> Value:
        called: object = function(scope)
        if not isinstance(called, FeelFunction):
            called = scope.runtime.functions.get(named) if named is not None else None
            if not isinstance(called, FeelFunction):
                return None
        return called.call(scope.runtime, [argument(scope) for argument in arguments], names)

    return code
