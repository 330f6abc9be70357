"""What both run modes share. `embedded`, `production` and `test` build on it."""

import tomllib
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Exchange, Queue

from common.queues import Queue as QueueName
from common.time_zones import places
from config.logs import logging_config
from config.queues import route
from config.sentry import start_sentry

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

VAR_DIR = Path(env.str("ACCORD_VAR", str(BASE_DIR / "var")))
CONTENT_DIR = BASE_DIR / "content"
DEBUG = False
ACCORD_VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
# Parts of pages that depend on few values are rendered once a process: common/fragments.py.
ACCORD_KEEPS_FRAGMENTS = True
# What a machine shows to read /status and /metrics; without one they are for operators alone.
ACCORD_STATUS_TOKEN = env.str("ACCORD_STATUS_TOKEN", "")

INSTALLED_APPS = [
    "web",
    "api",
    "cms",
    "outcomes",
    "needs",
    "billing",
    "stakeholders",
    "feedback",
    "panels",
    "practice",
    "rating",
    "assessments",
    "learning",
    "access",
    "courses",
    "skills",
    "imports",
    "accounts",
    "mail",
    "jobs",
    "common",
    "wagtail.contrib.settings",
    "wagtail.contrib.redirects",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "csp",
    "config.admin.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "common.request_ids.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads the answer, which takes the ground from under BREACH
    "csp.middleware.CSPMiddleware",
    "common.middleware.AuthoringPolicyMiddleware",
    "common.middleware.FragmentMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.cache_policies.CachePolicyMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "common.middleware.BodySizeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "common.middleware.VisitorMiddleware",  # after allauth's, which would keep what visitors send until they sign in
    "accounts.middleware.PendingSignInMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "common.middleware.ReadableAddressMiddleware",
    "accounts.middleware.SignedOutMiddleware",
    "accounts.middleware.SessionLifetimeMiddleware",
    "accounts.middleware.ReaderLocaleMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.UnreadableSecretMiddleware",
    "accounts.middleware.PeopleHeldMiddleware",
    "cms.middleware.SingleSignInMiddleware",
    "cms.middleware.KeptEditMiddleware",
    "cms.middleware.TurnsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.context_processors.accord",
                "cms.context_processors.about_site",
            ],
            "builtins": [
                "common.templatetags.accord",
                "common.templatetags.design",
                "common.templatetags.fragments",
                "django.templatetags.i18n",
                "template_partials.templatetags.partials",
            ],
        },
    }
]

# Data -----------------------------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SQLITE_OPTIONS = {
    # A write transaction takes its lock at the start and waits for it, instead of failing half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;"
        "PRAGMA mmap_size=134217728;"
    ),
}


def with_sqlite_options(database: dict) -> dict:
    """Complete the settings of a database: write-ahead logging for SQLite, connections that are kept for a minute."""
    kept = {"CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", 60)}
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # Opening one costs as much as several queries, and closing the last one writes the log back into the file.
        return database | kept | {"OPTIONS": SQLITE_OPTIONS | database.get("OPTIONS", {})}
    return database | kept | {"CONN_HEALTH_CHECKS": True}


# Sign-in --------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# Earlier values of SECRET_KEY, newest first: sessions, links and encrypted secrets made under them are still read.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "common.breached_passwords.BreachedPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.context_words.ContextWordsValidator"},
]
# A list of passwords from breaches on this machine (common/breached_passwords.py), and whether to ask Have I Been Pwned over
# the network, which is given five of the forty digits of a hash.
ACCORD_BREACHED_PASSWORDS = env.str("ACCORD_BREACHED_PASSWORDS", "")
if env.bool("ACCORD_ASK_PWNED_PASSWORDS", False):
    AUTH_PASSWORD_VALIDATORS = [
        *AUTH_PASSWORD_VALIDATORS,
        {"NAME": "pwned_passwords_django.validators.PwnedPasswordsValidator"},
    ]
