"""Error pages: what went wrong, in one sentence, and where to go from here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext

from huifang.errors import HuifangError


def in_words(error: HuifangError) -> str:
    """The error's sentence in the person's language."""
    return error.in_words(gettext)


def error_page(request: HttpRequest, error: HuifangError) -> HttpResponse:
    titles = {403: gettext("Not allowed"), 404: gettext("Not found"), 409: gettext("Not possible now")}
    title = titles.get(error.http_status, gettext("This did not work"))
    return _page(request, error.http_status, title, in_words(error))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request, 400, gettext("Bad request"), gettext("The server could not make sense of this request.")
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, gettext("Not allowed"), gettext("You may not open this page."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        403,
        gettext("The page was open too long"),
        gettext("Nothing was changed. Reload the page and send the form again."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        404,
        gettext("Not found"),
        gettext("There is nothing at this address, or it belongs to another store."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        gettext("Something broke on our side"),
        gettext("It has been written to the log. Nothing you entered was half-saved; try again in a minute."),
    )


def _page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    words: dict[str, Any] = {
        "title": title,
        "sentence": sentence,
        "status": status,
        "back": _previous_page(request),
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }
    # Without the request's context processors: they read the session, which may be what broke.
    return HttpResponse(render_to_string("web/error.html", words), status=status)


def _previous_page(request: HttpRequest) -> str:
    """The path of the page that led here, when it is one of ours."""
    referer = urlsplit(request.META.get("HTTP_REFERER", ""))
    try:
        is_own = referer.netloc == request.get_host()
    except DisallowedHost:
        is_own = False
    if not is_own or not referer.path.startswith("/"):
        return ""
    path = "/" + referer.path.lstrip("/")
    return f"{path}?{referer.query}" if referer.query else path
