"""What one rater, or the learner, says: sealed as long as it is kept, so that no table and no page of operators shows it."""

import json
from dataclasses import dataclass, field

from common.encryption import decrypt, encrypt


@dataclass(frozen=True)
class Answers:
    """`ratings` by the key of a behaviour; `comments` by question; `may_be_named`: what a manager alone has agreed to."""

    ratings: dict[int, int] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    may_be_named: bool = False

    def seal(self) -> str:
        return encrypt(json.dumps([list(self.ratings.items()), self.comments, self.may_be_named]))


def unseal(kept: str) -> Answers:
    """Nothing said where nothing was kept. `SecretUnreadable` where the key is not configured any more."""
    if not kept:
        return Answers()
    ratings, comments, may_be_named = json.loads(decrypt(kept))
    return Answers({int(key): int(rating) for key, rating in ratings}, dict(comments), bool(may_be_named))
