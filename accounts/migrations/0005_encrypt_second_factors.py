"""Until 0.2.0 keys of authenticator apps, seeds of recovery codes and codes of earlier versions were kept in the clear."""

from django.db import migrations

from common.encryption import PREFIX, decrypt, encrypt

SECRETS = ("secret", "seed")
LISTS_OF_SECRETS = ("migrated_codes",)


def encrypt_second_factors(apps, schema_editor):
    """What is encrypted already stays as it is, so that the migration may run again."""
    rewrite(apps, lambda kept: kept if kept.startswith(PREFIX) else encrypt(kept))


def decrypt_second_factors(apps, schema_editor):
    rewrite(apps, decrypt)


def rewrite(apps, change):
    Authenticator = apps.get_model("mfa", "Authenticator")
    for authenticator in Authenticator.objects.exclude(type="webauthn").order_by("pk").iterator(chunk_size=1000):
        if not isinstance(authenticator.data, dict):
            continue
        changed = {name: changed_value(name, value, change) for name, value in authenticator.data.items()}
        if changed != authenticator.data:
            authenticator.data = changed
            authenticator.save(update_fields=["data"])


def changed_value(name, value, change):
    """A key may be there without a value, and a list be none."""
    if name in SECRETS and isinstance(value, str):
        return change(value)
    if name in LISTS_OF_SECRETS and isinstance(value, list):
        return [change(code) if isinstance(code, str) else code for code in value]
    return value


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_add_session_epoch_to_user"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(encrypt_second_factors, decrypt_second_factors)]
