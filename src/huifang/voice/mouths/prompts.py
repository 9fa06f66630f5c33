"""Prompts that have been said before: A-law by content, in memory and, where they repeat, on disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections import OrderedDict
from concurrent.futures import Future
from pathlib import Path

from huifang.errors import FileUnusable
from huifang.logic.spoken import spoken
from huifang.voice.mouths.port import Synthesiser

_MEMORY_BYTES = 64 * 1024 * 1024  # over two hours of speech
_FORM = "1"  # changes when the way from synthesiser to A-law changes


class PromptCache:
    """Renders each text once.  Fixed texts are kept in ``folder``; words with a customer's name never
    reach the disk."""

    def __init__(self, synthesiser: Synthesiser, folder: Path, *, memory_bytes: int = _MEMORY_BYTES) -> None:
        """``FileUnusable`` where the folder cannot be made."""
        self._synthesiser = synthesiser
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._renderings: dict[str, Future[bytes]] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise FileUnusable(path=folder, reason=fault.strerror or str(fault)) from None

    def known(self, text: str, language: str, pace: float = 1.0) -> bytes | None:
        """The audio of ``text`` if it is in memory or on disk: never renders."""
        key = self._key(text, language, pace)
        with self._lock:
            clip = self._held.get(key)
            if clip is not None:
                self._held.move_to_end(key)
                return clip
        with contextlib.suppress(OSError):
            clip = self._path(key).read_bytes()
            self._hold(key, clip)
            return clip
        return None

    def clip(self, text: str, language: str, *, fixed: bool, pace: float = 1.0) -> bytes:
        """The audio of ``text`` as A-law, rendered if need be (milliseconds; not for the media thread).

        :param fixed: the same in every call, so worth keeping on disk
        :param pace: times the voice's own speed
        """
        clip = self.known(text, language, pace)
        if clip is not None:
            return clip
        key = self._key(text, language, pace)
        rendering, is_ours = self._rendering(key)
        if is_ours:
            self._render(text, language, pace, key, rendering)
            if fixed and rendering.exception() is None:
                self._keep(key, rendering.result())
        return rendering.result()

    def _rendering(self, key: str) -> tuple[Future[bytes], bool]:
        """Who renders it, and whether that is to be the caller: calls that need the same words wait for one."""
        with self._lock:
            running = self._renderings.get(key)
            if running is not None:
                return running, False
            ours = self._renderings[key] = Future()
            if key in self._held:  # done since we looked
                ours.set_result(self._held[key])
                del self._renderings[key]
                return ours, False
            return ours, True

    def _render(self, text: str, language: str, pace: float, key: str, rendering: Future[bytes]) -> None:
        try:
            clip = self._synthesiser.render(spoken(text, language), language, pace)
            self._hold(key, clip)
            rendering.set_result(clip)
        except Exception as fault:  # whoever waits for it is told too
            rendering.set_exception(fault)
        finally:
            with self._lock:
                del self._renderings[key]

    def _key(self, text: str, language: str, pace: float) -> str:
        unusual = () if pace == 1.0 else (f"{pace:g}",)
        content = "\0".join((_FORM, self._synthesiser.voice, language, spoken(text, language), *unusual))
        return hashlib.sha256(content.encode()).hexdigest()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.alaw"

    def _hold(self, key: str, clip: bytes) -> None:
        with self._lock:
            self._bytes += len(clip) - len(self._held.pop(key, b""))
            self._held[key] = clip
            while self._bytes > self._memory_bytes and len(self._held) > 1:
                _, dropped = self._held.popitem(last=False)
                self._bytes -= len(dropped)

    def _keep(self, key: str, clip: bytes) -> None:
        path = self._path(key)
        with contextlib.suppress(OSError):  # a full disk costs time, not the call
            path.parent.mkdir(exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(clip)
                os.replace(name, path)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(name)
                raise
