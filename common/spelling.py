"""Names, such as those of teams and courses, that files spell in several ways."""


def plain(name: str) -> str:
    """Without regard to case and spaces."""
    return " ".join(name.casefold().split())
