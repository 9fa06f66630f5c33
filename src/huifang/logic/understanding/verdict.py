"""How satisfied somebody is, put together from the words of a sentence: 谈不上多满意, 没有比这更差的了, 一般，不对，挺好.

A list of phrases holds 不满意 and 不太满意, but not all that can be said.  Here every word has a class
(``verdict_words.py``), and what stands before and behind a word that judges turns it round or raises it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from huifang.logic.understanding.verdict_words import (
    BEYOND,
    BUT,
    CORRECTED,
    EARLIER,
    EXTREMELY,
    FAIR,
    FILLER,
    GOOD,
    HARDLY,
    HOW,
    JUDGES,
    LINK,
    NOT,
    NOT_AFTER,
    OTHER,
    RATHER,
    SCORN,
    SO_SO,
    THAN,
    VERY,
    WORSE,
    lexicon,
)

_DOUBTED = 0.7  # irony and 不能说不满意 are confirmed
_DOUBTFUL = 0.65
_SHRUGGED = 0.75  # 都行 may be no judgement at all
_DENIES = frozenset((NOT, HARDLY, HOW))
_RAISES = frozenset((VERY, BEYOND))
_PRAISES = frozenset((GOOD, FAIR, "4", "5"))
_LINKS = 4  # words that may stand between a negation and what it denies: 没〈让我觉得〉满意
_COMPARED = 4  # words that may stand between 比 and the judgement
_REACHES = frozenset((("得",), ("到",), ("de",), ("dao",)))
_NEGATIVE = frozenset("不没无") | {"bu", "mei", "wu"}
_QUESTIONS = frozenset((("吗",), ("么",), ("ma",), ("不",), ("没",)))
_DEGREE = 6  # units of a degree told in a picture: 好到〈没朋友〉


@dataclass(frozen=True, slots=True)
class Verdict:
    """``score``: 5 (very satisfied) to 1.  ``sure``: how far it can be believed, 0-1.

    ``start`` and ``end`` in units; ``unknown``: how many of them in between are no part of it.
    """

    score: int
    sure: float
    start: int
    end: int
    unknown: int = 0
    is_plain: bool = False
    """好, 可以 or 行 and nothing else, which may be no judgement at all."""
    denials: int = 0
    """How many negations stand beside the word that judges."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    word: tuple[str, ...]
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.word)


def verdict(units: tuple[str, ...], *, by_sound: bool) -> Verdict | None:
    """The judgement in ``units``, characters or toneless syllables; None where there is none."""
    tokens = _tokens(units, by_sound=by_sound)
    found = [v for at in range(len(tokens)) for v in _judged(tokens, at) if not _asks(tokens, at, units)]
    if not found:
        return None
    meant = _corrected(found, tokens)
    telling = [v for v in meant if not v.is_plain]
    if not telling:
        if len(meant) == 1:
            return None
        telling = [replace(meant[-1], score=4, sure=_DOUBTFUL)]  # 可以可以 says more than 可以
    start, end = min(v.start for v in found), max(v.end for v in found)
    inside = [
        t for t in tokens if start <= t.start < end and not any(v.start <= t.start < v.end for v in found)
    ]
    unknown = sum(t.end - t.start for t in inside if t.kind == OTHER)
    whole = replace(_of_several(telling), start=start, end=end, unknown=unknown)
    is_denied = any(t.kind in _DENIES and not any(v.start <= t.start < v.end for v in found) for t in tokens)
    return replace(whole, sure=min(whole.sure, _DOUBTED)) if is_denied else whole


def _tokens(units: tuple[str, ...], *, by_sound: bool) -> list[_Token]:
    """The words of ``units``, the longest first."""
    known, longest = lexicon(by_sound=by_sound)
    found: list[_Token] = []
    at = 0
    while at < len(units):
        sizes = range(min(longest, len(units) - at), 0, -1)
        size = next((n for n in sizes if units[at : at + n] in known), 0)
        kind = known[units[at : at + size]] if size else OTHER
        is_raised = bool(found) and found[-1].kind in _RAISES | _DENIES | {RATHER}
        if size > 1 and kind == FILLER and is_raised and known.get(units[at : at + 1]) in JUDGES:
            size, kind = 1, known[units[at : at + 1]]  # 很好的, and no 好的
        found.append(_Token(kind, units[at : at + max(size, 1)], at))
        at += max(size, 1)
    return found


def _judged(tokens: list[_Token], at: int) -> Iterator[Verdict]:
    """The judgement whose word is the token ``at``, with all that belongs to it."""
    token = tokens[at]
    if token.kind == WORSE:
        yield Verdict(2, 1.0, token.start, token.end)
    if token.kind not in JUDGES or _is_part_of_a_word(tokens, at):
        return
    before, behind = _before(tokens, at), _behind(tokens, at)
    denials = before.denials + behind.denials
    score, sure = _score(token.kind, denials, before.inner or behind.degree, before.outer)
    if before.is_rhetoric or behind.is_scorn:
        score, sure = _score(token.kind, denials + behind.is_scorn, VERY, VERY)
        sure = min(sure, _DOUBTED)
    if before.is_vague:
        sure = min(sure, _DOUBTED)
    is_plain = before.start == token.start and not behind.degree and not denials and len(token.word) < 3
    if score:
        is_fair = token.kind == FAIR or (token.kind == GOOD and len(token.word) == 1)
        denials = denials or token.word[0] in _NEGATIVE  # 不赖, 没毛病
        yield Verdict(score, sure, before.start, behind.end, 0, is_plain and is_fair, denials)


