"""Facts with which the conditions of a script come out in every way that matters; for looking at its texts beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice, product

from huifang.logic.condition import Condition, Scalar, Test, fields_of, is_iso_date, tests_of
from huifang.logic.script_text import Text

NAMED = "某" * 6
"""What stands for a name or a product of usual length."""
_MOST = 512


def samples(trees: Iterable[Condition]) -> Iterator[dict[str, object]]:
    """Facts for ``trees``, at most 512 of them: each field unknown, and on either side of every value it is
    compared with."""
    values: dict[str, dict[object, None]] = {}
    for tree in trees:
        for field in sorted(fields_of(tree)):
            values.setdefault(field, {None: None})
        for test in tests_of(tree):
            values[test.field].update(dict.fromkeys(_around(test)))
    for known in values.values():
        if len(known) == 1:
            known[NAMED] = None  # only asked whether it is known
    names = list(values)
    for row in islice(product(*values.values()), _MOST):
        yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


def renderings(text: Text, language: str) -> Iterator[str]:
    """What ``text`` can say, each once, with a name of usual length in every slot that is known."""
    trees = [piece.when.tree for piece in text.pieces if piece.when is not None]
    slots = dict.fromkeys(text.slots(), NAMED)
    seen: dict[str, None] = {}
    for facts in samples(trees):
        parts = text.render(language, {**slots, **facts}, slots)
        seen.setdefault("".join(part.text for part in parts))
    yield from seen


def _around(test: Test) -> Iterator[Scalar]:
    for value in test.value if isinstance(test.value, tuple) else (test.value,):
        yield value
        if isinstance(value, bool):
            yield not value
        elif isinstance(value, int | float):
            yield value - 1
            yield value + 1
        elif is_iso_date(value) and test.op != "eq":
            for days in (-1, 1):
                yield (date.fromisoformat(value) + timedelta(days=days)).isoformat()
        else:
            yield NAMED
