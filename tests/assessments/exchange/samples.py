"""Questions of every type, and what a file gave."""

from decimal import Decimal
from pathlib import Path

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
    Scale,
    ShortText,
    TrueFalse,
    Wording,
)

BANKS = Path(__file__).resolve().parents[2] / "data" / "question_banks"
FULL, HALF, THIRD = Decimal(100), Decimal(50), Decimal("33.33333")

SINGLE = Question(
    text="<p>Ana runs a <em>bakery</em>.</p><p>What does she do &amp; when?</p>",
    body=Choice(
        (Option("Ask", FULL, "<p>Yes.</p><ul><li>why</li></ul>"), Option("Tell <strong>now</strong>", HALF), Option("a&lt;b"))
    ),
    title='“Bakery” & "first" <step>',
    feedback='See <a href="https://example.org/?a=1&amp;b=2">more</a>.',
    identifier="bakery-1",
    category="Top/Ask & listen",
    tags=("listening", "a & b"),
)
EVERY_TYPE = (
    SINGLE,
    Question(
        "Which three?", Choice((Option("a", THIRD), Option("b", THIRD), Option("c", THIRD), Option("d", -FULL)), several=True)
    ),
    Question("Bread rises.", TrueFalse(is_true=True, true_feedback="Right.", false_feedback="It does.")),
    Question("Stones rise.", TrueFalse(is_true=False)),
    Question(
        "Match.", Match((Pair("Peru", "Lima"), Pair("<em>Chad</em>", "N'Djamena"), Pair("Lima", "Lima")), ("Lagos", "Rome"))
    ),
    Question("Put in order.", Order(("first<br>step", "<p>a</p><p>b</p>", "third"))),
    Question(
        "How many? _____ in all",
        Numeric(
            (
                Number(Decimal("3.1415"), Decimal("0.0005"), FULL, "Close."),
                Number(Decimal(-2), Decimal(0), HALF),
                Number(Decimal(9), Decimal(0), Decimal(0), "No."),
                Number(None, Decimal(0), Decimal(0), "Not near."),
            )
        ),
    ),
    Question(
        "Who said it?", ShortText((Wording("Nazareth", FULL, "Yes!"), Wording("a < b & c", Decimal(75))), case_sensitive=True)
    ),
    Question("Where?", ShortText((Wording("here"),), case_sensitive=False), identifier="needs another id: 7"),
    Question("<table><tbody><tr><td>Tell</td></tr></tbody></table>", Essay()),
    Question("<div>Read this.<div>And that.</div></div><p>Then go on.</p>", Description(), category="Other"),
)
SCALE = Question("The meeting was useful.", Scale(("1", "2", "<em>3</em>")))
