"""Whatever can be read is written so that it reads the same, in both formats that are written."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.exchange import FileFormat, read_bytes, write_moodle, write_qti
from assessments.exchange.markup import clean, is_blank
from assessments.exchange.questions import (
    Choice,
    Description,
    Essay,
    Match,
    Number,
    Numeric,
    Option,
    Order,
    Pair,
    Question,
    ShortText,
    TrueFalse,
    Wording,
)

FULL = Decimal(100)
_WORDS = st.sampled_from(
    ["a", "b ", " c", "&amp;", "&lt;b&gt;", "<", '"', "'", "é", "\xa0", "]]>", "_____", "<br>", "x &amp;amp; y", "日"]
)
_ELEMENTS = st.sampled_from(
    [
        *("<p>{}</p>", "<strong>{}</strong>", "<ul><li>{}</li></ul>", "<div>{}<div>d</div></div>"),
        "<a href='https://x/?a=1&amp;b'>{}</a>",
    ]
)
_PIECES = _WORDS | st.builds(str.format, _ELEMENTS, _WORDS)
_HTML = st.lists(_PIECES, max_size=4).map(lambda parts: clean("".join(parts), []))
TEXT = _HTML.filter(lambda html: not is_blank(html))
FEEDBACK = st.just("") | TEXT
_SIGNS = st.text(st.sampled_from("ab é<&>\"'=~{}#日"), min_size=1, max_size=12)
LINE = _SIGNS.map(lambda text: " ".join(text.split())).filter(bool)
OPTIONAL_LINE = st.just("") | LINE
FRACTION = st.sampled_from([Decimal(0), Decimal(50), Decimal("33.33333"), Decimal(-25), FULL])
NUMBER = st.decimals(min_value=-10_000, max_value=10_000, allow_nan=False, places=3)


def several(strategy, least, most):
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


OPTIONS = several(st.builds(Option, TEXT, FRACTION, FEEDBACK), 1, 3)
RIGHT = st.builds(Option, TEXT, st.just(FULL), FEEDBACK)
HALF_RIGHT = st.builds(Option, TEXT, st.just(FULL / 2), FEEDBACK)
NUMBERS = several(st.builds(Number, NUMBER, NUMBER.map(abs), st.just(FULL), FEEDBACK), 1, 3)
WORDINGS = several(st.builds(Wording, LINE, st.just(FULL), FEEDBACK), 1, 3)
BODIES = st.one_of(
    st.builds(lambda options, right: Choice((*options, right)), OPTIONS, RIGHT),
    st.builds(lambda options, right: Choice((*options, right), several=True), OPTIONS, HALF_RIGHT),
    st.builds(TrueFalse, st.booleans(), FEEDBACK, FEEDBACK),
    st.builds(Match, several(st.builds(Pair, TEXT, LINE), 2, 4), several(LINE, 0, 2)),
    st.builds(Order, several(TEXT, 2, 4)),
    st.builds(Numeric, NUMBERS),
    st.builds(ShortText, WORDINGS, st.booleans()),
    st.just(Essay()),
    st.just(Description()),
)
TAGS = st.lists(LINE, max_size=2, unique=True).map(tuple)
QUESTION = st.builds(Question, TEXT, BODIES, LINE, FEEDBACK, OPTIONAL_LINE | st.just("q-1"), OPTIONAL_LINE, TAGS)


@settings(max_examples=60, deadline=None)
@given(st.lists(QUESTION, min_size=1, max_size=4).map(tuple))
def test_both_ways(questions):
    assert read_bytes(write_moodle(questions).data, FileFormat.MOODLE).questions == questions
    assert read_bytes(write_qti(questions).data, FileFormat.QTI).questions == questions
