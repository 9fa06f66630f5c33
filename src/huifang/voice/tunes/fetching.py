"""Uploaded tunes on their way from the centre: fetched once, checked, and kept on the node's disk."""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from huifang.voice.contract import Centre, CentreAway, CentreRefuses
from huifang.voice.delivery import Errand
from huifang.voice.tunes.library import TuneLibrary

log = logging.getLogger(__name__)

_KEY = re.compile(r"[0-9a-f]{40}")
_LOOK_S = 0.5
_MOST_FILES = 200  # at most 480 kB each


def tunes_in(facts: Mapping[str, object]) -> list[str]:
    """The uploaded tunes that a call's facts choose (``tune.<ending>``)."""
    chosen = (value for name, value in facts.items() if name.startswith("tune."))
    return [value for value in chosen if isinstance(value, str) and _KEY.fullmatch(value)]


def is_whole(key: str, clip: bytes) -> bool:
    """Whether ``clip`` is the tune called ``key``: the first 160 bits of its SHA-256, as hexadecimal digits."""
    return hashlib.sha256(clip).hexdigest()[: len(key)] == key


class TuneFetcher(Errand):
    """Brings wanted tunes into ``library``: from ``folder`` if it was fetched before, else from the centre.

    While the centre is away it tries again; a tune that the centre does not have is given up until it is wanted
    again.  What is damaged, on the disk or on the way, is never played.
    """

    def __init__(self, centre: Centre, folder: Path, library: TuneLibrary) -> None:
        super().__init__("tunes", centre)
        self._folder = folder
        self._library = library
        self._wanted: queue.SimpleQueue[str] = queue.SimpleQueue()

    def want(self, keys: Iterable[str]) -> None:
        """Have these tunes as soon as possible; from any thread."""
        for key in keys:
            if not self._library.clip(key):
                self._wanted.put(key)

    def turn(self) -> None:
        try:
            key = self._wanted.get(timeout=_LOOK_S)
        except queue.Empty:
            return
        if self._library.clip(key):
            return
        clip = self._kept(key)
        if not clip:
            try:
                clip = self._centre.tune(key)
            except CentreRefuses as error:
                log.error("%s The script's own tune is played.", error)
                return
            except CentreAway:
                self._wanted.put(key)
                raise
            if not is_whole(key, clip):
                log.error("The tune %s came damaged; the script's own is played", key)
                return
            self._keep(key, clip)
        self._library.keep(key, clip)

    def _kept(self, key: str) -> bytes:
        """The tune from the disk; nothing where it is not there, or not whole."""
        try:
            clip = (self._folder / f"{key}.alaw").read_bytes()
        except OSError:
            return b""
        return clip if is_whole(key, clip) else b""

    def _keep(self, key: str, clip: bytes) -> None:
        """On a full disk it is fetched again next time."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self._folder / f"{key}.part"
            partial.write_bytes(clip)
            os.replace(partial, self._folder / f"{key}.alaw")
            oldest_first = sorted(self._folder.glob("*.alaw"), key=lambda path: path.stat().st_mtime)
            for path in oldest_first[:-_MOST_FILES]:
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("The tune %s cannot be kept on the disk: %s", key, error.strerror)
