"""QTI 1.2, 2.x and 3.0: single items, tests with the items they name, packages with imsmanifest.xml."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from assessments.exchange import qti1_items, qti_items
from assessments.exchange.collecting import Collector
from assessments.exchange.encoding import decode
from assessments.exchange.qti_files import Files, beside
from assessments.exchange.qti_markup import with_names_of_2
from assessments.exchange.questions import FileRefused, Question
from assessments.exchange.xml_tree import Node, parse

MANIFEST = "imsmanifest.xml"
_NOT_QTI = "This is no QTI: its first element is <{name}>. Export it as QTI, or choose another format."


@dataclass(frozen=True)
class _Described:
    """What a manifest says of one item."""

    identifier: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()


def read_qti(text: str, found: Collector) -> None:
    """The questions of one decoded file, into `found`. Raises FileRefused where it is no QTI or names other files."""
    root = with_names_of_2(parse(text))
    if root.name in ("assessmentTest", "manifest"):
        raise FileRefused(
            "This file names others that hold the questions. Import its folder, or the package as a zip.", root.line
        )
    _read_root(root, found, _Described())


def read_package(files: Files, found: Collector) -> None:
    """The questions of all items, in the order of the test, then of the manifest, then of the names of the files."""
    described = _manifest(files)
    trees = {}
    for name in files.names:
        if name.rpartition("/")[2] != MANIFEST:
            trees[name] = _tree(files, name, found)
    if not any(trees.values()) and not found.refused:
        raise FileRefused("There is no QTI in it. Import a QTI item, its folder, or a package as a zip.")
    for name in _in_order(trees, list(described)):
        tree = trees[name]
        if tree is not None and tree.name != "assessmentTest":
            found.file = name
            _read_root(tree, found, described.get(name, _Described()))
    found.file = ""


def _tree(files: Files, name: str, found: Collector) -> Node | None:
    """Of a file that holds questions or names them. None of one that does neither, or that is refused."""
    found.file = name
    try:
        decoded = decode(files.read(name))
        root = with_names_of_2(parse(decoded.text))
    except FileRefused as error:
        found.refuse(error.line, str(error))
        return None
    for note in decoded.notes:
        found.note(note.line, note.message)
    return root if root.name in ("assessmentItem", "assessmentTest", "questestinterop") else None


def _read_root(root: Node, found: Collector, described: _Described) -> None:
    if root.name == "assessmentItem":
        found.add(root.line, lambda removed: _described(qti_items.item_question(root, removed), described))
    elif root.name == "questestinterop":
        for item in root.below("item"):
            found.add(item.line, partial(qti1_items.item_question, item))
    else:
        raise FileRefused(_NOT_QTI.format(name=root.name[:40]), root.line)


def _described(question: Question, described: _Described) -> Question:
    return replace(
        question,
        identifier=described.identifier or question.identifier,
        category=described.category,
        tags=described.tags,
    )


def _in_order(trees: dict[str, Node | None], of_manifest: list[str]) -> Iterator[str]:
    named = [
        beside(name, reference.get("href"))
        for name, tree in trees.items()
        if tree is not None and tree.name == "assessmentTest"
        for reference in tree.below("assessmentItemRef")
    ]
    return (name for name in dict.fromkeys([*named, *of_manifest, *trees]) if name in trees)


def _manifest(files: Files) -> dict[str, _Described]:
    """What the manifest says of each file it names, in its order; empty without one."""
    name = next((name for name in files.names if name.rpartition("/")[2] == MANIFEST), None)
    if name is None:
        return {}
    try:
        root = parse(decode(files.read(name)).text)
    except FileRefused as error:
        raise FileRefused(f"{name}: {error}", error.line) from None
    return {
        beside(name, resource.get("href") or (resource.first("file") or resource).get("href")): _metadata(resource)
        for resource in root.below("resource")
    }


def _metadata(resource: Node) -> _Described:
    metadata = resource.first("metadata")
    if metadata is None:
        return _Described()
    general = next(iter(metadata.below("general")), None)
    taxon = next(iter(metadata.below("taxon")), None)
    tags = [" ".join(node.text.split())[:100] for node in general.all("keyword")] if general else []
    return _Described(
        identifier=general.text_of("identifier", "entry")[:500] if general else "",
        category=taxon.text_of("entry")[:500] if taxon else "",
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
    )
