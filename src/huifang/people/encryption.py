"""Encryption of personal fields: AES-256-GCM for reading back, a keyed HMAC for looking up.

The keys live in one file outside the database (mode 0600).  A phone number has only some 10^10
values, so a plain hash falls in an hour; the blind index is an HMAC-SHA-256 with a key of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huifang.errors import N_, KeyFileUnusable

_NONCE_BYTES = 12  # NIST SP 800-38D: 96-bit nonces, random ones are safe far beyond our row counts
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one installation.

    ``encryption`` and ``index`` are 32 bytes each; ``secret_key`` is Django's, ``voice_token`` is
    what voice nodes show to the centre.
    """

    encryption: bytes
    index: bytes
    secret_key: str
    voice_token: str

    def seal(self, text: str, context: str) -> bytes:
        """``text`` encrypted; ``context`` (table and column) is authenticated, so that a value moved
        to another column does not open."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.encryption).encrypt(nonce, text.encode(), context.encode())
        return bytes([_FORMAT]) + nonce + sealed

    def unseal(self, sealed: bytes, context: str) -> str:
        """The text in ``sealed``; ``KeyFileUnusable`` when this key did not seal it."""
        sealed = bytes(sealed)
        try:
            if not sealed or sealed[0] != _FORMAT:
                raise InvalidTag
            nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
            return AESGCM(self.encryption).decrypt(nonce, body, context.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeyFileUnusable(
                path="", mend=N_("it did not encrypt this database; restore the key file that belongs to it.")
            ) from None

    def blind_index(self, text: str) -> bytes:
        """32 bytes that are equal for equal texts and tell nothing without the key."""
        return hmac.new(self.index, text.encode(), hashlib.sha256).digest()


def create_key_file(path: Path) -> None:
    """Make a new key file with mode 0600; never overwrites one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "format": _FORMAT,
        "encryption": base64.b64encode(secrets.token_bytes(32)).decode(),
        "index": base64.b64encode(secrets.token_bytes(32)).decode(),
        "secret_key": secrets.token_urlsafe(48),
        "voice_token": secrets.token_urlsafe(32),
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_key_file(path: Path) -> Keyring:
    """The keys in ``path``; ``KeyFileUnusable`` when it is missing, open to others or damaged."""
    try:
        mode = path.stat().st_mode
    except OSError:
        raise KeyFileUnusable(
            path=path,
            mend=N_("it is missing; restore it from your backup, or name its place in HUIFANG_KEY_FILE."),
        ) from None
    if mode & 0o077:
        raise KeyFileUnusable(path=path, mend=N_("other users can read it; run chmod 600 on it."))
    try:
        document = json.loads(path.read_text())
        keyring = Keyring(
            encryption=base64.b64decode(document["encryption"], validate=True),
            index=base64.b64decode(document["index"], validate=True),
            secret_key=document["secret_key"],
            voice_token=document["voice_token"],
        )
        if len(keyring.encryption) != 32 or len(keyring.index) != 32:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise KeyFileUnusable(path=path, mend=N_("it is damaged; restore it from your backup.")) from None
    return keyring


@cache
def keyring_at(path: Path) -> Keyring:
    """The keys in ``path``, read once per process."""
    return read_key_file(path)


def keyring() -> Keyring:
    """The keys of this installation, as named by the settings."""
    from django.conf import settings

    return keyring_at(settings.HUIFANG.key_file)
