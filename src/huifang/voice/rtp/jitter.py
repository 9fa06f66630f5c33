"""A jitter buffer that works by timestamps and follows the network: pure, one per incoming stream.

A ring of codes is written where a packet's timestamp says and read 20 ms at a time.  So order, doubles,
sequence wraps and any packet length need no care of their own.

How long packets wait follows from how early they come.  Where more than three in a hundred are late, the
reading goes back by as much as this one is late, so that all wait longer; where nearly all have waited 60 ms longer than
they had to, a frame is left out at the next pause in what is said.
"""

from __future__ import annotations

from huifang.voice.rtp.g711 import FRAME
from huifang.voice.rtp.packet import signed_distance

LONGEST_DELAY = 10  # frames, 200 ms: beyond it people talk into each other
_LATE_RUN = 4  # this many late packets in a row mean that the far end's clock has moved
_LATE_SHARE, _LATE_AT_LEAST = 0.03, 1.5  # a single one is bad luck
_SPARE_FRAMES = 3
_JUDGED_EVERY, _FORGET = 50, 0.75  # packets; of the older ones so much is remembered: about four seconds
_QUIET = 0x20  # magnitude of a code, -36 dBFS


class JitterBuffer:
    """Puts the audio of one stream in order.

    :param silence: the code of silence, which tells A-law from µ-law
    :param delay_frames: how long, in 20 ms frames, the first packet waits for its brothers
    :param capacity_frames: the bound; a packet beyond it starts the buffer anew
    """

    def __init__(self, silence: int, *, delay_frames: int = 2, capacity_frames: int = 16) -> None:
        self._silence = silence
        self._first_delay = delay_frames
        self._capacity = capacity_frames
        self._size = capacity_frames * FRAME
        self._ring = bytearray([silence]) * self._size
        self._filled = bytearray(capacity_frames)  # per frame: something came
        self._read = 0  # ring offset of the next frame; a multiple of FRAME
        self._next: int | None = None  # timestamp of the next frame; None before the first packet
        self._heard_to = 0  # timestamp of the end of what was heard last
        self._ssrc = 0
        self._late_run = 0
        self._spare: list[float]  # packets by how many frames before their time they came
        self._lates: float
        self._judged: int
        self._is_long: bool  # a frame is to be left out
        self._begin_judging()
        self.delay_frames = delay_frames
        """How long a packet that comes as the first one did waits now."""
        self.late = 0
        """Packets dropped because their time had passed."""

    def put(self, ssrc: int, timestamp: int, payload: bytes) -> None:
        """Place a packet's codes.  Late ones are dropped or make all wait longer; another SSRC or a jump
        begins a new stream."""
        length = len(payload)
        if not length or length > self._size - self._first_delay * FRAME:
            return
        if self._next is None or ssrc != self._ssrc:
            self._restart(ssrc, timestamp)
        ahead = signed_distance(timestamp, self._next or 0)
        if ahead + length > self._size:
            self._restart(ssrc, timestamp)
            ahead = self._first_delay * FRAME
        elif ahead + length <= 0:
            self._late_run += 1
            late_by = -ahead // FRAME
            if self._late_run >= _LATE_RUN:
                self._restart(ssrc, timestamp)
                ahead = self._first_delay * FRAME
            else:
                if self._waits_longer(late_by):
                    ahead += late_by * FRAME
                if ahead < 0 or signed_distance(timestamp, self._heard_to) < 0:  # what follows it was heard
                    self.late += 1
                    return
        else:
            self._late_run = 0
            self._judge(ahead // FRAME)
        if ahead < 0:  # the beginning of a long packet is late
            payload, ahead = payload[-ahead:], 0
        start = (self._read + ahead) % self._size
        room = self._size - start
        if len(payload) <= room:
            self._ring[start : start + len(payload)] = payload
        else:
            self._ring[start:] = payload[:room]
            self._ring[: len(payload) - room] = payload[room:]
        slot, last = start // FRAME, (start + len(payload) - 1) // FRAME
        while slot <= last:
            self._filled[slot % self._capacity] = 1
            slot += 1

    def take(self) -> bytes | None:
        """The next 20 ms; None where nothing came in time."""
        if self._next is None:
            return None
        frame = self._advance()
        if self._is_long and (frame is None or self._is_quiet(frame)) and any(self._filled):
            self._is_long = False
            self.delay_frames -= 1
            self._spare = [self._spare[0] + self._spare[1], *self._spare[2:], 0.0]
            return self._advance()
        return frame

    def _advance(self) -> bytes | None:
        read, slot = self._read, self._read // FRAME
        frame = None
        if self._filled[slot]:
            frame = bytes(self._ring[read : read + FRAME])
            self._blank(slot)
        self._read = (read + FRAME) % self._size
        self._next = ((self._next or 0) + FRAME) & 0xFFFFFFFF
        if frame is not None:
            self._heard_to = self._next
        return frame

    def _blank(self, slot: int) -> None:
        self._filled[slot] = 0
        self._ring[slot * FRAME : (slot + 1) * FRAME] = bytes([self._silence]) * FRAME

    def _judge(self, spare_frames: int) -> None:
        """A packet came so many frames before its time."""
        self._spare[spare_frames if spare_frames > 0 else 0] += 1
        self._judged += 1
        if self._judged < _JUDGED_EVERY:
            return
        self._judged = 0
        short = self._lates + sum(self._spare[:_SPARE_FRAMES])
        total = self._lates + sum(self._spare)
        self._is_long = short <= _LATE_SHARE * total
        self._spare = [count * _FORGET for count in self._spare]
        self._lates *= _FORGET

    def _waits_longer(self, late_by: int) -> bool:
        """A packet came so many frames late: go back by them, if that is not too far and has happened more
        often lately than can be borne."""
        self._lates += 1
        total = self._lates + sum(self._spare)
        if self._lates < max(_LATE_AT_LEAST, _LATE_SHARE * total):
            return False
        if self.delay_frames + late_by > LONGEST_DELAY:
            return False
        self.delay_frames += late_by
        self._read = (self._read - late_by * FRAME) % self._size
        self._next = ((self._next or 0) - late_by * FRAME) & 0xFFFFFFFF
        for slot in range(late_by):
            self._blank((self._read // FRAME + slot) % self._capacity)
        self._late_run = 0
        self._begin_judging()
        return True

    def _begin_judging(self) -> None:
        self._spare = [0.0] * self._capacity
        self._lates = 0.0
        self._judged = 0
        self._is_long = False

    def _is_quiet(self, frame: bytes) -> bool:
        return max((code ^ self._silence) & 0x7F for code in frame) < _QUIET

    def _restart(self, ssrc: int, timestamp: int) -> None:
        for slot in range(self._capacity):
            if self._filled[slot]:
                self._blank(slot)
        self._ssrc = ssrc
        self._next = self._heard_to = (timestamp - self._first_delay * FRAME) & 0xFFFFFFFF
        self._late_run = 0
        self.delay_frames = self._first_delay
        self._begin_judging()
