"""What one rater, or the learner, says: sealed as long as it is kept, so that no table and no page of operators shows it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from common.encryption import decrypt, encrypt
from common.shown import mark_of

NAMED = "may_be_named"


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


def fields_of(answers: Answers) -> dict[str, str]:
    """By the name of their field in a form; what is not answered is left out."""
    ratings = {f"b{key}": str(rating) for key, rating in answers.ratings.items()}
    return (
        ratings
        | {name: text for name, text in answers.comments.items() if text}
        | ({NAMED: "on"} if answers.may_be_named else {})
    )


def answers_of(fields: Mapping[str, str]) -> Answers:
    ratings = {int(name[1:]): int(value) for name, value in fields.items() if name[1:].isdecimal()}
    comments = {name: text for name, text in fields.items() if name != NAMED and not name[1:].isdecimal()}
    return Answers(ratings, comments, NAMED in fields)


@dataclass(frozen=True)
class Merged:
    """`answers` with what a page changed put into what is saved. `unsaved`: what was typed there over a newer answer, by field.

    `is_older`: the page did not show all that is saved now.
    """

    answers: Answers
    unsaved: dict[str, str] = field(default_factory=dict)
    is_older: bool = False


def merge(saved: Answers, sent: Answers, seen: Mapping[str, str]) -> Merged:
    """`seen`: for each field of the page the mark of what it showed. A field that another page changed since stays as it is."""
    now, typed, unsaved = fields_of(saved), fields_of(sent), {}
    for name, mark in seen.items():
        value, newer = typed.get(name, ""), now.get(name, "")
        if mark_of(value) == mark or value == newer:
            continue
        if mark_of(newer) != mark:
            unsaved[name] = value
        elif value:
            now[name] = value
        else:
            del now[name]
    return Merged(answers_of(now), unsaved, any(now.get(name, "") != typed.get(name, "") for name in seen))
