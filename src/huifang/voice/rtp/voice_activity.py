"""Voice detection by level over many sessions at once.

A frame is voiced when its level stands clear of the session's noise floor.  The floor is the quietest
200 ms of the last two seconds (minimum statistics, R. Martin 2001), raised at once where the level has
stood still for 320 ms: hum, tones and comfort noise stand still, speech does not.  For the same reason
speech begins only where the level moves about.

Sure of a voice it is after some 160 ms.  Somebody who is to be interrupted must fall silent sooner, so three
voiced frames in a row are told as "perhaps": a prompt pauses, and goes on where it was a click or a cough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import FRAME

FRAME_MS = 20
WINDOW = 12  # frames in which the onset is looked for
_VOICED_IN_WINDOW = 8  # 160 ms of voice
_PERHAPS_FRAMES = 3  # 60 ms: with the frame that is awaited and a tick of the loop it stays below 100 ms
_DISMISSED_FRAMES = 6  # 120 ms without a voice after a "perhaps"
_MOVE_DB, _MOVES = 2.0, 2  # speech moves the level this much this often within the window
_STILL_FRAMES, _STILL_DB = 16, 3.0
_QUIETEST_VOICE_DB = -50.0  # dBFS
_ABOVE_FLOOR_DB, _GOES_ON_DB = 7.0, 5.0
_FIRST_FLOOR_DB = -60.0
_BLOCK_FRAMES, _BLOCKS = 10, 10
_LOWEST_DB = -96.0


@dataclass(frozen=True, slots=True)
class Activity:
    """What one frame told about each session; arrays of shape (sessions,)."""

    voiced: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]
    """Something that may become speech begins; ``started`` or ``dismissed`` follows."""
    dismissed: NDArray[np.bool_]
    started: NDArray[np.bool_]
    ended: NDArray[np.bool_]


def frame_levels(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """The level of each row of ``pcm`` (int16, shape (n, 160)) in dBFS, without its mean."""
    samples = pcm.astype(np.float32)
    power = np.einsum("ij,ij->i", samples, samples) / FRAME - samples.mean(axis=1) ** 2
    return np.asarray(10 * np.log10(np.maximum(power, 0.25) / 2.0**30), np.float32)


class VoiceActivity:
    """Detects speech in the rows of a batch; row i belongs to the i-th session that was added and is left.

    :param end_of_turn_ms: silence that ends an utterance
    :param longest_ms: an utterance is ended at this length, and a new one may begin
    """

    def __init__(self, *, end_of_turn_ms: int = 600, longest_ms: int = 15_000) -> None:
        self._end_frames = -(-end_of_turn_ms // FRAME_MS)
        self._longest = longest_ms // FRAME_MS
        self._count = 0
        self._steps = 0
        self._allocate(16)

    def _allocate(self, size: int) -> None:
        self._recent = np.full((size, _STILL_FRAMES), _LOWEST_DB, np.float32)
        self._voiced = np.zeros((size, WINDOW), np.bool_)
        self._blocks = np.full((size, _BLOCKS), _FIRST_FLOOR_DB, np.float32)
        self._speaking = np.zeros(size, np.bool_)
        self._silent_frames = np.zeros(size, np.int32)
        self._spoken_frames = np.zeros(size, np.int32)
        self._perhaps = np.zeros(size, np.bool_)

    def _state(self) -> tuple[NDArray[np.generic], ...]:
        return (
            self._recent, self._voiced, self._blocks, self._speaking, self._silent_frames,
            self._spoken_frames, self._perhaps,
        )  # fmt: skip

    def add(self) -> None:
        """A new last row."""
        if self._count == len(self._recent):
            before = self._state()
            self._allocate(2 * self._count)
            for old, new in zip(before, self._state(), strict=True):
                new[: self._count] = old
        row = self._count
        self._count += 1
        self._recent[row] = _LOWEST_DB
        self._blocks[row] = _FIRST_FLOOR_DB
        self._voiced[row] = False
        self._speaking[row] = self._perhaps[row] = False
        self._silent_frames[row] = self._spoken_frames[row] = 0

    def remove(self, row: int) -> None:
        """Forget a row; the last one takes its place."""
        self._count -= 1
        for state in self._state():
            state[row] = state[self._count]

    def is_speaking(self, row: int) -> bool:
        return bool(self._speaking[row])

    def frames_since_onset(self, row: int) -> int:
        """How many frames ago, this one included, the voice in the window began."""
        return WINDOW - int(self._voiced[row].argmax())

    def silent_frames(self, row: int) -> int:
        """How many frames ago the last voiced frame was."""
        return int(self._silent_frames[row])

    def step(self, pcm: NDArray[np.int16]) -> Activity:
        """Take the next 20 ms of every row: int16, shape (rows, 160)."""
        n = self._count
        level = frame_levels(pcm)
        recent, window, blocks = self._recent[:n], self._voiced[:n], self._blocks[:n]
        speaking = self._speaking[:n]
        recent[:, :-1] = recent[:, 1:]
        recent[:, -1] = level
        self._follow_floor(recent, blocks, level)

        clearance = np.where(speaking, np.float32(_GOES_ON_DB), np.float32(_ABOVE_FLOOR_DB))
        voiced = level > np.maximum(blocks.min(axis=1) + clearance, _QUIETEST_VOICE_DB)
        window[:, :-1] = window[:, 1:]
        window[:, -1] = voiced

        moves = np.abs(np.diff(recent[:, -WINDOW:], axis=1)) > _MOVE_DB
        moves &= window[:, 1:] & window[:, :-1]
        begins = (window.sum(axis=1) >= _VOICED_IN_WINDOW) & (moves.sum(axis=1) >= _MOVES) & voiced
        started = begins & ~speaking

        silent, spoken = self._silent_frames[:n], self._spoken_frames[:n]
        silent += 1
        silent[voiced] = 0
        spoken += 1
        spoken[started] = _VOICED_IN_WINDOW
        perhaps, dismissed = self._suspect(window, silent, started, speaking)
        ended = speaking & ((silent >= self._end_frames) | (spoken >= self._longest))
        speaking |= started
        speaking &= ~ended
        window[ended] = False
        return Activity(voiced, perhaps, dismissed, started, ended)

    def _suspect(
        self,
        window: NDArray[np.bool_],
        silent: NDArray[np.int32],
        started: NDArray[np.bool_],
        speaking: NDArray[np.bool_],
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Who may have begun to speak with this frame, and who of those before has not."""
        suspected = self._perhaps[: len(window)]
        perhaps = window[:, -_PERHAPS_FRAMES:].all(axis=1) & ~speaking & ~suspected
        dismissed = suspected & ~started & (silent >= _DISMISSED_FRAMES)
        suspected |= perhaps
        suspected &= ~(started | dismissed)
        return perhaps, dismissed

    def _follow_floor(
        self, recent: NDArray[np.float32], blocks: NDArray[np.float32], level: NDArray[np.float32]
    ) -> None:
        """Keep the quietest level of each block; the blocks of all rows turn together."""
        self._steps += 1
        block = self._steps // _BLOCK_FRAMES % _BLOCKS
        smooth = recent[:, -3:].mean(axis=1)  # a single quiet frame is no floor
        if self._steps % _BLOCK_FRAMES == 0:
            blocks[:, block] = smooth
        else:
            np.minimum(blocks[:, block], smooth, out=blocks[:, block])
        ordered = np.sort(recent, axis=1)
        still = ordered[:, -2] - ordered[:, 1] < _STILL_DB  # one frame at each end may be the edge of a tone
        if still.any():
            np.maximum(blocks, np.where(still, ordered[:, 1], _LOWEST_DB)[:, None], out=blocks)
