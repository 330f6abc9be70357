"""Whoever may write, publish or lock drafts of questions may do so with drafts of open questions, which go the same way."""

from django.db import migrations

ACTS = ("view", "add", "change", "publish", "lock", "unlock")


def give_the_same_rights(apps, schema_editor):
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions, groups = apps.get_model("auth", "Permission").objects, apps.get_model("auth", "Group").objects
    drafts = content_types.filter(app_label="cms", model="questiondraft").first()
    if drafts is None:
        return  # a new installation, which gets its groups once everything is there
    open_drafts, _created = content_types.get_or_create(app_label="cms", model="openquestiondraft")
    for act in ACTS:
        holders = groups.filter(permissions__content_type=drafts, permissions__codename=f"{act}_questiondraft")
        permission, _created = permissions.get_or_create(
            content_type=open_drafts,
            codename=f"{act}_openquestiondraft",
            defaults={"name": f"Can {act} open question draft"},
        )
        for group in holders:
            group.permissions.add(permission)
    ways = apps.get_model("wagtailcore", "WorkflowContentType").objects
    for way in ways.filter(content_type=drafts):
        ways.get_or_create(content_type=open_drafts, defaults={"workflow": way.workflow})


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0025_open_questions_as_drafts"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [migrations.RunPython(give_the_same_rights, migrations.RunPython.noop)]
