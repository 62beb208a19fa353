"""Breaks models in the ways that people, tools and networks do, and looks whether reading and checking stay calm.

A mutant may be fine or not; it must never raise, never take long, and every problem must say where it is, also
those of its soundness. What is found fine must also be taken by the execution.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from engine.definitions import Process, SourceFile, read
from engine.execution import Program
from engine.soundness import advice, faults

MODELS = Path(__file__).with_name("models")
#: No mutant may take longer than this, in seconds of the processor.
LONGEST = 5.0

Mutation = Callable[[random.Random, bytes], bytes]


def base_set() -> list[SourceFile]:
    """The models of all dialects, which call each other."""
    return [SourceFile(name=path.name, content=path.read_bytes()) for path in sorted(MODELS.iterdir())]


@dataclass
class Tally:
    """What came of many mutants."""

    read: int = 0
    fine: int = 0
    slowest: float = 0.0
    rules: Counter[str] = field(default_factory=Counter)


def run(inputs: int, seed: int = 0) -> Tally:
    """Read that many mutants.

    :raises AssertionError: with the seed of the mutant, when one is not read as it should be
    """
    tally = Tally()
    models = base_set()
    for number in range(seed, seed + inputs):
        files = mutant(number, models)
        began = time.process_time()
        try:
            found = read(files)
            _check(number, found.processes)
        except AssertionError:
            raise
        except BaseException as error:
            raise AssertionError(f"mutant {number} raised {error!r}") from error
        took = time.process_time() - began
        assert took < LONGEST, f"mutant {number} took {took:.1f} s"
        for problem in found.problems:
            assert problem.file in {file.name for file in files}, (number, problem)
            assert problem.line > 0 or problem.rule in ("too-many", "unknown-file", "duplicate-file"), (number, problem)
            assert problem.message, (number, problem)
            if problem.severity == "error":
                tally.rules[problem.rule] += 1
        if found.ok:
            _compile(number, found.processes)
        tally.read += 1
        tally.fine += found.ok
        tally.slowest = max(tally.slowest, took)
    return tally


def mutant(number: int, models: list[SourceFile]) -> list[SourceFile]:
    """The set, with one file of it broken in one to three ways; the same for the same number."""
    chance = random.Random(number)
    broken = chance.randrange(len(models))
    content = models[broken].content
    for _ in range(chance.randint(1, 3)):
        kinds = (*_BYTES, *_TREE * 3) if models[broken].name.endswith((".bpmn", ".dmn")) else _BYTES
        content = chance.choice(kinds)(chance, content)
    files = list(models)
    files[broken] = SourceFile(name=models[broken].name, content=content)
    return files


def _check(number: int, processes: tuple[Process, ...]) -> None:
    """Every fault is at elements of the process, and every advice at one."""
    by_key = {process.key: process for process in processes}
    for fault in faults(by_key):
        assert {*fault.elements, *fault.path} <= by_key[fault.process].elements.keys(), (number, fault)
    for problem in advice(by_key, is_group=lambda name: False):
        assert problem.element and problem.message, (number, problem)


def _compile(number: int, processes: tuple[Process, ...]) -> None:
    by_key = {process.key: process for process in processes}
    for process in processes:
        called: dict[str, Process] = {}
        waiting = list(process.calls)
        while waiting:
            key = waiting.pop()
            if key not in called:
                called[key] = by_key[key]
                waiting += by_key[key].calls
        try:
            Program.compile(process, called)
        except Exception as error:
            raise AssertionError(f"mutant {number} is found fine, but not executed: {error!r}") from error


# Bytes ---------------------------------------------------------------------------------------------------------


def _cut_off(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _flip(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _drop_piece(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + content[start + chance.randint(1, 40) :]


def _repeat_piece(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content) + 1)
    end = start + chance.randint(1, 200)
    return content[:end] + content[start:end] + content[end:]


def _odd_text(chance: random.Random, content: bytes) -> bytes:
    """A value of an attribute, by something nobody expects."""
    odd = chance.choice(_ODD).encode()
    places = list(re.finditer(rb'"[^"<>]*"', content))
    if not places:
        return content
    place = chance.choice(places)
    return content[: place.start()] + b'"' + odd + b'"' + content[place.end() :]


def _recode(chance: random.Random, content: bytes) -> bytes:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content
    return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "gb18030", "utf-32")), "replace")


def _doctype(chance: random.Random, content: bytes) -> bytes:
    entity = chance.choice(
        (
            b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
            b'<!DOCTYPE d SYSTEM "file:///etc/passwd">',
            b'<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>',
        )
    )
    end = content.find(b"?>") + 2
    return content[:end] + entity + content[end:] if end > 1 else entity + content


_ODD = (
    "",
    " ",
    "=",
    "= ",
    "= 1 +",
    "${",
    "${a.b()}",
    "#{x}",
    "=" + "(" * 300,
    "= " + "not(" * 80,
    "x" * 5_000,
    "中文 名",
    "&amp;#0;",
    "a:b:c",
    "{}",
    "PT",
    "R/P",
    "R-1/P1D",
    "P1D/P1D/P1D",
    "2026-13-45T99:99:99Z",
    "true",
    "-1",
    "1e999",
    "Start",
    "Flow_1",
    "stall_c7",
    "applicant",
    "= applicant.name",
    "case",
    "__proto__",
)
_BYTES: tuple[Mutation, ...] = (_cut_off, _flip, _drop_piece, _repeat_piece, _odd_text, _odd_text, _recode, _doctype)


# Trees ---------------------------------------------------------------------------------------------------------


def _on_tree(change: Callable[[random.Random, list[etree._Element]], None]) -> Mutation:
    def mutation(chance: random.Random, content: bytes) -> bytes:
        try:
            root = etree.fromstring(content)
        except (etree.XMLSyntaxError, ValueError):
            return content
        nodes = [node for node in root.iter(etree.Element) if node is not root]
        if nodes:
            change(chance, nodes)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    return mutation


def _parent(node: etree._Element) -> etree._Element:
    parent = node.getparent()
    assert parent is not None
    return parent


def _drop(chance: random.Random, nodes: list[etree._Element]) -> None:
    node = chance.choice(nodes)
    _parent(node).remove(node)


def _duplicate(chance: random.Random, nodes: list[etree._Element]) -> None:
    node = chance.choice(nodes)
    copy = etree.fromstring(etree.tostring(node))
    if chance.random() < 0.5:
        for part in copy.iter(etree.Element):
            if part.get("id"):
                part.set("id", f"{part.get('id')}_copy")
    _parent(node).append(copy)


def _move(chance: random.Random, nodes: list[etree._Element]) -> None:
    node, holder = chance.choice(nodes), chance.choice(nodes)
    if holder is not node and node not in set(holder.iterancestors()):
        holder.append(node)


def _nest(chance: random.Random, nodes: list[etree._Element]) -> None:
    node = chance.choice(nodes)
    holder = node
    for _ in range(chance.choice((2, 20, 120))):
        inner = etree.SubElement(holder, node.tag)
        inner.set("id", f"n{chance.randrange(10**6)}")
        holder = inner


def _rename(chance: random.Random, nodes: list[etree._Element]) -> None:
    node, other = chance.choice(nodes), chance.choice(nodes)
    node.tag = chance.choice((other.tag, f"{{{etree.QName(node).namespace}}}{chance.choice(_NAMES)}", "{urn:odd}odd"))


def _rewire(chance: random.Random, nodes: list[etree._Element]) -> None:
    wires = [
        (node, name)
        for node in nodes
        for name in node.attrib
        if str(name).endswith(("Ref", "default", "id", "calledElement", "processId", "formId"))
    ]
    ids = [identifier for node in nodes if (identifier := node.get("id"))]
    if wires and ids:
        node, name = chance.choice(wires)
        node.set(name, chance.choice(ids))


def _drop_attribute(chance: random.Random, nodes: list[etree._Element]) -> None:
    node = chance.choice(nodes)
    if node.attrib:
        del node.attrib[chance.choice(list(node.attrib))]


def _set_attribute(chance: random.Random, nodes: list[etree._Element]) -> None:
    node, other = chance.choice(nodes), chance.choice(nodes)
    if other.attrib:
        name = chance.choice(list(other.attrib))
        text = chance.choice(_ODD) if chance.random() < 0.5 else other.attrib[name]
        node.set(name, text)


def _set_text(chance: random.Random, nodes: list[etree._Element]) -> None:
    texts = [node for node in nodes if (node.text or "").strip()]
    if texts:
        chance.choice(texts).text = chance.choice(_ODD)


_NAMES = (
    "complexGateway",
    "adHocSubProcess",
    "transaction",
    "eventBasedGateway",
    "inclusiveGateway",
    "callActivity",
    "boundaryEvent",
    "process",
    "definitions",
    "lane",
    "script",
    "timeCycle",
    "decision",
    "nothing",
)
_TREE: tuple[Mutation, ...] = tuple(
    _on_tree(change)
    for change in (
        _drop,
        _duplicate,
        _move,
        _nest,
        _rename,
        _rewire,
        _rewire,
        _drop_attribute,
        _set_attribute,
        _set_text,
    )
)


def report(tally: Tally) -> Iterator[str]:
    """What came of it, for people."""
    yield f"{tally.read} mutants read, {tally.fine} of them fine; slowest {tally.slowest * 1000:.0f} ms"
    for rule, count in tally.rules.most_common():
        yield f"{count:8} {rule}"
