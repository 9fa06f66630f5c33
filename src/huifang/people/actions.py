"""What is done to members of staff.  Every action writes its audit row in the same transaction."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from huifang.errors import N_, HuifangError
from huifang.people.audit import record, system_user
from huifang.people.models import Role, Store, User
from huifang.people.passwords import make_password_up


class UserUnusable(HuifangError):
    template = N_("The user %(username)s cannot be saved: %(reason)s")


class PasswordUnusable(HuifangError):
    template = N_("This password cannot be used: %(reason)s")


@transaction.atomic
def create_user(
    *,
    username: str,
    password: str,
    acting_user: User,
    role: str = Role.AGENT,
    name: str = "",
    store: Store | None = None,
    sip_uri: str = "",
) -> User:
    """A new member of staff.  ``UserUnusable`` for a name that is taken or a role that does not
    exist; ``PasswordUnusable`` for a password that is too easy."""
    username = username.strip()
    if role not in Role.values:
        raise UserUnusable(username=username, reason=N_("the role must be admin, supervisor or agent."))
    if User.objects.filter(username__iexact=username).exists():
        raise UserUnusable(username=username, reason=N_("this user name is taken; choose another."))
    user = User(
        username=username,
        first_name=name,
        role=role,
        store=store,
        sip_uri=sip_uri,
    )
    _set(user, password)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise UserUnusable(username=username, reason=" ".join(error.messages)) from None
    user.save()
    record(acting_user=acting_user, action="people.create_user", thing=user, role=str(role))
    return user


@transaction.atomic
def set_password(*, user: User, password: str, acting_user: User) -> None:
    """A new password; the user's other sessions end.  ``PasswordUnusable`` when it is too easy."""
    _set(user, password)
    user.save(update_fields=["password"])
    record(acting_user=acting_user, action="people.set_password", thing=user)


def _set(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordUnusable(reason=" ".join(error.messages)) from None
    user.set_password(password)


def ensure_first_admin() -> str:
    """Make the user ``admin`` where nobody could sign in yet; the made-up password, or ``""``."""
    if User.objects.exclude(username="system").exists():
        return ""
    password = make_password_up()
    create_user(
        username="admin", password=password, role=Role.ADMIN, name="管理员", acting_user=system_user()
    )
    return password


def add_user_from_command_line(
    username: str, *, name: str = "", role: str = Role.AGENT, store_code: str = "", sip_uri: str = ""
) -> str:
    """Create a user with a made-up password; the sentence to print, with the password in it."""
    store = Store.objects.filter(code=store_code).first() if store_code else None
    if store_code and store is None:
        raise UserUnusable(username=username, reason=N_("there is no store with this code."))
    password = make_password_up()
    create_user(
        username=username,
        password=password,
        role=role,
        name=name,
        store=store,
        sip_uri=sip_uri,
        acting_user=system_user(),
    )
    return gettext("User %(username)s, password %(password)s") % {"username": username, "password": password}
