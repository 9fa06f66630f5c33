"""Assistants in phones that answer for their owner (「我是机主的智能助理，请问有什么事」), and what to tell them.  Pure."""

from __future__ import annotations

from collections.abc import Mapping

# Who speaks: each of these alone could be a person's word, so something of what they do must come with it.
_WHO = (
    ("机主", "ji zhu"), ("智能助", "zhi neng zhu"), ("语音助", "yu yin zhu"), ("通信助", "tong xin zhu"),
    ("电话助", "dian hua zhu"), ("秘书", "mi shu"),
)  # fmt: skip
_WHAT = (
    ("不方便接", "bu fang bian jie"), ("无法接听", "wu fa jie ting"), ("什么事", "shen me shi"), ("转告", "zhuan gao"),
    ("转达", "zhuan da"), ("记录", "ji lu"),
)  # fmt: skip
_DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九")


def is_assistant(text: str, pinyin: tuple[str, ...]) -> bool:
    """Whether these words are a phone's assistant introducing itself: it says who it is, and for whom or why."""
    spoken = " ".join(syllable.rstrip("12345") for syllable in pinyin)

    def says(words: str, sounds: str) -> bool:
        return words in text or f" {sounds}" in f" {spoken}"

    return any(says(*sign) for sign in _WHO) and any(says(*sign) for sign in _WHAT)


def number_aloud(number: str) -> str:
    """A telephone number as it is said slowly, in groups of four; empty where there is none."""
    digits = "".join(c for c in number.removeprefix("+86") if c.isdigit()).translate(_DIGITS)
    return "，".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def word_for_owner(facts: Mapping[str, object], callback_number: str) -> str:
    """What to say to the assistant, in Chinese: who we are, why we call, and where to call back."""
    store = str(facts.get("store.name") or "")
    number = number_aloud(callback_number)
    back = f"方便时请回拨{number}。" if number else "我们改天再打。"
    return f"您好，我是{store}的智能语音助手，打来做个回访。请转告机主，{back}谢谢，再见。"
