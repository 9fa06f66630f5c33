"""What is said between us and a gateway for text messages: signed JSON, and what an answer means.

To the gateway: ``POST`` of ``{"key", "to", "text"}`` with the headers below.  ``key`` is the idempotency key, also in
``Idempotency-Key``: the same key is the same message.  2xx: taken, ``{"id": …}`` names it there.  From the gateway:
``POST`` of ``{"id", "from", "text"}`` for each reply, signed the same way.

The signature is the hexadecimal HMAC-SHA-256 of ``timestamp.body`` under the shared key; a timestamp (seconds since
1970) is good for five minutes either way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum

TIMESTAMP = "X-Huifang-Timestamp"
SIGNATURE = "X-Huifang-Signature"
IDEMPOTENCY = "Idempotency-Key"
GOOD_FOR_S = 300
_LONGEST_REASON = 200


class Fate(StrEnum):
    """What became of a message that was handed over."""

    TAKEN = "taken"
    """The gateway has it."""
    NOT_TAKEN = "not_taken"
    """It certainly has not, and may take it later."""
    REFUSED = "refused"
    """It never will: something is wrong with this message."""
    UNKNOWN = "unknown"
    """It may have it or not."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fate with the gateway's words: ``id`` there, or the reason; ``retry_after_s`` where it named a pause."""

    fate: Fate
    id: str = ""
    reason: str = ""
    retry_after_s: int | None = None


_AWAY = frozenset({408, 425, 429, 503})
"""The gateway says that it has not worked on it (RFC 9110, 15.5.9, 15.6.4; RFC 8470; RFC 6585)."""
_OURS = frozenset({401, 402, 403, 404, 405, 407, 421, 426, 511})
"""Key, account or address are wrong: nothing is wrong with the message, which waits until somebody mends that."""


def body_of(key: str, to: str, text: str) -> bytes:
    """The request's body.  ``to`` is E.164."""
    return json.dumps({"key": key, "to": to, "text": text}, ensure_ascii=False).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(secret: str, timestamp: str, body: bytes, given: str, now_s: float) -> bool:
    """Whether ``given`` is the signature of ``body``, made lately.  Never true without a secret."""
    if not secret or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    is_right = hmac.compare_digest(signature(secret, timestamp, body).encode(), given.encode())
    return is_right and abs(now_s - int(timestamp)) <= GOOD_FOR_S


def read_answer(status: int, body: bytes, retry_after: str = "") -> Told:
    """What the gateway's answer means."""
    data = _json(body)
    if 200 <= status < 300:
        return Told(Fate.TAKEN, id=str(data.get("id") or "")[:80])
    said = next((str(data[name]) for name in ("reason", "error", "message", "detail") if data.get(name)), "")
    reason = f"HTTP {status} {said}".strip()[:_LONGEST_REASON]
    if status in _AWAY or status in _OURS or 300 <= status < 400:
        wait = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
        return Told(Fate.NOT_TAKEN, reason=reason, retry_after_s=min(wait, 86_400) if wait else None)
    if 400 <= status < 500:
        return Told(Fate.REFUSED, reason=reason)
    return Told(Fate.UNKNOWN, reason=reason)


def _json(body: bytes) -> dict[str, object]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
