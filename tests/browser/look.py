"""What every page owes its reader, at both widths, light and dark."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError

PICTURES = Path(os.environ["ACCORD_PICTURES"]) if os.environ.get("ACCORD_PICTURES") else None
"""A folder for pictures of whole pages; without one none are taken, which takes long."""
WIDTHS = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 900}}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_said: dict[BrowserContext, list[str]] = {}


def listen(context: BrowserContext) -> None:
    """Keep what the browser complains about: errors of scripts, and whatever the Content-Security-Policy blocked."""
    said = _said[context] = []

    def keep(message: ConsoleMessage) -> None:
        # The answer of a page that is meant to be missing is no complaint about the page.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            said.append(message.text)

    def keep_error(error: WebError) -> None:
        said.append(str(error.error))

    context.on("console", keep)
    context.on("weberror", keep_error)


ALL = {"type": "tag", "values": RULES}
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What the colours of a page can break: nothing else is another in the dark."""


def violations(page: Page, rules: dict[str, object] = ALL) -> list[str]:
    """What axe finds on the page, as readable lines."""
    # The strict Content-Security-Policy holds for the page's own scripts; axe is evaluated by the browser's debugger.
    result = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{found['id']}: {found['help']}: {', '.join(' '.join(map(str, node['target'])) for node in found['nodes'][:4])}"
        for found in result.response["violations"]
    ]


SMALLEST_LETTER, FINGER = 11, 44
_MEASURE = """([smallest, finger]) => {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".visually-hidden");
  const named = (element) => `${element.tagName.toLowerCase()} “${element.textContent.trim().slice(0, 30)}”`;
  const letters = [...document.querySelectorAll("main svg text")].filter(shown).map((text) => {
    const scale = text.getScreenCTM().a;
    return [text, parseFloat(getComputedStyle(text).fontSize) * scale];
  }).filter(([, size]) => size < smallest - 0.05).map(([text, size]) => `${named(text)}: letters of ${size.toFixed(1)} px`);
  const controls = ".button, select, textarea, summary, input:not([type=hidden], [type=checkbox], [type=radio])";
  const small = [...document.querySelectorAll(controls)].filter(shown)
    .filter((control) => control.getBoundingClientRect().height < finger - 0.5)
    .map((control) => `${named(control)}: ${control.getBoundingClientRect().height.toFixed(0)} px high`);
  return [...new Set(letters)].slice(0, 3).concat([...new Set(small)].slice(0, 5));
}"""


def too_small(page: Page) -> list[str]:
    """Letters of pictures that nobody can read, controls that no finger can hit."""
    return page.evaluate(_MEASURE, [SMALLEST_LETTER, FINGER])


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page for whoever wants to look at it."""
    if PICTURES is None:
        return
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")


def problems(page: Page, name: str, width: str) -> list[str]:
    """What is wrong with the page as it stands in a window of this width; its pictures are kept on demand."""
    page.set_viewport_size(WIDTHS[width])
    page.emulate_media(color_scheme="light")
    found = [f"{width}: {line}" for line in violations(page)]
    if wider := overflow(page):
        found.append(f"{width}: {wider} px wider than its window")
    found += [f"{width}: {line}" for line in too_small(page)]
    picture(page, f"{name}-{width}-light")
    page.emulate_media(color_scheme="dark")
    found += [f"{width}, dark: {line}" for line in violations(page, OF_COLOURS)]
    picture(page, f"{name}-{width}-dark")
    page.emulate_media(color_scheme="light")
    return found


def complaints(page: Page) -> list[str]:
    """What the browser has complained about since the last time of asking."""
    said = _said.get(page.context, [])
    found, said[:] = list(said), []
    return found


def look(page: Page, name: str) -> None:
    """Look at a page in the middle of a walk, where it cannot be asked for again."""
    found = problems(page, name, "phone") + problems(page, name, "desk") + complaints(page)
    assert found == [], f"{name}, {page.url}:\n" + "\n".join(found)
