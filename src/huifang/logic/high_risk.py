"""高风险情绪: when what a customer says in a call calls for care at once, whatever rating is given in the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from huifang.logic.understanding.sounds import syllables


class Risk(StrEnum):
    """Why, the gravest first."""

    THREAT = "threat"
    """Spoke of the authorities, the press, the police or a lawyer."""
    ANGRY_AGAIN = "angry_again"
    """Was angry more than once."""
    FURIOUS = "furious"
    """Was angry once, and very."""


_THREATS = re.compile(
    r"12315|12345|消协|消费者协会|市场监管|市监局|工商局|工信部|银保监|教育局投诉|卫生局|曝光|报警|警察|派出所"
    r"|律师|起诉|打官司|法院|法庭|告你们|告上|媒体|记者|电视台|市长热线|黑猫投诉|上网发|发到网上|发抖音|发微博"
)
_SPOKEN_THREATS = (
    *(
        "一二三一五",
        "幺二三幺五",
        "消协",
        "市场监管",
        "工商局",
        "曝光你们",
        "曝光你",
        "报警",
        "律师函",
        "找律师",
    ),
    *("去法院", "起诉你们", "告你们", "打官司", "找媒体", "找记者", "电视台", "市长热线", "黑猫投诉"),
)
_NOT_MEANT = re.compile(
    r"(?:我是|做|当|在|一个|一名)(?:律师|警察|记者|法院|媒体|电视台)|不(?:想|会|用|至于)(?:报警|起诉)"
)
FURIOUS = 0.85  # how sure the model must be; below it, stories of bad luck without a word of anger occur


def risk_of(heard: Iterable[Mapping[str, Any]]) -> Risk | None:
    """The gravest reason in the data of a call's HEARD events (``logic/voice_line.py``), None where there is none."""
    turns = list(heard)
    if any(_threatens(str(turn.get("text") or "")) for turn in turns):
        return Risk.THREAT
    angry = [turn for turn in turns if turn.get("emotion") == "angry"]
    if len(angry) > 1:
        return Risk.ANGRY_AGAIN
    if any(isinstance(c := turn.get("emotion_confidence"), int | float) and c >= FURIOUS for turn in angry):
        return Risk.FURIOUS
    return None


def _threatens(text: str) -> bool:
    if _THREATS.search(_NOT_MEANT.sub("", text)):
        return True
    sounds = text.split()
    if len(sounds) < 2 or not all(sound.isascii() and sound.isalpha() for sound in sounds):
        return False
    line = f" {' '.join(sounds).lower()} "  # a recogniser that writes sounds
    return any(threat in line for threat in _sounds_of_threats())


@lru_cache(maxsize=1)
def _sounds_of_threats() -> tuple[str, ...]:
    return tuple(f" {' '.join(syllables(threat))} " for threat in _SPOKEN_THREATS)
