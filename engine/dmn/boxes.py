"""Reads boxed expressions (DMN 1.5 §10.2.1 and chapter 8) out of XML."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from lxml import etree

from engine.dmn import model
from engine.dmn.errors import DmnError
from engine.dmn.xml import child, children, line_of, local_name, text_of
from engine.feel.lexer import normalise

_FEEL = frozenset(["", "feel", "FEEL"])
_MAX_NESTING = 40


def read_tests(element: etree._Element | None) -> model.Tests | None:
    """Unary tests; None when the element is missing or empty."""
    if element is None or not (text := text_of(element)):
        return None
    return model.Tests(id=element.get("id", ""), line=_text_line(element), text=text)


def read_only_expression(element: etree._Element) -> model.Expression | None:
    """The boxed expression among an element's children, None when there is none."""
    return next(iter(_items(element)), None)


def _needed(element: etree._Element, name: str) -> model.Expression:
    found = child(element, name)
    read = None if found is None else read_only_expression(found)
    if read is None:
        raise DmnError(
            f"a {local_name(element)} needs an expression in '{name}'", line=line_of(element), element=_where(element)
        )
    return read


def _where(element: etree._Element) -> str | None:
    """The id of the element, or of the next one around it that has one."""
    for each in (element, *element.iterancestors()):
        if each.get("id"):
            return each.get("id")
    return None


class _Common(TypedDict):
    id: str
    line: int
    type: str


def _boxed(element: etree._Element) -> _Common:
    return {"id": element.get("id", ""), "line": line_of(element), "type": element.get("typeRef", "")}


def _text_line(element: etree._Element) -> int:
    text = child(element, "text")
    return line_of(element if text is None else text)


def _language(element: etree._Element) -> str:
    """The language of a text, empty when it is FEEL."""
    name = element.get("expressionLanguage", "").rstrip("/").rsplit("/", 1)[-1]
    return "" if name in _FEEL else name


def _literal(element: etree._Element) -> model.Literal:
    return model.Literal(
        id=element.get("id", ""),
        line=_text_line(element),
        type=element.get("typeRef", ""),
        text=text_of(element),
        language=_language(element),
    )


def _invocation(element: etree._Element) -> model.Expression:
    bindings: list[tuple[str, model.Expression | None]] = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        name = "" if parameter is None else normalise(parameter.get("name", ""))
        bindings.append((name, read_only_expression(binding)))
    function = read_only_expression(element)
    if function is None:
        raise DmnError("an invocation calls nothing", line=line_of(element), element=_where(element))
    return model.Invocation(**_boxed(element), function=function, bindings=tuple(bindings))


def _context(element: etree._Element) -> model.Expression:
    entries: list[model.ContextEntry] = []
    for each in children(element, "contextEntry"):
        variable = child(each, "variable")
        entries.append(
            model.ContextEntry(
                id=each.get("id", ""),
                line=line_of(each),
                variable=None if variable is None else _variable(variable),
                expression=read_only_expression(each),
            )
        )
    return model.BoxedContext(**_boxed(element), entries=tuple(entries))


def _variable(element: etree._Element) -> model.Variable:
    return model.Variable(
        id=element.get("id", ""),
        line=line_of(element),
        name=normalise(element.get("name", "")),
        type=element.get("typeRef", ""),
    )


def _items(element: etree._Element) -> tuple[model.Expression, ...]:
    """The boxed expressions among an element's children."""
    namespace = etree.QName(element).namespace
    return tuple(
        _read(each) for each in element if local_name(each) in _READERS and etree.QName(each).namespace == namespace
    )


def _read(element: etree._Element) -> model.Expression:
    if sum(1 for _ in element.iterancestors()) > _MAX_NESTING:
        raise DmnError("expressions are nested too deep", line=line_of(element), element=_where(element))
    return _READERS[local_name(element)](element)


def _list(element: etree._Element) -> model.Expression:
    return model.BoxedList(**_boxed(element), items=_items(element))


def _relation(element: etree._Element) -> model.Expression:
    columns = tuple(_variable(each) for each in children(element, "column"))
    rows: list[tuple[model.Expression, ...]] = []
    for row in children(element, "row"):
        cells = _items(row)
        if len(cells) != len(columns):
            raise DmnError(
                f"a row of {len(cells)} cells under {len(columns)} columns", line=line_of(row), element=_where(row)
            )
        rows.append(cells)
    return model.Relation(**_boxed(element), columns=columns, rows=tuple(rows))


