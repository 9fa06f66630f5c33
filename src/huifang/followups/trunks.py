"""The trunks that calls leave by: what they are set to, and who changed it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from huifang.env import Environment
from huifang.errors import N_, HuifangError
from huifang.followups.models import Trunk
from huifang.logic.voice_line import CODECS, TrunkAddress
from huifang.people.audit import record, system_user
from huifang.people.encryption import keyring
from huifang.people.models import User

_PASSWORD_CONTEXT = "followups.trunk.sealed_password"
FROM_SETTINGS = "sip"
"""The name of the trunk that HUIFANG_TRUNK and its user and password describe."""
SAFE_CALLS_PER_S = 10.0
"""What a trunk from the settings is trusted with until somebody says more."""


class TrunkUnusable(HuifangError):
    template = N_("The line %(name)s cannot be saved: %(reason)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkSettings:
    """All that people set about a trunk but its password.  ``calls_per_s`` None: as many as come."""

    name: str
    host: str
    port: int = 5060
    user: str = ""
    caller_ids: Sequence[str] = ()
    caller_rule: str = Trunk.CallerRule.ROTATE
    codecs: Sequence[str] = CODECS
    refer: bool = False
    register: bool = False
    prefixes: Sequence[str] = ("+86",)
    priority: int = 1
    weight: int = 1
    max_calls: int = 60
    calls_per_s: float | None = None
    is_virtual: bool = False
    is_active: bool = True


@transaction.atomic
def create_trunk(settings: TrunkSettings, *, password: str, acting_user: User) -> Trunk:
    """A new trunk.  ``TrunkUnusable`` where a setting is not usable or the name is taken."""
    trunk = Trunk(name=settings.name)
    _set(trunk, settings, password)
    trunk.save()
    record(acting_user=acting_user, action="followups.create_trunk", thing=trunk, **_shown(settings))
    return trunk


@transaction.atomic
def change_trunk(trunk: Trunk, settings: TrunkSettings, *, password: str | None, acting_user: User) -> Trunk:
    """Set everything anew; ``password`` None keeps the one that is stored.  ``TrunkUnusable``.

    The audit row tells what was changed from what to what; of a password only that it was.
    """
    trunk = Trunk.objects.select_for_update().get(pk=trunk.pk)
    before = _shown(settings_of(trunk))
    is_other_password = password is not None and password != password_of(trunk)
    _set(trunk, settings, password)
    after = _shown(settings)
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if changes or is_other_password:
        trunk.save()
        record(
            acting_user=acting_user,
            action="followups.change_trunk",
            thing=trunk,
            changes=changes,
            password_changed=is_other_password,
        )
    return trunk


def save_trunk(*, name: str, host: str, port: int, password: str = "", **more: Any) -> Trunk:
    """Make the trunk called ``name`` what these settings say, for the machine itself.  ``more``: further
    fields of ``TrunkSettings``; those that are not named stay as they are."""
    trunk = Trunk.objects.filter(name=name).first()
    known = asdict(settings_of(trunk)) if trunk else {}
    settings = TrunkSettings(**{**known, "is_active": True, **more, "name": name, "host": host, "port": port})
    if trunk is None:
        return create_trunk(settings, password=password, acting_user=system_user())
    return change_trunk(trunk, settings, password=password, acting_user=system_user())


def settings_of(trunk: Trunk) -> TrunkSettings:
    """What ``trunk`` is set to."""
    return TrunkSettings(**{name: getattr(trunk, name) for name in TrunkSettings.__dataclass_fields__})


def password_of(trunk: Trunk) -> str:
    sealed = bytes(trunk.sealed_password)
    return keyring().unseal(sealed, _PASSWORD_CONTEXT) if sealed else ""


def address_of(trunk: Trunk, caller_id: str = "") -> TrunkAddress:
    """What a node must know to use ``trunk``; ``caller_id`` is what the customer is to see."""
    return TrunkAddress(
        name=trunk.name,
        host=trunk.host,
        port=trunk.port,
        user=trunk.user,
        password=password_of(trunk),
        caller_id=caller_id,
        codecs=list(trunk.codecs),
        refer=trunk.refer,
        register=trunk.register,
    )


def take_trunk_from_settings(environment: Environment) -> Trunk | None:
    """The trunk that HUIFANG_TRUNK and its user and password name; None, and none active, where they
    are unset.

    Address, account and number follow the settings at every start.  The first start also gives it as
    many calls as the node has seats; what people have set on the screen since then stays.
    """
    trunk = Trunk.objects.filter(name=FROM_SETTINGS).first()
    if not environment.has_trunk:
        if trunk is not None and trunk.is_active:
            switch_trunk(trunk, active=False, acting_user=system_user())
        return None
    numbers = [environment.trunk_caller_id] if environment.trunk_caller_id else []
    first: dict[str, Any] = {
        "max_calls": environment.node_seats,
        "calls_per_s": SAFE_CALLS_PER_S,
        "caller_ids": numbers,
    }
    if trunk is not None:
        more = [number for number in trunk.caller_ids if number not in numbers]
        first = {"caller_ids": [*numbers, *more]}
    return save_trunk(
        name=FROM_SETTINGS,
        host=environment.trunk_host,
        port=environment.trunk_port,
        user=environment.trunk_user,
        password=environment.trunk_password,
        **first,
    )


@transaction.atomic
def switch_trunk(trunk: Trunk, *, active: bool, acting_user: User) -> None:
    """Let ``trunk`` carry calls, or no new ones; calls that go on are left alone."""
    trunk = Trunk.objects.select_for_update().get(pk=trunk.pk)
    trunk.is_active = active
    trunk.save(update_fields=["is_active"])
    action = "followups.switch_trunk_on" if active else "followups.switch_trunk_off"
    record(acting_user=acting_user, action=action, thing=trunk)


def _set(trunk: Trunk, settings: TrunkSettings, password: str | None) -> None:
    for reason, holds in _RULES:
        if not holds(settings):
            raise TrunkUnusable(name=settings.name, reason=reason)
    if Trunk.objects.filter(name=settings.name).exclude(pk=trunk.pk).exists():
        raise TrunkUnusable(name=settings.name, reason=N_("this name is taken; choose another."))
    for name, value in _shown(settings).items():
        setattr(trunk, name, value)
    if password is not None:
        trunk.sealed_password = keyring().seal(password, _PASSWORD_CONTEXT) if password else b""


def _shown(settings: TrunkSettings) -> dict[str, Any]:
    """The settings as JSON-safe data."""
    return {k: list(v) if isinstance(v, tuple | list) else v for k, v in asdict(settings).items()}


def _all_fit(pattern: str, values: Sequence[str]) -> bool:
    return all(re.fullmatch(pattern, value, re.ASCII) for value in values)


# Host, user and numbers become parts of SIP headers: nothing in them may end or split one.
_RULES: tuple[tuple[str, Callable[[TrunkSettings], bool]], ...] = (
    (N_("give it a name of up to 40 characters."), lambda s: 0 < len(s.name.strip()) <= 40),
    (
        N_("the host must be a name such as sip.example.com or an IPv4 address."),
        lambda s: len(s.host) <= 120 and _all_fit(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", [s.host]),
    ),
    (N_("the port must be a number from 1 to 65535."), lambda s: 1 <= s.port <= 65535),
    (
        N_("the user may hold letters, digits and . _ + - @ only."),
        lambda s: len(s.user) <= 80 and _all_fit(r"[\w.+@-]*", [s.user]),
    ),
    (
        N_("a number that customers see is 3 to 20 digits, with or without a + before them."),
        lambda s: len(s.caller_ids) <= 200 and _all_fit(r"[+]?\d{3,20}", s.caller_ids),
    ),
    (N_("the rule for the numbers is not known."), lambda s: s.caller_rule in Trunk.CallerRule.values),
    (
        N_("choose at least one codec of PCMA and PCMU."),
        lambda s: 0 < len(s.codecs) == len(set(s.codecs)) and set(s.codecs) <= set(CODECS),
    ),
    (
        N_("a prefix is + and up to 15 digits, for example +86 or +8621; at least one is needed."),
        lambda s: 0 < len(s.prefixes) <= 100 and _all_fit(r"[+]\d{1,15}", s.prefixes),
    ),
    (N_("the order must be a number from 1 to 99."), lambda s: 1 <= s.priority <= 99),
    (N_("the weight must be a number from 1 to 100."), lambda s: 1 <= s.weight <= 100),
    (N_("calls at once must be a number from 1 to 5000."), lambda s: 1 <= s.max_calls <= 5000),
    (
        N_("calls per second must be a number from 0.1 to 200, or empty for no limit."),
        lambda s: s.calls_per_s is None or 0.1 <= s.calls_per_s <= 200,
    ),
    (
        N_("to register it needs a user."),
        lambda s: bool(s.user) or not s.register,
    ),
)
