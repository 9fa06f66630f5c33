"""Questions that hope for a no: 「包装没有磕坏吧」, 「您是不是不想来了」.

「没磕坏」 and 「好着呢」 say yes to it, for they agree that nothing is broken, as they say no to 「包装有没有磕坏」.  So such a question
is read without its negation, and yes and no change places.  Only whoever begins with 对 or 不是 takes or denies
the sentence as it was said.
"""

from __future__ import annotations

import re
from dataclasses import replace

from huifang.logic.sense import Leaning
from huifang.logic.understanding.sounds import syllables

_TAG = re.compile(r"[，, ]*(?:吧|[是对][吗吧])$")
_WHETHER = re.compile(r"是不是")
_DENIAL = re.compile(
    r"还?没有?(?=.)(?![错事]|关系|问题|.{1,4}就)|不(?:太|怎么|够|是很)?(?!会是|得不|理|好意思|要紧)(?![错少过同止光管料足愧断必妨])"
)
_NEAR = 3  # characters behind 是不是, or what is denied is a part: 「是不是遇到什么不愉快的事」
_OTHERS = re.compile(r"(.)[不没]\1|有没有|[才就差要][不没]|没有?$|尿不湿|因为")
"""What offers both, and what denies no more than a part."""
_AGREES = re.compile(r"dui |mei cuo |(?:shi |n |en )+(?:(?:de|a|ya|ne|ba) |$)")
_DENIES = re.compile(r"(?:bu (?:shi|dui) )+|(?:na|za|zen me) (?:mei|bu) ")
_AGREES_WHETHER = re.compile(r"(?:shi|dui|n|en) (?!bu shi)")
_DENIES_WHETHER = re.compile(r"bu (?:shi|dui) |na (?:you|hui) |(?:mei you |mei )+(?:(?:a|ya|de) )*$")
_DENIED_FIRST = re.compile(r"没有?[，, 。]|没有没有")
_OPPOSITE = {"yes": "no", "no": "yes"}


def without_denial(question: str) -> str:
    """``question`` without its negation; empty where it has none, or offers both (有没有, 贵不贵).

    「没有磕坏吧」 becomes 「有没有磕坏」, and 「不打算来了对吗」 「打算来吗」.
    """
    whether, tag = _WHETHER.search(question), _TAG.search(question)
    told = question[whether.end() if whether else 0 : tag.start() if tag else None].removesuffix("了")
    denial = _DENIAL.search(told)
    if denial is None or _OTHERS.search(told) or (whether and denial.start() > _NEAR):
        return ""
    if not (whether or tag):
        return ""
    head = question[: whether.start()] if whether else ""
    before, behind = head + told[: denial.start()], told[denial.end() :]
    return f"{before}有没有{behind}" if "没" in denial[0] else f"{before}{behind}吗"


def taken_as_said(question: str, text: str, pinyin: tuple[str, ...] = ()) -> str:
    """``yes`` or ``no`` where the reply begins by agreeing with a question as it was said, or by denying that."""
    sounds = "".join(f"{sound} " for sound in pinyin or syllables(text))
    if not _WHETHER.search(question):
        return "yes" if _AGREES.match(sounds) else "no" if _DENIES.match(sounds) else ""
    if _DENIES_WHETHER.match(sounds) or _DENIED_FIRST.match(text):
        return "no"
    return "yes" if _AGREES_WHETHER.match(sounds) else ""


def opposite(reply: Leaning) -> Leaning:
    """Yes for no, no for yes; what tells neither as it is."""
    return replace(reply, label=_OPPOSITE.get(reply.label, reply.label))