# How long somebody who closes their account may still keep it.
ACCORD_GRACE_DAYS = env.int("ACCORD_GRACE_DAYS", 14)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/learn/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetailsForm"
ACCOUNT_FORMS = {
    "login": "accounts.entrance_forms.LoginForm",
    "signup": "accounts.entrance_forms.SignupForm",
    "request_login_code": "accounts.entrance_forms.RequestLoginCodeForm",
    "confirm_email_verification_code": "accounts.entrance_forms.ConfirmEmailVerificationCodeForm",
    "add_email": "accounts.entrance_forms.AddEmailForm",
    "change_email": "accounts.entrance_forms.ChangeEmailForm",
    "reset_password": "accounts.entrance_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.entrance_forms.ResetPasswordKeyForm",
    "change_password": "accounts.entrance_forms.ChangePasswordForm",
    "set_password": "accounts.entrance_forms.SetPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = None
# Per address of the network, per account (key) or per signed-in user. A class of forty signs in from one office at once, so the
# limits per network address are wide; what guards a single account against guessing is narrow. What has somebody written to is
# limited by the hour and the day too: anybody may ask for it, with anybody's address.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    # A key is an account as seen from one network address; what is counted of it everywhere is in the next line.
    "login_failed": "20/m/ip,5/300s/key",
    "login_failed_anywhere": "100/h/key",
    "signup": "60/m/ip",
    "request_login_code": "60/m/ip,3/m/key,12/h/key,40/d/key",
    "confirm_email": "1/10s/key,12/h/key,40/d/key",
    "reset_password": "20/m/ip,5/m/key,8/h/key,20/d/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
    # Ours: whatever visitors send, messages of payment providers, forms kept over a sign-in (key: whose form it is).
    "visitor": "240/m/ip",
    "webhook": "1200/m/ip",
    # Addresses that visitors write down to be told when a course is complete (key: the address).
    "tell_me": "10/m/ip,60/h/ip,3/h/key,6/d/key",
    "kept_form": "60/m/ip,20/h/key",
    # Skill checks that are begun without an account: each leaves a row for some days. A class begins them at once,
    # behind one address.
    "skill_check": "60/m/ip,600/h/ip",
    # Files with everything that is held of somebody: each costs a worker minutes.
    "export": "5/d/user",
    # Files that answer a question: each is read, and drawn or packed anew, while its learner waits.
    "answer_file": "20/m/user,120/h/user",
}
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 5 * 60
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
# Links for a new password, in seconds; their mail says it in hours.
PASSWORD_RESET_TIMEOUT = 4 * 60 * 60
# How often a code may be asked for again; it expires with the first one.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "add_webauthn": "accounts.passkey_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.passkey_forms.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Accord"
# Operators, owners and authors who publish set up a second factor before they come to where they have these rights.
ACCORD_REQUIRE_SECOND_FACTOR = True
# In seconds by kind of user (accounts/kinds.py): how long a session goes on unused, and altogether. The shortest counts.
SESSION_LIFETIMES = {
    kind: tuple(60 * minutes for minutes in env.list(f"SESSION_MINUTES_{kind.upper()}", cast=int, default=default))
    for kind, default in {
        "operator": [30, 12 * 60],
        "owner": [2 * 60, 24 * 60],
        "publisher": [2 * 60, 24 * 60],
        "author": [8 * 60, 7 * 24 * 60],
        "console": [8 * 60, 7 * 24 * 60],
        "learner": [14 * 24 * 60, 30 * 24 * 60],
    }.items()
}
SESSION_COOKIE_AGE = max(absolute for _idle, absolute in SESSION_LIFETIMES.values())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# Pages ----------------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
# Columns and menus of languages say something only where there are several.
WAGTAIL_I18N_ENABLED = len(LANGUAGES) > 1
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    # Group: a web server that hands media out (MEDIA_ACCEL_PREFIX) reads them, and nothing else of ours.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o640, "directory_permissions_mode": 0o750},
    },
    "staticfiles": {"BACKEND": "config.static_files.StaticFilesForAll"},
    # Uploaded tables and other files that must never have a public address.
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
# Where nginx in front has an internal location over MEDIA_ROOT, such as /protected-media/; see docs/operations.md.
MEDIA_ACCEL_PREFIX = env.str("MEDIA_ACCEL_PREFIX", "")
# Tables are streamed to disk; only their first bytes are ever held in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# The editor of an interview sends a field for each of its cards' replies and conditions; the shipped one has 1,100.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# One file, or one recording, that answers a question. It is in memory while it is looked at.
ACCORD_MAX_ANSWER_BYTES = env.int("ACCORD_MAX_ANSWER_BYTES", 10 * 1024 * 1024)
ACCORD_MAX_UPLOAD_BYTES = env.int("ACCORD_MAX_UPLOAD_BYTES", 200 * 1024 * 1024)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, "https://checkout.stripe.com"],
        "frame-ancestors": [SELF],
    }
}
# Wagtail's and Django's own admin carry inline scripts and styles.
AUTHORING_CONTENT_SECURITY_POLICY = {
    "default-src": [SELF],
    "script-src": [SELF, "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:", "blob:", "https://www.gravatar.com"],
    "object-src": [NONE],
    "base-uri": [SELF],
    "frame-ancestors": [SELF],
}
AUTHORING_PREFIXES = ("/cms/", "/admin/")
# What is saved there without a word about publishing is a draft. Elsewhere in these places saving is publishing.
DRAFT_VIEWS = tuple(
    f"{editor}:{view}"
    for editor in (
        "wagtailadmin_pages",
        "wagtailsnippets_cms_questiondraft",
        "wagtailsnippets_cms_openquestiondraft",
        "wagtailsnippets_cms_simulationcase",
    )
    for view in ("add", "edit")
)
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CSRF_FAILURE_VIEW = "common.views.csrf_failure"

