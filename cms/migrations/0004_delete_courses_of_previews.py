"""Delete the courses that previews of new pages made: no page stands for them, nothing was ever published, nothing hangs on them.

What still names such a course or its set keeps it: an enrolment, a grant, a price, a cohort, a question, a bundle.
"""

from django.db import migrations


def is_named(row, *, besides=()):
    """Whether a row of any other table names this one; `besides`: (model, field) of what does not count."""
    for relation in row._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.related_model._meta.auto_created:
            continue
        model, field = relation.related_model, relation.field.name
        if (model._meta.label, field) not in besides and model._base_manager.filter(**{field: row.pk}).exists():
            return True
    return False


def delete_phantoms(apps, schema_editor):
    course_model, set_model = apps.get_model("courses", "Course"), apps.get_model("access", "CourseSet")
    pages = apps.get_model("cms", "CoursePage").objects.values("translation_key")
    sets = {("access.CourseSet", "courses"), ("access.CourseSet", "own_course")}
    for course in course_model.objects.filter(versions__isnull=True).exclude(uuid__in=pages):
        own_sets = set_model.objects.filter(own_course=course)
        in_bundle = set_model.objects.filter(courses=course).exclude(pk__in=own_sets).exists()
        sells_more = set_model.objects.filter(pk__in=own_sets, courses__in=course_model.objects.exclude(pk=course.pk)).exists()
        if in_bundle or sells_more or is_named(course, besides=sets) or any(is_named(own_set) for own_set in own_sets):
            continue
        own_sets.delete()
        course.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0003_note_media_of_published_courses"),
        ("courses", "0001_initial"),
        ("access", "0004_catalogue_is_no_courses_own_set"),
        ("assessments", "0001_initial"),
        ("billing", "0005_dispute_words"),
        ("learning", "0004_archive_cohorts"),
        ("needs", "0001_initial"),
    ]

    operations = [migrations.RunPython(delete_phantoms, migrations.RunPython.noop)]
