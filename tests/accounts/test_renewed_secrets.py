"""Whatever allauth keeps of a second factor is read after the key has changed."""

import pytest
from allauth.mfa.models import Authenticator

from accounts.services.second_factors import Renewal, renew_secrets
from common.encryption import encrypt

pytestmark = pytest.mark.django_db


def test_codes_of_earlier_versions_outlive_the_key(person, settings):
    codes = ["11112222", "33334444"]
    data = {"migrated_codes": [encrypt(code) for code in codes], "used_mask": 0}
    Authenticator.objects.create(user=person, type=Authenticator.Type.RECOVERY_CODES, data=data)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a newer secret " + "y" * 50
    assert renew_secrets() == Renewal(written=1, unreadable=[])
    settings.SECRET_KEY_FALLBACKS = []
    assert Authenticator.objects.get(user=person).wrap().get_unused_codes() == codes
