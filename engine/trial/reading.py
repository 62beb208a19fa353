"""YAML that a designer wrote, read safely, with the line of everything in it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import yaml

from engine.errors import YichuangError

#: Largest file that is read, in characters.
MAX_LENGTH = 256 * 1024
_MAX_DEPTH = 20
#: Beyond that a whole number is no JSON number that everybody reads alike (RFC 8259 §6).
_MAX_INTEGER = 2**53 - 1
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))

Path = tuple[str | int, ...]


class ScenarioError(YichuangError):
    """The scenario cannot be read."""

    problem = "validation"

    def __init__(self, message: str, *, line: int = 0, field: str = "", file: str = "") -> None:
        """:param field: such as ``steps[2].wait``"""
        self.message, self.line, self.field, self.file = message, line, field, file
        where = ":".join(str(part) for part in (file, line) if part)
        super().__init__(": ".join(part for part in (where, field, message) if part))


class _Loader(yaml.SafeLoader):
    """YAML's values as JSON knows them: dates stay text, and only true and false are booleans."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in ("timestamp", "bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))


def read(text: str, file: str = "") -> tuple[Any, Mapping[Path, int]]:
    """The value of a YAML document, and the line of each part of it, from 1.

    :raises ScenarioError: when it is no YAML, or uses what a scenario does not need: aliases, tags, great depth
    """
    if len(text) > MAX_LENGTH:
        raise ScenarioError(f"the file is longer than {MAX_LENGTH // 1024} KiB", file=file)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise ScenarioError("aliases (*name) are not read: write it out", line=line, file=file)
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[Path, int] = {}
        if node is None:
            raise ScenarioError("the file is empty", line=1, file=file)
        _survey(node, (), lines, file)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ScenarioError(f"this is no YAML: {error.problem}", line=mark.line + 1 if mark else 0, file=file) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        first = (str(error).splitlines() or ["it cannot be read"])[0]
        raise ScenarioError(f"this is no YAML: {first}", file=file) from None


def _survey(node: yaml.Node, path: Path, lines: dict[Path, int], file: str) -> None:
    line = node.start_mark.line + 1
    lines[path] = line
    if len(path) > _MAX_DEPTH:
        raise ScenarioError(f"it is nested more than {_MAX_DEPTH} deep", line=line, file=file)
    if node.tag not in _TAGS:
        raise ScenarioError("tags (!name) are not read: write it without", line=line, file=file)
    if isinstance(node, yaml.ScalarNode) and not _is_exact(node):
        raise ScenarioError(f"{node.value[:40]} is no number that JSON can hold: write a text", line=line, file=file)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) and key.tag.endswith(":str") else None
            line = key.start_mark.line + 1
            if name is None or name in seen:
                raise ScenarioError(f"“{name}” is written twice" if name else "a name is no text", line=line, file=file)
            seen.add(name)
            _survey(value, (*path, name), lines, file)
            lines[*path, name] = line
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _survey(value, (*path, index), lines, file)


def _is_exact(node: yaml.ScalarNode) -> bool:
    """Whether it is a number that JSON can hold, or none."""
    if node.tag.endswith((":int", ":float")):
        number = yaml.load(node.value, Loader=_Loader)
        if isinstance(number, int):
            return abs(number) <= _MAX_INTEGER
        return not isinstance(number, float) or math.isfinite(number)
    return True


def field_of(path: Path) -> str:
    """A path as a designer reads it: ``steps[2].wait``."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text
