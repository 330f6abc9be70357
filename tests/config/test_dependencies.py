"""Every runtime dependency is used by the product: imported, named in a setting, or an exception with its reason."""

import ast
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import environ
import pytest
from django.utils.module_loading import import_string
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from config.launcher import children
from config.settings import base

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DEPENDENCIES = PROJECT["project"]["dependencies"]
OUR_PACKAGES = PROJECT["tool"]["importlinter"]["root_packages"]
# Django imports what these settings name; other settings hold words that only look like packages.
IMPORTED_SETTINGS = {"INSTALLED_APPS", "MIDDLEWARE", "AUTHENTICATION_BACKENDS", "TEMPLATES", "STORAGES", "CACHES", "TASKS"}
IMPORTED_SETTINGS |= {"AUTH_PASSWORD_VALIDATORS"}

# No line of ours imports these; `test_exceptions_are_needed_and_have_their_reason` holds each to its reason.
EXCEPTIONS = {
    "argon2-cffi": "Django imports it for the first of PASSWORD_HASHERS",
    "gunicorn": "the launcher starts it as a command",
    "psycopg": "Django imports it for the ENGINE that a DATABASE_URL of PostgreSQL gives",
}
# What an extra brings is used where this name is. The extra of psycopg, an exception itself, chooses how it is built.
EXTRAS = {"celery[redis]": "redis", "django-allauth[mfa]": "allauth.mfa", "django-storages[s3]": "storages.backends.s3"}
EXTRAS_THAT_NEED_NO_USE = {"psycopg[binary]"}


def test_each_dependency_is_used_by_the_product():
    assert [name for name in unused(DEPENDENCIES) if name not in EXCEPTIONS] == []


@pytest.mark.parametrize("requirement", ["hypothesis>=6", "factory_boy", "not-even-installed>=1"])
def test_a_dependency_that_nobody_imports_is_found(requirement):
    assert unused(["django>=5.2", "PyYAML", requirement]) == [canonicalize_name(Requirement(requirement).name)]


def test_a_dependency_of_another_platform_is_not_looked_for():
    assert unused(["not-even-installed>=1 ; sys_platform == 'amiga'"]) == []


def test_exceptions_are_needed_and_have_their_reason():
    assert [name for name in EXCEPTIONS if name not in unused(DEPENDENCIES)] == []
    assert import_string(base.PASSWORD_HASHERS[0]).library == "argon2"
    assert "gunicorn" in children(ROOT, 8000, with_worker=False)[0].command
    assert environ.Env.db_url_config("postgres://accord@localhost/accord")["ENGINE"] == "django.db.backends.postgresql"


def test_each_extra_is_used_by_the_product():
    requirements = [Requirement(text) for text in DEPENDENCIES]
    extras = {f"{requirement.name}[{extra}]" for requirement in requirements for extra in requirement.extras}
    assert extras == EXTRAS.keys() | EXTRAS_THAT_NEED_NO_USE
    assert [extra for extra, name in EXTRAS.items() if not is_used(name)] == []


def unused(dependencies: Iterable[str]) -> list[str]:
    """Names of the distributions, of those for this platform, of which no package is used."""
    requirements = [Requirement(text) for text in dependencies]
    wanted = [requirement for requirement in requirements if requirement.marker is None or requirement.marker.evaluate()]
    names = [canonicalize_name(requirement.name) for requirement in wanted]
    return sorted(name for name in names if not any(is_used(package) for package in packages_of(name)))


def packages_of(distribution: str) -> list[str]:
    """The names under which an installed distribution is imported."""
    return [package for package, owners in installed_packages().items() if distribution in owners]


@cache
def installed_packages() -> dict[str, set[str]]:
    """Each installed package with the distributions that bring it; one that shadows a package of ours says nothing."""
    found = packages_distributions().items()
    return {package: set(map(canonicalize_name, owners)) for package, owners in found if package not in OUR_PACKAGES}


def is_used(name: str) -> bool:
    """Whether the product uses a package, or a module within it."""
    return any(f"{used}.".startswith(f"{name}.") for used in used_names())


@cache
def used_names() -> frozenset[str]:
    """Dotted names that the product imports or names in a setting."""
    sources = [ROOT / "manage.py", *(path for package in OUR_PACKAGES for path in (ROOT / package).rglob("*.py"))]
    names = {name for path in sources for name in imported_names(ast.parse(path.read_text()))}
    for path in (ROOT / "config" / "settings").glob("*.py"):
        names |= set(names_in_settings(ast.parse(path.read_text())))
    return frozenset(names)


def imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def names_in_settings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and {ast.unparse(target) for target in node.targets} & IMPORTED_SETTINGS:
            constants = (part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant))
            yield from (value for value in constants if isinstance(value, str))
