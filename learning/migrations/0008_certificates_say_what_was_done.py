"""Certificates say what was done; their names can be corrected; completions are shown once.

What the certificates issued so far can say is worked out from what their learners had finished, in the course as it was
published then. Written out, since migrations do not follow later changes. Every version so far has schema 1.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

BATCH = 200
ASSESSMENT_AFTER, READ = "assessment_after", "read"


def add_what_was_done(apps, schema_editor):
    certificate_model = apps.get_model("learning", "Certificate")
    last = 0
    while True:
        batch = certificate_model.objects.filter(pk__gt=last, done={}).order_by("pk").select_related("enrolment__version")
        certificates = list(batch[:BATCH])
        if not certificates:
            return
        for certificate in certificates:
            certificate.done = what_was_done(apps, certificate)
        certificate_model.objects.bulk_update(certificates, ["done"])
        last = certificates[-1].pk


def what_was_done(apps, certificate):
    enrolment = certificate.enrolment
    states = apps.get_model("learning", "ActivityState").objects.filter(enrolment=enrolment, finished_at__isnull=False)
    if enrolment.completed_at:
        states = states.filter(finished_at__lte=enrolment.completed_at)
    kinds = {str(block): kind for block, kind in states.values_list("activity__block_id", "activity__kind")}
    content = version_of_the_day(apps, enrolment).content
    modules = content.get("modules", [])
    lessons = {str(lesson["id"]) for module in modules for lesson in module.get("lessons", [])}
    waived = [item["kind"] for item in enrolment.version.requirements if str(item["activity"]) not in kinds]
    return {
        "modules": [
            {
                "number": number,
                "title": module["title"],
                "lessons": sum(str(lesson["id"]) in kinds for lesson in module.get("lessons", [])),
                "of": len(module.get("lessons", [])),
            }
            for number, module in enumerate(modules, 1)
        ],
        "to_follow": 0,
        "departed": sum(kind == READ and block not in lessons for block, kind in kinds.items()),
        "waived_lessons": waived.count(READ),
        "waived_checks": sum(kind not in (READ, ASSESSMENT_AFTER) for kind in waived),
        "assessment": assessment(kinds, waived, content),
    }


def version_of_the_day(apps, enrolment):
    versions = apps.get_model("courses", "CourseVersion").objects.filter(course_id=enrolment.course_id)
    if enrolment.completed_at:
        versions = versions.filter(created_at__lte=enrolment.completed_at)
    return versions.order_by("-number").first() or enrolment.version


def assessment(kinds, waived, content):
    if ASSESSMENT_AFTER in kinds.values():
        return "taken"
    if ASSESSMENT_AFTER in waived:
        return "waived"
    return "added_later" if content.get("has_assessment") else "none"


def say_that_they_were_shown(apps, schema_editor):
    """Nobody is congratulated now for what they completed long ago."""
    enrolments = apps.get_model("learning", "Enrolment").objects.filter(completed_at__isnull=False)
    enrolments.update(completion_shown_at=F("completed_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0001_initial"),
        ("learning", "0007_follow_up_plans_and_stalled_courses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="certificate",
            name="done",
            field=models.JSONField(default=dict, help_text="What was completed: see `learning.certificates.done`."),
        ),
        migrations.AddField(
            model_name="certificate",
            name="revoked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="completion_shown_at",
            field=models.DateTimeField(
                blank=True, help_text="When they were told, on a page, that they have completed the course.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="certificate",
            name="completed_on",
            field=models.DateField(help_text="The day where the learner was."),
        ),
        migrations.AlterField(
            model_name="certificate",
            name="minutes",
            field=models.PositiveIntegerField(help_text="Of the lessons that were finished."),
        ),
        migrations.CreateModel(
            name="FormerCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(blank=True, max_length=300)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("misspelt", "It is misspelt"),
                            ("changed", "My name has changed"),
                            ("spelling", "I want it in another script or spelling"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former", to="learning.certificate"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.RunPython(add_what_was_done, migrations.RunPython.noop),
        migrations.RunPython(say_that_they_were_shown, migrations.RunPython.noop),
    ]
