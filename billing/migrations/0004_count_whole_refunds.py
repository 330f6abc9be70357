from django.db import migrations, models


def count_whole_refunds(apps, schema_editor):
    """Until now an order was refunded whole or not at all."""
    apps.get_model("billing", "Order").objects.filter(state="refunded").update(refunded_amount=models.F("total"))
    for checkout in apps.get_model("billing", "TestCheckout").objects.filter(state="refunded").iterator():
        entry = {"reference": f"refund-{checkout.uuid}", "amount": checkout.amount, "state": "succeeded"}
        checkout.state, checkout.refunds = "paid", [entry | {"at": checkout.updated_at.isoformat()}]
        checkout.save(update_fields=["state", "refunds"])


def name_whole_refunds(apps, schema_editor):
    """Back to a state; refunds of a part are forgotten."""
    for checkout in apps.get_model("billing", "TestCheckout").objects.filter(state="paid").exclude(refunds=[]).iterator():
        if sum(refund["amount"] for refund in checkout.refunds if refund["state"] == "succeeded") == checkout.amount:
            checkout.state = "refunded"
            checkout.save(update_fields=["state"])


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_refunds_disputes_and_requests'),
    ]

    operations = [
        migrations.RunPython(count_whole_refunds, name_whole_refunds),
    ]
