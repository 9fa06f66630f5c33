"""What a softphone page and its gateway say over their data channel: small JSON objects, read strictly.

From the page: ``{"do": "answer" | "reject" | "hang_up", "call": n}``, ``{"do": "keys", "call": n, "keys":
"*2"}``, ``{"do": "pause" | "resume"}``, and ``{"do": "alive"}`` in reply to each of ours.

To the page: ``{"say": "state", "state": …}``, ``{"say": "ring", "call": n, "attempt": …}``, ``{"say":
"answered", "call": n}``, ``{"say": "ended", "call": n, "cause": …}``, ``{"say": "key", "call": n, "key":
…}``, ``{"say": "alive"}``.  Nothing about the customer travels here: the page asks the centre.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from huifang.voice.rtp.dtmf import KEYS

_LONGEST = 500
_MOST_KEYS = 32


class Wish(StrEnum):
    """What a page may ask for."""

    ANSWER = "answer"
    REJECT = "reject"
    HANG_UP = "hang_up"
    KEYS = "keys"
    PAUSE = "pause"
    RESUME = "resume"
    ALIVE = "alive"
    """The page is there; nothing is wanted."""


ABOUT_A_CALL = frozenset({Wish.ANSWER, Wish.REJECT, Wish.HANG_UP, Wish.KEYS})


class MessageMalformed(ValueError):
    """The page has sent something that is no message of ours."""


@dataclass(frozen=True, slots=True)
class FromPage:
    """A wish.  ``call`` is the number of the call that it is about, 0 where it is about none."""

    wish: Wish
    call: int = 0
    keys: str = ""


def read(text: str | bytes) -> FromPage:
    """The message in ``text``.  ``MessageMalformed`` where it is none."""
    if isinstance(text, bytes) or len(text) > _LONGEST:
        raise MessageMalformed("not a short text")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageMalformed("not JSON") from None
    if not isinstance(data, dict) or data.get("do") not in tuple(Wish):
        raise MessageMalformed("not one of our wishes")
    wish = Wish(data["do"])
    call, keys = data.get("call", 0), data.get("keys", "")
    if wish in ABOUT_A_CALL and (type(call) is not int or call < 1):
        raise MessageMalformed("about no call")
    if wish is Wish.KEYS and not _are_keys(keys):
        raise MessageMalformed("not telephone keys")
    return FromPage(wish, call if wish in ABOUT_A_CALL else 0, keys if wish is Wish.KEYS else "")


def _are_keys(keys: Any) -> bool:
    return isinstance(keys, str) and 0 < len(keys) <= _MOST_KEYS and set(keys) <= set(KEYS)


def write(say: str, **data: str | int) -> str:
    """A message to the page."""
    return json.dumps({"say": say, **data}, separators=(",", ":"))
