"""How long the words of a script take to say on the telephone."""

from __future__ import annotations

import re

from huifang.logic.script_check import targets
from huifang.logic.script_document import Ask, Branch, End, Ending, Script, Step
from huifang.logic.script_samples import renderings
from huifang.logic.script_text import Text

_SYLLABLES_PER_S = 4.5
"""Chinese at an unhurried pace: some 270 characters in a minute."""
_WORDS_PER_S = 2.5
_COMMA_S, _STOP_S = 0.15, 0.35
_SYLLABLE = re.compile(r"[\u3400-\u9fff]|\d")
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")


def seconds(words: str) -> float:
    """How long ``words`` take, in seconds."""
    return (
        len(_SYLLABLE.findall(words)) / _SYLLABLES_PER_S
        + len(_WORD.findall(words)) / _WORDS_PER_S
        + len(re.findall(r"[，、；：,;:]", words)) * _COMMA_S
        + len(re.findall(r"[。！？.!?]+", words)) * _STOP_S
    )


def longest(text: Text, language: str) -> float:
    """The seconds of the longest that ``text`` can say."""
    return max((seconds(words) for words in renderings(text, language)), default=0.0)


def turns(script: Script, language: str) -> dict[str, float]:
    """Step that asks, or ending → the seconds of the longest that is said without a break up to and with it."""
    reached: dict[str, float] = {}
    starts = [script.start, *([script.after_transfer.go] if script.after_transfer else [])]
    for step in script.steps.values():
        if isinstance(step, Ask):
            starts += targets(step)
    for start in starts:
        _walk(script, language, start, 0.0, reached, ())
    return reached


def _walk(
    script: Script, language: str, at: str, before: float, reached: dict[str, float], path: tuple[str, ...]
) -> None:
    step: Step = script.steps[at]
    if at in path:
        return
    if isinstance(step, End):
        for ending in script.endings:
            _note(reached, f"ending {ending.id}", before + _ending(ending, language))
        return
    said = before + (0.0 if isinstance(step, Branch) else longest(step.text, language))
    if isinstance(step, Ask):
        _note(reached, at, said)
        return
    for way in step.ways:
        _walk(script, language, way.go, said, reached, (*path, at))


def _ending(ending: Ending, language: str) -> float:
    return longest(ending.words, language)


def _note(reached: dict[str, float], where: str, said: float) -> None:
    reached[where] = max(reached.get(where, 0.0), said)
