"""Understanding on ``said/``: what people say, written down before the rules were.

Three in four lines were looked at while the rules grew, the fourth never was (``held``); a recogniser that writes
sounds hears the same without characters.  docs/decisions/0021 tells the figures of text from elsewhere.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, Reading, understand
from huifang.logic.understanding.index import index_of
from huifang.logic.understanding.lexicon import candidates
from huifang.logic.understanding.sounds import fit, folded, soft, split, syllables

SAID = Path(__file__).parent / "said"
SURE = 0.7  # from here on the conversation acts on it without asking back
CONFIRMED = 0.75  # a rating below this is confirmed


def lines(name: str) -> list[str]:
    return (SAID / name).read_text("utf-8").splitlines()


def closed() -> list[tuple[str, str, str, bool]]:
    """(what was asked, what is meant, what was said, never looked at)."""
    found = []
    for line in lines("closed.tsv"):
        if not line.startswith("#"):
            asked, meant, said = line.split("\t")
            found += [(asked, meant, words, n % 4 == 3) for n, words in enumerate(said.split("|"))]
    return found + [("rating", "refusal", words, n % 4 == 3) for n, words in enumerate(lines("refusals.txt"))]


def read(words: str, asked: str, by: str) -> Reading:
    said = Utterance(words) if by == "characters" else Utterance("", syllables(words))
    return understand(said, Asked(asked))


def is_right(meant: str, reading: Reading) -> bool:
    """Busy and callback lead to the same promise, and an open question keeps any words that are no order."""
    intent, _, code = meant.partition(":")
    if intent == "confirm":
        numbers = (Intent.RATING, Intent.DIGIT)
        return reading.intent in numbers and reading.code == code and reading.confidence < CONFIRMED
    if intent == "free":
        return reading.intent in (Intent.FREE, Intent.COMPLAINT, Intent.UNSURE)
    if intent == "callback":
        return reading.intent in (Intent.CALLBACK, Intent.BUSY)
    return reading.intent == intent and (not code or intent == "question" or reading.code == code)


def is_wrong_commit(reading: Reading) -> bool:
    """Something would be done about it that was not meant; asking again is a nuisance only."""
    threshold = CONFIRMED if reading.intent is Intent.RATING else SURE
    return (
        reading.intent not in (Intent.UNCLEAR, Intent.FREE, Intent.DIGIT) and reading.confidence >= threshold
    )


@pytest.mark.parametrize(("by", "right"), [("characters", 0.98), ("sounds", 0.97)])
def test_closed_answers_are_understood_and_hardly_ever_wrongly(by: str, right: float) -> None:
    missed, wrong, held = [], [], []
    said = closed()
    for asked, meant, words, is_held in said:
        reading = read(words, asked, by)
        if not is_right(meant, reading):
            missed.append((meant, words, reading.intent, reading.confidence, reading.evidence))
            held.append(is_held)
            if is_wrong_commit(reading):
                wrong.append(missed[-1])
    assert len(said) > 1200
    assert len(missed) <= len(said) * (1 - right), missed
    assert len(wrong) <= len(said) * 0.01, wrong
    unseen = sum(is_held for *_, is_held in said)
    assert sum(held) <= unseen * (1 - right + 0.02), (sum(held), unseen)


@pytest.mark.parametrize("by", ["characters", "sounds"])
@pytest.mark.parametrize("asked", ["rating", "free"])
def test_a_refusal_is_hardly_ever_missed(by: str, asked: str) -> None:
    said = lines("refusals.txt")
    missed = [words for words in said if read(words, asked, by).intent is not Intent.REFUSAL]
    assert len(said) > 300
    assert len(missed) <= len(said) * 0.02, missed


@pytest.mark.parametrize("by", ["characters", "sounds"])
@pytest.mark.parametrize("asked", ["rating", "free"])
def test_what_only_sounds_like_a_refusal_is_none(by: str, asked: str) -> None:
    said = lines("no_refusals.txt")
    wrong = [words for words in said if read(words, asked, by).intent is Intent.REFUSAL]
    assert len(wrong) <= len(said) * 0.02, wrong


def misheard(sounds: tuple[str, ...], draw: random.Random, rate: float) -> tuple[str, ...]:
    """``sounds`` as over a bad line: near initials and finals taken for each other, syllables lost, particles added."""
    near: dict[str, list[str]] = {}
    for one, other in NEAR_PAIRS:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    out = []
    for sound in sounds:
        if draw.random() < rate * 0.15:
            continue
        initial, final = split(sound)
        if draw.random() < rate:
            if draw.random() < 0.5 and initial in near:
                initial = draw.choice(near[initial])
            elif final in near:
                final = draw.choice(near[final])
        out.append(("" if initial == "-" else initial) + final)
        if draw.random() < rate * 0.1:
            out.append(draw.choice(("a", "de", "le", "en", "ba")))
    return tuple(out)


NEAR_PAIRS = tuple(
    tuple(pair.split("/"))
    for pair in [
        "zh/z",
        "ch/c",
        "sh/s",
        "n/l",
        "an/ang",
        "en/eng",
        "in/ing",
        "ian/iang",
        "f/h",
        "b/p",
        "d/t",
        "g/k",
        "j/q",
        "l/r",
        "x/s",
        "o/uo",
        "ao/ou",
        "ai/ei",
        "ian/an",
        "un/en",
        "ie/e",
    ]
)


def test_on_a_bad_line_less_is_understood_and_hardly_more_misunderstood() -> None:
    draw, right, wrong, said = random.Random(7), 0, [], [c for c in closed() if c[0] != "free"]
    for asked, meant, words, _ in said:
        reading = understand(Utterance("", misheard(syllables(words), draw, 0.06), 0.85), Asked(asked))
        if is_right(meant, reading):
            right += 1
        elif is_wrong_commit(reading):
            wrong.append((meant, words, reading.intent, reading.evidence))
    assert right >= len(said) * 0.88, right / len(said)
    assert len(wrong) <= len(said) * 0.015, wrong


def test_every_phrase_that_may_fit_is_tried() -> None:
    """The index leaves out nothing that a full comparison would take."""
    draw = random.Random(11)
    index, known = index_of(Asked("rating")), candidates(Asked("rating"))
    for _, _, words, _ in draw.sample(closed(), 8):
        sounds = misheard(syllables(words), draw, 0.2)
        light, folds = soft(sounds, ""), {folded(s) for s in sounds}
        possible = set(index.possible(sounds))
        for phrase in known:
            cost, _, _ = fit(phrase.sounds, phrase.soft, sounds, light)
            half = sum(folded(s) in folds for s in phrase.sounds) * 2 >= len(phrase.sounds)
            if half and 1 - cost / phrase.weight >= phrase.needed:
                assert phrase in possible, (phrase.phrase, sounds)
