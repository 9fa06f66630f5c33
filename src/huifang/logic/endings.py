"""Which ending a rating leads to for this customer, and which tune is played: rules, a fair draw, reasons.

A rule names the ratings that it is for and, if it is not for everybody, a brand, a segment and a purpose.  The
first rule that fits is taken.  Of its tunes one is drawn by a hash, so that the draw can be repeated by anybody
who knows its four ingredients; within a rule nothing but chance decides, and that makes tunes comparable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from huifang.logic import condition
from huifang.logic.script_document import EMPATHY
from huifang.logic.voice_mood import Mood

SCORES = range(1, 6)  # 5 is best
_FELT = tuple(product(("", *EMPATHY), Mood))  # by words and by voice, calm in both first
EXPLORED = 5
"""With a default tune, one call in so many still draws from all, so that the others stay known."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.  ``message`` is sent after the call.  Empty ``brand``, ``purpose`` and ``segment`` None: for everybody.  ``transfer`` None: as the
    script says."""

    id: int
    name: str
    lowest: int
    highest: int
    brand: str = ""
    segment: int | None = None
    purpose: str = ""
    tunes: tuple[str, ...] = ()
    default: str = ""
    words: str = ""
    transfer: bool | None = None
    message: str = ""
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """What rules may ask about a customer and the call."""

    brand: str = ""
    purpose: str = ""
    segments: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Looked:
    """A rule that was looked at: what it asked for and whether that held.  It fits where all did."""

    rule: Rule
    asked: tuple[tuple[str, bool], ...]  # score | brand | segment | purpose

    @property
    def fits(self) -> bool:
        return all(held for _what, held in self.asked)


def explain(rules: Sequence[Rule], score: int, caller: Caller) -> list[Looked]:
    """The rules in the order in which they are looked at, up to the first that fits."""
    looked = []
    for rule in rules:
        asked = [("score", rule.lowest <= score <= rule.highest)]
        if rule.brand:
            asked.append(("brand", rule.brand == caller.brand))
        if rule.segment is not None:
            asked.append(("segment", rule.segment in caller.segments))
        if rule.purpose:
            asked.append(("purpose", rule.purpose == caller.purpose))
        looked.append(Looked(rule, tuple(asked)))
        if looked[-1].fits:
            break
    return looked


def rule_for(rules: Sequence[Rule], score: int, caller: Caller) -> Rule | None:
    """The first rule that fits; None: the script decides alone."""
    looked = explain(rules, score, caller)
    return looked[-1].rule if looked and looked[-1].fits else None


@dataclass(frozen=True, slots=True)
class Draw:
    """The tune that was drawn.  ``fair``: by chance among the whole ``pool``; otherwise it is the default."""

    tune: str
    fair: bool
    pool: tuple[str, ...]
    default: str
    salt: str


def draw(pool: Collection[str], default: str, salt: str, attempt: str, ending: str) -> Draw | None:
    """The tune of ``pool`` for one ending of one attempt, the same one every time; None where there is none.

    ``salt`` belongs to one experiment: a new one draws anew.
    """
    tunes = tuple(sorted(set(pool)))
    if not tunes:
        return None
    digest = hashlib.sha256(f"{salt}:{attempt}:{ending}".encode()).digest()
    fair = default not in tunes or int.from_bytes(digest[:8]) % EXPLORED == 0
    tune = tunes[int.from_bytes(digest[8:16]) % len(tunes)] if fair else default
    return Draw(tune, fair, tunes, default, salt)


def arm(salt: str, attempt: str) -> bool:
    """Heads or tails for one attempt, the same side every time."""
    return bool(hashlib.sha256(f"{salt}:{attempt}:announce".encode()).digest()[0] & 1)


# ---- which ratings lead to which ending of a script


@dataclass(frozen=True, slots=True)
class Ways:
    """How a script's endings are chosen: (ending, condition) in order, and the items that are rated."""

    endings: tuple[tuple[str, condition.Closure | None], ...]
    rated: Mapping[str, Mapping[int, str]] = field(default_factory=dict)  # item → score → option code

    def scores(self, facts: Mapping[str, object]) -> dict[str, list[int]]:
        """Ending → the ratings that lead to it, as far as ``facts`` tell before the call.

        An ending that only a feeling leads to (the script asks for ``heard.emotion`` or ``heard.voice``) counts, too; one that a
        calm customer may come to counts for the ratings of calm customers alone.
        """
        found: dict[str, list[int]] = {}
        for emotion, voice in _FELT:
            calmly = frozenset(found)
            for score in SCORES:
                felt = {"heard.emotion": emotion, "heard.voice": str(voice)}
                ending = self._ending(score, {**facts, **felt})
                if ending is not None and (not (emotion or voice) or ending not in calmly):
                    found.setdefault(ending, []).append(score)
        return found

    def _ending(self, score: int, facts: dict[str, object]) -> str | None:
        for item, codes in self.rated.items():
            if score in codes:
                facts |= {f"score.{item}": score, f"answer.{item}": codes[score]}
        return next((name for name, holds in self.endings if holds is None or holds(facts)), None)


def ways_of(document: Mapping[str, Any]) -> Ways:
    """The endings of a published script; none of a document that asks for no rating."""
    rated = {}
    for step in document.get("steps") or ():
        item = step.get("item") or {}
        if item.get("type") == "scale":
            rated[str(item.get("id"))] = {
                c["score"]: str(c.get("code")) for c in item.get("choices") or () if c.get("score") in SCORES
            }
    endings = []
    for ending in document.get("endings") or () if rated else ():
        when = condition.closure(condition.from_json(ending["if"])) if "if" in ending else None
        endings.append((str(ending["id"]), when))
    return Ways(tuple(endings), rated)


# ---- a whole call


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one ending: the rule, and the tune where the rule has any."""

    rule: Rule
    draw: Draw | None


def choose(
    rules: Sequence[Rule],
    caller: Caller,
    ways: Ways,
    facts: Mapping[str, object],
    attempt: str,
    is_playable: Callable[[str], bool],
) -> dict[str, Choice]:
    """Ending → what the rules choose for it.  An ending that several ratings lead to is chosen for the lowest:
    the more careful way is never wrong."""
    chosen = {}
    for ending, scores in ways.scores(facts).items():
        rule = rule_for(rules, min(scores), caller)
        if rule is not None:
            pool = [tune for tune in rule.tunes if is_playable(tune)]
            chosen[ending] = Choice(rule, draw(pool, rule.default, rule.salt, attempt, ending))
    return chosen


def facts_of(chosen: Mapping[str, Choice]) -> Iterator[tuple[str, object]]:
    """What the conversation is told: ``tune.<ending>``, ``ending.<ending>.words`` and ``.transfer``."""
    for ending, choice in chosen.items():
        if choice.draw is not None:
            yield f"tune.{ending}", choice.draw.tune
        if choice.rule.words:
            yield f"ending.{ending}.words", choice.rule.words
        if choice.rule.transfer is not None:
            yield f"ending.{ending}.transfer", choice.rule.transfer
