"""Keys of authenticator apps and seeds of recovery codes were kept in the clear until 0.2.0."""

from django.db import migrations

from common.encryption import PREFIX, encrypt


def encrypt_second_factors(apps, schema_editor):
    Authenticator = apps.get_model("mfa", "Authenticator")
    for authenticator in Authenticator.objects.exclude(type="webauthn").iterator(chunk_size=1000):
        clear = {
            name: authenticator.data[name]
            for name in ("secret", "seed")
            if name in authenticator.data and not authenticator.data[name].startswith(PREFIX)
        }
        if clear:
            authenticator.data |= {name: encrypt(text) for name, text in clear.items()}
            authenticator.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_add_session_epoch_to_user"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(encrypt_second_factors, migrations.RunPython.noop)]
