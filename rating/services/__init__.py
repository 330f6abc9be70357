"""Writes of rubrics, raters and ratings."""

from rating.services.deciding import decide, decide_works, score_of
from rating.services.questions import Asked, write_question
from rating.services.raters import appoint_rater, end_rater
from rating.services.rating import rate, skip, take_back
from rating.services.rubrics import refuse_unfit, train_again, write_rubric
from rating.services.training import rate_anchor

__all__ = [
    "Asked",
    "appoint_rater",
    "decide",
    "decide_works",
    "end_rater",
    "rate",
    "rate_anchor",
    "refuse_unfit",
    "score_of",
    "skip",
    "take_back",
    "train_again",
    "write_question",
    "write_rubric",
]
