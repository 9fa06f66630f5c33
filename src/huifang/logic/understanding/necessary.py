"""Which letters a regular expression cannot do without, so that most of many need not be tried."""

from __future__ import annotations

import re._parser as parser  # what sre_parse was; not documented, so a test compares it with trying every rule
from typing import Any


def letters(pattern: str) -> frozenset[str]:
    """Letters of which every match of ``pattern`` has at least one; none where nothing is known."""
    return _of(parser.parse(pattern))


def _of(parsed: Any) -> frozenset[str]:
    """The fewest that any of the parts needs: all of them must match."""
    return min((needed for part in parsed if (needed := _of_part(*part))), key=len, default=frozenset())


def _of_part(operation: Any, value: Any) -> frozenset[str]:
    match str(operation):
        case "LITERAL":
            return frozenset((chr(value),))
        case "IN":
            return _of_any(
                [frozenset((chr(one),)) if str(kind) == "LITERAL" else frozenset() for kind, one in value]
            )
        case "BRANCH":
            return _of_any([_of(alternative) for alternative in value[1]])
        case "SUBPATTERN":
            return _of(value[-1])
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, _, repeated = value
            return _of(repeated) if least else frozenset()
        case "ASSERT":
            return _of(value[1])
        case _:
            return frozenset()


def _of_any(alternatives: list[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*alternatives) if all(alternatives) else frozenset()
