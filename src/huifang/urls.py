"""Every URL.  A new one needs its row in the authorisation matrix (tests/web/test_authorisation.py)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
