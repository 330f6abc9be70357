"""Reviewers reword the skills of Accord and authors read them, where the groups of an installation have kept their rights to
questions."""

from django.db import migrations


def let_groups_have_skills(apps, schema_editor):
    permissions, groups = apps.get_model("auth", "Permission").objects, apps.get_model("auth", "Group").objects
    wanted = {"Authors": ["view_skill"], "Reviewers": ["view_skill", "change_skill"]}
    for name, codenames in wanted.items():
        for group in groups.filter(name=name, permissions__codename="view_item"):
            group.permissions.add(*permissions.filter(content_type__app_label="skills", codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0015_cases_of_practice"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("skills", "0005_own_frameworks"),
    ]

    operations = [migrations.RunPython(let_groups_have_skills, migrations.RunPython.noop)]
