"""Settings, all from `videosearch.config`."""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from pydantic import ValidationError

from videosearch.config import PROJECT, Config

try:
    CONFIG = Config()
except ValidationError as error:
    raise ImproperlyConfigured(f"The environment holds a wrong value. {error}") from error

BASE_DIR = PROJECT
DEBUG = CONFIG.debug
SECRET_KEY = CONFIG.secret()
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. `make run` makes one; in production set it yourself.")
ALLOWED_HOSTS = [*CONFIG.allowed_hosts, *CONFIG.internal_hosts]
CSRF_TRUSTED_ORIGINS = CONFIG.csrf_trusted_origins
ROOT_URLCONF = "videosearch.urls"
WSGI_APPLICATION = "videosearch.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
VIDEOSEARCH_PROFILE = CONFIG.profile
VIDEOSEARCH_DETECTOR = CONFIG.detector
VIDEOSEARCH_EMBEDDER = CONFIG.embedder
VERIFIER, VERIFIER_URL, VERIFIER_MODEL = CONFIG.verifier, CONFIG.verifier_url, CONFIG.verifier_model
VERIFIER_KEY, VERIFIER_SECONDS = CONFIG.verifier_secret(), CONFIG.verifier_seconds

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "auditlog",
    "csp",
    "django_htmx",
    "template_partials",
    "videosearch",
    "videosearch.lib",
    "videosearch.jobs",
    "videosearch.accounts",
    "videosearch.library",
    "videosearch.indexing",
    "videosearch.search",
    "videosearch.reels",
    "videosearch.sharing",
    "videosearch.api",
    "videosearch.operations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "videosearch.lib.middleware.AdminContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "videosearch.lib.scopes.ScopeMiddleware",
    "videosearch.accounts.second_factor.StaffSecondFactor",
    "auditlog.middleware.AuditlogMiddleware",
]

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
            ],
        },
    },
]


def _database(url: str) -> dict[str, object]:
    """`postgresql://user:password@host:port/name?sslmode=...` as Django wants it; `?host=/folder` is a unix socket."""
    parts = urlsplit(url)
    if url and parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://; only Postgres with pgvector will do.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "videosearch",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or options.pop("port", "") or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": _database(CONFIG.database())}

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "videosearch.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ALLAUTH_TRUSTED_PROXY_COUNT = CONFIG.trusted_proxies
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Videosearch"
STAFF_MFA = CONFIG.staff_mfa

# Who changed what, as the admin shows it. Which rows are watched is said in each app's `ready`.
AUDITLOG_DISABLE_REMOTE_ADDR = True

# Mail: links to set a new password. Without a server it goes to the log, where an operator finds the link.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if CONFIG.email_host else 'console'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = CONFIG.email_host, CONFIG.email_port, CONFIG.email_tls
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = CONFIG.email_user, CONFIG.email_secret()
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = CONFIG.email_from

# The limits of signing in count over all processes, so they are in the database; what a process may know alone stays
# in it. `post_migrate` makes the table.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# Files
STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.home / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = CONFIG.media_folder()
MEDIA_ACCEL_PREFIX = CONFIG.accel_prefix
MAX_UPLOAD_BYTES = CONFIG.max_upload_bytes
LIBRARY_QUOTA_BYTES = CONFIG.library_quota_bytes
IMPORT_ROOT = CONFIG.import_root.resolve() if CONFIG.import_root else None
METRICS_TOKEN = CONFIG.metrics_secret()
WHITENOISE_USE_FINDERS = True  # no collectstatic needed to start; in production it is run and found first
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# Browser rules. Media Chrome sets styles inside its shadow roots; no script is ever inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.https
if CONFIG.https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from inside, without the proxy
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preloading is the decision of whoever owns the whole domain

# Language and time
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = CONFIG.time_zone

# Celery: JSON only, one message at a time, acknowledged when done. Lost work is found by the leases of `jobs`, so a
# lost worker's message need not come back by itself.
CELERY_BROKER_URL = CONFIG.broker()
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1800,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 15,
}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 13 * 3600  # a last resort; each kind of job has its own limit
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = True
# Somebody waits for an embedding before anything is shown: it goes before verdicts (Redis takes low numbers first).
CELERY_TASK_ROUTES = {"search.verify": {"priority": 6}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # the lease, not the broker, says whose work it is
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "videosearch.jobs.tasks.sweep",
        "schedule": 10.0,
        "options": {"queue": "default", "expires": 10},
    },
    "tidy uploads and files": {
        "task": "library.tidy",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 600},
    },
    "look into watched folders": {
        "task": "library.watch",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 50},
    },
    "delete the rows of replaced versions": {
        "task": "indexing.forget",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 600},
    },
    "forget old query vectors": {
        "task": "search.prune",
        "schedule": 3600.0,
        "options": {"queue": "search", "expires": 600},
    },
}

# Logs: one line an event, `key=value` for people or JSON for machines; the job's id is bound while it runs.
_SHARED_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED_PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer()
                if CONFIG.log_json
                else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event", "logger"]),
            ],
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": CONFIG.log_level},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "celery.worker.strategy": {"level": logging.WARNING},  # a line for each wake-up says nothing
        "celery.app.trace": {"level": logging.WARNING},
    },
}
structlog.configure(
    processors=[*_SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

UNFOLD = {
    "SITE_TITLE": "Video search",
    "SITE_HEADER": "Video search",
    "SITE_URL": "/",
    "DASHBOARD_CALLBACK": "videosearch.operations.admin.dashboard",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("css/mark.svg")}],
    "STYLES": [lambda _: static("css/admin.css")],
    "SIDEBAR": {"navigation": "videosearch.operations.navigation.sidebar"},
    "COLORS": {  # the application's green, dark enough for white letters from 600 on
        "primary": {
            "50": "oklch(98% .03 122)",
            "100": "oklch(95.5% .06 122)",
            "200": "oklch(91% .11 122)",
            "300": "oklch(87% .17 122)",
            "400": "oklch(80% .19 123)",
            "500": "oklch(66% .18 125)",
            "600": "oklch(50% .14 127)",
            "700": "oklch(43% .12 128)",
            "800": "oklch(37% .1 129)",
            "900": "oklch(32% .08 130)",
            "950": "oklch(21% .06 131)",
        },
    },
}
