"""Open questions of a content folder: loaded once, again where they change, and never over what an author did."""

import pytest
import yaml

from assessments.models import Item, ItemVersion
from cms.content_files import ContentError, load
from cms.models import LoadedFile
from courses.models import Course
from rating.models import Rubric
from rating.queries import rubric_of
from rating.services import Asked, train_again, write_question
from tests.assessments.item_rules.test_open_items import written

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PATH = "items/open.yaml (open-mostly-fine)"


def write(folder, **fields):
    question = written(course="listen-first", **fields)
    (folder / "items").mkdir(exist_ok=True)
    text = yaml.safe_dump({"open": [question]}, allow_unicode=True)
    (folder / "items" / "open.yaml").write_text(text, encoding="utf-8")
    return folder


def item():
    return Item.objects.get(key="open-mostly-fine")


def test_it_arrives_with_its_rubric_and_nobody_is_asked_it(folder):
    report = load(write(folder))

    found, rubric = item(), rubric_of(item())
    assert PATH in report.created
    assert (found.kind, found.use, found.occasion, found.course.key) == ("open", "form", "", "listen-first")
    assert found.current_version.correct == ["fewest:50", "most:200"]
    assert found.skill.slug == "discover-expectations"
    assert [anchor["score"] for anchor in rubric.anchors] == [1, 2, 3, 3, 4, 4, 5]
    assert [level["score"] for level in rubric.levels] == [1, 2, 3, 4, 5]
    assert not Item.objects.to_be_written(found.course_id).exists()
    assert not found.instrument_entries.exists()


def test_loading_again_changes_nothing(folder):
    load(write(folder))
    before = list(ItemVersion.objects.values_list("pk", "updated_at")), list(Rubric.objects.values_list("pk", "updated_at"))

    report = load(folder)

    after = list(ItemVersion.objects.values_list("pk", "updated_at")), list(Rubric.objects.values_list("pk", "updated_at"))
    assert after == before
    assert PATH in report.unchanged
    assert not [*report.created, *report.updated, *report.conflicts]


def test_what_changes_in_the_file_changes_here(folder):
    load(write(folder))

    report = load(write(folder, asked="after", answer={"by": "audio", "minutes": 2}))

    assert PATH in report.updated
    assert (item().occasion, item().current_version.correct, item().versions.count()) == ("after", ["by:audio", "minutes:2"], 2)
    assert [found.pk for found in Item.objects.to_be_written(item().course_id)] == [item().pk]
    assert Rubric.objects.filter(item=item()).count() == 1


def reword():
    """What an author does in the CMS."""
    found, rubric = item(), rubric_of(item())
    asked = Asked(situation="Another.", prompt="What now?", fewest=50, most=200, occasion="", skill=found.skill.slug)
    write_question(
        course=found.course, key=found.key, uuid=found.uuid, asked=asked, levels=rubric.levels, anchors=rubric.anchors
    )


@pytest.mark.parametrize("force", [True, frozenset({"items/open.yaml"})])
def test_what_an_author_reworded_is_kept_until_somebody_forces_the_file(folder, force):
    load(write(folder))
    reword()

    assert load(write(folder, concept="Something else.")).conflicts == [PATH]
    assert item().current_version.prompt == "What now?"
    assert PATH in load(folder, force=force).updated
    assert item().current_version.prompt == written()["question"]


def test_having_raters_train_again_is_no_rewording(folder):
    load(write(folder))
    train_again(item=item())

    assert PATH in load(write(folder, situation=written()["situation"] + " It rains.")).updated
    assert item().current_version.situation.endswith("It rains.")


def test_one_that_is_gone_from_the_files_is_kept(folder):
    load(write(folder))
    (folder / "items" / "open.yaml").write_text("open: []")

    load(folder)

    assert item().current_version.prompt == written()["question"]
    assert LoadedFile.objects.filter(path=PATH).count() == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"course": "no-such-course"}, "there is no course “no-such-course” here."),
        ({"skill": "no-such-skill"}, "there is no skill “no-such-skill”."),
        ({"levels": []}, "Its rubric has 0 levels."),
    ],
)
def test_what_cannot_be_loaded_is_named_and_courses_are_loaded_all_the_same(folder, fields, says):
    write(folder)
    question = written(course="listen-first") | fields
    (folder / "items" / "open.yaml").write_text(yaml.safe_dump({"open": [question]}, allow_unicode=True), encoding="utf-8")

    with pytest.raises(ContentError) as error:
        load(folder)

    assert says in str(error.value)
    assert "items/open.yaml" in str(error.value)
    assert Item.objects.filter(key="open-mostly-fine").count() == 0
    assert Course.objects.filter(key="listen-first").exists()
