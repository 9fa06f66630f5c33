"""Errors in the language of the person at the command line, without loading Django."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from huifang.errors import HuifangError

_LOCALES = Path(__file__).with_name("locale")


def in_words(error: HuifangError) -> str:
    """The error's sentence in HUIFANG_LANGUAGE (Chinese unless set)."""
    language = os.environ.get("HUIFANG_LANGUAGE", "zh-hans")
    catalogue = gettext.translation(
        "django", _LOCALES, languages=[{"zh-hans": "zh_Hans"}.get(language, language)], fallback=True
    )
    return error.in_words(catalogue.gettext)
