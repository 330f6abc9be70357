"""Authors write simulations and reviewers publish them on installations whose groups are older than simulations.

Where some group has a right to simulations already, somebody has decided, and nothing is changed.
"""

from django.db import migrations

AUTHORS = ["view", "add", "change"]
WANTED = {"Authors": AUTHORS, "Reviewers": [*AUTHORS, "publish", "lock", "unlock"]}
WORKFLOW = "Review before publishing"


def let_groups_write_cases(apps, schema_editor):
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions, groups = apps.get_model("auth", "Permission").objects, apps.get_model("auth", "Group").objects
    found = groups.filter(name__in=WANTED, permissions__codename="view_item").distinct()
    decided = groups.filter(permissions__content_type__model="simulationcase").exists()
    if decided or not found.exists():
        return
    cases, _created = content_types.get_or_create(app_label="cms", model="simulationcase")
    for group in found:
        for act in WANTED[group.name]:
            permission, _created = permissions.get_or_create(
                content_type=cases, codename=f"{act}_simulationcase", defaults={"name": f"Can {act} simulation"}
            )
            group.permissions.add(permission)
    workflow = apps.get_model("wagtailcore", "Workflow").objects.filter(name=WORKFLOW, active=True).first()
    if workflow is not None:
        ways = apps.get_model("wagtailcore", "WorkflowContentType").objects
        ways.get_or_create(content_type=cases, defaults={"workflow": workflow})


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0023_what_cases_were_imported_as"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [migrations.RunPython(let_groups_write_cases, migrations.RunPython.noop)]
