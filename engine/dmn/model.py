"""What a DMN file says, as plain values (DMN 1.5 chapters 6 to 10). Not how it is evaluated.

``line`` is the line of the file, from 1; ``id`` is empty where the file gives none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


class HitPolicy(Enum):
    """Which of the rules that hold make the result (DMN 1.5 §8.2.8)."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"

    @property
    def single(self) -> bool:
        """Whether the result is one rule's output, not a list."""
        return self in (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST)


@dataclass(frozen=True, kw_only=True)
class Element:
    """Anything with a place in the file."""

    id: str = ""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Variable(Element):
    """An information item: a name and the type of its values, empty when none is given."""

    name: str
    type: str = ""


# Boxed expressions (DMN 1.5 §10.2.1) -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Boxed(Element):
    """A boxed expression of any kind, with the type it declares."""

    type: str = ""


@dataclass(frozen=True, kw_only=True)
class Literal(Boxed):
    """FEEL text; ``language`` is another's name where it is not FEEL."""

    text: str
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Tests(Element):
    """Unary tests, as text; ``language`` is another's name where it is not FEEL."""

    text: str
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Invocation(Boxed):
    """A call with arguments by name."""

    function: Expression
    bindings: tuple[tuple[str, Expression | None], ...]


@dataclass(frozen=True, kw_only=True)
class ContextEntry(Element):
    """One line of a boxed context; without a variable it is the context's result."""

    variable: Variable | None
    expression: Expression | None


@dataclass(frozen=True, kw_only=True)
class BoxedContext(Boxed):
    """Named values, each of which sees those above it."""

    entries: tuple[ContextEntry, ...]


@dataclass(frozen=True, kw_only=True)
class BoxedList(Boxed):
    """A list of expressions."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True)
class Relation(Boxed):
    """A table of expressions; evaluates to a list of contexts."""

    columns: tuple[Variable, ...]
    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True, kw_only=True)
class FunctionDefinition(Boxed):
    """A function; its kind is ``FEEL``, ``Java`` or ``PMML``, and only the first is ever run."""

    kind: str
    parameters: tuple[Variable, ...]
    body: Expression | None


@dataclass(frozen=True, kw_only=True)
class Conditional(Boxed):
    """``if``, ``then``, ``else`` in boxes."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, kw_only=True)
class BoxedFilter(Boxed):
    """``in`` a list, those that ``match``."""

    source: Expression
    match: Expression


@dataclass(frozen=True, kw_only=True)
class Iterator(Boxed):
    """``for``, ``some`` or ``every`` over a list."""

    kind: str
    variable: str
    source: Expression
    body: Expression


@dataclass(frozen=True, kw_only=True)
class InputClause(Element):
    """A column of conditions."""

    label: str
    expression: Literal
    allowed: Tests | None


@dataclass(frozen=True, kw_only=True)
class OutputClause(Element):
    """A column of results."""

    name: str
    label: str
    type: str
    allowed: Tests | None
    default: Literal | None


@dataclass(frozen=True, kw_only=True)
class Rule(Element):
    """A row: one test for each input, one expression for each output."""

    tests: tuple[Tests, ...]
    outputs: tuple[Literal, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DecisionTable(Boxed):
    """Rules, and what to make of those that hold (DMN 1.5 chapter 8)."""

    hit_policy: HitPolicy
    #: ``SUM``, ``COUNT``, ``MIN``, ``MAX``, or empty
    aggregation: str
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]


Expression: TypeAlias = (
    Literal
    | Invocation
    | BoxedContext
    | BoxedList
    | Relation
    | FunctionDefinition
    | Conditional
    | BoxedFilter
    | Iterator
    | DecisionTable
)


# Requirements graph (DMN 1.5 chapter 6) ----------------------------------------------------------------------

#: namespace and id of an element, perhaps of an imported model's
Reference: TypeAlias = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Node(Element):
    """An element of the requirements graph."""

    name: str
    variable: Variable


@dataclass(frozen=True, kw_only=True)
class InputData(Node):
    """Data from outside."""


@dataclass(frozen=True, kw_only=True)
class Decision(Node):
    """A decision, what it needs, and its logic."""

    required: tuple[Reference, ...] = ()
    knowledge: tuple[Reference, ...] = ()
    expression: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class BusinessKnowledge(Node):
    """A business knowledge model: a function for decisions."""

    knowledge: tuple[Reference, ...] = ()
    function: FunctionDefinition | None = None


@dataclass(frozen=True, kw_only=True)
class DecisionService(Node):
    """Decisions offered as a function."""

    outputs: tuple[Reference, ...] = ()
    encapsulated: tuple[Reference, ...] = ()
    input_decisions: tuple[Reference, ...] = ()
    input_data: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ItemDefinition(Element):
    """A type: of a base, of components, of a function, or of a collection of these."""

    name: str
    base: str = ""
    collection: bool = False
    components: tuple[ItemDefinition, ...] = ()
    function: tuple[tuple[Variable, ...], str] | None = None
    #: holds for each item of a collection
    allowed: Tests | None = None
    #: holds for the whole value
    constraint: Tests | None = None


@dataclass(frozen=True, kw_only=True)
class Import(Element):
    """Another model, whose elements are read as ``name.element``."""

    name: str
    namespace: str
    location: str = ""


@dataclass(frozen=True, kw_only=True)
class Definitions(Element):
    """A whole DMN file."""

    name: str
    namespace: str
    #: as in ``1.5``
    version: str
    imports: tuple[Import, ...] = ()
    types: tuple[ItemDefinition, ...] = ()
    nodes: dict[str, Node] = field(default_factory=dict)
