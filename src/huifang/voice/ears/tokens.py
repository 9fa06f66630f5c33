"""Tokens of a recogniser as toneless syllables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp

from huifang.logic.understanding.sounds import plain

_INITIALS = frozenset("b p m f d t n l g k h j q x zh ch sh r z c s y w".split())  # noqa: SIM905
_SPECIAL = ("<", "#")


def writes_sounds(tokens: Iterable[str]) -> bool:
    """Whether a model's vocabulary is initials and toned finals rather than characters."""
    known = set(tokens)
    return known >= _INITIALS and any(
        t.isalpha() and t not in _INITIALS and plain(t) and not t.isascii() for t in known
    )


def syllables_of(tokens: Sequence[str]) -> tuple[str, ...]:
    """Initial / toned final tokens joined to toneless syllables: ``f ēi ch áng`` → ``fei chang``.

    A final without an initial is a syllable of its own (``èr``); a dangling initial is dropped.
    """
    out: list[str] = []
    initial = ""
    for token in tokens:
        if token.startswith(_SPECIAL):
            continue
        if token in _INITIALS:
            initial = token
            continue
        final = plain(token)
        if final:
            out.append(initial + final)
        initial = ""
    return tuple(out)


def confidence_of(log_probabilities: Sequence[float]) -> float:
    """Mean token probability, stretched so that clear speech (0.7 with a beam) counts as 1.

    Half of the utterances below that have a wrong syllable; below 0.45 hardly anything is right, and it falls fast.
    """
    if not log_probabilities:
        return 0.0
    mean = sum(exp(p) for p in log_probabilities) / len(log_probabilities)
    return min(1.0, 0.2 + 1.5 * mean, 0.65 + 0.5 * mean)