def read_function(element: etree._Element) -> model.FunctionDefinition:
    """A function definition, boxed or a business knowledge model's."""
    return model.FunctionDefinition(
        **_boxed(element),
        kind=element.get("kind") or "FEEL",
        parameters=tuple(_variable(each) for each in children(element, "formalParameter")),
        body=read_only_expression(element),
    )


def _conditional(element: etree._Element) -> model.Expression:
    return model.Conditional(
        **_boxed(element),
        condition=_needed(element, "if"),
        yes=_needed(element, "then"),
        no=_needed(element, "else"),
    )


def _filter(element: etree._Element) -> model.Expression:
    return model.BoxedFilter(
        **_boxed(element),
        source=_needed(element, "in"),
        match=_needed(element, "match"),
    )


def _iterator(element: etree._Element) -> model.Expression:
    kind = local_name(element)
    return model.Iterator(
        **_boxed(element),
        kind=kind,
        variable=normalise(element.get("iteratorVariable", "")),
        source=_needed(element, "in"),
        body=_needed(element, "return" if kind == "for" else "satisfies"),
    )


def _table(element: etree._Element) -> model.Expression:
    place = line_of(element), _where(element)
    policy = element.get("hitPolicy", "UNIQUE").strip()
    try:
        hit_policy = model.HitPolicy(policy)
    except ValueError:
        raise DmnError(f"unknown hit policy '{policy}'", line=place[0], element=place[1]) from None
    inputs = tuple(_input(each) for each in children(element, "input"))
    outputs = tuple(_output(each) for each in children(element, "output"))
    rules = tuple(_rule(each, len(inputs), len(outputs)) for each in children(element, "rule"))
    if not outputs:
        raise DmnError("a decision table without an output", line=place[0], element=place[1])
    if len(outputs) > 1 and any(not output.name for output in outputs):
        raise DmnError("of several outputs each needs a name", line=place[0], element=place[1])
    return model.DecisionTable(
        **_boxed(element),
        hit_policy=hit_policy,
        aggregation=element.get("aggregation", ""),
        inputs=inputs,
        outputs=outputs,
        rules=rules,
    )


def _input(element: etree._Element) -> model.InputClause:
    expression = child(element, "inputExpression")
    if expression is None:
        raise DmnError("an input without an expression", line=line_of(element), element=_where(element))
    return model.InputClause(
        id=element.get("id", ""),
        line=line_of(element),
        label=element.get("label", ""),
        expression=_literal(expression),
        allowed=read_tests(child(element, "inputValues")),
    )


def _output(element: etree._Element) -> model.OutputClause:
    default = child(element, "defaultOutputEntry")
    return model.OutputClause(
        id=element.get("id", ""),
        line=line_of(element),
        name=normalise(element.get("name", "")),
        label=element.get("label", ""),
        type=element.get("typeRef", ""),
        allowed=read_tests(child(element, "outputValues")),
        default=None if default is None else _literal(default),
    )


def _rule(element: etree._Element, inputs: int, outputs: int) -> model.Rule:
    tests = tuple(
        # Modelers leave the cell empty for 'any'.
        model.Tests(id=each.get("id", ""), line=_text_line(each), text=text_of(each) or "-", language=_language(each))
        for each in children(element, "inputEntry")
    )
    results = tuple(_literal(each) for each in children(element, "outputEntry"))
    if len(tests) != inputs or len(results) != outputs:
        raise DmnError(
            f"a rule of {len(tests)} conditions and {len(results)} results under {inputs} inputs and {outputs} outputs",
            line=line_of(element),
            element=_where(element),
        )
    annotations = tuple(text_of(each) for each in children(element, "annotationEntry"))
    return model.Rule(
        id=element.get("id", ""), line=line_of(element), tests=tests, outputs=results, annotations=annotations
    )


_READERS: dict[str, Callable[[etree._Element], model.Expression]] = {
    "literalExpression": _literal,
    "invocation": _invocation,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "functionDefinition": read_function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "decisionTable": _table,
}
