"""Phone numbers: normalised to E.164, sealed, looked up by blind index, shown masked."""

from __future__ import annotations

import phonenumbers

from huifang.errors import N_, HuifangError
from huifang.people.encryption import keyring

PHONE_CONTEXT = "customers.contactpoint.sealed"


class PhoneUnusable(HuifangError):
    template = N_(
        "“%(shown)s” is not a phone number that can be called: write it like 13812345678 or +8613812345678."
    )


def normalise(raw: str, region: str = "CN") -> str:
    """``raw`` as E.164.  ``PhoneUnusable`` (showing at most the last four digits) where it is none."""
    text = raw.strip()
    if text.endswith(".0") and text[:-2].isdigit():  # a spreadsheet made a number of it
        text = text[:-2]
    try:
        if any(c.isalpha() for c in text):  # phonenumbers would read letters as keys: 138abcd5678
            raise PhoneUnusable(shown=f"…{text[-4:]}" if len(text) > 4 else text)
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number) or _costs_extra(number):
        raise PhoneUnusable(shown=f"…{text[-4:]}" if len(text) > 4 else text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _costs_extra(number: phonenumbers.PhoneNumber) -> bool:
    """A premium number bills its caller: nobody's own number, and the way that toll fraud takes."""
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE


def mask(e164: str) -> str:
    """138****5678 for a Chinese mobile number; other numbers keep their ends too."""
    national = e164.removeprefix("+86")
    if len(national) <= 7:
        return national[:1] + "****" + national[-2:]
    return f"{national[:3]}****{national[-4:]}"


def seal(e164: str) -> bytes:
    return keyring().seal(e164, PHONE_CONTEXT)


def unseal(sealed: bytes) -> str:
    return keyring().unseal(sealed, PHONE_CONTEXT)


def blind_index(e164: str) -> bytes:
    return keyring().blind_index(e164)
