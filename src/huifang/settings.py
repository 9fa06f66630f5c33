"""Django's settings, all of them from ``env.py`` and the key file."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import SimpleLazyObject

from huifang.database import database_settings
from huifang.env import read_environment
from huifang.people.encryption import keyring

HUIFANG = read_environment()
_ROOT = Path(__file__).resolve().parent

# Read at first use: the key file is made by the first start, after these settings are loaded.
SECRET_KEY: Any = SimpleLazyObject(lambda: keyring().secret_key)
DEBUG = HUIFANG.debug
ALLOWED_HOSTS = [*HUIFANG.allowed_hosts, *filter(None, [urlsplit(HUIFANG.public_url).hostname])]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "huifang.people",
    "huifang.work",
    "huifang.customers",
    "huifang.segments",
    "huifang.surveys",
    "huifang.tickets",
    "huifang.knowledge",
    "huifang.promises",
    "huifang.endings",
    "huifang.messages",
    "huifang.followups",
    "huifang.plans",
    "huifang.reports",
    "huifang.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "huifang.web.middleware.ContentSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "huifang.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "huifang.web.middleware.HuifangErrorMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huifang.web.context.for_every_page",
            ],
        },
    },
]
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, Any] = {"default": database_settings(HUIFANG)}
ROOT_URLCONF = "huifang.urls"
ASGI_APPLICATION = "huifang.asgi.application"

LANGUAGE_CODE = HUIFANG.language
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [_ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "huifang.web.static_files.HashedAddresses"},
}

LOGIN_URL = "login"
LANGUAGE_COOKIE_NAME = "huifang_language"
LANGUAGE_COOKIE_SECURE = HUIFANG.https
SESSION_COOKIE_NAME = "huifang_session"
SESSION_COOKIE_AGE = 12 * 3600  # one working day
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HUIFANG.https
CSRF_COOKIE_NAME = "huifang_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # forms and htmx carry the token in the page
CSRF_COOKIE_SECURE = HUIFANG.https
CSRF_FAILURE_VIEW = "huifang.web.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if HUIFANG.https:
    # The proxy must set this header itself and drop a client's own.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Everything worth a look goes to standard error; whoever runs the process keeps it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # Refused pages and bad requests are the visitor's affair and would flood the log.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.security": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
