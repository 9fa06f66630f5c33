"""Texts of a script: conditional pieces with slots, compiled once and spoken many times.

A text is one piece, ``{"zh-CN": "您好，{customer.name}。"}``, or a list of pieces, each of which may
carry ``"if": <condition>``.  A slot is a fact's name in braces.  A piece is cut at its punctuation:
clauses without slots are *fixed*, so a channel can keep their audio; a clause with a slot is spoken
as a whole, because a name cut out of its clause sounds pasted in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from huifang.errors import N_, Clause
from huifang.logic import condition
from huifang.logic.dialogue import SayPart

SLOT = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\}")
_CLAUSE = re.compile(r".+?(?:[，。！？；]+|[,.!?;]+(?:\s+|$)|$)", re.DOTALL)
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f{}<>]")
_LONGEST_VALUE = 80


class TextUnusable(ValueError):
    """What is wrong with a text, as a clause."""

    def __init__(self, template: str, **data: object) -> None:
        self.clause = Clause(template, **data)
        super().__init__(str(self.clause))


@dataclass(frozen=True, slots=True)
class When:
    """A condition with its reading in memory, made once."""

    tree: condition.Condition
    holds: condition.Closure = field(compare=False, repr=False)


def when_from_json(data: Any) -> When:
    """The condition in ``data``; ``ConditionInvalid`` where it is none."""
    tree = condition.from_json(data)
    return When(tree, condition.closure(tree))


@dataclass(frozen=True, slots=True)
class Slot:
    name: str


Fragment = str | tuple[str | Slot, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in every language of the script, said where ``when`` holds (None = always)."""

    when: When | None
    fragments: Mapping[str, tuple[Fragment, ...]]


@dataclass(frozen=True, slots=True)
class Text:
    pieces: tuple[Piece, ...]

    def render(
        self, language: str, facts: Mapping[str, object], defaults: Mapping[str, str]
    ) -> tuple[SayPart, ...]:
        """The words for these facts; a slot without a fact takes its default."""
        parts: list[SayPart] = []
        for piece in self.pieces:
            if piece.when is not None and not piece.when.holds(facts):
                continue
            for fragment in piece.fragments[language]:
                if isinstance(fragment, str):
                    parts.append(SayPart(fragment, fixed=True))
                else:
                    words = "".join(
                        _value(f, facts, defaults) if isinstance(f, Slot) else f for f in fragment
                    )
                    parts.append(SayPart(words, fixed=False))
        return tuple(parts)

    def slots(self) -> Iterator[str]:
        """The names of all slots, in every language."""
        for piece in self.pieces:
            for fragments in piece.fragments.values():
                for fragment in fragments:
                    if not isinstance(fragment, str):
                        yield from (f.name for f in fragment if isinstance(f, Slot))


def text_from_json(data: Any, languages: tuple[str, ...], options: Mapping[str, str] | None = None) -> Text:
    """The text in ``data``; ``TextUnusable`` with a short reason, or ``ConditionInvalid``, where it does not fit.

    ``options``: by language, the words that ``{options}`` stands for in the texts of an ask.
    """
    raw = data if isinstance(data, list) else [data]
    if not raw:
        raise TextUnusable(N_("the text is empty"))
    pieces = []
    for item in raw:
        if not isinstance(item, dict):
            raise TextUnusable(
                N_('a text is an object with one entry per language, such as {"zh-CN": "您好。"}')
            )
        fragments = {}
        for language in languages:
            words = item.get(language)
            if not isinstance(words, str) or not words.strip():
                raise TextUnusable(N_("the text has no words in %(language)s"), language=language)
            if options is not None:
                words = words.replace("{options}", options[language])
            fragments[language] = compile_words(words)
        when = when_from_json(item["if"]) if "if" in item else None
        pieces.append(Piece(when, fragments))
    return Text(tuple(pieces))


def compile_words(words: str) -> tuple[Fragment, ...]:
    """``words`` as fixed runs and clauses with slots."""
    if re.search(r"[{}]", SLOT.sub("", words)):
        raise TextUnusable(
            N_("“%(words)s” has a brace that is not part of a slot like {store.name}"), words=words
        )
    out: list[Fragment] = []
    for clause in _CLAUSE.findall(words):
        pieces = SLOT.split(clause)
        if len(pieces) > 1:
            out.append(tuple(Slot(p) if i % 2 else p for i, p in enumerate(pieces) if p))
        elif out and isinstance(out[-1], str):
            out[-1] += clause
        else:
            out.append(clause)
    return tuple(out)


def _value(slot: Slot, facts: Mapping[str, object], defaults: Mapping[str, str]) -> str:
    value = facts.get(slot.name)
    if value is None or value == "":
        return defaults.get(slot.name, "")
    return _UNSPEAKABLE.sub("", str(value))[:_LONGEST_VALUE]
