"""An editor that is merely open sends nothing: a save would be a draft nobody wrote, and stop everybody else's autosave."""

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.browser.books import Books
from tests.browser.editing import AUTHOR, PATIENCE, edit, open_preview, stored, typed

# Twice the time after which a page asks who is signed in, and what autosave waits for after it.
IDLE = 24_000
OWNER = "kept-for"


def test_an_open_editor_saves_nothing_until_somebody_types(editor: Callable[[str], Page], base_url: str, books: Books) -> None:
    wen, sent = editor(AUTHOR), []

    def look(request: Request) -> None:
        if request.method == "POST" and ("/edit/" in request.url or "/preview/" in request.url):
            sent.append(request)

    edit(wen, base_url, books, "uncover-what-others-expect")
    expect(wen.locator("#id_title")).to_be_visible()
    open_preview(wen)
    wen.wait_for_timeout(2_000)  # the preview is sent once, as it is opened
    before = books.page("uncover-what-others-expect")
    wen.on("request", look)
    with wen.expect_response("**/cms/session/", timeout=IDLE):
        wen.wait_for_timeout(IDLE)
    assert [request.url for request in sent] == []
    assert books.page("uncover-what-others-expect") == before

    typed(wen, summary=" Seen at work.")
    saved = [request.post_data or "" for request in sent if "/edit/" in request.url]
    assert [OWNER in words for words in saved] == [True] * len(saved) != []


def test_what_is_typed_before_wagtail_looks_is_saved(editor: Callable[[str], Page], base_url: str, books: Books) -> None:
    """Its first look is two seconds after the page has loaded: what stands there by then it takes for what is stored."""
    wen = editor(AUTHOR)
    wen.add_init_script("window.addEventListener('w-unsaved:watch-edits', () => { window.looked = true; })")
    edit(wen, base_url, books, "uncover-what-others-expect")
    wen.locator("#id_audience").focus()
    assert wen.evaluate("window.looked") is None
    with wen.expect_response(lambda answer: stored(answer, " Typed at once."), timeout=PATIENCE):
        wen.keyboard.insert_text(" Typed at once.")
