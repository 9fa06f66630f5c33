"""Words that tell a label by themselves: every one in the text votes for its own.

N-grams know what the training text says; a word list reaches further with less text (Taboada et al. 2011),
and the two err in different places, so the sums of both are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.features import denials, emphasis, lined, normal

_TURNED = 0.6  # what a denied word is worth to the other side: 不差 praises less than 好
_DOUBT = 1.0  # one vote more for nobody, so that a single weak word does not decide alone


@dataclass(frozen=True)
class Votes:
    """``words``: the label's place and the strength of each.  ``weight``: what a unanimous vote adds to a sum.

    ``turns``: a denied word votes for the other of two labels, else it votes all the same.
    """

    words: Mapping[str, tuple[int, float]]
    weight: float
    turns: bool

    @cached_property
    def _lengths(self) -> Mapping[str, tuple[int, ...]]:
        """How long the words are that begin with a character, the longest first."""
        lengths: dict[str, set[int]] = {}
        for word in self.words:
            if len(word) <= LONGEST_WORD:
                lengths.setdefault(word[0], set()).add(len(word))
        return {first: tuple(sorted(of, reverse=True)) for first, of in lengths.items()}

    def cast(self, text: str, labels: int) -> NDArray[np.float32]:
        """What to add to each label's sum."""
        votes = np.zeros(labels, np.float32)
        line = lined(normal(text))
        places = self._found(line)
        if not places:
            return votes
        counts, denied = emphasis(line), denials(line)
        for at, (label, strength) in places:
            if self.turns and denied[at]:
                label, strength = 1 - label, _TURNED * strength
            votes[label] += strength * counts[at]
        return votes * np.float32(self.weight / (votes.sum() + _DOUBT))

    def _found(self, line: str) -> list[tuple[int, tuple[int, float]]]:
        """The longest known words from left to right, no character in two of them."""
        found = []
        at = 0
        while at < len(line):
            for length in self._lengths.get(line[at], ()):
                vote = self.words.get(line[at : at + length])
                if vote is not None:
                    found.append((at, vote))
                    at += length
                    break
            else:
                at += 1
        return found


LONGEST_WORD = 10
"""Characters of a word in a list; longer ones would never be looked up."""
