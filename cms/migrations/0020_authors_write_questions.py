"""Authors write drafts of questions and reviewers publish them, where the groups of an installation have kept their rights to
questions; and drafts go the way to publication that pages go."""

from django.db import migrations

AUTHORS = ["view", "add", "change"]
WANTED = {"Authors": AUTHORS, "Reviewers": [*AUTHORS, "publish", "lock", "unlock"]}
WORKFLOW = "Review before publishing"


def let_groups_write_questions(apps, schema_editor):
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions, groups = apps.get_model("auth", "Permission").objects, apps.get_model("auth", "Group").objects
    found = groups.filter(name__in=WANTED, permissions__codename="view_item").distinct()
    if not found.exists():
        return  # a new installation, which gets its groups once everything is there
    drafts, _created = content_types.get_or_create(app_label="cms", model="questiondraft")
    for group in found:
        for act in WANTED[group.name]:
            permission, _created = permissions.get_or_create(
                content_type=drafts, codename=f"{act}_questiondraft", defaults={"name": f"Can {act} question draft"}
            )
            group.permissions.add(permission)
    workflow = apps.get_model("wagtailcore", "Workflow").objects.filter(name=WORKFLOW, active=True).first()
    if workflow is not None:
        ways = apps.get_model("wagtailcore", "WorkflowContentType").objects
        ways.get_or_create(content_type=drafts, defaults={"workflow": workflow})


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0019_questions_as_drafts"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [migrations.RunPython(let_groups_write_questions, migrations.RunPython.noop)]
