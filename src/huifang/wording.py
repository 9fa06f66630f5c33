"""Errors in the language of the person at the command line, without loading Django."""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable
from pathlib import Path

from huifang.errors import HuifangError

_LOCALES = Path(__file__).with_name("locale")


def in_words(error: HuifangError) -> str:
    """The error's sentence in HUIFANG_LANGUAGE (Chinese unless set)."""
    return error.in_words(translator())


def translator() -> Callable[[str], str]:
    """A gettext function for HUIFANG_LANGUAGE."""
    known = {"zh-hans": "zh_Hans"}.get(language(), language())
    catalogue = gettext.translation("django", _LOCALES, languages=[known], fallback=True)
    return catalogue.gettext


def language() -> str:
    """HUIFANG_LANGUAGE: Chinese unless set."""
    return os.environ.get("HUIFANG_LANGUAGE", "zh-hans")
