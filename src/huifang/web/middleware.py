"""What every response gets: the language, the content security policy, and errors as pages."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from huifang.errors import HuifangError
from huifang.web.errors import error_page

GetResponse = Callable[[HttpRequest], Any]


class _Around:
    """Something to do before and after the view, the same for sync and async servers."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._call_async(request)
        self.before(request)
        return self.after(request, self.get_response(request))

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        self.before(request)
        return self.after(request, await self.get_response(request))

    def before(self, request: HttpRequest) -> None: ...

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response


class LanguageMiddleware(_Around):
    """The language of the cookie, otherwise the installation's.

    Not Django's own: that one goes by the browser's list, and a chain in China wants Chinese first
    on every machine, whatever language its browser was installed in.
    """

    def before(self, request: HttpRequest) -> None:
        wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        language = wanted if wanted in known else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response


class ContentSecurityMiddleware(_Around):
    """Only scripts that carry this response's nonce run; nothing is loaded from another origin."""

    def before(self, request: HttpRequest) -> None:
        request.csp_nonce = SimpleLazyObject(lambda: secrets.token_urlsafe(18))  # type: ignore[attr-defined]

    def after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault(
            "Content-Security-Policy",
            "default-src 'self'; "
            f"script-src 'nonce-{request.csp_nonce}'; "  # type: ignore[attr-defined]
            "style-src 'self'; img-src 'self' data:; object-src 'none'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        )
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        # Pages show personal data: no proxy and no Back button after signing out may keep them.
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class HuifangErrorMiddleware(_Around):
    """An error that a person can mend becomes a page with its sentence."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return error_page(request, exception) if isinstance(exception, HuifangError) else None
