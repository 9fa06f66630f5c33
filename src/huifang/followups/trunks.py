"""The trunks that calls leave by."""

from __future__ import annotations

from huifang.env import Environment
from huifang.followups.models import Trunk
from huifang.logic.voice_line import TrunkAddress
from huifang.people.encryption import keyring

_PASSWORD_CONTEXT = "followups.trunk.sealed_password"
FROM_SETTINGS = "sip"


def save_trunk(
    *,
    name: str,
    host: str,
    port: int,
    user: str = "",
    password: str = "",
    caller_id: str = "",
    max_calls: int = 60,
    is_virtual: bool = False,
) -> Trunk:
    """Create or change the trunk called ``name``; its password is stored encrypted."""
    trunk, _ = Trunk.objects.update_or_create(
        name=name,
        defaults={
            "host": host,
            "port": port,
            "user": user,
            "sealed_password": keyring().seal(password, _PASSWORD_CONTEXT) if password else b"",
            "caller_id": caller_id,
            "max_calls": max_calls,
            "is_virtual": is_virtual,
            "is_active": True,
        },
    )
    return trunk


def password_of(trunk: Trunk) -> str:
    sealed = bytes(trunk.sealed_password)
    return keyring().unseal(sealed, _PASSWORD_CONTEXT) if sealed else ""


def address_of(trunk: Trunk) -> TrunkAddress:
    """What a node must know to use ``trunk``."""
    return TrunkAddress(
        name=trunk.name,
        host=trunk.host,
        port=trunk.port,
        user=trunk.user,
        password=password_of(trunk),
        caller_id=trunk.caller_id,
        codecs=list(trunk.codecs),
        refer=trunk.refer,
        register=trunk.register,
    )


def take_trunk_from_settings(environment: Environment) -> Trunk | None:
    """The trunk that HUIFANG_TRUNK and its user and password name; None, and none active, where they
    are unset.  It carries as many calls as the node has seats."""
    if not environment.has_trunk:
        Trunk.objects.filter(name=FROM_SETTINGS).update(is_active=False)
        return None
    return save_trunk(
        name=FROM_SETTINGS,
        host=environment.trunk_host,
        port=environment.trunk_port,
        user=environment.trunk_user,
        password=environment.trunk_password,
        caller_id=environment.trunk_caller_id,
        max_calls=environment.node_seats,
    )
