"""What the database of a running site says, read beside it."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from tests.browser.stack import Site


@dataclass
class Books:
    site: Site

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        with sqlite3.connect(f"file:{self.site.var / 'accord.sqlite3'}?mode=ro", uri=True) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def page(self, slug: str) -> sqlite3.Row:
        [page] = self.rows("SELECT * FROM wagtailcore_page WHERE slug = ?", slug)
        return page

    def first_under(self, slug: str, depth: int) -> int:
        """Id of the first page so many levels below."""
        page = self.page(slug)
        query = "SELECT id FROM wagtailcore_page WHERE path LIKE ? AND depth = ? ORDER BY path LIMIT 1"
        return self.rows(query, f"{page['path']}%", page["depth"] + depth)[0]["id"]

    def state(self, slug: str) -> str:
        """Of the newest review of a page."""
        query = "SELECT status FROM wagtailcore_workflowstate WHERE object_id = ? ORDER BY id DESC LIMIT 1"
        return self.rows(query, str(self.page(slug)["id"]))[0]["status"]

    def mails(self) -> dict[str, int]:
        query = "SELECT recipient, count(*) AS sent FROM mail_maildelivery GROUP BY recipient"
        return {row["recipient"]: row["sent"] for row in self.rows(query)}

    def courses(self) -> set[str]:
        return {row["slug"] for row in self.rows("SELECT slug FROM courses_course")}

    def published(self, slug: str) -> int:
        query = "SELECT count(*) AS n FROM courses_courseversion v JOIN courses_course c ON c.id = v.course_id WHERE c.slug = ?"
        return self.rows(query, slug)[0]["n"]
