"""The one way out: an HTTP gateway for text messages, as ``logic/message_line`` describes it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from huifang.logic.message_line import (
    IDEMPOTENCY,
    SIGNATURE,
    TIMESTAMP,
    Fate,
    Told,
    body_of,
    read_answer,
    signature,
)

LIMIT_S = 10.0
"""No longer, all in all: well within the lease of the job that sends."""
_CONNECT_S = 3.0
_LARGEST = 64 * 1024
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""With these not one byte of the message has gone out."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What is handed over.  ``to`` is E.164."""

    key: str
    to: str
    text: str


def hand_over(message: Handed, *, url: str, secret: str) -> Told:
    """Give ``message`` to the gateway at ``url``; never raises for what a network may do."""
    body = body_of(message.key, message.to, message.text)
    timestamp = str(int(time.time()))  # the real clock: the gateway knows no other
    headers = {
        "Content-Type": "application/json",
        TIMESTAMP: timestamp,
        SIGNATURE: signature(secret, timestamp, body),
        IDEMPOTENCY: message.key,
    }
    deadline = time.monotonic() + LIMIT_S
    try:
        with (
            httpx.Client(timeout=httpx.Timeout(LIMIT_S, connect=_CONNECT_S), trust_env=False) as http,
            http.stream("POST", url, content=body, headers=headers) as response,
        ):
            return read_answer(
                response.status_code, _body(response, deadline), response.headers.get("retry-after", "")
            )
    except _NEVER_LEFT as fault:
        return Told(Fate.NOT_TAKEN, reason=type(fault).__name__)
    except (httpx.HTTPError, httpx.StreamError) as fault:
        return Told(Fate.UNKNOWN, reason=type(fault).__name__)


def _body(response: httpx.Response, deadline: float) -> bytes:
    """What is needed of the answer's body; the status has told the fate already, so a bad end does no harm."""
    data = b""
    try:
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > _LARGEST or time.monotonic() > deadline:
                break
    except httpx.HTTPError:
        return b""
    return data
