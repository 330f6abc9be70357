"""An editor that is merely open saves nothing: it would be a draft that nobody wrote, and stop everybody else's autosave."""

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.browser.books import Books
from tests.browser.editing import AUTHOR, edit, open_preview, typed

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

    typed(wen, sources="Seen at work")
    saved = [request.post_data or "" for request in sent if "/edit/" in request.url]
    assert [OWNER in words for words in saved] == [True] * len(saved) != []
