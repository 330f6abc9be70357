"""Reviewers may correct the description of an author's image, where an operator has not taken images from them. Images are
called images."""

from django.db import migrations


def let_reviewers_change_images(apps, schema_editor):
    permission = apps.get_model("auth", "Permission").objects
    allowed = apps.get_model("wagtailcore", "GroupCollectionPermission").objects
    of_images = {"content_type__app_label": "wagtailimages", "content_type__model": "image"}
    change = permission.filter(**of_images, codename="change_image").first()
    if change is None:  # a new installation, whose groups are made with it
        return
    for chooses in allowed.filter(group__name="Reviewers", permission__in=permission.filter(**of_images, codename="add_image")):
        allowed.get_or_create(group=chooses.group, collection=chooses.collection, permission=change)


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0006_note_how_publishing_went"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="accordimage", options={"verbose_name": "image", "verbose_name_plural": "images"}
        ),
        migrations.RunPython(let_reviewers_change_images, migrations.RunPython.noop),
    ]
