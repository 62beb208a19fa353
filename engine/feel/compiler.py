"""Turns an expression's tree into nested closures, once; evaluating is then one call a node.

Each kind of node has its function in one of the ``compile_*`` modules, registered here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from engine.feel import syntax
from engine.feel.scope import Code

_Node = TypeVar("_Node", bound=syntax.Node)

_COMPILERS: dict[type[syntax.Node], Callable[[Any], Code]] = {}


def compiles(kind: type[_Node]) -> Callable[[Callable[[_Node], Code]], Callable[[_Node], Code]]:
    """Register the function that compiles this kind of node."""

    def register(function: Callable[[_Node], Code]) -> Callable[[_Node], Code]:
        _COMPILERS[kind] = function
        return function

    return register


def compile_node(node: syntax.Node) -> Code:
    """The closure that evaluates a node in a scope."""
    return _COMPILERS[type(node)](node)
