"""Questions that hope for a no: 「包装没有磕坏吧」, 「您是不是不想来了」.

「没磕坏」 and 「好着呢」 say yes to it, for they agree that nothing is broken, as they say no to 「包装有没有磕坏」.  So such a question
is read without its negation, and yes and no change places.  Only whoever begins with 对 or 不是 takes or denies
the sentence as it was said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from huifang.logic.sense import Leaning

_TAG = re.compile(r"[，, ]*(?:吧|[是对][吗吧])$")
_WHETHER = re.compile(r"是不是")
_DENIAL = re.compile(
    r"还?没有?(?=.)(?![错事]|关系|问题|.{1,4}就)|不(?:太|怎么|够|是很)?(?!会是|得不|理|好意思|要紧)(?![错少过同止光管料足愧断必妨])"
)
_NEAR = 3  # characters behind 是不是, or what is denied is a part: 「是不是遇到什么不愉快的事」
_OTHERS = re.compile(r"(.)[不没]\1|有没有|[才就差要][不没]|没有?$|尿不湿|因为")
"""What offers both, and what denies no more than a part."""


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """How replies begin that agree with a sentence and that deny it."""

    agrees: re.Pattern[str]
    denies: re.Pattern[str]

    def said_in(self, line: str) -> str:
        return "yes" if self.agrees.match(line) else "no" if self.denies.match(line) else ""


_TO_DENIAL = _Beginnings(
    re.compile(r"对(?![不面方])|没错|[嗯恩]*是(?:[的啊呀呢吧，,。 ]|$)|[嗯恩]+[啊呀]?$"),
    re.compile(r"不[是对](?![很太])|[哪咋][没不]|怎么[没不]"),
)
_TO_WHETHER = _Beginnings(
    re.compile(r"对(?![不面方])|是(?!不是)|[嗯恩]+(?![，, ]?(?:没有|不是|哪))"),
    re.compile(r"不[是对](?![很太])|哪[有会里能]|没有?(?:[，,。 啊呀的]|$)|没有没有"),
)
_SOUNDS_TO_DENIAL = _Beginnings(
    re.compile(r"dui (?!bu qi |mian |fang )|mei cuo |(?:shi |n |en )+(?:(?:de|a|ya|ne|ba) |$)"),
    re.compile(r"bu (?:shi|dui) (?!hen |tai )|(?:na|za|zen me) (?:mei|bu) "),
)
_SOUNDS_TO_WHETHER = _Beginnings(
    re.compile(
        r"dui (?!bu qi |mian |fang )|(?:n |en )+(?!mei |bu shi )|shi (?:(?:de|a|ya|ba|mei|tai) |bu (?!shi )|$)"
    ),
    re.compile(r"bu (?:shi|dui) (?!hen |tai )|na (?:you|hui) |(?:mei you |mei )+(?:(?:a|ya|de) )*$"),
)
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
    is_whether = _WHETHER.search(question) is not None
    if text:  # 「师傅挺好的」 begins with the sound of 是
        return (_TO_WHETHER if is_whether else _TO_DENIAL).said_in(text)
    return (_SOUNDS_TO_WHETHER if is_whether else _SOUNDS_TO_DENIAL).said_in("".join(f"{s} " for s in pinyin))


def opposite(reply: Leaning) -> Leaning:
    """Yes for no, no for yes; what tells neither as it is."""
    return replace(reply, label=_OPPOSITE.get(reply.label, reply.label))
