"""What a page showed when it was opened: an old tab must not replace what a newer one has saved.

A page sends the mark of what it showed along with what was typed. Where something else is saved by now, that stays, and both
are shown.
"""

import hashlib
import json

SHOWN = "shown"


def mark_of(saved: object) -> str:
    """The same for the same content, whatever the order of its keys; empty where nothing is saved."""
    if not saved:
        return ""
    text = json.dumps(saved, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
