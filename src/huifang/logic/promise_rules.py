"""What a conversation may promise: decided by the script that it was pinned to, not by what it reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

KINDS = ("callback", "coupon", "exchange", "information", "question")
_EVERYWHERE = ("callback", "question")
"""What the engine promises by itself in every script: to call again, and to have a question answered."""


def objection(document: Mapping[str, Any], kind: str, data: Mapping[str, Any]) -> str:
    """Why a promise may not be made under the script in ``document``: ``unknown`` (no such kind),
    ``unlisted`` (the script promises none) or ``promotion`` (the script offers others); "" where it may.
    """
    if kind not in KINDS:
        return "unknown"
    if kind in _EVERYWHERE:
        return ""
    listed = [promotion for listed, promotion in _listed(document) if listed == kind]
    if not listed:
        return "unlisted"
    if kind == "coupon" and str(data.get("promotion") or "") not in listed:
        return "promotion"
    return ""


def promotions_of(document: Mapping[str, Any]) -> list[str]:
    """The promotions whose coupons the script in ``document`` offers, each once."""
    return sorted({promotion for kind, promotion in _listed(document) if kind == "coupon" and promotion})


def _listed(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(kind, promotion) of every step that promises or offers something."""
    steps = document.get("steps")
    for step in steps if isinstance(steps, list) else ():
        if not isinstance(step, Mapping):
            continue
        promotion = str(step.get("promotion") or "")
        if step.get("kind") == "promise":
            yield str(step.get("promise") or ""), promotion
        elif step.get("kind") == "offer":
            yield "coupon", promotion
