"""Ids of the blocks of a lesson. What learners write hangs on them, so that no two lessons may share one.

A copy gets ids of its own in the copy itself: each follows from the page's identity and the id that was copied, so that the
live text of the copy, its draft and its older revisions all agree.
"""

from typing import Any
from uuid import UUID, uuid5


def own_id(page: UUID, copied: str) -> str:
    """The id in the page with this identity of a block that was copied into it."""
    return str(uuid5(page, copied))


def renewed(body: Any, page: UUID) -> Any:
    """The stream `body` of another page, with ids of the page whose identity is `page`."""
    blocks = [{**child, "id": own_id(page, child["id"])} for child in body.get_prep_value()]
    return body.stream_block.to_python(blocks)
