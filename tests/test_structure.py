"""The structure that import contracts cannot hold: no circles, lazy imports counted; no link upwards by name."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, get_resolver

ROOT = Path(__file__).resolve().parents[1]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
RANK = {app.strip(): rank for rank, layer in enumerate(LAYERS) for app in layer.split("|")}


def modules() -> dict[str, Path]:
    found = {}
    for app in RANK:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


class Imports(ast.NodeVisitor):
    """Which of our modules one imports; `lazy` are the lines of imports inside functions. Those of `ready` do not count."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        self.names: set[str] = set()
        self.lazy: list[int] = []
        self._functions: list[str] = []
        self.visit(ast.parse(path.read_text(encoding="utf-8")))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()

    def visit_Import(self, node: ast.Import) -> None:
        self._add(node, [alias.name for alias in node.names])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        package = self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]
        for _level in range(node.level - 1):
            package = package.rpartition(".")[0]
        base = ".".join(filter(None, [package if node.level else "", node.module or ""]))
        self._add(node, [f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in node.names])

    def _add(self, node: ast.stmt, names: list[str]) -> None:
        ours = {name for name in names if name in MODULES} - {self.name}
        if not ours or self._functions[:1] == ["ready"]:
            return
        self.names |= ours
        if self._functions:
            self.lazy.append(node.lineno)


@pytest.fixture(scope="module")
def imports() -> dict[str, Imports]:
    return {name: Imports(name, path) for name, path in MODULES.items()}


def test_no_module_imports_itself_by_a_detour(imports):
    """Depth first: a module met again while it is still under way closes a circle."""
    done: set[str] = set()

    def circle_from(name: str, way: tuple[str, ...]) -> tuple[str, ...] | None:
        if name in way:
            return (*way[way.index(name) :], name)
        if name in done:
            return None
        for following in sorted(imports[name].names):
            if found := circle_from(following, (*way, name)):
                return found
        done.add(name)
        return None

    assert [circle for name in MODULES if (circle := circle_from(name, ()))] == []


def test_every_lazy_import_says_why(imports):
    """A comment above it, or above the imports that it follows."""
    silent = []
    for found in imports.values():
        lines = found.path.read_text(encoding="utf-8").splitlines()
        for number in found.lazy:
            above = number - 2
            while re.match(r"\s*(from|import) ", lines[above]):
                above -= 1
            if not lines[above].lstrip().startswith("#"):
                silent.append(f"{found.path.relative_to(ROOT)}:{number}")
    assert silent == []


# Links upwards ----------------------------------------------------------------------------------------------------------

# A page may say where it is, and the frame of the site leads everywhere.
EXEMPT_TEMPLATES = ("base.html", "console/base.html", "components/", "account/", "allauth/", "mfa/", "40", "429", "500")
EXEMPT_FUNCTIONS = {"get_absolute_url"}
REVERSING = {"reverse", "reverse_lazy", "redirect", "resolve_url"}
LOADING = r"""{%\s*(?:include|extends)\s+['"]([^'"#]+)"""


def owners() -> dict[str, str]:
    """The app behind each name of an address."""
    found: dict[str, str] = {}

    def walk(resolver, spaces: tuple[str, ...]) -> None:
        for pattern in resolver.url_patterns:
            if not isinstance(pattern, URLPattern):
                walk(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)
            elif pattern.name:
                module = getattr(pattern.callback, "__module__", "")
                found[":".join((*spaces, pattern.name))] = module.split(".")[0]

    walk(get_resolver(), ())
    return found


def is_upwards(app: str, name: str, owner_of: dict[str, str]) -> bool:
    return RANK.get(owner_of.get(name, ""), len(RANK)) < RANK[app]


def names_in_code(path: Path, owner_of: dict[str, str]) -> Iterator[str]:
    """Every string of a module that names an address: what `reverse` takes, and what is handed on to be reversed later.

    A name without a namespace is a word like any other (`learn`), so that one counts only where it is reversed.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    exempt = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in EXEMPT_FUNCTIONS
        for inner in ast.walk(node)
    }
    reversed_words = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in REVERSING
        for argument in node.args[:1]
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node.value not in owner_of or id(node) in exempt:
            continue
        if ":" in node.value or id(node) in reversed_words:
            yield node.value


def test_code_names_no_address_of_an_upper_app():
    owner_of = owners()
    upwards = [
        (name, text)
        for name, path in MODULES.items()
        for text in names_in_code(path, owner_of)
        if is_upwards(name.split(".")[0], text, owner_of)
    ]
    assert upwards == []


def apps_of_templates() -> dict[str, set[str]]:
    """Which apps render a template, by the names in their code and in the templates that include or extend it."""
    templates = {str(path.relative_to(ROOT / "templates")): path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    found: dict[str, set[str]] = {name: set() for name in templates}
    for name, path in MODULES.items():
        for template in re.findall(r'"([\w/]+\.html)', path.read_text(encoding="utf-8")):
            found.setdefault(template, set()).add(name.split(".")[0])
    loaded = {name: re.findall(LOADING, text) for name, text in templates.items()}
    waiting = list(templates)
    while waiting:
        name = waiting.pop()
        for inner in loaded.get(name, []):
            if not found[name] <= found.setdefault(inner, set()):
                found[inner] |= found[name]
                waiting.append(inner)
    return found


def test_templates_name_no_address_of_an_upper_app():
    """What leads upwards is asked for by what one does there: `{% page_link "import people" %}`."""
    owner_of, upwards = owners(), []
    for template, apps in apps_of_templates().items():
        path = ROOT / "templates" / template
        if not apps or template.startswith(EXEMPT_TEMPLATES) or not path.exists():
            continue
        lowest = max(apps, key=RANK.__getitem__)
        names = re.findall(r"""{%\s*url\s+['"]([\w:]+)""", path.read_text())
        upwards += [(template, name) for name in names if is_upwards(lowest, name, owner_of)]
    assert upwards == []
