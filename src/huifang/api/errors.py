"""How faults reach an API client: ``{"code", "message"}`` with a fitting status, never a traceback."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from huifang.errors import HuifangError

log = logging.getLogger(__name__)


def install(api: NinjaAPI) -> None:
    """Teach ``api`` every kind of fault."""

    def answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
        return api.create_response(request, {"code": code, "message": message}, status=status)

    @api.exception_handler(HuifangError)
    def ours(request: HttpRequest, error: HuifangError) -> HttpResponse:
        return answer(request, error.http_status, error.code, error.in_words(_))

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        first = error.errors[0] if error.errors else {"loc": (), "msg": ""}
        place = ".".join(str(part) for part in first["loc"])
        return answer(request, 422, "RequestInvalid", f"{place}: {first['msg']}")

    @api.exception_handler(AuthenticationError)
    def stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return answer(request, 401, "TokenInvalid", _("The service token is missing or wrong."))

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return answer(request, 413, "RequestTooBig", _("The request is too big."))

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return answer(request, 404, "NotFound", _("There is nothing here."))

    @api.exception_handler(HttpError)
    def spoken(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(request, error.status_code, "RequestInvalid", str(error))

    @api.exception_handler(Exception)
    def unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
        log.exception("%s %s failed", request.method, request.path)
        return answer(request, 500, "Fault", _("Something went wrong here; it has been logged."))
