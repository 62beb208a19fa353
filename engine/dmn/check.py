"""What a designer should know about a decision model before it decides cases: :func:`check`.

Expressions that are no FEEL, types that nobody defines; in decision tables rules that overlap where the hit
policy forbids it, inputs for which no rule holds, and rules that are never reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.dmn import model
from engine.dmn.decisions import DecisionModel
from engine.dmn.regions import (
    Box,
    NotAnalysable,
    Ordered,
    Region,
    Single,
    box_meets,
    box_minus,
    cell_kind,
    cell_region,
    everything,
    meet,
)
from engine.dmn.tables import output_order
from engine.feel import syntax
from engine.feel.errors import FeelError
from engine.feel.expression import parse_tests
from engine.feel.syntax import NamedType
from engine.feel.types import is_native

#: tables of more rules are not analysed, nor those that take more steps to take apart
MAX_RULES = 500
MAX_STEPS = 60_000
#: pairs of rules told of in one table
MAX_OVERLAPS = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a decision model."""

    #: ``error`` when it cannot work, ``warning`` when it may not mean what it says, ``note`` otherwise
    severity: str
    #: ``expression``, ``type``, ``overlap``, ``gap``, ``unreachable`` or ``size``
    kind: str
    message: str
    #: name of the decision or business knowledge model
    decision: str
    line: int
    #: id of the element in the file, empty where it has none
    element: str
    #: numbers of the rules from 1
    rules: tuple[int, ...] = ()


def check(of: DecisionModel) -> list[Finding]:
    """All findings about a model, in the order of the file."""
    found: list[Finding] = []
    for error in of.problems():
        owner = next((n.name for n in of.definitions.nodes.values() if n.id == error.element), "")
        found.append(Finding("error", "expression", error.message, owner, error.line or 0, error.element or ""))
    for node in of.definitions.nodes.values():
        found += _type_findings(of, node)
        for table in _tables(node):
            found += _Table(of, node, table).findings()
    return sorted(found, key=lambda finding: finding.line)


def _type_findings(of: DecisionModel, node: model.Node) -> Iterator[Finding]:
    reference = node.variable.type
    kind = of.types.resolve(reference)
    if reference and isinstance(kind, NamedType) and kind.name == "Any" and reference not in ("Any", "feel:Any", "any"):
        message = f"nothing defines the type '{reference}': any value is taken"
        yield Finding("warning", "type", message, node.name, node.variable.line or node.line, node.id)


def _tables(node: model.Node) -> Iterator[model.DecisionTable]:
    expression: model.Expression | None = None
    if isinstance(node, model.Decision):
        expression = node.expression
    elif isinstance(node, model.BusinessKnowledge):
        expression = node.function
    yield from _tables_in(expression)


def _tables_in(expression: model.Expression | None) -> Iterator[model.DecisionTable]:
    match expression:
        case model.DecisionTable():
            yield expression
        case model.FunctionDefinition(body=body):
            yield from _tables_in(body)
        case model.BoxedContext(entries=entries):
            for entry in entries:
                yield from _tables_in(entry.expression)
        case model.BoxedList(items=items):
            for item in items:
                yield from _tables_in(item)
        case model.Conditional(condition=condition, yes=yes, no=no):
            for part in (condition, yes, no):
                yield from _tables_in(part)
        case model.Invocation(bindings=bindings):
            for _, argument in bindings:
                yield from _tables_in(argument)
        case model.Iterator(source=source, body=part) | model.BoxedFilter(source=source, match=part):
            yield from _tables_in(source)
            yield from _tables_in(part)


