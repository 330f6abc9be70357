"""Until now a course and its own set had nothing in common but the slug."""

from django.db import migrations


def tie_courses_to_their_own_sets(apps, schema_editor):
    """The set of a course's slug that has this one course is its own. Where a bundle or the catalogue had that slug, the
    course joined it: there it stays, and gets a set of its own beside it.
    """
    Course, CourseSet = apps.get_model("courses", "Course"), apps.get_model("access", "CourseSet")
    for course in Course.objects.filter(own_set=None).order_by("pk").iterator():
        namesake = CourseSet.objects.filter(slug=course.slug, is_catalogue=False, own_course=None).first()
        if namesake and list(namesake.courses.values_list("pk", flat=True)) == [course.pk]:
            CourseSet.objects.filter(pk=namesake.pk).update(own_course=course)
            continue
        own = CourseSet.objects.create(slug=free_slug(CourseSet, course.slug), title=course.title, own_course=course)
        own.courses.add(course)


def free_slug(CourseSet, slug):
    candidates = (f"{slug[:85]}-course-{number}" if number else f"{slug[:90]}-course" for number in (0, *range(2, 1000)))
    if not CourseSet.objects.filter(slug=slug).exists():
        return slug
    return next(candidate for candidate in candidates if not CourseSet.objects.filter(slug=candidate).exists())


class Migration(migrations.Migration):
    dependencies = [("access", "0002_course_set_names_its_own_course")]

    operations = [migrations.RunPython(tie_courses_to_their_own_sets, migrations.RunPython.noop, elidable=True)]
