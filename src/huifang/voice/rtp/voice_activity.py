"""Voice detection by level over many sessions at once.

A frame is voiced when its level stands clear of the session's noise floor.  The floor is the quietest
200 ms of the last two seconds (minimum statistics, R. Martin 2001), raised at once where the level has
stood still for 320 ms: hum, tones and comfort noise stand still, speech does not.  For the same reason
speech begins only where the level moves about.  Where we are heard ourselves, the line may send it back: until
somebody speaks, what is no louder than its echo can be is taken for that.  How loud an echo a line has is learnt
while we speak and the far end does not.

Sure of a voice it is after some 160 ms.  Somebody who is to be interrupted must fall silent sooner; whoever may
have begun to speak is told earlier, as ``suspicion.py`` says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import FRAME
from huifang.voice.rtp.rows import Rows
from huifang.voice.rtp.suspicion import Arrived, Suspicion

FRAME_MS = 20
WINDOW = 12  # frames in which the onset is looked for
_VOICED_IN_WINDOW = 8  # 160 ms of voice
_MOVE_DB, _MOVES = 2.0, 2  # speech moves the level this much this often within the window
_STILL_FRAMES, _STILL_DB = 16, 3.0
_QUIETEST_VOICE_DB = -50.0  # dBFS
_ABOVE_FLOOR_DB, _GOES_ON_DB = 7.0, 5.0
_FIRST_FLOOR_DB = -60.0
_BLOCK_FRAMES, _BLOCKS = 10, 10
_LOWEST_DB = -96.0
_ECHO_FADES_DB = 0.5  # a frame, so that an echo may come late
_FIRST_ECHO_DB, _LEAST_ECHO_DB, _MOST_ECHO_DB = -30.0, -50.0, -24.0  # against what we send
_ABOVE_ECHO_DB = 3.0
_TELLING_DB, _FORGET_ECHO_DB = (
    -35.0,
    0.06,
)  # only words of ours so loud tell of an echo; a frame, 3 dB a second


@dataclass(frozen=True, slots=True)
class Activity:
    """What one frame told about each session; arrays of shape (sessions,)."""

    voiced: NDArray[np.bool_]
    perhaps: NDArray[np.bool_]
    """Something that may become speech begins; ``started`` or ``dismissed`` follows."""
    dismissed: NDArray[np.bool_]
    started: NDArray[np.bool_]
    ended: NDArray[np.bool_]


def frame_levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The level of each row of ``samples`` (in units of int16, shape (n, 160)) in dBFS, without its mean."""
    mean = samples @ _MEAN
    power = np.einsum("ij,ij->i", samples, samples) / np.float32(FRAME) - mean * mean
    return np.asarray(10 * np.log10(np.maximum(power, np.float32(0.25)) / np.float32(2.0**30)), np.float32)


_MEAN = np.full(FRAME, 1 / FRAME, np.float32)


