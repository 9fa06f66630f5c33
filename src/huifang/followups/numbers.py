"""Our own telephone numbers, written one way however a trunk or a person writes them."""

from __future__ import annotations

from huifang.customers.phones import PhoneUnusable, normalise


def canonical(written: str) -> str:
    """``written`` as E.164 where it is a telephone number; otherwise (an extension, a short number) its
    digits, or what is left without blanks."""
    try:
        return normalise(written)
    except PhoneUnusable:
        bare = "".join(written.split())
        return "".join(c for c in bare if c.isascii() and c.isdigit()) or bare[:32]
