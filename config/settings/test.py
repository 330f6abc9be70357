"""Settings of the test suite: the embedded mode without servers, or the services that DATABASE_URL and friends name."""

import atexit
import shutil
import tempfile
from pathlib import Path

from .base import *  # noqa: F403
from .base import INSTALLED_APPS, STORAGES, env, with_sqlite_options

VAR_DIR = Path(tempfile.mkdtemp(prefix="accord-test-"))
atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)
SECRET_KEY = "only-for-tests-" + "x" * 50
for folder in ("media", "static"):
    (VAR_DIR / folder).mkdir()
INSTALLED_APPS = ["demo", *INSTALLED_APPS]
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
DATABASES = {"default": with_sqlite_options(env.db_url("DATABASE_URL", "sqlite:///:memory:"))}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["CONN_MAX_AGE"] = 0
else:
    # A file, as in the real thing; see tests/database.py.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
CACHES = {"default": env.cache_url("CACHE_URL", "locmemcache://")}
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    # Clearing empties the whole database of the server: test processes beside each other get one each.
    worker = int(env.str("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    CACHES["default"]["LOCATION"] = CACHES["default"]["LOCATION"].rsplit("/", 1)[0] + f"/{15 - worker}"
CELERY_BROKER_URL = "memory://"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests that are about it switch it on; the others sign in as whoever they need.
ACCORD_REQUIRE_SECOND_FACTOR = False
# What a certificate can print is the same on every machine.
ACCORD_FONTS, ACCORD_OWN_FONTS_ONLY = "", True
ACCORD_MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = VAR_DIR / "media"
STATIC_ROOT = VAR_DIR / "static"
DEMO_MAIL_DIR = VAR_DIR / "mail"
PAYMENT_GATEWAY = "test"
PAYMENT_TEST_GATEWAY = True
STRIPE_SECRET_KEY = STRIPE_WEBHOOK_SECRET = STRIPE_API_BASE = ""
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(VAR_DIR / "private"),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
