"""Whether words say that a machine speaks, as the law wants it told (人工智能生成合成内容标识办法, 2025)."""

from __future__ import annotations

import re

_NAMES = re.compile("智能|机器人|AI|automated|robot|machine")
_DENIES = re.compile(
    "(?:不是|并非|绝非|没有?用|不用)[^，。,.；;！!是]{0,6}(?:智能|机器人|AI)|(?:我|我们|这边|这里)(?:可|就|真|都)?是[^，。,.；;！!不想找]{0,5}真人"
    "|not (?:an? )?(?:automated|robot|machine|AI)|(?:I am|I'm|[Tt]his is) (?:an? )?(?:real |live )?(?:human|person)"
)


def names_machine(words: str) -> bool:
    """Whether ``words`` say that a machine speaks, and do not deny it."""
    return _NAMES.search(words) is not None and not denies_machine(words)


def denies_machine(words: str) -> bool:
    """Whether ``words`` pass the machine off as a person."""
    return _DENIES.search(words) is not None
