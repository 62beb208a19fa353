"""Reads a DMN file into :mod:`engine.dmn.model`: the requirements graph and the types.

Boxed expressions are read by :mod:`engine.dmn.boxes`.
"""

from __future__ import annotations

from typing import TypedDict

from lxml import etree

from engine.dmn import model
from engine.dmn.boxes import read_function, read_only_expression, read_tests
from engine.dmn.errors import DmnError
from engine.dmn.xml import VERSIONS, child, children, line_of, local_name, read_root
from engine.feel.lexer import normalise


def read_definitions(data: bytes) -> model.Definitions:
    """The model in a file.

    :raises DmnError: with the line and the element where it is wrong
    """
    root = read_root(data)
    namespace = root.get("namespace", "")
    nodes: dict[str, model.Node] = {}
    for element in root:
        node = _node(element, namespace)
        if node is None:
            continue
        key = node.id or node.name
        if key in nodes:
            raise DmnError("two elements have this id", line=node.line, element=key)
        nodes[key] = node
    return model.Definitions(
        id=root.get("id", ""),
        line=line_of(root),
        name=root.get("name", ""),
        namespace=namespace,
        version=VERSIONS[str(etree.QName(root).namespace)],
        imports=tuple(_import(each) for each in children(root, "import")),
        types=tuple(_item_definition(each) for each in children(root, "itemDefinition")),
        nodes=nodes,
    )


def _node(element: etree._Element, namespace: str) -> model.Node | None:
    match local_name(element):
        case "inputData":
            return model.InputData(**_common(element))
        case "decision":
            return model.Decision(
                **_common(element),
                required=_required(element, "informationRequirement", ("requiredInput", "requiredDecision"), namespace),
                knowledge=_knowledge(element, namespace),
                expression=read_only_expression(element),
            )
        case "businessKnowledgeModel":
            logic = child(element, "encapsulatedLogic")
            return model.BusinessKnowledge(
                **_common(element),
                knowledge=_knowledge(element, namespace),
                function=None if logic is None else read_function(logic),
            )
        case "decisionService":
            return model.DecisionService(
                **_common(element),
                outputs=_references(element, "outputDecision", namespace),
                encapsulated=_references(element, "encapsulatedDecision", namespace),
                input_decisions=_references(element, "inputDecision", namespace),
                input_data=_references(element, "inputData", namespace),
            )
    return None


class _Common(TypedDict):
    id: str
    line: int
    name: str
    variable: model.Variable


def _common(element: etree._Element) -> _Common:
    line, name = line_of(element), normalise(element.get("name", ""))
    if not name:
        raise DmnError(f"a {local_name(element)} without a name", line=line, element=element.get("id"))
    variable = child(element, "variable")
    if variable is None:
        read = model.Variable(name=name, line=line)
    else:
        read = model.Variable(
            id=variable.get("id", ""),
            line=line_of(variable),
            name=normalise(variable.get("name") or name),
            type=variable.get("typeRef", ""),
        )
    return {"id": element.get("id", ""), "line": line, "name": name, "variable": read}


def _required(
    element: etree._Element, kind: str, names: tuple[str, ...], namespace: str
) -> tuple[model.Reference, ...]:
    return tuple(
        reference
        for requirement in children(element, kind)
        for name in names
        for reference in _references(requirement, name, namespace)
    )


def _knowledge(element: etree._Element, namespace: str) -> tuple[model.Reference, ...]:
    return _required(element, "knowledgeRequirement", ("requiredKnowledge",), namespace)


def _references(element: etree._Element, name: str, namespace: str) -> tuple[model.Reference, ...]:
    found: list[model.Reference] = []
    for each in children(element, name):
        where, _, identifier = each.get("href", "").rpartition("#")
        if not identifier:
            raise DmnError(f"'{name}' refers to nothing", line=line_of(each), element=element.get("id"))
        found.append((where or namespace, identifier))
    return tuple(found)


def _import(element: etree._Element) -> model.Import:
    return model.Import(
        id=element.get("id", ""),
        line=line_of(element),
        name=normalise(element.get("name", "")),
        namespace=element.get("namespace", ""),
        location=element.get("locationURI", ""),
    )


def _item_definition(element: etree._Element) -> model.ItemDefinition:
    base = child(element, "typeRef")
    function = child(element, "functionItem")
    parameters: tuple[tuple[model.Variable, ...], str] | None = None
    if function is not None:
        parameters = (
            tuple(
                model.Variable(name=normalise(each.get("name", "")), type=each.get("typeRef", ""), line=line_of(each))
                for each in children(function, "parameters")
            ),
            function.get("outputTypeRef", ""),
        )
    return model.ItemDefinition(
        id=element.get("id", ""),
        line=line_of(element),
        name=normalise(element.get("name", "")),
        base="" if base is None else (base.text or "").strip(),
        collection=element.get("isCollection") in ("true", "1"),
        components=tuple(_item_definition(each) for each in children(element, "itemComponent")),
        function=parameters,
        allowed=read_tests(child(element, "allowedValues")),
        constraint=read_tests(child(element, "typeConstraint")),
    )
