"""Back-channels: 嗯, 对, 哦 say that somebody listens, not that they want to speak.  Pure.

Yngve (1970) named them; Mandarin speakers use them often, and over a speaker who goes on.
"""

from __future__ import annotations

import re

from huifang.logic.understanding.sounds import syllables

_LISTENS = frozenset(
    ["en", "eng", "ng", "n", "hm", "heng", "o", "ou", "a", "ah", "ai", "ei", "e", "ya", "ha"]
)
"""Pure sounds of listening; they answer no question."""
_AGREES = frozenset(["dui", "hao", "shi", "xing", "de", "le"])
"""With a question in the air these may be its answer."""
_LONGEST = 4  # syllables


def is_back_channel(text: str, pinyin: tuple[str, ...], *, may_answer: bool) -> bool:
    """Whether an utterance during our words only says "I am listening".

    :param text: characters, may be empty
    :param pinyin: syllables, with or without tones, may be empty
    :param may_answer: a question that takes yes or no is being asked; then 对, 好, 是 are an answer
    """
    said = [re.sub(r"\d", "", syllable).lower() for syllable in (pinyin or syllables(text))]
    if not said or len(said) > _LONGEST:
        return False
    known = _LISTENS if may_answer else _LISTENS | _AGREES
    return all(syllable in known for syllable in said)
