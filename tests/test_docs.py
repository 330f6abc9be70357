"""What the documents say of the code is there."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WALKS = re.findall(r"^### \(([a-e])\) .*?\n\n(\d+) files(.*?)(?=^##)", ARCHITECTURE, re.MULTILINE | re.DOTALL)


def paths_in(text: str) -> set[str]:
    """What stands in backticks and looks like a file of the repository, or a template as templates name each other."""
    return set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|html|md|toml))`", text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_is_named_exists(document):
    named = sorted(paths_in(document.read_text(encoding="utf-8")))
    assert [path for path in named if not (ROOT / path).exists() and not (ROOT / "templates" / path).exists()] == []


def test_the_apps_are_listed_in_the_order_of_the_import_contract():
    listed = re.findall(r"^\| (\d+) \| `(\w+)` \|", ARCHITECTURE, re.MULTILINE)
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert [app for _layer, app in listed] == linter["root_packages"]
    layers = enumerate(linter["contracts"][0]["layers"], 1)
    assert sorted(listed) == sorted((str(number), app) for number, layer in layers for app in layer.split(" | "))


def test_there_are_five_walks():
    assert [name for name, _count, _text in WALKS] == list("abcde")


@pytest.mark.parametrize(("name", "count", "text"), WALKS, ids=[walk[0] for walk in WALKS])
def test_a_walk_has_as_many_files_as_it_says(name, count, text):
    listed = re.findall(r"^\d+\. `(.+)`$", text, re.MULTILINE)
    assert len(listed) == len(set(listed)) == int(count)
