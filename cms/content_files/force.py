"""Which files win over what authors did since: none, all, or some that somebody named."""

Force = bool | frozenset[str]


def is_forced(force: Force, path: str) -> bool:
    """`path` as reports name it; whoever names a folder means everything in it."""
    if isinstance(force, bool):
        return force
    return any(path == named or path.startswith(f"{named}/") for named in force)
