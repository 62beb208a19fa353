"""Turns boxed expressions into closures over FEEL's scopes (DMN 1.5 §10.2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from engine.dmn import model
from engine.dmn.errors import DmnError
from engine.dmn.tables import compile_table
from engine.dmn.types import TypeTable
from engine.feel.compile_collections import filtered, iterated
from engine.feel.compile_functions import External, Lambda
from engine.feel.errors import FeelError
from engine.feel.expression import Expression, parse, parse_tests
from engine.feel.model import FeelFunction, Value
from engine.feel.scope import Code, Scope
from engine.feel.syntax import TypeNode
from engine.feel.types import ANY, coerced

# What a boxed function counts for: its size is not known as a FEEL text's is.
_FUNCTION_FRAMES, _FUNCTION_COST = 20, 10


class Compiler:
    """Compiles the expressions of one element."""

    def __init__(self, owner: str, types: TypeTable, names: Iterable[str], record: Callable[..., None]) -> None:
        """:param owner: name of the decision or business knowledge model, for the trace

        :param names: names in scope that FEEL may not recognise by itself
        :param record: told of each table evaluated: scope, owner, rules, problem
        """
        self.owner = owner
        self.types = types
        self.names = frozenset(names)
        self.record = record

    def within(self, *names: str) -> Compiler:
        """A compiler for a part where these names are in scope, too."""
        return Compiler(self.owner, self.types, self.names.union(names), self.record)

    def feel(self, literal: model.Literal) -> Expression | None:
        """The parsed text of a literal expression; None when it is empty.

        :raises DmnError: with its place, when it is not FEEL
        """
        self._refuse_language(literal)
        if not literal.text:
            return None
        try:
            return parse(literal.text, self.names)
        except FeelError as error:
            raise DmnError(str(error), line=literal.line, element=literal.id or self.owner) from error

    def tests(self, tests: model.Tests) -> Expression:
        """Parsed unary tests; errors as :meth:`feel`."""
        self._refuse_language(tests)
        try:
            return parse_tests(tests.text, self.names)
        except FeelError as error:
            raise DmnError(str(error), line=tests.line, element=tests.id or self.owner) from error

    def _refuse_language(self, text: model.Literal | model.Tests) -> None:
        if text.language:
            message = f"expressions in '{text.language}' are not evaluated: write FEEL"
            raise DmnError(message, line=text.line, element=text.id or self.owner)

    def code(self, expression: model.Expression | None) -> Code:
        """The closure of an expression; a missing one is null."""
        if expression is None:
            return _null
        code = self._untyped(expression)
        return self.typed(code, expression.type)

    def typed(self, code: Code, reference: str) -> Code:
        """The closure whose result is made to fit a type, or null (DMN 1.5 §10.3.2.9.4)."""
        kind = self.types.resolve(reference)
        if kind == ANY:
            return code
        types = self.types
        return lambda scope: coerced(code(scope), kind, types)[1]

    def _untyped(self, expression: model.Expression) -> Code:
        match expression:
            case model.Literal():
                parsed = self.feel(expression)
                return _null if parsed is None else parsed.code
            case model.DecisionTable():
                return compile_table(self, expression)
            case model.Invocation():
                return self._invocation(expression)
            case model.BoxedContext():
                return self._context(expression)
            case model.BoxedList(items=items):
                codes = [self.code(item) for item in items]
                return lambda scope: [code(scope) for code in codes]
            case model.Relation():
                return self._relation(expression)
            case model.FunctionDefinition():
                return self.function(expression, "function")
            case model.Conditional():
                condition, yes, no = map(self.code, (expression.condition, expression.yes, expression.no))
                return lambda scope: yes(scope) if condition(scope) is True else no(scope)
            case model.BoxedFilter():
                source, match = self.code(expression.source), self.within("item").code(expression.match)
                return lambda scope: filtered(source(scope), match, scope, _FUNCTION_COST)
            case model.Iterator():
                return self._iterator(expression)

    def _invocation(self, invocation: model.Invocation) -> Code:
        function = self.code(invocation.function)
        names = tuple(name for name, _ in invocation.bindings)
        arguments = [self.code(expression) for _, expression in invocation.bindings]

        def code(scope: Scope) -> Value:
            called = function(scope)
            if not isinstance(called, FeelFunction) or len(set(names)) < len(names):
                return None
            return called.call(scope.runtime, [argument(scope) for argument in arguments], names)

        return code

    def _context(self, context: model.BoxedContext) -> Code:
        compiler: Compiler = self
        entries: list[tuple[str, Code]] = []
        result: Code | None = None
        for entry in context.entries:
            code = compiler.code(entry.expression)
            if entry.variable is None:
                result = code
                continue
            entries.append((entry.variable.name, compiler.typed(code, entry.variable.type)))
            compiler = compiler.within(entry.variable.name)

        def evaluate(scope: Scope) -> Value:
            values: dict[str, Value] = {}
            inner = scope.inner(values)
            for name, code in entries:
                values[name] = code(inner)
            return values if result is None else result(inner)

        return evaluate

    def _relation(self, relation: model.Relation) -> Code:
        columns = [column.name for column in relation.columns]
        rows = [
            [self.typed(self.code(cell), column.type) for cell, column in zip(row, relation.columns, strict=True)]
            for row in relation.rows
        ]
        return lambda scope: [{name: code(scope) for name, code in zip(columns, row, strict=True)} for row in rows]

    def function(self, definition: model.FunctionDefinition, name: str, result: str = "") -> Code:
        """The closure that makes the function value."""
        if definition.kind not in ("", "FEEL"):
            return lambda _: External()
        parameters: tuple[tuple[str, TypeNode | None], ...] = tuple(
            (parameter.name, self.types.resolve(parameter.type) if parameter.type else None)
            for parameter in definition.parameters
        )
        body = self.within(*(parameter.name for parameter in definition.parameters)).code(definition.body)
        kind = self.types.resolve(result) if result else None
        return lambda scope: Lambda(
            parameters, body, scope, frames=_FUNCTION_FRAMES, cost=_FUNCTION_COST, name=name, result=kind
        )

    def _iterator(self, iterator: model.Iterator) -> Code:
        source = self._iterated(iterator.source)
        body = self.within(iterator.variable, "partial").code(iterator.body)
        if iterator.kind == "for":
            return _loop(iterator.variable, source, body)
        return _quantifier(iterator.variable, source, body, decisive=iterator.kind == "some")

    def _iterated(self, source: model.Expression) -> Code:
        """What an iterator goes through; ``1..3`` is no expression by itself but may stand here."""
        if isinstance(source, model.Literal) and ".." in source.text:
            try:
                return self.code(source)
            except DmnError:
                return self.code(replace(source, text=f"for item in {source.text} return item"))
        return self.code(source)


def _null(_: Scope) -> Value:
    return None


def _loop(variable: str, source: Code, body: Code) -> Code:
    def code(scope: Scope) -> Value:
        budget = scope.runtime.budget
        items = iterated(source(scope), budget)
        if items is None:
            return None
        results: list[Value] = []
        for item in items:
            budget.spend(_FUNCTION_COST + len(results))
            results.append(body(scope.inner({variable: item, "partial": list(results)})))
        return results

    return code


def _quantifier(variable: str, source: Code, body: Code, *, decisive: bool) -> Code:
    def code(scope: Scope) -> Value:
        budget = scope.runtime.budget
        items = iterated(source(scope), budget)
        if items is None:
            return None
        result: bool | None = not decisive
        for item in items:
            budget.spend(_FUNCTION_COST)
            holds = body(scope.inner({variable: item}))
            if holds is decisive:
                return decisive
            if not isinstance(holds, bool):
                result = None
        return result

    return code
