"""Names of teams and courses, which files spell in several ways."""


def plain(name: str) -> str:
    """Without regard to case and spaces."""
    return " ".join(name.casefold().split())
