"""Django's settings, all of them from ``env.py`` and the key file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.functional import SimpleLazyObject

from huifang.database import database_settings
from huifang.env import read_environment
from huifang.people.encryption import keyring

HUIFANG = read_environment()
_ROOT = Path(__file__).resolve().parent

# Read at first use: the key file is made by the first start, after these settings are loaded.
SECRET_KEY: Any = SimpleLazyObject(lambda: keyring().secret_key)
DEBUG = HUIFANG.debug
ALLOWED_HOSTS = list(HUIFANG.allowed_hosts)
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
    "huifang.followups",
    "huifang.plans",
    "huifang.reports",
    "huifang.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
