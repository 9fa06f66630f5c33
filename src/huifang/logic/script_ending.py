"""An ending as the rules of the centre want it for this call: other words, a hand-over or none.

The facts say so: ``ending.<ending>.words`` (Chinese, with slots) and ``ending.<ending>.transfer`` (true or
false).  What they do not say is the script's.  (``tune.<ending>``: ``Talk.tune_of``.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from huifang.logic.script_document import Ending, Script
from huifang.logic.script_text import Text, text_from_json

_TRANSFER = "transfer"


def adapted(ending: Ending, facts: Mapping[str, object], language: str) -> Ending:
    """``ending`` as it is to be carried out."""
    words = facts.get(f"ending.{ending.id}.words")
    if isinstance(words, str) and words.strip() and language.startswith("zh"):
        text = _text(words, language)
        ending = replace(ending, words=text) if text is not None else ending
    wanted = facts.get(f"ending.{ending.id}.transfer")
    if wanted is True and _TRANSFER not in ending.do:
        ending = replace(ending, do=(_TRANSFER, *ending.do))
    elif wanted is False:
        ending = replace(ending, do=tuple(duty for duty in ending.do if duty != _TRANSFER))
    return ending


def other_words(script: Script, facts: Mapping[str, object], language: str) -> Iterator[Text]:
    """The words of endings that ``facts`` bring, so that they can be prepared before the call."""
    for ending in script.endings:
        words = adapted(ending, facts, language).words
        if words is not ending.words:
            yield words


@lru_cache(maxsize=256)
def _text(words: str, language: str) -> Text | None:
    """None where they cannot be said: the script's own words are right in any case."""
    try:
        return text_from_json({language: words}, (language,))
    except ValueError:
        return None
