"""Understanding on ``said/``: what people say, written down before the rules were.

Three in four lines were looked at while the rules grew, the fourth never was (``held``); a recogniser that writes
sounds hears the same without characters.  docs/decisions/0021 tells the figures of text from elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, Reading, understand
from huifang.logic.understanding.sounds import syllables

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
