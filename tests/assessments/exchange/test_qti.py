"""QTI 1.2 to 3.0: published items, each type there and back, what is refused."""

from decimal import Decimal

import pytest

from assessments.exchange import FileFormat, read_bytes, read_path, write_qti
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
    Scale,
    ShortText,
    TrueFalse,
    Wording,
)
from tests.assessments.exchange.packages import files_of, zipped
from tests.assessments.exchange.samples import BANKS, EVERY_TYPE, FULL, SCALE, SINGLE

RESPONSE = '<responseDeclaration identifier="RESPONSE" cardinality="{}" baseType="{}">{}</responseDeclaration>'


def qti(text):
    return read_bytes(text.encode(), FileFormat.QTI)


def item(body, *, declared="", more="", kind=("single", "identifier")):
    declaration = RESPONSE.format(*kind, declared)
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="T">'
        f"{declaration}<itemBody>{body}</itemBody>{more}</assessmentItem>"
    )


def key(*values):
    return f"<correctResponse>{''.join(f'<value>{value}</value>' for value in values)}</correctResponse>"


def mapping(**points):
    entries = "".join(
        f'<mapEntry mapKey="{name}" mappedValue="{value}" caseSensitive="{str(name.istitle()).lower()}"/>'
        for name, value in points.items()
    )
    return f"<mapping>{entries}</mapping>"


def associable(**texts):
    choices = "".join(
        f'<simpleAssociableChoice identifier="{name}">{text}</simpleAssociableChoice>' for name, text in texts.items()
    )
    return f"<simpleMatchSet>{choices}</simpleMatchSet>"


def choice(*texts, name="choiceInteraction", attributes=""):
    choices = "".join(f'<simpleChoice identifier="{text}">{text}</simpleChoice>' for text in texts)
    return f'<p>Q?</p><{name} responseIdentifier="RESPONSE" {attributes}>{choices}</{name}>'


ENTRY = '<p>Q?</p><p><textEntryInteraction responseIdentifier="RESPONSE"/></p>'


def one(text):
    reading = qti(text)
    assert reading.refused == ()
    [question] = reading.questions
    return question


def test_published_items():
    choice_item, order, likert = (
        one((BANKS / f"instructure__items_{name}.xml").read_text(encoding="utf-8"))
        for name in ("2.1_choice", "2.1_order", "2.2_likert")
    )
    assert choice_item.body == Choice(
        (
            Option("You must stay with your luggage at all times.", FULL),
            Option("Do not let someone else look after your luggage."),
            Option("Remember your luggage when you leave."),
        )
    )
    assert choice_item.text == (
        "<p>Look at the text in the picture.</p><p>[NEVER LEAVE LUGGAGE UNATTENDED]</p><p>What does it say?</p>"
    )
    assert (choice_item.title, choice_item.identifier, choice_item.line) == ("Unattended Luggage", "choice", 3)
    assert order.body == Order(("Michael Schumacher", "Rubens Barrichello", "Jenson Button"))
    assert likert.body == Scale(("1", "2", "3", "4", "5"))
    assert likert.text.startswith("<p>Read the following question and indicate your agreement on a scale of 1 = strongly")


def test_a_picture_that_is_left_out_is_said():
    reading = read_path(BANKS / "instructure__items_2.1_choice.xml", FileFormat.QTI)
    assert [(note.line, note.message) for note in reading.notes] == [
        (3, "Left out: a picture images/sign.png, described by its alt text.")
    ]


def test_every_type_is_read_as_it_was_written():
    questions = (*EVERY_TYPE, SCALE)
    written = write_qti(questions)
    reading = read_bytes(written.data, FileFormat.QTI)
    assert reading.questions == questions
    assert (reading.refused, reading.notes, written.refused) == ((), (), ())
    assert write_qti(reading.questions).data == written.data


def test_a_package_unpacked_reads_as_the_package(tmp_path):
    for name, data in files_of(write_qti(EVERY_TYPE).data).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert read_path(tmp_path, FileFormat.QTI).questions == EVERY_TYPE


def test_two_questions_of_one_identifier_stay_two():
    questions = (SINGLE, SINGLE)
    assert read_bytes(write_qti(questions).data, FileFormat.QTI).questions == questions


def test_an_answer_for_any_words_is_named_and_left_out_of_the_export():
    any_words = EVERY_TYPE[2].__class__("Q?", ShortText((Wording("a*"),)), line=7)
    assert [(remark.line, "any words" in remark.message) for remark in write_qti([any_words]).refused] == [(7, True)]


