"""What FEEL costs: one condition and one table of a hundred rules, beside the same in plain Python.

``python -m benchmarks.feel`` prints a table; :func:`measure` gives the figures. Python's ``eval`` of code that
was compiled beforehand is the floor. To tell what compiling to closures gains, a walker over the same tree is
timed too; it knows only the nodes that are needed here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from engine import dmn, feel
from engine.feel import syntax
from engine.feel.comparing import both, compare
from engine.feel.limits import DEFAULT, Budget
from engine.feel.values import to_feel

CONDITION = 'amount > 5000 and status = "new"'
CONDITION_IN_PYTHON = 'amount > 5000 and status == "new"'
CONTEXT: dict[str, Any] = {"amount": 6000, "status": "new"}
RULES = 100
INPUTS: dict[str, Any] = {"amount": 99_500, "kind": "b"}


def _best(call: Callable[[], object], repeat: int = 5, seconds: float = 0.04) -> float:
    """Microseconds of one call: the best of several rounds, in processor time as other work may be going on."""
    rounds = 1
    while True:
        started = time.process_time()
        for _ in range(rounds):
            call()
        taken = time.process_time() - started
        if taken >= seconds:
            break
        rounds = max(rounds * 2, int(rounds * seconds / max(taken, 1e-6)))
    best = taken
    for _ in range(repeat - 1):
        started = time.process_time()
        for _ in range(rounds):
            call()
        best = min(best, time.process_time() - started)
    return best / rounds * 1e6


def _table() -> bytes:
    """A table of one hundred rules over an amount and a kind, of which the last holds."""
    rules = "".join(
        f"<rule><inputEntry><text>{escape(f'[{n * 1000}..{n * 1000 + 999}]')}</text></inputEntry>"
        f'<inputEntry><text>"a", "b"</text></inputEntry><outputEntry><text>{n}</text></outputEntry></rule>'
        for n in range(RULES)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="t" namespace="t">'
        '<decision id="fee" name="fee"><decisionTable hitPolicy="FIRST">'
        "<input><inputExpression><text>amount</text></inputExpression></input>"
        "<input><inputExpression><text>kind</text></inputExpression></input>"
        f'<output name="fee"/>{rules}</decisionTable></decision></definitions>'
    ).encode()


def _table_in_python() -> Callable[[], object]:
    rules = [
        (compile(f'{n * 1000} <= amount <= {n * 1000 + 999} and kind in ("a", "b")', "rule", "eval"), Decimal(n))
        for n in range(RULES)
    ]

    def run() -> object:
        return next(result for code, result in rules if eval(code, {}, INPUTS))

    return run


def walk(node: syntax.Node, context: Mapping[str, Any]) -> Any:
    """Evaluate by walking the tree, node by node."""
    match node:
        case syntax.And(left, right):
            return both(walk(left, context), walk(right, context))
        case syntax.Comparison(operator, left, right):
            return compare(operator, walk(left, context), walk(right, context), Budget(DEFAULT))
        case syntax.Name(name):
            return to_feel(context.get(name))
        case syntax.Literal(value):
            return value
    raise AssertionError(type(node).__name__)


def measure() -> dict[str, float]:
    """Microseconds of each, and their ratios."""
    expression = feel.parse(CONDITION)
    python = compile(CONDITION_IN_PYTHON, "condition", "eval")
    model = dmn.parse(_table())
    assert expression.evaluate(CONTEXT) is walk(expression.tree, CONTEXT) is eval(python, {}, CONTEXT) is True
    table_in_python = _table_in_python()
    assert model.evaluate("fee", INPUTS) == table_in_python() == RULES - 1
    figures = {
        "condition_feel_us": _best(lambda: expression.evaluate(CONTEXT)),
        "condition_feel_text_us": _best(lambda: feel.evaluate(CONDITION, CONTEXT)),
        "condition_walked_us": _best(lambda: walk(expression.tree, CONTEXT)),
        "condition_python_us": _best(lambda: eval(python, {}, CONTEXT)),
        "table_feel_us": _best(lambda: model.evaluate("fee", INPUTS)),
        "table_python_us": _best(table_in_python),
    }
    figures["condition_over_python"] = figures["condition_feel_us"] / figures["condition_python_us"]
    figures["table_over_python"] = figures["table_feel_us"] / figures["table_python_us"]
    figures["walked_over_compiled"] = figures["condition_walked_us"] / figures["condition_feel_us"]
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """Print the figures."""
    figures = measure()
    rows = [
        ("condition, compiled", figures["condition_feel_us"], f"{figures['condition_over_python']:.1f} x Python"),
        ("condition, text looked up", figures["condition_feel_text_us"], ""),
        ("condition, tree walked", figures["condition_walked_us"], f"{figures['walked_over_compiled']:.1f} x compiled"),
        ("condition, Python's eval", figures["condition_python_us"], ""),
        (f"table of {RULES} rules", figures["table_feel_us"], f"{figures['table_over_python']:.1f} x Python"),
        (f"{RULES} conditions, Python's eval", figures["table_python_us"], ""),
    ]
    for label, microseconds, remark in rows:
        print(f"{label:<32} {microseconds:>9.2f} µs  {remark}")


if __name__ == "__main__":
    main()
