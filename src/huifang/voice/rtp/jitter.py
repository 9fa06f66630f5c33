"""A small jitter buffer that works by timestamps: pure, one per incoming stream.

A ring of codes is written where a packet's timestamp says and read 20 ms at a time.  So order, doubles,
sequence wraps and any packet length need no care of their own, and what is missing is silence.
"""

from __future__ import annotations

from huifang.voice.rtp.g711 import FRAME
from huifang.voice.rtp.packet import signed_distance

_LATE_RUN = 4  # this many late packets in a row mean that the far end's clock has moved


class JitterBuffer:
    """Puts the audio of one stream in order.

    :param silence: the code that fills gaps
    :param delay_frames: how long, in 20 ms frames, the first packet waits for its brothers
    :param capacity_frames: the bound; a packet beyond it starts the buffer anew
    """

    def __init__(self, silence: int, *, delay_frames: int = 2, capacity_frames: int = 16) -> None:
        self._silence = bytes([silence]) * FRAME
        self._delay = delay_frames * FRAME
        self._size = capacity_frames * FRAME
        self._ring = bytearray(self._silence * capacity_frames)
        self._read = 0  # ring offset of the next frame; a multiple of FRAME
        self._next: int | None = None  # timestamp of the next frame; None before the first packet
        self._ssrc = 0
        self._late_run = 0
        self.late = 0
        """Packets dropped because their time had passed."""

    def put(self, ssrc: int, timestamp: int, payload: bytes) -> None:
        """Place a packet's codes.  Late ones are dropped; another SSRC or a jump begins a new stream."""
        length = len(payload)
        if length > self._size - self._delay:
            return
        if self._next is None or ssrc != self._ssrc:
            self._restart(ssrc, timestamp)
        ahead = signed_distance(timestamp, self._next or 0)
        if ahead + length <= 0:
            self._late_run += 1
            if self._late_run < _LATE_RUN:
                self.late += 1
                return
            self._restart(ssrc, timestamp)
            ahead = self._delay
        elif ahead + length > self._size:
            self._restart(ssrc, timestamp)
            ahead = self._delay
        self._late_run = 0
        if ahead < 0:  # the beginning of a long packet is late
            payload, ahead = payload[-ahead:], 0
        start = (self._read + ahead) % self._size
        room = self._size - start
        if len(payload) <= room:
            self._ring[start : start + len(payload)] = payload
        else:
            self._ring[start:] = payload[:room]
            self._ring[: len(payload) - room] = payload[room:]

    def take(self) -> bytes:
        """The next 20 ms, silence where nothing came in time."""
        if self._next is None:
            return self._silence
        read = self._read
        frame = bytes(self._ring[read : read + FRAME])
        self._ring[read : read + FRAME] = self._silence
        self._read = (read + FRAME) % self._size
        self._next = (self._next + FRAME) & 0xFFFFFFFF
        return frame

    def _restart(self, ssrc: int, timestamp: int) -> None:
        self._ring[:] = self._silence * (self._size // FRAME)
        self._ssrc = ssrc
        self._next = (timestamp - self._delay) & 0xFFFFFFFF
        self._late_run = 0
