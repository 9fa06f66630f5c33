"""Which questions ask the same."""

from __future__ import annotations

from collections.abc import Sequence

from huifang.logic.knowledge.terms import Phrase, phrase_of

_ALIKE = 0.6


def group(questions: Sequence[str]) -> list[list[int]]:
    """The numbers of ``questions`` that ask the same, the largest group first; each group begins with its
    earliest, and a question belongs to the earliest group that it fits."""
    groups: list[tuple[Phrase, list[int]]] = []
    for number, question in enumerate(questions):
        asked = phrase_of(question)
        for first, members in groups:
            if first == asked or _alike(first, asked) >= _ALIKE:
                members.append(number)
                break
        else:
            groups.append((asked, [number]))
    return sorted((members for _first, members in groups), key=lambda members: -len(members))


def _alike(one: Phrase, other: Phrase) -> float:
    there, back = one.found_in(other.present, {}), other.found_in(one.present, {})
    return 2 * there * back / (there + back) if there + back else 0.0
