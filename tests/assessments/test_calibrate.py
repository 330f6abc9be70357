"""`manage.py calibrate`: from a file, and from what learners have submitted."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Item
from assessments.scales import scale_answers
from assessments.services import save_responses, start_attempt, submit_attempt
from tests.assessments.factories import SKILLS, course_with_forms, finish_lessons, item, learner, version_ids
from tests.assessments.irt_cases import DATA, FILES, MODEL_NAMES, REFERENCE

RAGGED = (
    "Row 6: The row has 2 cells where the header has 3. Look for a missing or extra separator, or for text that contains a "
    "separator and needs quotation marks."
)
HEAD = "a,b,c\n"
WELL = "0,0,1\n1,0,1\n0,1,0\n1,1,1\n1,1,0\n0,0,0\n1,0,0\n0,1,1\n"


def calibrate(*arguments, csv=None):
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("calibrate", *arguments, *(["--csv", str(csv)] if csv else []), stdout=out, stderr=err)
    except SystemExit as ended:
        status = ended.code
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def written(tmp_path):
    def write(text, name="answers.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize("key", [key for key in REFERENCE["models"] if not key.endswith("|Rasch")])
def test_a_file_gives_the_published_parameters(key):
    data, model = key.split("|")
    status, out, _err = calibrate("--model", MODEL_NAMES[model], "--prior", "none", "--json", csv=DATA / FILES[data])
    found, reference, tolerance = json.loads(out), REFERENCE["models"][key], REFERENCE["tolerance"]
    assert status == 0
    assert list(found) == ["model", "persons", "log_likelihood", "items"]
    assert (found["model"], found["persons"]) == (
        MODEL_NAMES[model],
        {"lsat7": 1000, "lsat7_missing25": 998, "science4": 392}[data],
    )
    assert found["log_likelihood"] == pytest.approx(reference["loglik"], abs=tolerance["loglik"])
    assert [entry["item"] for entry in found["items"]] == list(reference["items"])
    for entry in found["items"]:
        expected, errors = reference["items"][entry["item"]], reference["se"][entry["item"]]
        assert entry["a"] == pytest.approx(expected["a"], abs=tolerance["a"])
        assert entry["b"] == pytest.approx([value for name, value in expected.items() if name != "a"], abs=tolerance["b"])
        assert entry["se"]["a"] == pytest.approx(errors["a"], abs=tolerance["se"])
        assert len(entry["se"]["b"]) == len(entry["b"])


def test_in_words_it_prints_a_line_an_item():
    status, out, _err = calibrate("--model", "2pl", csv=DATA / FILES["lsat7"])
    lines = out.splitlines()
    assert status == 0
    assert lines[0].startswith("2pl, 1,000 persons, log-likelihood -2658.9")
    assert [line.split()[0] for line in lines[1:]] == ["item", *(f"Item.{number}" for number in range(1, 6))]


def test_every_bad_cell_is_named_with_row_and_column_in_one_report(written):
    path = written(HEAD + "1,x,-1\n0,1.5,3\n,,\n1,99,0\n1,7\n")
    status, out, err = calibrate("--model", "grm", csv=path)
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        "Row 2, b: “x” is no category. Write 0, 1, 2 and so on; leave out columns that are not items.",
        "Row 2, c: “-1” is negative. Leave the cell empty where there is no answer.",
        "Row 3, b: “1.5” is no whole number. An answer is a category: 0, 1, 2 and so on.",
        "Row 5, b: “99” is too high: categories go up to 19. Take neighbouring ones together.",
        RAGGED,
        "Nothing was estimated.",
    ]


REFUSED = {
    "constant items": (HEAD + "1,0,1\n1,0,0\n1,0,1\n", "a: every answer is 1; an item that all answer alike says nothing"),
    "one person": (HEAD + "1,0,1\n", "Fewer than two persons have answers"),
    "one item": ("a\n1\n0\n", "Only one item is there"),
    "a gap": (HEAD + "0,0,3\n1,1,1\n0,1,0\n", "c: nobody answered 2, though the highest answer is 3"),
    "nobody answered an item": (HEAD + "0,1,\n1,0,\n", "c: nobody answered it"),
    "no category for the model": (HEAD + "0,1,2\n1,0,1\n1,1,0\n", "c: it has answers up to 2; the 2PL takes 0 and 1"),
    "perfect separation": (HEAD + "0,0,1\n0,1,1\n1,1,1\n0,0,0\n" * 5, "separate people perfectly"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_answers_that_determine_nothing_are_refused(written, text, reason):
    model = "grm" if "nobody answered 2" in reason else "2pl"
    body = text.replace(HEAD, "")
    path = written(HEAD + body if text.startswith(HEAD) else text)
    status, out, err = calibrate("--model", model, "--prior", "none", "--json", csv=path)
    assert (status, out) == (2, "")
    assert reason in err
    assert err.endswith("Nothing was estimated.\n")


@pytest.mark.parametrize("text", ["", HEAD, HEAD + ",,\n,,\n", "a,b,b\n1,0,1\n"], ids=["empty", "header", "blank", "twice"])
def test_a_file_that_is_no_table_ends_with_2_and_one_sentence(written, text):
    with pytest.raises(CommandError) as refused:
        calibrate("--model", "2pl", csv=written(text))
    assert refused.value.returncode == 2


def test_a_file_that_is_not_there_ends_with_2(tmp_path):
    with pytest.raises(CommandError, match="No such file") as refused:
        calibrate("--model", "2pl", csv=tmp_path / "none.csv")
    assert refused.value.returncode == 2


def test_missing_answers_are_written_in_several_ways(written):
    spread = written(HEAD + WELL * 10 + "NA,1,\n ,#N/A,0\n1.0,,null\n")
    status, out, _err = calibrate("--model", "2pl", "--json", csv=spread)
    blank = written(HEAD + WELL * 10 + ",1,\n,,0\n1,,\n", "blank.csv")
    assert status == 0
    assert json.loads(out) == json.loads(calibrate("--model", "2pl", "--json", csv=blank)[1])
    assert json.loads(out)["persons"] == 83


def test_semicolons_and_a_mark_and_another_encoding_are_read(written):
    plain = calibrate("--model", "2pl", "--json", csv=written(HEAD + WELL * 10))[1]
    other = written("\ufeff" + (HEAD + WELL * 10).replace(",", ";"), "other.csv")
    assert calibrate("--model", "2pl", "--json", csv=other)[1] == plain
    latin = written(("für,b,c\n" + WELL * 10).encode("cp1252"), "latin.csv")
    assert json.loads(calibrate("--model", "2pl", "--json", csv=latin)[1])["items"][0]["item"] == "für"


def test_rows_without_an_answer_are_said_to_be_left_out(written):
    path = written(HEAD + "0,1,0\n,,\n" + WELL * 10 + "NA,NA,NA\n" + "1,0,1\n")
    status, out, err = calibrate("--model", "2pl", "--json", csv=path)
    assert (status, json.loads(out)["persons"]) == (0, 82)
    assert "Note: 2 rows without any answer were left out." in err


def test_categories_may_be_numbered_from_1(written):
    from_1 = WELL.replace("1", "2").replace("0", "1")
    status, out, err = calibrate("--model", "grm", "--json", csv=written(HEAD + from_1 * 10))
    from_0 = calibrate("--model", "grm", "--json", csv=written(HEAD + WELL * 10, "from_0.csv"))[1]
    assert (status, out) == (0, from_0)
    assert "numbered from 1" in err


@pytest.mark.parametrize(
    ("times", "prior", "note"),
    [
        (5, "none", "Under 50"),
        (10, "none", "use a prior"),
        (10, "lognormal", "no basis for choosing questions adaptively"),
        (25, "none", None),
    ],
)
def test_it_says_what_so_few_answers_are_good_for(written, times, prior, note):
    _status, _out, err = calibrate("--model", "2pl", "--prior", prior, "--json", csv=written(HEAD + WELL * times))
    assert (note in err) if note else (err == "")


def test_a_key_that_is_wrong_is_pointed_at(written):
    rows = [row.split(",") for row in (DATA / FILES["lsat7"]).read_text().splitlines()]
    turned = "\n".join([",".join(rows[0]), *(",".join([*row[:4], str(1 - int(row[4]))]) for row in rows[1:])])
    _status, _out, err = calibrate("--model", "2pl", "--prior", "none", csv=written(turned))
    assert "the worse they answer Item.5. Look at the key." in err


@pytest.mark.parametrize("arguments", [[], ["discover-expectations", "--csv", "answers.csv"]])
def test_either_a_skill_or_a_file_is_named(arguments):
    with pytest.raises(CommandError, match="either a skill or a file") as refused:
        calibrate(*arguments, "--model", "2pl")
    assert refused.value.returncode == 2


# What learners have submitted ------------------------------------------------------------------------------------------------


def sit(course, answers):
    """Somebody's first sitting: option ids in the order of the questions, "" for none. Returns the attempt."""
    enrolment = learner(course)
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    chosen = {version: [answer] for version, answer in zip(version_ids(attempt), answers, strict=True) if answer}
    save_responses(attempt=attempt, answers=chosen)
    submit_attempt(attempt=attempt)
    return attempt


