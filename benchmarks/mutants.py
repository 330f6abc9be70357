"""Mutants: small changes to the code that a test ought to notice. Nothing is run here."""

import ast
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

REMOVED = "(removed)"
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NARROWING = frozenset({"filter", "exclude", "get"})
# What is said to operators is left alone.
SPEAKERS = frozenset({"logger", "logging", "warnings"})
GENERIC = frozenset({"dict", "frozenset", "list", "set", "tuple", "type"})
HAVE_OPPOSITES = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)


@dataclass(frozen=True)
class Mutant:
    """One change: `before` becomes `after` between two places of the file, counted in bytes.

    `statement`: the first and the last line of what Python runs as one, as far as it comes to the change.
    """

    path: str
    line: int
    statement: tuple[int, int]
    scope: str
    before: str
    after: str
    start: int
    end: int
    code: str
    is_at_import: bool = False
    number: int = 1

    @property
    def key(self) -> str:
        """What names it however lines move; the second of its kind in a function is numbered, and those after it."""
        number = f" ({self.number})" if self.number > 1 else ""
        return f"{self.path}::{self.scope}: {self.before} -> {self.after}{number}"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before} -> {self.after}"

    def applied_to(self, source: bytes) -> bytes:
        return source[: self.start] + self.code.encode() + source[self.end :]


class _Finder(ast.NodeVisitor):
    """Every mutant of one file. Annotations, decorators, f-strings and the bodies of classes but for their methods stay."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path, self.source = path, source
        self.lines = [0]
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.found: list[Mutant] = []
        self._scope: list[str] = []
        self._functions = 0
        self._first_line = 1

    def visit(self, node: ast.AST) -> None:
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        outer, self._first_line = self._first_line, node.lineno
        super().visit(node)
        self._first_line = outer

    def add(self, node: ast.expr | ast.stmt | ast.keyword, code: str, *, after: str | None = None) -> None:
        start, end = self._place(node)
        before = ast.unparse(node)
        self._add(node, before, after or code, (start, end), code)

    def _add(self, node: ast.expr | ast.stmt | ast.keyword, before: str, after: str, place: tuple[int, int], code: str) -> None:
        scope = ".".join(self._scope) or "module"
        texts = (" ".join(text.split()) for text in (before, after))
        lines = node.lineno, (self._first_line, node.end_lineno or node.lineno)
        self.found.append(Mutant(self.path, *lines, scope, *texts, *place, code, is_at_import=not self._functions))

    def _place(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.lines[node.lineno - 1] + node.col_offset, self.lines[node.end_lineno - 1] + node.end_col_offset

    def _swap(self, node: ast.expr, other: ast.expr) -> None:
        self.add(node, f"({ast.unparse(other)})", after=ast.unparse(other))

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # Where nothing is changed

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.append(node.name)
        self._visit_all(entry for entry in node.body if isinstance(entry, (ast.FunctionDef, ast.ClassDef)))
        self._scope.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_all([*node.args.defaults, *node.args.kw_defaults])
        self._scope.append(node.name)
        self._functions += 1
        self._visit_all(node.body)
        self._functions -= 1
        self._scope.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_all([node.value])

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """`dict[str, int | None]` is a type wherever it stands; an index of a value is looked at."""
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        if not name[:1].isupper() and name not in GENERIC:
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Before Python 3.12 what stands inside says no true places."""

    # Where something is

    def visit_Compare(self, node: ast.Compare) -> None:
        for number, operator in enumerate(node.ops):
            other = [*node.ops]
            other[number] = COMPARISONS[type(operator)]()
            self._swap(node, ast.Compare(node.left, other, node.comparators))
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self._swap(node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._swap(node, node.operand)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in ARITHMETIC and not _is_formatting(node):
            self._swap(node, ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._swap(node, ast.Constant(not node.value))
        elif isinstance(node.value, (int, float)):
            self._swap(node, ast.Constant(node.value + 1))

    def _visit_condition(self, node: ast.If | ast.While | ast.IfExp) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self._visit_condition(node)

    def visit_While(self, node: ast.While) -> None:
        self._visit_condition(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._visit_condition(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for condition in node.ifs:
            self._negate(condition)
        self.generic_visit(node)

    def _negate(self, condition: ast.expr) -> None:
        """Comparisons and `not` have their own opposite."""
        is_own = isinstance(condition, ast.Compare) and len(condition.ops) == 1 and type(condition.ops[0]) in HAVE_OPPOSITES
        if not is_own and not (isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not)):
            self._swap(condition, ast.UnaryOp(ast.Not(), condition))

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in NARROWING:
            for keyword in node.keywords:
                if keyword.arg is not None:
                    self._remove_keyword(keyword)
        self.generic_visit(node)

    def _remove_keyword(self, keyword: ast.keyword) -> None:
        start, end = self._place(keyword)
        rest = self.source[end:]
        comma = len(rest) - len(rest.lstrip())
        if rest[comma : comma + 1] == b",":
            end += comma + 1
        self._add(keyword, ast.unparse(keyword), REMOVED, (start, end), "")

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Call) or _speaks(node.value):
            return
        if self._functions:
            self.add(node, "pass")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.add(node, "pass")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """What an error says stays as it is."""
        self.add(node, "pass")

    def visit_Assign(self, node: ast.Assign) -> None:
        """A name would be missing without its value; an attribute keeps the one that it has."""
        if all(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets):
            self.add(node, "pass")
        self._visit_all([node.value])


def _is_formatting(node: ast.BinOp) -> bool:
    """`"…" % values`, translated or not, and words put together."""
    if any(_is_text(side) for side in (node.left, node.right)):
        return True
    call = node.left
    is_translated = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", "ngettext"}
    return isinstance(node.op, ast.Mod) and (is_translated or isinstance(node.right, ast.Dict))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _speaks(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id in SPEAKERS


def mutants_of(path: str, source: bytes) -> list[Mutant]:
    """Every mutant of a file, in the order of the text. Those that Python could not read are left out."""
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    seen: Counter[str] = Counter()
    mutants = []
    for one in sorted(finder.found, key=_place_of):
        seen[one.key] += 1
        if _is_python(one.applied_to(source)):
            mutants.append(replace(one, number=seen[one.key]))
    return mutants


def _place_of(mutant: Mutant) -> tuple[str, int, int, str]:
    return mutant.path, mutant.start, mutant.end, mutant.after


def _is_python(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def files_in(root: Path, places: Iterable[str]) -> Iterator[str]:
    """Modules below `places`, files or folders, as paths from `root`, without migrations."""
    for place in places:
        below = [root / place] if place.endswith(".py") else sorted((root / place).rglob("*.py"))
        if not below or not below[0].exists():
            raise FileNotFoundError(f"There are no modules in {place}.")
        for path in below:
            if "migrations" not in path.parts:
                yield path.relative_to(root).as_posix()


def drawn(mutants: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """`count` of them, or all where there are fewer; the same for the same seed and the same code."""
    some = random.Random(seed).sample(mutants, min(count, len(mutants)))
    return sorted(some, key=_place_of)
