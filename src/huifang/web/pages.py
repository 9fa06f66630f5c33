"""Signing in and out, one's password, and the language."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters

from huifang.people.actions import PasswordUnusable, set_password
from huifang.people.permissions import EVERYONE, PUBLIC, StaffRequest, page
from huifang.people.signing_in import SignInLocked, SignInRefused, sign_in, sign_out
from huifang.web.errors import in_words


@sensitive_post_parameters("password")
@page(PUBLIC, "GET", "POST")
def login_page(request: HttpRequest) -> HttpResponse:
    """登录."""
    following = _own_address(request, request.POST.get("next") or request.GET.get("next", ""))
    username, problem, status = "", "", 200
    if request.method == "POST":
        username = request.POST.get("username", "")[:150]
        try:
            sign_in(request, username=username, password=request.POST.get("password", "")[:200])
            return HttpResponseRedirect(following or "/")
        except (SignInRefused, SignInLocked) as error:
            problem, status = in_words(error), error.http_status
    elif request.user.is_authenticated:
        return HttpResponseRedirect(following or "/")
    return render(
        request,
        "web/login.html",
        {"next": following, "username": username, "problem": problem},
        status=status,
    )


@page(EVERYONE, "POST")
def logout_page(request: StaffRequest) -> HttpResponse:
    sign_out(request)
    return redirect("login")


@page(PUBLIC, "POST")
def language_page(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language in a cookie and go back to where the person was."""
    response = HttpResponseRedirect(_own_address(request, request.POST.get("next", "")) or "/")
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            httponly=True,
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
    return response


@sensitive_post_parameters("old", "new", "again")
@page(EVERYONE, "GET", "POST")
def password_page(request: StaffRequest) -> HttpResponse:
    """修改密码: one's own, with the old one shown first."""
    problem = ""
    if request.method == "POST":
        new = request.POST.get("new", "")[:200]
        if not request.user.check_password(request.POST.get("old", "")[:200]):
            problem = gettext("The old password is not right.")
        elif new != request.POST.get("again", "")[:200]:
            problem = gettext("The two new passwords differ.")
        else:
            try:
                set_password(user=request.user, password=new, acting_user=request.user)
            except PasswordUnusable as error:
                problem = in_words(error)
            else:
                update_session_auth_hash(request, request.user)
                messages.success(request, gettext("Your password has been changed."))
                return redirect("board")
    return render(request, "web/password.html", {"problem": problem}, status=400 if problem else 200)


def _own_address(request: HttpRequest, address: str) -> str:
    """``address`` when it leads to one of our own pages, otherwise ``""``."""
    own = address.startswith("/") and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if own else ""
