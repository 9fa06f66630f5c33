"""The port of synthesisers: words in, telephone audio out."""

from __future__ import annotations

from typing import Protocol

from huifang.errors import N_, HuifangError


class MouthMissing(HuifangError):
    template = N_(
        "There is no speech synthesiser on this machine (%(reason)s): run “pip install 'huifang[speech]'” "
        "or install Debian's package espeak-ng."
    )


class SynthesisFailed(HuifangError):
    template = N_("The synthesiser could not say “%(text)s”: %(reason)s")


class Synthesiser(Protocol):
    """An engine.  Threads may call it at the same time."""

    voice: str
    """Names engine, voice and rate: audio of another name must not be taken for ours."""

    def render(self, text: str, language: str, pace: float = 1.0) -> bytes:
        """``text`` as 8 kHz A-law, at ``pace`` times the voice's own speed.  ``SynthesisFailed`` names the words; text
        without sound gives b""."""

    def close(self) -> None:
        """Let go of the engine."""
