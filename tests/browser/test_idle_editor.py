"""An editor that is merely open saves nothing: it would be a draft that nobody wrote, and stop everybody else's autosave."""

from collections.abc import Callable

from playwright.sync_api import Page, Request

from tests.browser.books import Books
from tests.browser.editing import AUTHOR, edit, open_preview

COURSE = "uncover-what-others-expect"
# Twice the time after which a page asks who is signed in, and what autosave waits for after it.
IDLE = 24_000


def test_an_open_editor_saves_nothing(editor: Callable[[str], Page], base_url: str, books: Books) -> None:
    wen, sent = editor(AUTHOR), []

    def look(request: Request) -> None:
        if request.method == "POST" and ("/edit/" in request.url or "/preview/" in request.url):
            sent.append(request.url)

    edit(wen, base_url, books, COURSE)
    open_preview(wen)
    wen.wait_for_timeout(2_000)  # the preview is sent once, as it is opened
    before = dict(books.page(COURSE))
    wen.on("request", look)
    with wen.expect_response("**/cms/session/", timeout=IDLE):
        wen.wait_for_timeout(IDLE)
    assert sent == []
    assert dict(books.page(COURSE)) == before