class VoiceActivity:
    """Detects speech in the rows of a batch; row i belongs to the i-th session that was added and is left.

    :param end_of_turn_ms: silence that ends an utterance
    :param longest_ms: an utterance is ended at this length, and a new one may begin
    """

    def __init__(self, *, end_of_turn_ms: int = 600, longest_ms: int = 15_000) -> None:
        self._longest = longest_ms // FRAME_MS
        self._steps = 0
        self._suspicion = Suspicion()
        self._rows = Rows(
            recent=np.full(_STILL_FRAMES, _LOWEST_DB, np.float32),
            voiced=np.zeros(WINDOW, np.bool_),
            blocks=np.full(_BLOCKS, _FIRST_FLOOR_DB, np.float32),
            echoed=np.float32(_LOWEST_DB),
            returned=np.float32(_FIRST_ECHO_DB),
            speaking=np.bool_(False),
            silent_frames=np.int32(0),
            spoken_frames=np.int32(0),
            end_frames=np.int32(-(-end_of_turn_ms // FRAME_MS)),
        )

    def add(self) -> None:
        """A new last row."""
        self._rows.add()
        self._suspicion.add()

    def remove(self, row: int) -> None:
        """Forget a row; the last one takes its place."""
        self._rows.remove(row)
        self._suspicion.remove(row)

    def is_speaking(self, row: int) -> bool:
        return bool(self._rows["speaking"][row])

    def speaking_rows(self) -> list[int]:
        """Who is speaking."""
        rows: list[int] = self._rows["speaking"].nonzero()[0].tolist()
        return rows

    def end_turn_after(self, row: int, silence_ms: int) -> None:
        """From now on so much silence ends an utterance of this row."""
        self._rows["end_frames"][row] = -(-silence_ms // FRAME_MS)

    def frames_since_onset(self, row: int) -> int:
        """How many frames ago, this one included, the voice in the window began."""
        return WINDOW - int(self._rows["voiced"][row].argmax())

    def silent_frames(self, row: int) -> int:
        """How many frames ago the last voiced frame was."""
        return int(self._rows["silent_frames"][row])

    def step(self, level: NDArray[np.float32], arrivals: Arrived, sent: NDArray[np.float32]) -> Activity:
        """Take the next 20 ms of every row, in dBFS of shape (rows,).

        :param level: what is heard, behind the jitter buffer
        :param arrivals: what has arrived meanwhile
        :param sent: what the far end hears of us
        """
        rows = self._rows
        recent, window, blocks = rows["recent"], rows["voiced"], rows["blocks"]
        speaking, silent, spoken = rows["speaking"], rows["silent_frames"], rows["spoken_frames"]
        recent[:, :-1] = recent[:, 1:]
        recent[:, -1] = level
        self._follow_floor(recent, blocks, level)
        floor = blocks.min(axis=1)
        quietest = self._quietest_voice(floor, sent)

        goes_on = level > np.maximum(floor + np.float32(_GOES_ON_DB), np.float32(_QUIETEST_VOICE_DB))
        voiced = np.where(speaking, goes_on, level > quietest)
        window[:, :-1] = window[:, 1:]
        window[:, -1] = voiced

        self._learn_echo(level, sent, voiced | speaking)

        moves = np.abs(np.diff(recent[:, -WINDOW:], axis=1)) > _MOVE_DB
        moves &= window[:, 1:] & window[:, :-1]
        begins = (window.sum(axis=1) >= _VOICED_IN_WINDOW) & (moves.sum(axis=1) >= _MOVES) & voiced
        started = begins & ~speaking

        silent += 1
        silent[voiced] = 0
        spoken += 1
        spoken[started] = _VOICED_IN_WINDOW
        perhaps = self._suspicion.step(arrivals, floor, quietest, speaking | started)
        dismissed = self._suspicion.settle(started, silent)
        ended = speaking & ((silent >= rows["end_frames"]) | (spoken >= self._longest))
        speaking |= started
        speaking &= ~ended
        window[ended] = False
        return Activity(voiced, perhaps, dismissed, started, ended)

    def _quietest_voice(self, floor: NDArray[np.float32], sent: NDArray[np.float32]) -> NDArray[np.float32]:
        """What somebody is louder than who begins to speak."""
        echoed = self._rows["echoed"]
        echoed -= np.float32(_ECHO_FADES_DB)
        np.maximum(echoed, sent, out=echoed)
        clear = np.maximum(floor + np.float32(_ABOVE_FLOOR_DB), np.float32(_QUIETEST_VOICE_DB))
        return np.asarray(np.maximum(clear, echoed + self._rows["returned"] + np.float32(_ABOVE_ECHO_DB)))

    def _learn_echo(
        self, level: NDArray[np.float32], sent: NDArray[np.float32], others: NDArray[np.bool_]
    ) -> None:
        """While we are heard and nobody else is, what comes back is at most our echo."""
        returned = self._rows["returned"]
        seen = np.maximum(level - self._rows["echoed"], returned - np.float32(_FORGET_ECHO_DB))
        tells = (sent > _TELLING_DB) & ~others
        returned[tells] = np.clip(seen, _LEAST_ECHO_DB, _MOST_ECHO_DB)[tells]

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
