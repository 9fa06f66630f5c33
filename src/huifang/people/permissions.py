"""Who may open which page: one decorator, looked for on every URL by the authorisation matrix test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import reverse

from huifang.errors import N_, NotAllowed
from huifang.people.models import Role, User
from huifang.people.reach import reach_of

EVERYONE = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AGENT})
"""Every member of staff."""
LEADS = frozenset({Role.ADMIN, Role.SUPERVISOR})
"""Those who answer for others: they may reveal numbers, reassign, switch plans, import."""
ADMINS = frozenset({Role.ADMIN})
"""Those who set up the installation: lines and numbers."""
CALL_TAKERS = frozenset({Role.SUPERVISOR, Role.AGENT})
"""Those to whom a customer may be handed over."""
PUBLIC: frozenset[Role] = frozenset()
"""Open without signing in."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a view lets through; ``roles`` empty = anybody.  ``whole_chain``: only people who see every
    store, because the page acts on all of them."""

    roles: frozenset[Role]
    methods: frozenset[str]
    whole_chain: bool = False


class StaffRequest(HttpRequest):
    """A request that ``page`` has let through: somebody has signed in."""

    user: User


View = Callable[..., Any]


def page(roles: frozenset[Role], *methods: str, whole_chain: bool = False) -> Callable[[View], View]:
    """Let through only ``roles`` and ``methods`` (default GET, which includes HEAD).

    Without a login a person is sent to the login page (and back); anything else is refused.
    Raises ``NotAllowed`` for a role that may not.
    """
    allowed = frozenset(methods or ("GET",))
    access = Access(roles, allowed | ({"HEAD"} if "GET" in allowed else frozenset()), whole_chain)

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @wraps(view)
            async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                _refuse_nul(request)
                user = await request.auser() if roles else None
                refusal = _refusal(request, user, access)
                if refusal is not None:
                    return refusal
                response: HttpResponseBase = await view(request, *args, **kwargs)
                return response

            guarded: View = guarded_async
        else:

            @wraps(view)
            def guarded_sync(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                _refuse_nul(request)
                refusal = _refusal(request, request.user if roles else None, access)
                if refusal is not None:
                    return refusal
                response: HttpResponseBase = view(request, *args, **kwargs)
                return response

            guarded = guarded_sync
        guarded.access = access  # type: ignore[attr-defined]
        return guarded

    return decorate


def _refuse_nul(request: HttpRequest) -> None:
    """No form of ours sends a NUL character, and PostgreSQL cannot take one: ``BadRequest``."""
    for fields in (request.GET, request.POST):
        if any("\0" in value for _name, values in fields.lists() for value in values):
            raise BadRequest("a field holds a NUL character")


def _refusal(request: HttpRequest, user: Any, access: Access) -> HttpResponseBase | None:
    if access.roles and not (isinstance(user, User) and user.is_active):
        if "HX-Request" in request.headers:  # a fragment: the whole page must go to the login
            return HttpResponse(status=204, headers={"HX-Redirect": reverse("login")})
        is_page = "text/event-stream" not in request.headers.get("Accept", "")
        if request.method in access.methods & {"GET", "HEAD"} and is_page:
            return HttpResponseRedirect(reverse("login") + "?" + urlencode({"next": request.get_full_path()}))
        raise NotAllowed(reason=N_("please sign in first."))
    if access.roles and user.role not in access.roles:
        raise NotAllowed(reason=N_("your role does not include it; ask a supervisor."))
    if access.whole_chain and not reach_of(user).everything:
        raise NotAllowed(reason=N_("this concerns every store; ask a supervisor of the whole chain."))
    if request.method not in access.methods:
        return HttpResponseNotAllowed(sorted(access.methods))
    return None
