"""Compile every .po file to the .mo file that gettext reads (which is not kept in git)."""

from __future__ import annotations

import sys
from pathlib import Path

import polib

LOCALES = Path(__file__).resolve().parents[1] / "src" / "huifang" / "locale"


def compile_messages(locales: Path = LOCALES) -> list[Path]:
    """Write the .mo file beside each .po file; the files written."""
    written = []
    for source in sorted(locales.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        polib.pofile(str(source)).save_as_mofile(str(target))
        written.append(target)
    return written


if __name__ == "__main__":
    sys.exit(0 if compile_messages() else "no .po file was found")
