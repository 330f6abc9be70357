"""Every runtime dependency is used by the product, or it leaves."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
APPS = PROJECT["tool"]["importlinter"]["root_packages"]
# Used without an import of ours; each with where.
NAMED_ELSEWHERE = {
    "argon2-cffi": "PASSWORD_HASHERS: Django's Argon2 hasher imports it",
    "gunicorn": "started as a program by config/launcher.py and in production",
    "psycopg": "Django's PostgreSQL backend imports it, named by DATABASE_URL",
    "django-storages": "STORAGES of config/settings/production.py",
}


def imported_names() -> set[str]:
    """Top-level packages that the product imports or names in its settings as a dotted path."""
    names: set[str] = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.split(".")[0])
                elif app == "config" and isinstance(node, ast.Constant) and isinstance(node.value, str):
                    names.add(node.value.split(".")[0])
    return names


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def dependencies() -> list[str]:
    return [plain(re.match(r"[A-Za-z0-9._-]+", line).group(0)) for line in PROJECT["project"]["dependencies"]]


def test_each_dependency_is_imported_by_the_product():
    provides: dict[str, set[str]] = {}
    for package, distributions in packages_distributions().items():
        for distribution in distributions:
            provides.setdefault(plain(distribution), set()).add(package)
    used = imported_names() - set(sys.stdlib_module_names)
    unused = [name for name in dependencies() if name not in NAMED_ELSEWHERE and not provides.get(name, {name}) & used]
    assert unused == []


def test_the_exceptions_are_dependencies_that_nobody_imports():
    assert set(NAMED_ELSEWHERE) <= set(dependencies())
