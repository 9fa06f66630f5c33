"""Telephone keys in the audio itself (ITU-T Q.23, Q.24), over many sessions at once.

Windows of 20 ms every 10 ms are projected on the eight frequencies and, because a key may be off by 1.5 %, on
neighbours of each (Goertzel's sums, as one matrix product over all rows).  A window holds a key where two tones, one
of each group, make up nearly all of it, are about as loud as each other (twist) and loud enough.  Three such windows
are a key, three without it are a pause: 40 ms are always enough of either, 20 ms never are, and a gap of 10 ms splits
nothing.  Speech has such moments too, but its pitch glides: from one window to the next the phase of both tones must
have moved as it does at the key's own frequencies.

Levels in dBm0, as Q.24 has them: the loudest sine of G.711 is 3.14 dBm0, and −3 dBFS here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import FRAME, Codec, encode
from huifang.voice.rtp.rows import Rows

_RATE_HZ = 8_000
_DBM0 = -6.15  # dBFS of 0 dBm0
_FULL = 2.0**30
_LOW_HZ, _HIGH_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_LAYOUT = ("123A", "456B", "789C", "*0#D")
_HOP = FRAME // 2
_HITS, _MISSES = 3, 3
_NEIGHBOUR = 0.012  # of a frequency
_SHARE = 0.63  # of a window's energy
_QUIETEST = _FULL * 10 ** ((-38.0 + _DBM0) / 10) * FRAME  # energy of one tone in a window
_TWIST_DB = (-9.5, 5.5)  # high over low: Q.24 has −8 … 4, and noise needs some more
_APART = 4.0  # times the energy of the next tone of its group
_DRIFT = 0.022  # of a frequency, from window to window
_AT_ONCE = 32  # rows of a matrix product: with more, OpenBLAS would wake its threads for it
_SENT_DBM0 = -9.0  # each tone of a key of ours; the high one 2 dB more (Q.23 wants it louder on long lines)

_TONES_HZ = np.array([*_LOW_HZ, *_HIGH_HZ], np.float64)
_TRIED_HZ = np.concatenate([_TONES_HZ * (1 + off) for off in (0, -_NEIGHBOUR, _NEIGHBOUR)])
_ANGLES = 2 * np.pi * _TRIED_HZ * np.arange(FRAME)[:, None] / _RATE_HZ
_SUMS = np.concatenate([np.cos(_ANGLES), -np.sin(_ANGLES)], axis=1).astype(np.float32)
_TURN = np.exp(-2j * np.pi * _TONES_HZ * _HOP / _RATE_HZ).astype(
    np.complex64
)  # of the phase in a hop, undone
_MOST_DRIFT = (2 * np.pi * _TONES_HZ * _DRIFT * _HOP / _RATE_HZ).astype(np.float32)


class KeyTones:
    """Row i belongs to the i-th session that was added and is left; only rows that want keys cost anything."""

    def __init__(self) -> None:
        self._rows = Rows(
            before=np.zeros(_HOP, np.float32),
            sums=np.zeros(8, np.complex64),  # of the last window, at the frequencies themselves
            key=np.int8(-1),  # of the last window
            hits=np.int32(0),
            misses=np.int32(0),
            down=np.int8(-1),
        )
        self._wanted: NDArray[np.intp] = np.zeros(0, np.intp)

    def add(self) -> None:
        self._rows.add()

    def remove(self, row: int) -> None:
        """Forget a row; the last one takes its place."""
        self._rows.remove(row)

    def want(self, wanted: list[bool]) -> None:
        """In which rows keys are looked for from now on; to be told after every change of the rows."""
        self._wanted = np.flatnonzero(wanted)

    def step(self, samples: NDArray[np.float32]) -> list[tuple[int, str]]:
        """Take the next 20 ms of every row (int16 units, shape (rows, 160)); the keys that begin, by row."""
        if not len(self._wanted):
            return []
        state, rows = self._rows, self._wanted
        both = np.concatenate([state["before"][rows], samples[rows]], axis=1)
        state["before"][rows] = samples[rows, _HOP:]
        found: list[tuple[int, str]] = []
        for window in (both[:, :FRAME], both[:, _HOP:]):
            found += self._window(rows, window)
        return found

    def _window(self, rows: NDArray[np.intp], window: NDArray[np.float32]) -> list[tuple[int, str]]:
        state = self._rows
        projected = np.concatenate(
            [window[at : at + _AT_ONCE] @ _SUMS for at in range(0, len(rows), _AT_ONCE)]
        )
        real, imaginary = projected[:, : len(_TRIED_HZ)], projected[:, len(_TRIED_HZ) :]
        sums = (real[:, :8] + 1j * imaginary[:, :8]).astype(np.complex64)
        energy = ((real**2 + imaginary**2) * np.float32(2 / FRAME)).reshape(-1, 3, 8).max(axis=1)
        key = self._keys(energy, np.einsum("ij,ij->i", window, window))
        before, last_key = state["sums"][rows], state["key"][rows]
        state["sums"][rows] = sums
        goes_on = (key >= 0) & (key == last_key)
        if goes_on.any():
            goes_on &= self._stands_still(key, sums, before)
        hits = np.where(goes_on, state["hits"][rows] + 1, np.where(key >= 0, 1, 0))
        down = state["down"][rows]
        misses = np.where((key >= 0) & (key == down), 0, state["misses"][rows] + 1)
        down = np.where(misses >= _MISSES, np.int8(-1), down)
        begins = (hits >= _HITS) & (down != key)
        down = np.where(begins, key, down)
        state["key"][rows], state["hits"][rows], state["down"][rows] = key, hits, down
        state["misses"][rows] = np.where(begins, 0, misses)
        return [(int(rows[i]), _LAYOUT[key[i] // 4][key[i] % 4]) for i in begins.nonzero()[0]]

    @staticmethod
    def _keys(energy: NDArray[np.float32], total: NDArray[np.float32]) -> NDArray[np.int8]:
        """Which key each window holds by itself; −1 = none."""
        groups = energy.reshape(-1, 2, 4)
        best = groups.argmax(axis=2)
        ordered = np.sort(groups, axis=2)
        first, second = ordered[:, :, 3], ordered[:, :, 2]
        twist = first[:, 1] / np.maximum(first[:, 0], 1e-6)
        low, high = (np.float32(10 ** (limit / 10)) for limit in _TWIST_DB)
        is_key = (
            (first.sum(axis=1) >= _SHARE * total)
            & (first > _QUIETEST).all(axis=1)
            & (first > _APART * second).all(axis=1)
            & (twist > low)
            & (twist < high)
        )
        return np.where(is_key, best[:, 0] * 4 + best[:, 1], -1).astype(np.int8)

    @staticmethod
    def _stands_still(
        key: NDArray[np.int8], sums: NDArray[np.complex64], before: NDArray[np.complex64]
    ) -> NDArray[np.bool_]:
        """Whether both tones of each row's key have turned since the last window as the key's own do."""
        off = np.abs(np.angle(sums * before.conj() * _TURN)) <= _MOST_DRIFT
        row = np.arange(len(key))
        tone = np.maximum(key, 0)
        return np.asarray(off[row, tone // 4] & off[row, 4 + tone % 4])


def key_frames(key: str, ms: int) -> list[bytes]:
    """A key as sound: A-law frames of 20 ms, as many as ``ms`` has.  ``ValueError`` where it is no key."""
    row = next((n for n, keys in enumerate(_LAYOUT) if key in keys), None)
    if row is None or len(key) != 1:
        raise ValueError(f"not a telephone key: {key!r}")
    turns = 2 * np.pi * np.arange(FRAME * (ms // 20)) / _RATE_HZ
    loud = np.sqrt(2 * _FULL * 10 ** ((_SENT_DBM0 + _DBM0) / 10))
    sound = loud * np.sin(_LOW_HZ[row] * turns)
    sound += 10 ** (2 / 20) * loud * np.sin(_HIGH_HZ[_LAYOUT[row].index(key)] * turns)
    codes = encode(sound.astype(np.int16), Codec.PCMA).tobytes()
    return [codes[at : at + FRAME] for at in range(0, len(codes), FRAME)]
