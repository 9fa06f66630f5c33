"""The one way to write the audit trail."""

from __future__ import annotations

from huifang.clock import now
from huifang.people.models import AuditEntry, User


def record(*, acting_user: User, action: str, thing: object, **data: object) -> AuditEntry:
    """Write that ``acting_user`` did ``action`` to ``thing`` (a saved model row).

    Call it inside the transaction of the act.  ``data`` must be JSON-safe and free of phone numbers.
    """
    return AuditEntry.objects.create(
        at=now(),
        acting_user=acting_user,
        action=action,
        object_type=type(thing).__name__,
        object_id=str(getattr(thing, "pk", "")),
        data=data,
    )


def system_user() -> User:
    """The user that stands for the machine itself; it has no usable password."""
    user, created = User.objects.get_or_create(
        username="system", defaults={"first_name": "系统", "is_active": False, "role": "admin"}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
