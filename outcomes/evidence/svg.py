"""From a Vega-Lite specification to SVG that may stand in a page with a strict Content-Security-Policy."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from xml.etree import ElementTree

import vl_convert

SVG = "http://www.w3.org/2000/svg"
_REFERENCE = re.compile(r"url\(['\"]?#")
_DROPPED_ATTRIBUTES = ("class", "role", "tabindex")


def render_svg(spec: dict[str, Any]) -> str:
    """The picture of `spec`, named for screen readers by its `description`.

    Without a style attribute or element, script or link; classes and inner roles are taken off, so that
    neither the page's style sheet nor a screen reader finds anything in it; ids begin with a prefix of its
    own, so that several pictures share a page.
    """
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))  # noqa: S314 - drawn by ourselves a moment ago
    prefix = "c" + hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:8] + "-"
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}style", f"{{{SVG}}}script"):
                parent.remove(child)
        _clean_attributes(parent, prefix)
    root.set("role", "img")
    root.set("aria-label", spec.get("description", ""))
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _clean_attributes(element: ElementTree.Element, prefix: str) -> None:
    for name in list(element.attrib):
        if name in _DROPPED_ATTRIBUTES or name.startswith("aria-"):
            del element.attrib[name]
    for declaration in element.attrib.pop("style", "").split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            element.set(name.strip(), value.strip())
    for name, value in element.attrib.items():
        if name == "id":
            element.set(name, prefix + value)
        elif name.endswith("href") and value.startswith("#"):
            element.set(name, f"#{prefix}{value[1:]}")
        else:
            element.set(name, _REFERENCE.sub(lambda match: match.group(0) + prefix, value))
