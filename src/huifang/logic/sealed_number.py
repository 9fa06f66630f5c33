"""A telephone number that a customer gave, on its way from a voice node to the centre: sealed, so that neither the
node's journal nor the centre's log of events holds it in the clear.

Both know the service token; the key is derived from it (HKDF, RFC 5869), and the attempt is authenticated with the
number, so that a sealed number says nothing in another call.  Pure: the nonce is a parameter.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12  # NIST SP 800-38D


def seal(number: str, attempt_id: str, token: str, nonce: bytes) -> str:
    """``number`` sealed, in ASCII.  ``nonce``: random, never used twice."""
    return base64.b64encode(
        nonce + AESGCM(_key(token)).encrypt(nonce, number.encode(), attempt_id.encode())
    ).decode()


def unseal(sealed: str, attempt_id: str, token: str) -> str | None:
    """The number in ``sealed``; None where it was not sealed for this attempt, or with another token."""
    try:
        data = base64.b64decode(sealed, validate=True)
        nonce, body = data[:NONCE_BYTES], data[NONCE_BYTES:]
        return AESGCM(_key(token)).decrypt(nonce, body, attempt_id.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error):
        return None


def _key(token: str) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"huifang number given in a call").derive(
        token.encode()
    )