class _Table:
    def __init__(self, of: DecisionModel, node: model.Node, table: model.DecisionTable) -> None:
        self._model = of
        self._node = node
        self._table = table
        self._steps = MAX_STEPS

    def findings(self) -> Iterator[Finding]:
        """All about this table."""
        if len(self._table.rules) > MAX_RULES:
            yield self._finding("note", "size", f"more than {MAX_RULES} rules: not checked for overlaps and gaps")
            return
        try:
            cells = [[self._tree(cell) for cell in rule.tests] for rule in self._table.rules]
        except FeelError:
            return  # told already, as an expression
        columns = [self._column([row[index] for row in cells], index) for index in range(len(self._table.inputs))]
        boxes = [self._box(row, columns) for row in cells]
        yield from self._never(boxes)
        yield from self._overlaps(cells, boxes)
        try:
            yield from self._covered(boxes, columns)
            yield from self._gaps(boxes, columns)
        except _TooMany:
            yield self._finding("note", "size", "too many combinations: not checked for gaps")

    def _finding(self, severity: str, kind: str, message: str, rules: tuple[int, ...] = ()) -> Finding:
        """A finding about the table, or about the last of these rules."""
        place = self._table.rules[rules[-1] - 1] if rules else self._table
        element = place.id or self._table.id or self._node.id
        return Finding(severity, kind, message, self._node.name, place.line, element, rules)

    # What the table says, as sets

    def _tree(self, cell: model.Tests) -> syntax.UnaryTests:
        tree = parse_tests(cell.text, self._model.names).tree
        assert isinstance(tree, syntax.UnaryTests)
        return tree

    def _column(self, cells: list[syntax.UnaryTests], index: int) -> Region | None:
        """The values that the input can have; None when its cells cannot be reasoned about."""
        clause = self._table.inputs[index]
        kind: str | None = None
        allowed = self._allowed(clause)
        try:
            for tests in (*cells, *((allowed,) if allowed else ())):
                named = cell_kind(tests)
                if named is not None and kind is not None and named != kind:
                    return None
                kind = named or kind
            if allowed is not None and kind is not None:
                return cell_region(allowed, kind)
        except NotAnalysable:
            return None
        reference = self._model.types.resolve(clause.expression.type)
        if reference == NamedType("boolean") or (kind == "single" and _only_booleans(cells)):
            return Single(frozenset([True, False]))
        return everything(kind or "single")

    def _allowed(self, clause: model.InputClause) -> syntax.UnaryTests | None:
        if clause.allowed is not None:
            return self._tree(clause.allowed)
        reference = self._model.types.resolve(clause.expression.type)
        if isinstance(reference, NamedType) and not is_native(reference.name):
            definition = self._model.types.get(reference.name)
            if definition is not None and definition.allowed is not None and not definition.collection:
                tree = definition.allowed.tree
                assert isinstance(tree, syntax.UnaryTests)
                return tree
        return None

    def _box(self, row: list[syntax.UnaryTests], columns: list[Region | None]) -> list[Region | None]:
        box: list[Region | None] = []
        for tests, domain in zip(row, columns, strict=True):
            if domain is None:
                box.append(None)
                continue
            kind = "single" if isinstance(domain, Single) else domain.kind
            try:
                box.append(meet(cell_region(tests, kind), domain))
            except NotAnalysable:
                box.append(None)
        return box

    # What follows from them

    def _never(self, boxes: list[list[Region | None]]) -> Iterator[Finding]:
        for number, box in enumerate(boxes, 1):
            for region, clause in zip(box, self._table.inputs, strict=True):
                if region is not None and region.empty:
                    message = f"rule {number} never holds: no allowed value of '{_title(clause)}' passes its test"
                    yield self._finding("warning", "unreachable", message, (number,))
                    break

    def _overlaps(self, cells: list[list[syntax.UnaryTests]], boxes: list[list[Region | None]]) -> Iterator[Finding]:
        policy = self._table.hit_policy
        if policy not in (model.HitPolicy.UNIQUE, model.HitPolicy.ANY):
            return
        told = 0
        for second, box in enumerate(boxes):
            for first in range(second):
                if told >= MAX_OVERLAPS:
                    yield self._finding("note", "size", f"more than {MAX_OVERLAPS} overlaps: the rest is not told")
                    return
                if policy is model.HitPolicy.ANY and self._same_outputs(first, second):
                    continue
                common = self._common(boxes[first], box, cells[first], cells[second])
                if common is not None:
                    told += 1
                    wanted = "allows one rule" if policy is model.HitPolicy.UNIQUE else "wants equal results"
                    message = f"rules {first + 1} and {second + 1} both hold{common}, where {policy.value} {wanted}"
                    yield self._finding("error", "overlap", message, (first + 1, second + 1))

    def _same_outputs(self, first: int, second: int) -> bool:
        rules = self._table.rules
        return [cell.text for cell in rules[first].outputs] == [cell.text for cell in rules[second].outputs]

    def _common(
        self,
        first: list[Region | None],
        second: list[Region | None],
        first_cells: list[syntax.UnaryTests],
        second_cells: list[syntax.UnaryTests],
    ) -> str | None:
        """For which inputs both hold, in words; None when for none, or when it cannot be known."""
        words: list[str] = []
        for index, (a, b) in enumerate(zip(first, second, strict=True)):
            if a is None or b is None:
                if first_cells[index] != second_cells[index]:
                    return None
                continue
            shared = meet(a, b)
            if shared.empty:
                return None
            if shared.finite or not isinstance(shared, Single):
                words.append(f"{_title(self._table.inputs[index])}: {shared}")
        return f" for {'; '.join(words)}" if words else ""

    def _covered(self, boxes: list[list[Region | None]], columns: list[Region | None]) -> Iterator[Finding]:
        """Rules whose every input an earlier or more important rule decides already."""
        policy = self._table.hit_policy
        if policy is model.HitPolicy.FIRST:
            ranks: list[int] | None = list(range(len(boxes)))
        elif policy is model.HitPolicy.PRIORITY:
            ranks = output_order(self._model.types, self._table)
        else:
            return
        if ranks is None:
            return
        for number, box in enumerate(boxes):
            whole = _known(box)
            if whole is None or any(region.empty for region in whole):
                continue
            above = [i for i in range(len(boxes)) if ranks[i] < ranks[number]]
            left = [whole]
            used: list[int] = []
            for index in above:
                other = _known(boxes[index])
                if other is not None and any(box_meets(each, other) for each in left):
                    left = self._without(left, other)
                    used.append(index + 1)
            if not left:
                message = f"rule {number + 1} is never reached: rules {_listed(used)} hold before it wherever it does"
                yield self._finding("warning", "unreachable", message, (*used, number + 1))

    def _gaps(self, boxes: list[list[Region | None]], columns: list[Region | None]) -> Iterator[Finding]:
        """Inputs for which no rule holds, where these can be listed."""
        table = self._table
        if not (table.hit_policy.single or table.aggregation) or any(output.default for output in table.outputs):
            return
        domain = _known(columns)
        if domain is None or not table.inputs or any(region is None for box in boxes for region in box):
            return
        left: list[Box] = [domain]
        for box in boxes:
            known = _known(box)
            if known is not None:
                left = self._without(left, known)
        enumerated = [
            all(_is_point(box[index]) or box[index] == whole for box in boxes) for index, whole in enumerate(domain)
        ]
        for gap in left:
            told = [_told(region, whole, points) for region, whole, points in zip(gap, domain, enumerated, strict=True)]
            # Where an input may be anything, some value is always left: only what can be listed is told.
            if any(region is not None and region.empty for region in told) or all(region is None for region in told):
                continue
            words = "; ".join(
                f"{_title(clause)}: {region}"
                for clause, region in zip(table.inputs, told, strict=True)
                if region is not None
            )
            yield self._finding("warning", "gap", f"no rule holds for {words}")

    def _without(self, boxes: list[Box], taken: Box) -> list[Box]:
        self._steps -= len(boxes)
        if self._steps < 0:
            raise _TooMany
        return [piece for box in boxes for piece in box_minus(box, taken)]


class _TooMany(Exception):
    pass


def _known(box: list[Region | None]) -> Box | None:
    known = tuple(region for region in box if region is not None)
    return known if len(known) == len(box) else None


def _is_point(region: Region | None) -> bool:
    """Whether a cell names single values only."""
    return isinstance(region, Ordered) and all(
        span.low is not None and span.high is not None and span.low.key == span.high.key for span in region.spans
    )


def _told(region: Region, whole: Region, points: bool) -> Region | None:
    """The part of a gap that a designer can act upon; None when the input does not matter.

    :param points: whether the rules name single values of this input only, so that those between are no gap
    """
    if region == whole and not whole.finite:
        return None
    if isinstance(region, Single):
        return region if region.finite else Single(frozenset())
    if whole.finite:
        return region
    bounded = [] if points else [span for span in region.spans if span.low is not None and span.high is not None]
    return Ordered(region.kind, tuple(bounded))


def _only_booleans(cells: list[syntax.UnaryTests]) -> bool:
    literals = [test.value for tests in cells for test in tests.tests if isinstance(test, syntax.Literal)]
    return bool(literals) and all(isinstance(value, bool) for value in literals)


def _title(clause: model.InputClause) -> str:
    return clause.label or clause.expression.text


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