# Wagtail --------------------------------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "Accord"
WAGTAIL_ALLOW_UNICODE_SLUGS = False  # as the addresses of courses and lessons
WAGTAILADMIN_BASE_URL = env.str("ACCORD_BASE_URL", "http://127.0.0.1:8000")
# Beside the fonts that come with Accord and those of the machine: a folder of font files for certificates.
ACCORD_FONTS = env.str("ACCORD_FONTS", "")
ACCORD_OWN_FONTS_ONLY = False
WAGTAILIMAGES_IMAGE_MODEL = "cms.AccordImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms.image_forms.ImageForm"
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
# Addresses, passwords and rights change in allauth's pages and in our services; see also cms/people.py.
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
# Those that people choose from elsewhere: a browser refuses what else a machine has, such as “localtime”.
WAGTAIL_USER_TIME_ZONES = ["UTC", *places()]
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "csv", "txt", "odt", "ods"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
TASKS = {"default": {"BACKEND": "jobs.tasks_backend.CeleryOnCommitBackend"}}

# Tasks ----------------------------------------------------------------------------------------------------------------

CELERY_TASK_ALWAYS_EAGER = CELERY_TASK_EAGER_PROPAGATES = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# After so many seconds a task is told to stop, and two minutes later it is killed.
ACCORD_TASK_SECONDS = env.int("ACCORD_TASK_SECONDS", 25 * 60)
CELERY_TASK_SOFT_TIME_LIMIT = ACCORD_TASK_SECONDS
CELERY_TASK_TIME_LIMIT = ACCORD_TASK_SECONDS + 120
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A task that a killed worker held comes back after this many seconds; longer than the longest task may run.
    "visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT,
    "unacked_restore_interval": 1,
    # A worker of several queues empties the first that it names before it looks at the next.
    "queue_order_strategy": "priority",
    # Of Redis; RabbitMQ has a time-out for connecting, and takes what is published without an answer. Longer than Redis lets an
    # idle worker wait for a task (a second). Workers have more patience: config/celery.py.
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
}
# Whoever enqueues waits some seconds at most for a broker that is away or frozen: rows are kept, and a sweep comes for them.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2, "interval_step": 0, "interval_max": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_IGNORE_RESULT = True
# A worker process that has grown beyond this many KiB is replaced when its task is done.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = env.int("ACCORD_WORKER_KILOBYTES", 400_000)
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in QueueName]
CELERY_TASK_DEFAULT_QUEUE = QueueName.DEFAULT
CELERY_TASK_ROUTES = [route]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULER = "config.scheduler:LeasedScheduler"
CELERY_BEAT_SCHEDULE = {
    "send-waiting-mail": {"task": "mail.send_waiting_mail", "schedule": 60},
    "sweep-jobs": {"task": "jobs.sweep", "schedule": 60},
    "process-waiting-events": {"task": "billing.process_waiting_events", "schedule": 60},
    "settle-imports": {"task": "imports.settle_imports", "schedule": 60},
    "submit-overdue": {"task": "assessments.submit_overdue", "schedule": 60},
    "decide-works": {"task": "rating.decide_works", "schedule": 300},
    "forget-waiting-files": {"task": "imports.forget_waiting_files", "schedule": 3600},
    "publish-scheduled": {"task": "cms.publish_scheduled", "schedule": 60},
    "repair-course-versions": {"task": "cms.repair_course_versions", "schedule": 900},
    "expire-seats": {"task": "access.expire_seats", "schedule": 300},
    # Hourly, since it is morning somewhere every hour.
    "send-assessment-notices": {"task": "assessments.send_notices", "schedule": crontab(minute=25)},
    "send-reminders": {"task": "learning.send_reminders", "schedule": crontab(minute=5)},
    "ask-about-reviews": {"task": "practice.ask_about_reviews", "schedule": crontab(minute=15)},
    "close-feedback": {"task": "feedback.close_rounds", "schedule": crontab(minute=20)},
    "settle-pairs": {"task": "practice.settle_pairs", "schedule": crontab(minute=25)},
    "ask-about-plans": {"task": "learning.ask_about_plans", "schedule": crontab(minute=25)},
    "remind-of-stalled-courses": {"task": "learning.remind_of_stalled_courses", "schedule": crontab(minute=35)},
    "keep-up-panels": {"task": "panels.keep_up", "schedule": crontab(minute=55)},
    "close-accounts": {"task": "accounts.close_accounts", "schedule": crontab(minute=45)},
    "settle-open-orders": {"task": "billing.settle_open_orders", "schedule": 300},
    # Once a day, when few people are there. Tasks of retention may be repeated, and go on where they were cut off.
    "refresh-answers": {"task": "outcomes.refresh_answers", "schedule": crontab(hour=1, minute=10)},
    "clear-sessions": {"task": "accounts.clear_sessions", "schedule": crontab(hour=2, minute=10)},
    "forget-exports": {"task": "accounts.forget_exports", "schedule": crontab(hour=2, minute=15)},
    "forget-old-mail": {"task": "mail.forget_old_mail", "schedule": crontab(hour=2, minute=20)},
    "forget-left-files": {"task": "imports.forget_left_files", "schedule": crontab(hour=2, minute=25)},
    "forget-old-problems": {"task": "imports.forget_old_problems", "schedule": crontab(hour=2, minute=30)},
    "forget-old-changes": {"task": "imports.forget_old_changes", "schedule": crontab(hour=2, minute=35)},
    "forget-old-jobs": {"task": "jobs.forget_old_jobs", "schedule": crontab(hour=2, minute=40)},
    "forget-refund-words": {"task": "billing.forget_refund_words", "schedule": crontab(hour=2, minute=45)},
    "forget-subscribers": {"task": "learning.forget_subscribers", "schedule": crontab(hour=2, minute=55)},
    "forget-left-answers": {"task": "assessments.forget_left_answers", "schedule": crontab(hour=3, minute=10)},
    "forget-question-files": {"task": "assessments.forget_question_files", "schedule": crontab(hour=3, minute=5)},
    "forget-skill-checks": {"task": "assessments.forget_skill_checks", "schedule": crontab(hour=3, minute=0)},
    "forget-payment-messages": {"task": "billing.forget_messages", "schedule": crontab(hour=2, minute=50)},
}
# What no worker has taken before its next turn is dropped: after an outage each runs once, not once for every minute of it.
for entry in CELERY_BEAT_SCHEDULE.values():
    turn = entry["schedule"]
    entry["options"] = {"expires": turn if isinstance(turn, int) else 12 * 3600}