@pytest.fixture
def course(db):
    return course_with_forms(length=5)


@pytest.mark.slow
def test_a_skill_is_calibrated_from_first_sittings(course):
    for number in range(40):
        sit(course, ["b" if (number >> place) % 2 else "a" for place in range(4)] + ["b"])
    status, out, err = calibrate(SKILLS[0], "--model", "2pl", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["persons"] == 40
    assert [entry["item"] for entry in found["items"]] == ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"]
    assert "The least answered item has 20 answers" in err


def test_second_sittings_and_open_attempts_do_not_count(course):
    attempt = sit(course, "bbaab")
    finish_lessons(attempt.enrolment)
    second = start_attempt(enrolment=attempt.enrolment, occasion="after")
    submit_attempt(attempt=second)
    start_attempt(enrolment=learner(course), occasion="before")
    table = scale_answers(SKILLS[0])
    first = attempt.instrument.key[-1]
    asked = [position for position, name in enumerate(table.items) if name.startswith(first)]
    assert table.codes.tolist() == [[[1, 1, 0, 0][asked.index(place)] if place in asked else -1 for place in range(8)]]


def test_a_question_left_open_counts_as_not_right(course):
    sit(course, ["b", "", "b", "", "b"])
    assert sorted(scale_answers(SKILLS[0]).codes[0].tolist()) == [-1] * 4 + [0, 0, 1, 1]


def test_answers_to_an_earlier_wording_do_not_count(course):
    changed = sit(course, "bbbbb").items.first().item
    item(course, changed.key, uuid=changed.uuid, prompt="Something else?")
    table = scale_answers(SKILLS[0])
    assert changed.key in table.items
    assert table.notes == ("1 answer to an earlier wording of a question does not count.",)
    assert (table.codes[:, table.items.index(changed.key)] == -1).all()


def test_a_scale_asks_as_few_questions_for_many_as_for_few(course, django_assert_num_queries):
    for _number in range(2):
        sit(course, "babab")
    with django_assert_num_queries(4):
        scale_answers(SKILLS[0])
    for _number in range(4):
        sit(course, "babab")
    with django_assert_num_queries(4):
        scale_answers(SKILLS[0])


@pytest.mark.parametrize(
    ("prepare", "slug", "reason"),
    [
        (lambda: None, "no-such-skill", "There is no skill “no-such-skill”. There are: discover-expectations, make-"),
        (lambda: None, SKILLS[0], "Nobody has submitted any of the 8 assessment questions of “discover-expectations” yet."),
        (lambda: Item.objects.update(state="retired"), SKILLS[0], "has no assessment questions in use"),
    ],
    ids=["unknown", "nobody", "retired"],
)
def test_a_scale_without_answers_ends_with_2_and_says_what_is_missing(course, prepare, slug, reason):
    prepare()
    status, out, err = calibrate(slug, "--model", "2pl", "--json")
    assert (status, out) == (2, "")
    assert reason in err
