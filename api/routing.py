"""The routes of the application, ready when they are needed: a server starts the sooner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map, Rule


class LazyRule(Rule):
    """A route that finds out how its URLs are written when the first of them is asked for.

    Werkzeug compiles a function for that, twice for each route. All of them take a fifth of a second, and most are
    never called: an API is asked by URLs, and writes few.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: Callable[..., tuple[str, str]] | None = None

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            nonlocal compiled
            if compiled is None:
                compiled = super(LazyRule, self)._compile_builder(append_unknown)
            return compiled(rule, **values)

        return build


class RowNumber(IntegerConverter):
    """Numbers in paths: none is larger than a row's can be, so that no database is asked for one."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=2**63 - 1)


class Application(Flask):
    """A Flask application with such routes and numbers."""

    url_rule_class = LazyRule

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url_map.converters["int"] = RowNumber
