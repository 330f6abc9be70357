"""The default: one machine, nothing to install beside Python. SQLite, and a Valkey server that comes as a wheel."""

from datetime import date

from django.core.exceptions import ImproperlyConfigured

from config.data_format import database_file, require_current_format, require_folder
from config.embedded import broker_url, read_or_make_secret
from config.file_modes import close_to_others

from .base import *  # noqa: F403
from .base import ACCORD_DEMO, INSTALLED_APPS, STORAGES, STRIPE_SECRET_KEY, VAR_DIR, env, mail_transport, with_sqlite_options

# Read by launcher, web, worker, scheduler and commands, and inherited by the broker: one place for all of them.
close_to_others()
require_folder(VAR_DIR)
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK_HOSTS)

# Not as an address: the name of the folder may have characters that mean something in one.
own_database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "accord.sqlite3")}
DATABASES = {"default": with_sqlite_options(env.db_url("DATABASE_URL") if env.str("DATABASE_URL", "") else own_database)}
if database := database_file(VAR_DIR, DATABASES["default"]):
    require_current_format(VAR_DIR, database, date.today())  # noqa: DTZ011 - the day on this machine
# Only now is anything else written into the folder.
SECRET_KEY = env.str("SECRET_KEY", "") or read_or_make_secret(VAR_DIR / "secret_key")

EMBEDDED_BROKER_URL = broker_url(VAR_DIR)
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", EMBEDDED_BROKER_URL or "memory://localhost")
CELERY_TASK_ALWAYS_EAGER = CELERY_BROKER_URL.startswith("memory:")
if env.str("CACHE_URL", ""):
    CACHES = {"default": env.cache_url("CACHE_URL")}
elif EMBEDDED_BROKER_URL:
    # A database of its own: emptying the cache leaves the tasks alone.
    location = EMBEDDED_BROKER_URL.replace("redis+socket", "unix") + "?db=1"
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": location}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": VAR_DIR / "cache"}}

# No web server in front reads media here.
STORAGES = STORAGES | {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    }
}

ACCORD_MAIL_TRANSPORT = "mail.disk_backend.DiskMailbox"
if ACCORD_DEMO:
    INSTALLED_APPS = ["demo", *INSTALLED_APPS]
    if set(ALLOWED_HOSTS) - set(LOOPBACK_HOSTS):
        raise ImproperlyConfigured("ACCORD_DEMO is for this machine only: leave ALLOWED_HOSTS unset.")
    if STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_")):
        raise ImproperlyConfigured("ACCORD_DEMO cannot be used with a live Stripe key: unset STRIPE_SECRET_KEY.")
elif env.str("EMAIL_URL", ""):
    vars().update(mail_transport(env.email_url("EMAIL_URL")))
