"""The FEEL that a designer likely meant who wrote Python, JavaScript or Groovy. Only a hint: nothing is run."""

from __future__ import annotations

import ast
import re
import warnings

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_COMPARE = {ast.Eq: "=", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_CALLS = {"len": "count", "sum": "sum", "min": "min", "max": "max", "abs": "abs", "str": "string", "int": "number"}
_SET_VARIABLE = re.compile(r"""(?:execution|task|this)\.setVariable\(\s*["'](\w+)["']\s*,\s*(.+?)\s*\)\s*;?\s*$""")
_ASSIGN = re.compile(r"(?:(?:var|let|const|def)\s+)?(\w+)\s*=\s*([^=].*?)\s*;?\s*$")
_MAX_SCRIPT = 2_000


class _Untold(Exception):
    """There is no FEEL for this."""


def feel_for_script(script: str) -> str | None:
    """Words such as ``total = amount * 2`` → “result variable `total`, expression `= amount * 2`”."""
    text = script.strip()
    if not text or len(text) > _MAX_SCRIPT:
        return None
    tree = _python(text)
    if tree is not None and len(tree.body) == 1:
        statement = tree.body[0]
        try:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                return f"result variable “{statement.targets[0].id}”, expression “= {_feel(statement.value)}”"
            if isinstance(statement, ast.Expr):
                return f"expression “= {_feel(statement.value)}”"
        except (_Untold, RecursionError):
            pass
    if "\n" not in text and (match := _SET_VARIABLE.match(text) or _ASSIGN.match(text)):
        expression = _rewritten(match[2])
        return f"result variable “{match[1]}”, expression “= {expression}”"
    return None


def feel_for_expression(text: str) -> str | None:
    """FEEL for one expression in another language; None if there is no likely one."""
    if not text.strip() or len(text) > _MAX_SCRIPT:
        return None
    tree = _python(text.strip())
    if tree is not None:
        if len(tree.body) != 1 or not isinstance(statement := tree.body[0], ast.Expr):
            return None
        try:
            return _feel(statement.value)
        except (_Untold, RecursionError):
            return None
    rewritten = _rewritten(text.strip())
    return rewritten if rewritten != text.strip() else None


def _python(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _feel(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=None):
            return "null"
        case ast.Constant(value=bool(value)):
            return "true" if value else "false"
        case ast.Constant(value=str(value)):
            return feel_string(value)
        case ast.Constant(value=int(value) | float(value)):
            return repr(value)
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=base, attr=name) | ast.Subscript(value=base, slice=ast.Constant(value=str(name))):
            return f"{_feel(base)}.{name}"
        case ast.Subscript(value=base, slice=ast.Constant(value=int(index))):
            return f"{_feel(base)}[{index + 1 if index >= 0 else index}]"
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
            return f"{_operand(left)} {_BINARY[type(operator)]} {_operand(right)}"
        case ast.BoolOp(op=operator, values=values):
            return (" and " if isinstance(operator, ast.And) else " or ").join(_operand(value) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"not({_feel(operand)})"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_operand(operand)}"
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _comparison(left, operator, right)
        case ast.IfExp(test=test, body=yes, orelse=no):
            return f"if {_feel(test)} then {_feel(yes)} else {_feel(no)}"
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return f"[{', '.join(_feel(item) for item in items)}]"
        case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
            entries = zip(keys, values, strict=True)
            return f"{{{', '.join(f'{_feel(key)}: {_feel(value)}' for key, value in entries if key is not None)}}}"
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _CALLS:
            return f"{_CALLS[name]}({', '.join(_feel(argument) for argument in arguments)})"
        case ast.Call(func=ast.Attribute(value=base, attr="append"), args=[item], keywords=[]):
            return f"append({_feel(base)}, {_feel(item)})"
        case ast.Call(func=ast.Attribute(value=base, attr="get"), args=[ast.Constant(value=str(name))], keywords=[]):
            return f"{_feel(base)}.{name}"
        case _:
            raise _Untold


def _comparison(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> str:
    if isinstance(operator, ast.In):
        return f"list contains({_feel(right)}, {_feel(left)})"
    if isinstance(operator, ast.NotIn):
        return f"not(list contains({_feel(right)}, {_feel(left)}))"
    if isinstance(operator, ast.Is | ast.IsNot):
        return f"{_operand(left)} {'=' if isinstance(operator, ast.Is) else '!='} {_operand(right)}"
    return f"{_operand(left)} {_COMPARE[type(operator)]} {_operand(right)}"


def _operand(node: ast.expr) -> str:
    text = _feel(node)
    return f"({text})" if isinstance(node, ast.BinOp | ast.BoolOp | ast.Compare | ast.IfExp) else text


def _rewritten(text: str) -> str:
    """C-like operators by FEEL's, outside strings."""
    pieces = re.split(r"(\"[^\"]*\"|'[^']*')", text.strip().rstrip(";").strip())
    for position, piece in enumerate(pieces):
        if position % 2:
            pieces[position] = feel_string(piece[1:-1])
            continue
        for pattern, feel in (
            (r"===?", "="),
            (r"\s*&&\s*", " and "),
            (r"\s*\|\|\s*", " or "),
            (r"!\s*([\w.]+)", r"not(\1)"),
        ):
            piece = re.sub(pattern, feel, piece)
        pieces[position] = piece
    return "".join(pieces)


def feel_string(value: str) -> str:
    """A FEEL string literal (DMN 1.5 §10.3.1.2, grammar rule 35)."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for character, escape in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        escaped = escaped.replace(character, escape)
    return f'"{escaped}"'
