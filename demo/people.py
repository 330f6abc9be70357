"""Who can be in the demonstration, one for each role. Fictional, all of them, and only ever on this machine."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts.enums import Role

ORGANISATION_SLUG = "northwind-care"
ORGANISATION_NAME = "Northwind Care"
PASSWORD = "fair-to-both-sides"  # noqa: S105 - printed at every start; demo mode serves this machine only


# Beside the story: a course that is sold, and that no other installation has.
CONTENT = settings.CONTENT_DIR / "demo"


@dataclass(frozen=True)
class DemoPerson:
    email: str
    first_name: str
    last_name: str
    does: str
    page: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    is_member: bool = True
    is_operator: bool = False


PEOPLE = (
    DemoPerson(
        "ines@northwind.example", "Ines", "Carvalho", "corporate admin", "/org/northwind-care/", (Role.OWNER, Role.ADMIN)
    ),
    DemoPerson(
        "tomasz@northwind.example",
        "Tomasz",
        "Nowak",
        "L&D partner",
        "/org/northwind-care/outcomes/",
        (Role.LND_PARTNER, Role.DATA_STEWARD),
    ),
    DemoPerson(
        "amara@northwind.example", "Amara", "Diallo", "reader", "/org/northwind-care/outcomes/", (Role.OUTCOMES_READER,)
    ),
    DemoPerson("leila@northwind.example", "Leila", "Haddad", "learner", "/learn/"),
    DemoPerson("noor@northwind.example", "Noor", "Aziz", "a colleague, to negotiate with Leila", "/practice/pairs/"),
    DemoPerson("author@accord.example", "Wen", "Zhao", "content author", "/cms/", groups=("Authors",), is_member=False),
    DemoPerson("reviewer@accord.example", "Ruth", "Mensah", "reviewer", "/cms/", groups=("Reviewers",), is_member=False),
    DemoPerson("operator@accord.example", "Sol", "Park", "operator", "/admin/", is_member=False, is_operator=True),
)


def files_dir() -> Path:
    """Where the files are that the walks upload."""
    return settings.VAR_DIR / "demo"


def sign_in_text(url: str) -> str:
    """What the terminal prints: where to go and as whom."""
    lines = [f"  {person.does:<16} {person.email:<26} {url}{person.page}" for person in PEOPLE]
    lines += [f"  all e-mails      {url}/demo/mailbox/", f"  files to upload  {files_dir()}/"]
    return "\n".join([f"Demo accounts, all with the password {PASSWORD}", *lines])
