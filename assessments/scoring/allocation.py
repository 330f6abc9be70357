"""Who meets which form first: permuted blocks, so that forms and occasions do not confound."""

import hashlib
from itertools import combinations

BLOCK_LENGTH = 4
# The six ways to put two zeros and two ones in a row.
_ARRANGEMENTS = [
    tuple(0 if place in zeros else 1 for place in range(BLOCK_LENGTH))
    for zeros in combinations(range(BLOCK_LENGTH), BLOCK_LENGTH // 2)
]


def first_form(seed: str, sequence: int) -> int:
    """0 or 1: which of two forms the learner with this running number (from 0) meets first.

    Every block of four in a row holds each form twice. The arrangement of a block is read from a hash of the seed and the
    block's number, so that anybody who knows both can draw it again and check it, on every version of Python.
    """
    block, place = divmod(sequence, BLOCK_LENGTH)
    digest = hashlib.sha256(f"{seed}:{block}".encode()).digest()
    return _ARRANGEMENTS[int.from_bytes(digest, "big") % len(_ARRANGEMENTS)][place]
