"""The public Mandarin models that the embedded recogniser can use, from the releases of k2-fsa/sherpa-onnx.

Sizes are of the archives, in MB, as a hint; licences as the projects that trained the models state them.  Look at the
model's own page before you sell what it hears.
"""

from __future__ import annotations

from dataclasses import dataclass

RELEASES = "https://github.com/k2-fsa/sherpa-onnx/releases/download/asr-models"
CHECKSUMS = "checksum.txt"
"""Beside the archives: a line of name and SHA-256 for each."""


@dataclass(frozen=True, slots=True)
class PublicModel:
    """``streams``: words come while the customer speaks.  ``yields``: text or sounds."""

    name: str
    size_mb: int
    licence: str
    languages: str
    yields: str
    streams: bool

    @property
    def archive(self) -> str:
        return f"{self.name}.tar.bz2"


MODELS = (
    PublicModel("sherpa-onnx-streaming-zipformer-zh-14M-2023-02-23", 70, "Apache-2.0", "zh", "text", True),
    PublicModel("sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20", 500, "Apache-2.0", "zh, en", "text", True),
    PublicModel("sherpa-onnx-streaming-zipformer-small-bilingual-zh-en-2023-02-16", 430, "Apache-2.0", "zh, en", "text", True),
    PublicModel("sherpa-onnx-streaming-zipformer-multi-zh-hans-2023-12-12", 300, "Apache-2.0", "zh", "text", True),
    PublicModel("sherpa-onnx-streaming-zipformer-ctc-multi-zh-hans-2023-12-13", 300, "Apache-2.0", "zh", "text", True),
    PublicModel("sherpa-onnx-streaming-paraformer-bilingual-zh-en", 1000, "FunASR model licence", "zh, en", "text", True),
    PublicModel("sherpa-onnx-paraformer-zh-2023-09-14", 230, "FunASR model licence", "zh, en", "text", False),
    PublicModel("sherpa-onnx-sense-voice-zh-en-ja-ko-yue-2024-07-17", 1000, "FunASR model licence", "zh, yue, en, ja, ko", "text", False),
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
