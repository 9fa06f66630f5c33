"""What a text message looks like: the sender's true name first, the way out last, and how long it may be.

Carriers count characters of UCS-2: 70 in one message, 67 in each part of a longer one (3GPP TS 23.040, 9.2.3.24.1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from huifang.logic.script_text import SLOT

ONE_MESSAGE = 70
EACH_PART = 67
LONGEST = 500
"""Gateways refuse more."""
WAY_OUT = "拒收请回复R"
"""What ends every marketing message (通信短信息服务管理规定, 18)."""
_NAMED = re.compile(r"【[^【】]{1,16}】")
_LONGEST_VALUE = 40
_BRACKETS = re.compile(r"[【】]")  # a customer's name must not pass for the sender
_LEADING = re.compile(r"^[，,、\s]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_WAYS_OUT = frozenset({"R", "T", "TD", "N", "退订", "拒收", "TD退订", "退订TD", "T退订", "回T退订", "R拒收", "拒收R", "取消订阅", "UNSUBSCRIBE", "STOP"})  # fmt: skip
_IGNORED = re.compile(r"[\s。.，,!！?？'\"“”‘’]+")


def composed(text: str, sender: str, *, is_marketing: bool) -> str:
    """``text`` as it goes out: 【sender】 first, unless it names one itself, and for marketing the way out last."""
    words = _CONTROL.sub("", text).strip()
    if not _NAMED.match(words):
        words = f"【{sender}】{words}"
    if is_marketing and WAY_OUT not in words:
        words = (
            f"{words.rstrip('，, ')}{'' if words.endswith(('。', '！', '？', '.', '!')) else '。'}{WAY_OUT}"
        )
    return words


def names_a_sender(text: str) -> bool:
    """Whether ``text`` begins with a 【name】 of its own."""
    return bool(_NAMED.match(text.strip()))


def length(text: str) -> int:
    """Characters as carriers count them: one outside the basic plane is two."""
    return len(text.encode("utf-16-le")) // 2


def parts(text: str) -> int:
    """As how many messages ``text`` is charged."""
    size = length(text)
    return 1 if size <= ONE_MESSAGE else -(-size // EACH_PART)


def is_way_out(reply: str) -> bool:
    """Whether a customer's ``reply`` asks for no more messages: R, T, TD, 退订, as people type them."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", reply)).upper() in _WAYS_OUT


def filled(text: str, facts: Mapping[str, object]) -> str:
    """``text`` with its slots replaced; one that nothing is known of leaves a gap that no comma betrays."""
    words = SLOT.sub(lambda match: _BRACKETS.sub("", str(facts.get(match[1]) or ""))[:_LONGEST_VALUE], text)
    return _LEADING.sub("", words)
