"""Who meets which form first: permuted blocks, so that forms and occasions do not confound."""

import hashlib
from itertools import combinations

BLOCK_LENGTH = 4
# The six ways to put two zeros and two ones in a row.
_BLOCK_ARRANGEMENTS = [
    tuple(0 if position in zero_positions else 1 for position in range(BLOCK_LENGTH))
    for zero_positions in combinations(range(BLOCK_LENGTH), BLOCK_LENGTH // 2)
]


def first_form(seed: str, sequence: int) -> int:
    """0 or 1: which of two forms the learner with this running number (from 0) meets first.

    Every block of four in a row holds each form twice. The arrangement of a block is read from a hash of the seed and the
    block's number, so that anybody who knows both can draw it again and check it, on every version of Python.

    Matts and Lachin (1988), Properties of permuted-block randomization in clinical trials, Controlled Clinical Trials 9,
    327–344.
    """
    block, position = divmod(sequence, BLOCK_LENGTH)
    digest = hashlib.sha256(f"{seed}:{block}".encode()).digest()
    return _BLOCK_ARRANGEMENTS[int.from_bytes(digest, "big") % len(_BLOCK_ARRANGEMENTS)][position]
