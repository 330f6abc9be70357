"""Sums that an item vouches for: `36*130 == 4680`, read by a parser that knows numbers and nothing else."""

import ast
import operator
from collections.abc import Callable
from fractions import Fraction

LONGEST = 200
LARGEST_EXPONENT = 64

_BINARY: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda a, b: Fraction(a // b),
    ast.Mod: operator.mod,
}
_COMPARED: dict[type[ast.cmpop], Callable[[Fraction, Fraction], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class BadSum(ValueError):
    """A sum that cannot be read; the message says which part."""


def holds(text: str) -> bool:
    """Whether a comparison of sums is true, in exact fractions: 0.1 + 0.2 == 0.3.

    Known are numbers, + − * / // % ** (to 64), brackets, the six comparisons, abs, min, max and round(x) or round(x, places),
    halves away from zero as people round them. Raises BadSum for everything else.
    """
    if len(text) > LONGEST:
        raise BadSum(f"it has {len(text)} characters; {LONGEST} are read")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadSum("it is not a sum") from error
    if not isinstance(tree, ast.Compare):
        raise BadSum("it compares nothing; write for instance 36*130 == 4680")
    values = [_value(side, text) for side in (tree.left, *tree.comparators)]
    return all(_compared(op, values[place], values[place + 1]) for place, op in enumerate(tree.ops))


def _compared(op: ast.cmpop, left: Fraction, right: Fraction) -> bool:
    if type(op) not in _COMPARED:
        raise BadSum("only ==, !=, <, <=, > and >= compare sums")
    return _COMPARED[type(op)](left, right)


def _value(node: ast.expr, text: str) -> Fraction:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        # As written: the nearest float to 0.1 is another number.
        return Fraction((ast.get_source_segment(text.strip(), node) or str(node.value)).replace("_", ""))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand, text)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        return _binary(node, _value(node.left, text), _value(node.right, text))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _called(node.func.id, [_value(argument, text) for argument in node.args])
    raise BadSum(f"“{ast.unparse(node)}” is no number and no sum of numbers")


def _binary(node: ast.BinOp, left: Fraction, right: Fraction) -> Fraction:
    if isinstance(node.op, ast.Pow):
        if right.denominator != 1 or abs(right) > LARGEST_EXPONENT or (left == 0 and right < 0):
            raise BadSum(f"the power {ast.unparse(node)} is not worked out")
        return left ** int(right)
    if type(node.op) not in _BINARY:
        raise BadSum(f"“{ast.unparse(node)}” uses a sign that is not known here")
    if right == 0 and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
        raise BadSum("it divides by zero")
    return _BINARY[type(node.op)](left, right)


def _called(name: str, values: list[Fraction]) -> Fraction:
    if name == "abs" and len(values) == 1:
        return abs(values[0])
    if name in ("min", "max") and values:
        return min(values) if name == "min" else max(values)
    if name == "round" and len(values) in (1, 2):
        return _rounded(values[0], values[1] if len(values) == 2 else Fraction(0))
    raise BadSum(f"“{name}” is not known here; abs, min, max and round are")


def _rounded(value: Fraction, places: Fraction) -> Fraction:
    if places.denominator != 1 or not 0 <= places <= 12:
        raise BadSum("round takes 0 to 12 places")
    scale = 10 ** int(places)
    size = (abs(value) * scale + Fraction(1, 2)) // 1
    return Fraction(size if value >= 0 else -size, scale)