# How long, in days, and why; docs/operations.md has the same as a table. What is not here is kept: audit log, orders, receipts,
# evidence, and what people learned.
ACCORD_KEEP_DAYS = {
    # Names, titles and addresses in mails: as long as somebody may ask why they got one. That it was sent stays a year.
    "mail_text": env.int("ACCORD_KEEP_MAIL_TEXT_DAYS", 90),
    "mail": env.int("ACCORD_KEEP_MAIL_DAYS", 365),
    # Links that were used, cancelled or ran out: until nobody clicks them any more and is told why they are closed.
    "links": env.int("ACCORD_KEEP_LINKS_DAYS", 365),
    # Messages of payment providers hold payers' names. Providers keep them themselves; orders and receipts stay.
    "payment_messages": env.int("ACCORD_KEEP_PAYMENT_MESSAGES_DAYS", 180),
    # Why a buyer wanted a refund, and the answer: as long as the decision may be questioned. The decision itself stays.
    "refund_words": env.int("ACCORD_KEEP_REFUND_WORDS_DAYS", 365),
    # Cells of uploaded files that were wrong. The files themselves go once imported, and after 14 days otherwise.
    "import_problems": env.int("ACCORD_KEEP_IMPORT_PROBLEMS_DAYS", 90),
    # Who wants to hear when a course is complete: until they were told, with time to ask why; the others do not wait for ever.
    "told_subscribers": env.int("ACCORD_KEEP_TOLD_SUBSCRIBERS_DAYS", 30),
    "waiting_subscribers": env.int("ACCORD_KEEP_WAITING_SUBSCRIBERS_DAYS", 730),
    # Files with everything that is held of somebody, made for them: until they have had time to save it.
    "exports": env.int("ACCORD_KEEP_EXPORTS_DAYS", 7),
    # Skill checks without an account, and their results: until their taker has thought about whether to keep them.
    "skill_checks": env.int("ACCORD_KEEP_SKILL_CHECKS_DAYS", 14),
    # Progress and results of background work, once nobody comes back to its page.
    "jobs": env.int("ACCORD_KEEP_JOBS_DAYS", 90),
}

