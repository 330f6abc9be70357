"""Everything from the environment; nothing starts without it."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.required import base_url, from_address, proxy_count

from .base import *  # noqa: F403
from .base import (
    ACCORD_DEMO,
    AUTHORING_CONTENT_SECURITY_POLICY,
    CELERY_TASK_TIME_LIMIT,
    CONTENT_SECURITY_POLICY,
    SILENCED_SYSTEM_CHECKS,
    STORAGES,
    env,
    mail_transport,
    with_sqlite_options,
)

if ACCORD_DEMO:
    raise ImproperlyConfigured("ACCORD_DEMO cannot be used with production settings: unset ACCORD_DEMO.")

SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATABASES = {"default": with_sqlite_options(env.db_url("DATABASE_URL"))}
CACHES = {"default": env.cache_url("CACHE_URL")}
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    # A server that takes connections and says nothing holds nobody for long.
    CACHES["default"]["OPTIONS"] = {"socket_timeout": 2, "socket_connect_timeout": 2} | CACHES["default"].get("OPTIONS", {})
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL")
# RabbitMQ takes a task from a worker that has had it for so long, and gives it to another one (`consumer_timeout`).
RABBITMQ_CONSUMER_SECONDS = env.int("RABBITMQ_CONSUMER_SECONDS", 30 * 60)
if CELERY_BROKER_URL.startswith(("amqp", "pyamqp")) and CELERY_TASK_TIME_LIMIT >= RABBITMQ_CONSUMER_SECONDS:
    raise ImproperlyConfigured(
        f"A task may run for {CELERY_TASK_TIME_LIMIT} seconds, and RabbitMQ would give it to a second worker after "
        f"{RABBITMQ_CONSUMER_SECONDS}. Lower ACCORD_TASK_SECONDS, or raise RabbitMQ's consumer_timeout and set "
        "RABBITMQ_CONSUMER_SECONDS to what it is."
    )
vars().update(mail_transport(env.email_url("EMAIL_URL")))

ACCORD_BASE_URL = WAGTAILADMIN_BASE_URL = base_url(env.str("ACCORD_BASE_URL", ""), ALLOWED_HOSTS)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = from_address(env.str("ACCORD_FROM_EMAIL", ""))

PAYMENT_GATEWAY = "stripe"

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", False) else None
# How many proxies put an address in front of ours in X-Forwarded-For; rate limits count by the address behind them.
ALLAUTH_TRUSTED_PROXY_COUNT = proxy_count(env.str("TRUSTED_PROXY_COUNT", ""), behind_proxy=bool(SECURE_PROXY_SSL_HEADER))
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^status$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
# They bind every host below this one, and browsers for months: for the owner of the whole domain to decide.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", False)
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "security.W005", "security.W021"]  # those two, left off on purpose
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

if BUCKET := env.str("AWS_STORAGE_BUCKET_NAME", ""):
    REGION = env.str("AWS_S3_REGION_NAME", env.str("AWS_DEFAULT_REGION", "us-east-1"))
    # Named, so that the host of signed addresses is known here: it stands in the policy of pages.
    ENDPOINT = env.str("AWS_S3_ENDPOINT_URL", f"https://s3.{REGION}.amazonaws.com")
    S3 = {
        "bucket_name": BUCKET,
        "endpoint_url": ENDPOINT,
        "region_name": REGION,
        "signature_version": "s3v4",
        "default_acl": "private",
        "querystring_auth": True,
        "querystring_expire": 300,
        # Two people upload a `diagram.png`: two files.
        "file_overwrite": False,
    }
    STORAGES = STORAGES | {
        "default": {"BACKEND": "common.media_storage.SignedMediaStorage", "OPTIONS": S3 | {"location": "media"}},
        "private": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": S3 | {"location": "private"}},
    }
    # Pictures are sent on from our address to a signed one, and both are held to the policy of the page.
    for policy in (CONTENT_SECURITY_POLICY["DIRECTIVES"], AUTHORING_CONTENT_SECURITY_POLICY):
        policy["img-src"] = [*policy["img-src"], "{0.scheme}://{0.netloc}".format(urlsplit(ENDPOINT))]
