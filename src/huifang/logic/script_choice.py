"""The choice that was named by the way: 「店员态度不好」 is a complaint, and it answers 「是哪方面的问题」."""

from __future__ import annotations

import re
from dataclasses import replace

from huifang.logic.dialogue import Utterance
from huifang.logic.script_feelings import FELT, emotion_of, tone_of
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent, Option, Reading
from huifang.logic.understanding.asking import asks
from huifang.logic.understanding.reading import SAYS_ALONE
from huifang.logic.understanding.sounds import syllables

NAMES_A_CHOICE = frozenset(
    (
        *(Intent.COMPLAINT, Intent.BUSY, Intent.ALREADY, Intent.UNSURE, Intent.INTEREST, Intent.REPEAT),
        *(Intent.YES, Intent.NO, Intent.DECLINE),
    )
)
"""What else words may be that also name a choice; a refusal, a wish for a person and the like stay what they are."""
_MAY_TURN = NAMES_A_CHOICE | {Intent.CHOICE, Intent.FREE, Intent.UNCLEAR, Intent.RATING}
_DENIED = re.compile("(?:不是|没有|没|不)[的说因为]{0,2}$")
_NOW = re.compile("现在|正在|这会儿|这会|开会|开车|上班呢|等会|待会|一会")
_CALL_ME = re.compile(
    "回(?:个|一个)?电话?|打(?:个电话|电话)?(?:给我|过来)|给我(?:来|打)|让(?:他|她|你们.{0,4})(?:给我)?(?:打|来电)"
)
_AGREED = 0.9
_TURNS = re.compile("(?<=[^，, ])[，, ]*(?:但是?|不过|可是?|只是|就是)")
_BLAMES, _DOUBTED = -0.5, 0.6
_TAKING_BACK = re.compile(
    "(?:我|刚才?|刚刚|不小心|哎呀?|哦|啊|嗯|呃|那个|这个|对不起|不好意思|抱歉|等等|等一下|不对|不是|是|要|想|能|可以|请|帮"
    "|一下|了|的|吗|吧|呢|嘛|说|讲|按|点|选|评|打|给|分|数|错|前面|上一?[个题步]|题|答案|重新|来|再|都|好像|可能|应该|[，,。！!？? ])*"
)
_MERELY = re.compile("[嗯啊哦呃呀呢吧了的，,。！!~～ ]*")
_AGREES = re.compile("[嗯哦，, ]*(?:行|好|可以|成|中|那就|让)")


def as_choice(talk: Talk, reading: Reading, heard: Utterance) -> Reading:
    """What was said as the choice that it names, where the question has choices; the feeling in it stays."""
    turned = _turned(talk, reading, heard)
    if turned is not None:
        return turned
    item, intent = talk.item, reading.intent
    is_closed = item.type in ("single", "multi")
    is_guess = reading.evidence == "model"
    if item.type == "text" and not item.choices and is_guess and intent is Intent.QUESTION:
        return reading if asks(heard.text, heard.pinyin) else replace(reading, intent=Intent.FREE)
    is_agreed = item.type == "yes_no" and intent is Intent.UNCLEAR and _AGREES.match(heard.text)
    wants_call = (intent is Intent.HUMAN or is_agreed) and _CALL_ME.search(heard.text) is not None
    if wants_call:
        reading = replace(reading, emotion="", emotion_confidence=0.0)  # a wish is no anger
    may_name = (
        intent in NAMES_A_CHOICE
        or (is_closed and intent is Intent.FREE)
        or (item.type == "yes_no" and intent is Intent.UNCLEAR)
        or (intent is Intent.HUMAN and (is_guess or wants_call))
        or (is_closed and intent is Intent.WRONG_NUMBER and not reading.code)  # 「我没办过」
    )
    named_by = talk.asked().options if is_closed or item.type in ("text", "yes_no") else ()
    code = named(heard, intent, named_by) if may_name and named_by else ""
    if code:
        return _as_named(reading, code, heard)
    if wants_call and item.type == "yes_no":  # 「行，让他打吧」
        return replace(reading, intent=Intent.YES, confidence=_AGREED)
    return replace(reading, intent=Intent.CALLBACK, code="", confidence=_AGREED) if wants_call else reading


def _turned(talk: Talk, reading: Reading, heard: Utterance) -> Reading | None:
    """「还行，就是快递慢」 names what comes behind the turn; what is only blamed there casts doubt on what came before."""
    turn = _TURNS.search(heard.text)
    if turn is None or talk.item.type != "single":
        return None
    behind = named(Utterance(heard.text[turn.end() :]), Intent.FREE, talk.asked().options)
    if behind:
        return _as_named(reading, behind, heard) if reading.intent in _MAY_TURN else None
    is_blamed = reading.intent is Intent.CHOICE and tone_of(reading) <= _BLAMES
    return replace(reading, confidence=min(reading.confidence, _DOUBTED)) if is_blamed else None


def only_takes_back(reading: Reading, heard: Utterance) -> bool:
    """Whether 「我刚才按错了」 is all that was said; a key says nothing else, and of sounds alone it cannot be told."""
    return _TAKING_BACK.fullmatch(heard.text.replace(reading.evidence, "")) is not None


def _as_named(reading: Reading, code: str, heard: Utterance) -> Reading:
    """``reading`` as the choice ``code``, with the feeling that was in it."""
    emotion = emotion_of(reading)
    is_known = emotion and reading.intent is Intent.COMPLAINT  # by its words, not by a guess
    return replace(
        reading,
        intent=Intent.CHOICE,
        code=code,
        confidence=heard.confidence if heard.text else reading.confidence,
        polarity=tone_of(reading) or None,
        emotion=emotion,
        emotion_confidence=max(reading.emotion_confidence, FELT) if is_known else reading.emotion_confidence,
    )


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
        before, found, after = heard.text.partition(phrase)
        if phrase in SAYS_ALONE and not _MERELY.fullmatch((before + after).replace(phrase, "")):
            return 0
        return len(phrase) if found and not _DENIED.search(before) else 0
    sounds = syllables(phrase)
    line = f" {' '.join(heard.pinyin)} "
    return len(sounds) if len(sounds) > 1 and f" {' '.join(sounds)} " in line else 0
