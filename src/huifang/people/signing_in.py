"""Signing in and out: repeated failures lock the door, and the answer never tells which names exist.

The same rule and the same words hold for names that exist and names that do not.  Failures are
counted for the name at one address, for the address, and for the name from anywhere, because an
attacker may try one name from many addresses or many names from one.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from huifang.clock import now
from huifang.errors import N_, HuifangError
from huifang.people.audit import record, system_user
from huifang.people.encryption import keyring
from huifang.people.models import FailedSignIns, User
from huifang.people.softphones import go_offline

WINDOW = timedelta(minutes=5)
NAME_AT_ADDRESS_LIMIT = 5
ADDRESS_LIMIT = 30
NAME_LIMIT = 30


class SignInRefused(HuifangError):
    template = N_("User name and password do not match.")
    http_status = 403


class SignInLocked(HuifangError):
    template = N_("Too many failed attempts. Wait five minutes, then try again.")
    http_status = 429


def sign_in(request: HttpRequest, *, username: str, password: str) -> User:
    """Sign the person in on ``request``'s session, or raise ``SignInRefused`` / ``SignInLocked``.

    While locked, a password is not even looked at, right or wrong.
    """
    subjects = _subjects(username, request.META.get("REMOTE_ADDR", ""))
    if _is_locked(subjects):
        raise SignInLocked
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        _note_failure(subjects)
        raise SignInRefused
    with transaction.atomic():
        FailedSignIns.objects.filter(subject=next(iter(subjects))).delete()
        login(request, user)  # also gives the session a new key
        record(acting_user=user, action="people.sign_in", thing=user)
    return user


def sign_out(request: HttpRequest) -> None:
    """End the session."""
    user = request.user
    with transaction.atomic():
        if isinstance(user, User):
            record(acting_user=user, action="people.sign_out", thing=user)
            go_offline(user=user)
        logout(request)


def _subjects(username: str, address: str) -> dict[str, int]:
    """Subject → how many failures it may have in a window."""
    name = username.strip().casefold()
    named = {
        f"sign-in:both:{name}\n{address}": NAME_AT_ADDRESS_LIMIT,
        f"sign-in:address:{address}": ADDRESS_LIMIT,
        f"sign-in:name:{name}": NAME_LIMIT,
    }
    return {keyring().blind_index(subject).hex(): limit for subject, limit in named.items()}


def _is_locked(subjects: dict[str, int]) -> bool:
    recent = FailedSignIns.objects.filter(subject__in=subjects, since__gt=now() - WINDOW)
    return any(row.failures >= subjects[row.subject] for row in recent)


@transaction.atomic
def _note_failure(subjects: dict[str, int]) -> None:
    at = now()
    FailedSignIns.objects.filter(since__lte=at - WINDOW).delete()  # also keeps the table small
    for subject, limit in subjects.items():
        row, _ = FailedSignIns.objects.get_or_create(subject=subject, defaults={"since": at})
        FailedSignIns.objects.filter(pk=row.pk).update(failures=F("failures") + 1, since=at)
        if row.failures + 1 == limit:
            record(acting_user=system_user(), action="people.sign_in_locked", thing=row, failures=limit)
