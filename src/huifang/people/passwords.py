"""Passwords that people can type and nobody can guess."""

from __future__ import annotations

import secrets

# Without 0/o, 1/l/i: the password is read from a terminal and typed.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def make_password_up(groups: int = 4) -> str:
    """A random password such as ``k7mq-x2dn-9htp-w4ca``: ``groups`` groups of 4, about 20 bits each."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(groups))
