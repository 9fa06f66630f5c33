"""What is wrong with a script that works: too long for the telephone, a dead way, a word no voice can read.

``script_check`` refuses what a conversation could fall over; this finds what a customer would stumble over.
"""

from __future__ import annotations

from collections.abc import Collection

from huifang.logic.script_document import Script
from huifang.logic.script_finding import Finding
from huifang.logic.script_lint_ways import faults_of_ways
from huifang.logic.script_lint_words import faults_of_words

UNLAWFUL = frozenset(("recording", "robot", "refused", "refusal"))
"""Rules whose findings no script may be published with: a notice, a true answer or a way out is missing."""


def lint(script: Script, tunes: Collection[str] | None = None) -> tuple[Finding, ...]:
    """What should be mended in ``script``.  ``tunes``: the ids that can be played; None = not known here."""
    return tuple(dict.fromkeys([*faults_of_words(script), *faults_of_ways(script, tunes)]))