def test_items_of_3_0_are_named_otherwise_and_mean_the_same():
    files = files_of(write_qti([SINGLE]).data)
    text = files["items/bakery-1.xml"].decode()
    assert '<qti-simple-choice identifier="choice_1">' in text
    assert 'xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"' in text


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (
            item(choice("a", "b", "c"), declared=key("a", "c"), kind=("multiple", "identifier")),
            Choice((Option("a", Decimal(50)), Option("b"), Option("c", Decimal(50))), several=True),
        ),
        (
            item(
                choice("a", "b"),
                declared=key("a") + mapping(a=4, b=1),
            ),
            Choice((Option("a", FULL), Option("b", Decimal(25)))),
        ),
        (item(choice("true", "false"), declared=key("false")), TrueFalse(is_true=False)),
        (item("<p>Q?</p>"), Description()),
        (item('<p>Q?</p><extendedTextInteraction responseIdentifier="RESPONSE"/>', kind=("single", "string")), Essay()),
        (item(ENTRY, declared=key("York"), kind=("single", "string")), ShortText((Wording("York"),))),
        (item(ENTRY, declared=key("2.5"), kind=("single", "float")), Numeric((Number(Decimal("2.5")),))),
        (
            item(
                ENTRY,
                declared=key("York") + mapping(York=1, york=0.5),
                kind=("single", "string"),
            ),
            ShortText((Wording("York"), Wording("york", Decimal(50))), case_sensitive=True),
        ),
        (
            item(
                '<p>Q?</p><matchInteraction responseIdentifier="RESPONSE">'
                f"{associable(A='Peru')}{associable(L='Lima', R='Rome')}</matchInteraction>",
                declared=key("A L"),
                kind=("multiple", "directedPair"),
            ),
            Match((Pair("Peru", "Lima"),), ("Rome",)),
        ),
    ],
)
def test_bodies(text, body):
    assert one(text).body == body


def test_a_blank_within_a_sentence_is_shown():
    text = '<p>To <textEntryInteraction responseIdentifier="RESPONSE"/> or not.</p>'
    assert one(item(text, declared=key("be"), kind=("single", "string"))).text == "To _____ or not."


def test_feedback_stands_with_its_answer_and_rules_that_are_not_read_are_said():
    more = (
        "<responseProcessing><responseCondition><responseIf><gte/></responseIf></responseCondition>"
        "</responseProcessing><modalFeedback outcomeIdentifier='F' identifier='a' showHide='show'>Yes</modalFeedback>"
    )
    reading = qti(item(choice("a", "b"), declared=key("a"), more=more))
    assert reading.questions[0].body == Choice((Option("a", FULL, "Yes"), Option("b")))
    assert ["scoring rules of its own" in note.message for note in reading.notes] == [True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (item(choice("a", "b")), "No answer is marked as right"),
        (item(choice("a", "b", name="hotspotInteraction"), declared=key("a")), "hotspotInteraction"),
        (item(choice("a", "b") + choice("c", "d"), declared=key("a")), "2 answers at once"),
        (item(choice("a", "b", name="orderInteraction"), declared=key("a")), "does not name each step once"),
        (item(choice("a", "b").replace('"RESPONSE"', '"OTHER"'), declared=key("a")), "declared nowhere"),
        (item("<p><printedVariable identifier='X'/></p>"), "variables"),
        (item("<p>Q?<math><mi>x</mi></math></p>"), "a formula"),
        (item(ENTRY, declared=key("x"), kind=("single", "float")), "“x” is not a number"),
        (item(""), "no text"),
        ('<assessmentItem identifier="i"/>', "no text (itemBody)"),
        ("<assessmentTest/>", "names others"),
        ("<quiz/>", "This is no QTI"),
    ],
)
def test_what_is_wrong_is_refused(text, words):
    reading = qti(text)
    assert ([words in refused.message for refused in reading.refused], reading.questions) == ([True], ())


# Packages -------------------------------------------------------------------------------------------------------------

GOOD = item(choice("a", "b"), declared=key("a"))


def test_a_test_says_the_order_and_files_beside_it_are_named():
    test = '<assessmentTest><assessmentItemRef href="b/2.xml"/><assessmentItemRef href="1.xml"/></assessmentTest>'
    package = zipped({"test.xml": test, "1.xml": GOOD, "b/2.xml": GOOD, "3.xml": "<assessmentItem", "note.txt": "no"})
    reading = read_bytes(package, FileFormat.QTI)
    assert [question.file for question in reading.questions] == ["b/2.xml", "1.xml"]
    assert [refused.message.startswith("3.xml: The file is not well-formed XML") for refused in reading.refused] == [True]


def test_an_archive_without_questions_says_so():
    [refused] = read_bytes(zipped({"a.txt": "x"}), FileFormat.QTI).refused
    assert "no QTI in it" in refused.message


