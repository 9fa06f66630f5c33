"""Which questions may be asked on a screen, and in which words: the script's own, without what is said for the ear.

Pure.  One definition serves the call and the link: choices, codes and scores are the item's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from huifang.logic.condition import tests_of
from huifang.logic.script_document import Ask, End, Fetch, Pledge, Script
from huifang.logic.script_items import Choice

ON_SCREEN = ("scale", "single", "yes_no")
_SENTENCE = re.compile(r"[^。？！?!]*?(?:[。？！?!]+|\.(?=\s|$)|$)")
_FOR_THE_EAR = re.compile(
    r"按\s*(?:\d|[零一二三四五六七八九]|井|星|键|[*#])|按错|按键|直接说|说出来|您也可以说|\bpress\b|\bsay\b",
    re.IGNORECASE,
)

_KEYS = "按1, press 1"  # what stands for choices that a call reads out in an order of its own


@dataclass(frozen=True, slots=True)
class Question:
    """One question as a page shows it.  ``choices``: (code, label)."""

    item: str
    words: str
    choices: tuple[tuple[str, str], ...]


def may_be_linked(script: Script, ask: Ask) -> bool:
    """Whether an answer by link does all that one in the call would: it is stored, and nothing is promised with it
    that only a conversation can promise."""
    if ask.item.type not in ON_SCREEN or ask.offer is not None or ask.answers or _obliges(script, ask):
        return False
    seen: set[str] = set()
    ahead = [way.go for way in ask.ways]
    while ahead:
        step = script.steps[ahead.pop()]
        if step.id in seen or isinstance(step, Ask | End):
            continue
        seen.add(step.id)
        if isinstance(step, Pledge | Fetch):
            return False
        ahead += [way.go for way in step.ways]
    return True


def _obliges(script: Script, ask: Ask) -> bool:
    """Whether an ending owes something because of this answer.  What a low rating owes, it owes by link, too."""
    if ask.item.type == "scale":
        return False
    conditions = (ending.when for ending in script.endings if ending.do and ending.when is not None)
    return any(test.field == f"answer.{ask.item.id}" for when in conditions for test in tests_of(when.tree))


def questions(
    script: Script, items: Iterable[str], facts: Mapping[str, object], language: str
) -> Iterator[Question]:
    """The questions of ``items`` in the order of the script; what it does not have or may not ask is left out."""
    wanted = set(items)
    for ask in _asks(script):
        if ask.item.id in wanted and may_be_linked(script, ask):
            wanted.discard(ask.item.id)
            choices = tuple((choice.code, choice.label[language]) for choice in ask.item.choices)
            yield Question(ask.item.id, words_on_screen(script, ask, facts, language), choices)


def chosen(script: Script, item: str, code: str) -> Choice | None:
    """The choice of ``item`` that has ``code``."""
    for ask in _asks(script):
        if ask.item.id == item and may_be_linked(script, ask):
            return ask.item.by_code(code)
    return None


def words_on_screen(script: Script, ask: Ask, facts: Mapping[str, object], language: str) -> str:
    """The question without keys and invitations to speak; "" where nothing else is in it."""
    known = {**facts, "call.speech": False, "ending.announced": False, "options": _KEYS}
    said = "".join(part.text for part in ask.text.render(language, known, script.defaults[language]))
    return "".join(s for s in _SENTENCE.findall(said) if not _FOR_THE_EAR.search(s)).strip()


def _asks(script: Script) -> Iterator[Ask]:
    return (step for step in script.steps.values() if isinstance(step, Ask))
