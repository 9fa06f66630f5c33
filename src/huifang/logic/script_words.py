"""All words that a script can say to one customer, so that a channel can prepare them before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from huifang.logic.dialogue import SayPart
from huifang.logic.script_document import ENGINE_SLOTS, Script
from huifang.logic.script_ending import other_words
from huifang.logic.script_finding import places
from huifang.logic.script_pace import paced, speed_of
from huifang.logic.script_text import Slot, Text


def words_for(script: Script, language: str, facts: Mapping[str, object]) -> tuple[SayPart, ...]:
    """Every part that ``script`` may say given ``facts``, whatever the answers turn out to be, each once.

    Left out are the clauses that only the conversation itself can fill (``ENGINE_SLOTS``).
    """
    parts: dict[SayPart, None] = {}
    texts = (text for _place, text in places(script))
    for text in (*texts, *other_words(script, facts, language)):
        said = _prepared(text, language)
        parts.update(dict.fromkeys(said.render(language, facts, script.defaults[language])))
    return paced(parts, speed_of(script, facts))


def _prepared(text: Text, language: str) -> Text:
    """``text`` without its conditions and without the clauses that cannot be known beforehand."""
    pieces = []
    for piece in text.pieces:
        known = tuple(
            fragment
            for fragment in piece.fragments[language]
            if isinstance(fragment, str)
            or not any(isinstance(f, Slot) and f.name in ENGINE_SLOTS for f in fragment)
        )
        pieces.append(replace(piece, when=None, fragments={language: known}))
    return Text(tuple(pieces))