@dataclass(slots=True)
class _Before:
    """What stands before a word that judges."""

    start: int
    denials: int = 0
    inner: str = ""
    outer: str = ""
    is_rhetoric: bool = False
    is_vague: bool = False


def _before(tokens: list[_Token], at: int) -> _Before:
    found, links = _Before(tokens[at].start), 0
    for i in range(at - 1, -1, -1):
        kind = tokens[i].kind
        if kind in _DENIES:
            found.denials += 1
            found.is_rhetoric |= kind == HOW
            if kind == HARDLY:
                found.inner = found.inner or RATHER
        elif kind in (VERY, RATHER, BEYOND):
            if not found.denials:
                found.inner = (
                    max(found.inner, kind, key=(RATHER, VERY, BEYOND).index) if found.inner else kind
                )
            elif found.outer != VERY:
                found.outer = kind
        elif kind in (LINK, EARLIER):
            links += 1
            if links > _LINKS:
                break
            continue
        else:
            break
        found.start, links = tokens[i].start, 0
    than = next((i for i in range(at - 1, max(-1, at - 2 - _COMPARED), -1) if tokens[i].kind == THAN), None)
    if than is not None:
        found.start = min(found.start, tokens[than].start)
        if than and tokens[than - 1].kind == NOT:  # 没有比这更好的
            return _Before(tokens[than - 1].start, 0, BEYOND)
        # 比上次好 tells; 比最差的好 does not tell how good.
        found.is_vague = not any(t.kind == EARLIER for t in tokens[than:at])
    return found


@dataclass(slots=True)
class _Behind:
    """What stands behind a word that judges."""

    end: int
    degree: str = ""
    denials: int = 0
    is_scorn: bool = False


def _behind(tokens: list[_Token], at: int) -> _Behind:
    found = _Behind(tokens[at].end)
    following = tokens[at + 1 :]
    for i, token in enumerate(following):
        if token.kind == EXTREMELY:
            found.degree = VERY
        elif token.kind in (NOT_AFTER, HARDLY) and not any(t.kind in JUDGES for t in following[i:]):
            found.denials += 1
        elif token.kind == SCORN:
            found.is_scorn = True
        elif token.word in _REACHES and not i:
            picture = _picture(following[1:])
            if picture:
                found.degree, found.end = VERY, picture
            continue
        else:
            break
        found.end = token.end
    return found


def _picture(following: list[_Token]) -> int:
    """Where a degree that is told in a picture ends (到〈飞起〉); 0 where there is none."""
    end = 0
    for token in following:
        if token.kind in JUDGES | {BUT, CORRECTED} or token.end - following[0].start > _DEGREE:
            return 0
        if token.kind == BEYOND:
            return token.end
        end = token.end if token.kind != FILLER else end
    return end


def _score(kind: str, denials: int, inner: str, outer: str) -> tuple[int, float]:
    """The score of a judging word that is denied so often, and how sure it is; (0, 0) for too much of it.

    ``inner`` is the degree next to the word, ``outer`` the one that stands before the negation.
    """
    is_raised = inner in _RAISES or (kind in "15" and inner != RATHER)
    if denials > 2:
        return 0, 0.0
    if kind == SO_SO:
        return (3, 1.0) if not denials else (4, _DOUBTED)
    if kind == FAIR and not denials:
        return (5, 1.0) if is_raised else (3, _SHRUGGED)
    if kind in _PRAISES:
        if denials == 1:
            return (1, 1.0) if outer == VERY else (2, 1.0)
        good = 5 if is_raised and not denials else 4
        return good, 1.0 if not denials else _DOUBTED
    if denials == 1:
        return (3, _DOUBTED) if inner else (4, 0.9)
    return (1, 1.0) if is_raised and not denials else (2, 1.0 if not denials else _DOUBTED)


def _is_part_of_a_word(tokens: list[_Token], at: int) -> bool:
    """A judging word of one character beside something unknown may be the half of a word: 好 in 好人卡."""
    if len(tokens[at].word) > 1:
        return False
    before = tokens[at - 1].kind if at else ""
    behind = tokens[at + 1].kind if at + 1 < len(tokens) else FILLER
    return behind == OTHER or (before == OTHER and behind not in (FILLER, LINK, EXTREMELY))


def _asks(tokens: list[_Token], at: int, units: tuple[str, ...]) -> bool:
    """满意吗, 满意不满意, 好不好."""
    if units[tokens[at].end :] in _QUESTIONS:
        return True
    return any(
        0 < i < len(tokens) - 1 and tokens[i].kind == NOT and tokens[i - 1].word == tokens[i + 1].word
        for i in (at - 1, at + 1)
    )


def _corrected(found: list[Verdict], tokens: list[_Token]) -> list[Verdict]:
    """What is meant after 不对 and the like, where something stands before and behind it."""
    for token in reversed(tokens):
        if token.kind == CORRECTED:
            before = [v for v in found if v.end <= token.start]
            behind = [v for v in found if v.start >= token.end]
            if before and behind:
                return behind
    return found


def _of_several(found: list[Verdict]) -> Verdict:
    """One verdict of all: the strongest where they agree, 3 for neither good nor bad, else a doubtful last one."""
    scores = {v.score for v in found}
    if len(scores) > 1 and min(scores) < 3 <= max(scores) and all(v.denials for v in found):  # 不好也不坏
        return replace(found[-1], score=3, sure=0.95)
    if min(scores) < 3 < max(scores):
        return replace(found[-1], sure=_DOUBTFUL)
    return max(reversed(found), key=lambda v: abs(v.score - 3))