# QTI 1.2 --------------------------------------------------------------------------------------------------------------


def item_12(presentation, rules="", kind="", feedback=""):
    metadata = (
        "<itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>"
        f"<fieldentry>{kind}</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>"
    )
    return (
        '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment><section>\n'
        f'<item ident="i1" title="T">{metadata}<presentation><material><mattext texttype="text/html">&lt;p&gt;Q?&lt;/p&gt;'
        f"</mattext></material>{presentation}</presentation><resprocessing>{rules}</resprocessing>{feedback}</item>"
        "</section></assessment></questestinterop>"
    )


def labels(*texts, cardinality="Single", ident="r1", material=""):
    written = "".join(
        f'<response_label ident="{text}"><material><mattext texttype="text/plain">{text}</mattext></material></response_label>'
        for text in texts
    )
    choices = f"<render_choice>{written}</render_choice>"
    return f'<response_lid ident="{ident}" rcardinality="{cardinality}">{material}{choices}</response_lid>'


def rule(condition, points="100", feedback=""):
    shown = f'<displayfeedback feedbacktype="Response" linkrefid="{feedback}"/>' if feedback else ""
    scored = f'<setvar varname="SCORE" action="Set">{points}</setvar>' if points else ""
    return f"<respcondition><conditionvar>{condition}</conditionvar>{scored}{shown}</respcondition>"


def equal(value, ident="r1", index=""):
    return f'<varequal respident="{ident}"{index}>{value}</varequal>'


TYPED = '<response_str ident="r1" rcardinality="Single"><render_fib><response_label ident="x"/></render_fib></response_str>'
PROMPT = '<material><mattext texttype="text/plain">{}</mattext></material>'


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (
            item_12(
                labels("a", "b"),
                rule(equal("a"), points="", feedback="a_fb") + rule(equal("a")),
                "multiple_choice_question",
                f'<itemfeedback ident="a_fb"><flow_mat>{PROMPT.format("Yes")}</flow_mat></itemfeedback>',
            ),
            Choice((Option("a", FULL, "Yes"), Option("b"))),
        ),
        (
            item_12(
                labels("a", "b", "c", cardinality="Multiple"),
                rule(f"<and>{equal('a')}<not>{equal('b')}</not>{equal('c')}</and>"),
                "multiple_answers_question",
            ),
            Choice((Option("a", Decimal(50)), Option("b"), Option("c", Decimal(50))), several=True),
        ),
        (item_12(labels("True", "False"), rule(equal("False")), "true_false_question"), TrueFalse(is_true=False)),
        (
            item_12(TYPED, rule(equal("York") + equal("york")), "short_answer_question"),
            ShortText((Wording("York"), Wording("york"))),
        ),
        (
            item_12(
                TYPED,
                rule(f"<or>{equal('5')}<and><vargte respident='r1'>4.5</vargte><varlte respident='r1'>5.5</varlte></and></or>"),
                "numerical_question",
            ),
            Numeric((Number(Decimal(5), Decimal("0.5")),)),
        ),
        (item_12(TYPED, rule("<other/>", points=""), "essay_question"), Essay()),
        (item_12("", kind="text_only_question"), Description()),
        (
            item_12(
                labels("x", "y", ident="r1", material=PROMPT.format("one"))
                + labels("x", "y", ident="r2", material=PROMPT.format("two")),
                rule(equal("y", "r1"), "50") + rule(equal("y", "r2"), "50"),
                "matching_question",
            ),
            Match((Pair("one", "y"), Pair("two", "y")), ("x",)),
        ),
        (
            item_12(
                labels("a", "b", cardinality="Ordered"), rule(equal("a", index=' index="2"') + equal("b", index=' index="1"'))
            ),
            Order(("b", "a")),
        ),
    ],
)
def test_bodies_of_1_2(text, body):
    question = one(text)
    assert (question.text, question.title, question.identifier, question.line, question.body) == ("Q?", "T", "i1", 2, body)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (item_12(TYPED, kind="calculated_question"), "a calculated question"),
        (item_12(TYPED + TYPED, rule(equal("a"))), "2 answers at once"),
        (item_12(labels("a", "b"), rule(equal("a"), points="x")), "“x” is not a number"),
        (item_12(labels("a", "b")), "No answer is marked as right"),
        (item_12('<material><matimage uri="x.png"/></material>'), "contains image"),
    ],
)
def test_what_is_wrong_in_1_2_is_refused(text, words):
    reading = qti(text)
    assert ([(refused.line, words in refused.message) for refused in reading.refused], reading.questions) == ([(2, True)], ())
