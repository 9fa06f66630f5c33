"""All words that a script can say to one customer, so that a channel can prepare them before it begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from huifang.logic.dialogue import SayPart
from huifang.logic.script_document import ENGINE_SLOTS, Ask, Say, Script
from huifang.logic.script_text import Slot, Text


def words_for(script: Script, language: str, facts: Mapping[str, object]) -> tuple[SayPart, ...]:
    """Every part that ``script`` may say given ``facts``, whatever the answers turn out to be, each once.

    Left out are the clauses that only the conversation itself can fill (``ENGINE_SLOTS``).
    """
    parts: dict[SayPart, None] = {}
    for text in _texts(script):
        said = _prepared(text, language)
        parts.update(dict.fromkeys(said.render(language, facts, script.defaults[language])))
    return tuple(parts)


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


def _texts(script: Script) -> Iterator[Text]:
    for step in script.steps.values():
        if isinstance(step, Say | Ask):
            yield step.text
        if isinstance(step, Ask):
            for fallback in (step.no_input, step.no_match):
                yield from fallback.prompts
                if fallback.words is not None:
                    yield fallback.words
    for ending in script.endings:
        yield ending.words
    yield from script.replies.values()
