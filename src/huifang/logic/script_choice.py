"""The choice that was named by the way: 「店员态度不好」 is a complaint, and it answers 「是哪方面的问题」."""

from __future__ import annotations

import re

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Intent, Option
from huifang.logic.understanding.sounds import syllables

NAMES_A_CHOICE = frozenset(
    (
        *(Intent.COMPLAINT, Intent.BUSY, Intent.ALREADY, Intent.UNSURE, Intent.INTEREST, Intent.REPEAT),
        *(Intent.YES, Intent.NO, Intent.DECLINE),
    )
)
"""What else words may be that also name a choice; a refusal, a wish for a person and the like stay what they are."""
_DENIED = re.compile("(?:不是|没有|没|不)[的说因为]{0,2}$")
_NOW = re.compile("现在|正在|这会儿|这会|开会|开车|上班呢|等会|待会|一会")


def named(heard: Utterance, intent: Intent, options: tuple[Option, ...]) -> str:
    """The code of the one option of which a phrase was said; "" where there is none, or two are equally likely."""
    if intent is Intent.BUSY and _NOW.search(heard.text):
        return ""  # 「我现在忙」 is no reason, it is a goodbye
    sizes = {option.code: max(_size(phrase, heard) for phrase in option.phrases) for option in options}
    longest = max(sizes.values(), default=0)
    best = [code for code, size in sizes.items() if size == longest]
    return best[0] if longest and len(best) == 1 else ""


def _size(phrase: str, heard: Utterance) -> int:
    """The characters of ``phrase`` if it was said, else 0; by sound alone one syllable says nothing."""
    if heard.text:
        before, found, _ = heard.text.partition(phrase)
        return len(phrase) if found and not _DENIED.search(before) else 0
    sounds = syllables(phrase)
    line = f" {' '.join(heard.pinyin)} "
    return len(sounds) if len(sounds) > 1 and f" {' '.join(sounds)} " in line else 0
