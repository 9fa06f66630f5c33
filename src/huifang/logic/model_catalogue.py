"""The public Mandarin models that the embedded recogniser can use, from the releases of k2-fsa/sherpa-onnx.

All are streaming transducers, the kind that is tried with a real model (the first of them); those that write text were
never run by us.  Folders with models of other kinds can be tried with ``huifang models check``.  The releases could not be
reached when this was written (2026-11-26); names, files and licences were checked against what their makers and others
have published, and so was the exact size of two archives (74,004,050 and 458,187,351 bytes).  The other sizes are those of
the files inside.  Look at the model's own page before you sell what it hears.
"""

from __future__ import annotations

from dataclasses import dataclass

RELEASES = "https://github.com/k2-fsa/sherpa-onnx/releases/download"
CHECKSUMS = "checksum.txt"
"""Beside the archives: a line of name and SHA-256 for each."""


@dataclass(frozen=True, slots=True)
class PublicModel:
    """``size_mb``: of the archive.  ``yields``: text, or sounds alone.  ``release``: which one holds the archive."""

    name: str
    size_mb: int
    licence: str
    languages: str
    yields: str
    release: str = "asr-models"

    @property
    def archive(self) -> str:
        return f"{self.name}.tar.bz2"

    @property
    def folder(self) -> str:
        """The address that holds the archive."""
        return f"{RELEASES}/{self.release}"


MODELS = (
    PublicModel("sherpa-onnx-kws-zipformer-wenetspeech-3.3M-2024-01-01", 32, "Apache-2.0", "zh", "sounds", "kws-models"),
    PublicModel("sherpa-onnx-streaming-zipformer-zh-14M-2023-02-23", 74, "Apache-2.0", "zh", "text"),
    PublicModel("sherpa-onnx-streaming-zipformer-multi-zh-hans-2023-12-12", 340, "Apache-2.0", "zh", "text"),
    PublicModel("sherpa-onnx-streaming-zipformer-small-bilingual-zh-en-2023-02-16", 458, "Apache-2.0", "zh, en", "text"),
    PublicModel("sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20", 530, "Apache-2.0", "zh, en", "text"),
)  # fmt: skip


def named(name: str) -> PublicModel | None:
    """The model of this name; an unambiguous part of it is enough."""
    found = [model for model in MODELS if model.name == name] or [
        m for m in MODELS if name and name in m.name
    ]
    return found[0] if len(found) == 1 else None


def checksum_in(listing: str, archive: str) -> str | None:
    """The SHA-256 of ``archive`` in the text of a list of checksums, whichever way round its columns are."""
    for line in listing.splitlines():
        columns = line.split()
        if archive in (column.lstrip("*") for column in columns):
            return next(
                (
                    c.lower()
                    for c in columns
                    if len(c) == 64 and all(ch in "0123456789abcdefABCDEF" for ch in c)
                ),
                None,
            )
    return None
