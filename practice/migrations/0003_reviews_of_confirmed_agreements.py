"""Agreements that were confirmed before there were reviews get the day that stands in their text."""

from django.db import migrations


def add_reviews(apps, schema_editor):
    Agreement = apps.get_model("practice", "Agreement")
    Revision = apps.get_model("practice", "AgreementRevision")
    Review = apps.get_model("practice", "Review")
    confirmed = Agreement.objects.filter(state="confirmed", reviews=None).order_by("pk")
    for agreement in confirmed.iterator(chunk_size=500):
        revision = Revision.objects.filter(agreement=agreement, answer="confirmed").order_by("-number").first()
        if revision is not None and revision.review_on is not None:
            Review.objects.create(agreement=agreement, revision=revision, number=1, due_on=revision.review_on)


class Migration(migrations.Migration):
    dependencies = [("practice", "0002_review_days")]

    operations = [migrations.RunPython(add_reviews, migrations.RunPython.noop)]
