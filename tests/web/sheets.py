"""A worksheet on a page, as a browser shows and sends it."""

import re
from html import unescape


def shown(page: str) -> str:
    """The worksheet as a browser shows it: without what stands in templates."""
    return re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL)


def form(page: str) -> dict[str, str]:
    """The fields of the worksheet, as a browser sends them."""
    page = shown(page).split('<div class="activity activity--wide"')[1].split("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    selects = re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    choices = [(name, chosen(options)) for name, options in selects]
    return {name: unescape(text) for name, text in [*hidden, *areas, *choices] if name != "csrfmiddlewaretoken"}


def chosen(options: str) -> str:
    """What a browser sends of a choice: the value of the option, else its text with single spaces."""
    found = re.search(r'<option selected(?: value="([^"]*)")?>(.*?)</option>', options, re.DOTALL)
    if found is None:
        return ""
    return " ".join(found[2].split()) if found[1] is None else found[1]
