"""What QTI items hold of XHTML, as clean HTML, and names of QTI 3.0 as those of 2.x, so that one reader knows them all."""

import re
from html import escape

from assessments.exchange.markup import TextFormat, as_blocks, to_html
from assessments.exchange.questions import QuestionRefused
from assessments.exchange.xml_tree import Node

BLANK = "_____"
_HYPHEN = re.compile(r"-([a-z])")
_EMPTY = {"br", "img", "hr", "source", "track", "wbr", "col"}
_KEPT_ATTRIBUTES = ("href", "src", "alt")
_VARIABLE = {"printedVariable", "templateBlock", "templateInline"}
_CONDITIONAL = {"feedbackBlock", "feedbackInline", "modalFeedback"}


def with_names_of_2(root: Node) -> Node:
    """`qti-simple-choice` becomes `simpleChoice`, `response-identifier` becomes `responseIdentifier`; in place."""
    for node in root.walk():
        if node.name.startswith("qti-"):
            node.name = _camel(node.name[4:])
        node.attributes = {
            key if key.startswith(("data-", "aria-")) else _camel(key): value for key, value in node.attributes.items()
        }
    return root


def _camel(name: str) -> str:
    return _HYPHEN.sub(lambda found: found[1].upper(), name)


def html_within(node: Node, removed: list[str]) -> str:
    """Clean HTML of what an element holds; a <div> that holds all of it is a mere wrapper."""
    return to_html(_inner(node, removed), TextFormat.HTML, removed)


def _inner(node: Node, removed: list[str]) -> str:
    shown = [child for child in node.children if not _is_silent(child, node, removed)]
    only = shown[0] if len(shown) == 1 else None
    if isinstance(only, Node) and only.name == "contentBody":
        return _inner(only, removed)
    if isinstance(only, Node) and only.name == "div":
        return _children(only, removed)
    return _children(node, removed)


def _is_silent(child: Node | str, parent: Node, removed: list[str]) -> bool:
    """Whether it shows no text: blanks, an interaction without a prompt, a paragraph that only holds one."""
    if isinstance(child, str):
        return not child.strip()
    return _outer(child, parent, removed) in ("", "<p></p>")


def _children(node: Node, removed: list[str]) -> str:
    return "".join(escape(child) if isinstance(child, str) else _outer(child, node, removed) for child in node.children)


def _outer(node: Node, parent: Node, removed: list[str]) -> str:
    if node.name.endswith("Interaction"):
        return _in_place_of(node, parent, removed)
    if node.name in _VARIABLE:
        raise QuestionRefused("Its text holds variables, which cannot be imported. Write the values instead.", node.line)
    if node.name in _CONDITIONAL:
        return ""  # belongs to an answer, and is read with it
    if node.name == "rubricBlock":
        return _rubric(node, removed)
    attributes = "".join(f' {name}="{escape(node.get(name))}"' for name in _KEPT_ATTRIBUTES if name in node.attributes)
    attributes += "".join(f' {name}=""' for name in node.attributes if name.lower().startswith("on") and name.isalpha())
    name = node.name if node.name.isalnum() else "span"
    if name in _EMPTY:
        return f"<{name}{attributes}>"
    return f"<{name}{attributes}>{_children(node, removed)}</{name}>"


def _in_place_of(interaction: Node, parent: Node, removed: list[str]) -> str:
    """What a learner reads where they answer: the prompt, or the blank within a sentence."""
    if interaction.name == "textEntryInteraction":
        alone = not any(child.strip() for child in parent.children if isinstance(child, str)) and len(parent.elements) == 1
        return "" if alone else BLANK
    prompt = interaction.first("prompt")
    return as_blocks(html_within(prompt, removed)) if prompt else ""


def _rubric(node: Node, removed: list[str]) -> str:
    views = node.get("view", "candidate").split()
    if "candidate" in views:
        return _children(node, removed)
    removed.append(f"a note for {' and '.join(views)[:60]}")
    return ""