# Mail, payments, demo -------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("ACCORD_FROM_EMAIL", "Accord <accord@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Whatever sends mail queues it, in whichever library it stands; workers alone speak to what EMAIL_URL names.
EMAIL_BACKEND = "mail.outbox_backend.Outbox"
ACCORD_MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 30


def mail_transport(url: dict) -> dict:
    """What EMAIL_URL says, as the settings of the transport behind the outbox."""
    return {name: value for name, value in url.items() if name != "EMAIL_BACKEND"} | {
        "ACCORD_MAIL_TRANSPORT": url["EMAIL_BACKEND"]
    }


ACCORD_DEMO = env.bool("ACCORD_DEMO", False)
if ACCORD_DEMO:
    # A visitor tries every role within minutes; a ribbon says what is left out.
    ACCORD_REQUIRE_SECOND_FACTOR = env.bool("ACCORD_REQUIRE_SECOND_FACTOR", False)
ACCORD_BASE_URL = WAGTAILADMIN_BASE_URL
DEMO_MAIL_DIR = VAR_DIR / "mail"
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "")
PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", "stripe" if STRIPE_SECRET_KEY else "test")
# Outside demo mode only the test suite may use the gateway in which no money moves.
PAYMENT_TEST_GATEWAY = False

SILENCED_SYSTEM_CHECKS = [
    "security.W019",  # pages of this site may frame each other: the preview of authors, the demo mailbox
]

# Logs and errors ------------------------------------------------------------------------------------------------------

LOGGING = logging_config(env.str("ACCORD_LOG_FORMAT", "plain"), env.str("LOG_LEVEL", "INFO"))
# A line for each request: method, pattern of the address, status, milliseconds.
ACCORD_LOG_REQUESTS = env.bool("ACCORD_LOG_REQUESTS", False)
# Statements that took longer, in milliseconds, without their values; 0 for none.
ACCORD_SLOW_QUERY_MS = env.int("ACCORD_SLOW_QUERY_MS", 0)
if SENTRY_DSN := env.str("SENTRY_DSN", ""):
    start_sentry(SENTRY_DSN, release=f"accord@{ACCORD_VERSION}", environment=env.str("SENTRY_ENVIRONMENT", "production"))
