"""The audio of one call, between RTP on the SIP side and frames on the browser's: pure.

Nothing is transcoded where both sides speak the same law, and nothing is held back on the way to the
browser: it has a jitter buffer of its own, which needs the true timestamps.  On the way to the SIP side a
packet leaves every 20 ms whatever the browser does, so that the far end never believes us gone.
"""

from __future__ import annotations

import random
from collections import deque

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.dtmf import EventMalformed, KeyReader
from huifang.voice.rtp.g711 import FRAME, Codec, encode, transcode
from huifang.voice.rtp.packet import PacketMalformed, parse_packet, signed_distance
from huifang.voice.rtp.source import Address, SourceGate
from huifang.voice.rtp.talker import Talker

LOST_AFTER_S = 8.0
_FIRST_FRAMES = 2  # of the microphone wait for each other after a gap, or one late frame makes the next gap
_LONGEST_JUMP = 8000  # one second; further away is a new beginning
_MOST_FRAMES, _KEPT_FRAMES = (
    8,
    3,
)  # of the microphone: a burst is cut down, or it would delay all that follows
_STANDING_BEATS = 15  # 300 ms: who waits all the time has waited for nothing, and one frame of them may go


class Relay:
    """One call.

    :param far: where signalling says that the SIP side listens
    :param codec: what is spoken there
    :param dtmf_payload: the payload type of its telephone events (None: keys cannot be sent)
    :param browser_codec: what is spoken on the browser's side
    :param now: seconds on a monotonic clock
    """

    def __init__(
        self, far: Address, codec: Codec, dtmf_payload: int | None, browser_codec: Codec, now: float
    ) -> None:
        self.malformed = 0
        """Datagrams that were no RTP, or RTP that held nonsense."""
        self.foreign = 0
        """RTP from a source that is not the call's."""
        self.late = 0
        """Packets that came after their successors."""
        self._browser_codec = browser_codec
        self._gate = SourceGate(far)
        self._talker = Talker(
            codec,
            dtmf_payload,
            ssrc=random.getrandbits(32),
            sequence=random.getrandbits(16),
            timestamp=random.getrandbits(32),
        )
        self._heard_at = now
        self._ssrc: int | None = None
        self._timestamp = 0
        self._position = -FRAME  # of the newest frame, in samples
        self._keys = KeyReader()
        self._mic: deque[bytes] = deque()
        self._is_filling = True
        self._fewest, self._beats = _MOST_FRAMES, 0  # frames that waited, of late
        self._rest: NDArray[np.int16] = np.empty(0, np.int16)

    @property
    def far(self) -> Address:
        """Where the SIP side really is."""
        return self._gate.address

    def is_lost(self, now: float) -> bool:
        """Nothing has been heard of the SIP side for too long."""
        return now - self._heard_at >= LOST_AFTER_S

    # ---- to the browser

    def take(self, datagram: bytes, source: Address, now: float) -> tuple[int, bytes] | str | None:
        """A datagram of the SIP side: audio as its position in samples and its codes, or the key that
        begins with it, or None where it holds nothing for the browser."""
        try:
            packet = parse_packet(datagram)
        except PacketMalformed:
            self.malformed += 1
            return None
        kind = packet.payload_type
        is_audio = kind in (Codec.PCMA, Codec.PCMU)
        if not is_audio and kind != self._talker.dtmf_payload:
            return None
        if not self._gate.admit(source, packet.ssrc, packet.sequence, now):
            self.foreign += 1
            return None
        self._heard_at = now
        if not is_audio:
            try:
                return self._keys.read(packet.timestamp, packet.payload)
            except EventMalformed:
                self.malformed += 1
                return None
        if not packet.payload or not self._advance(packet.ssrc, packet.timestamp):
            return None
        return self._position, transcode(packet.payload, Codec(kind), self._browser_codec)

    def _advance(self, ssrc: int, timestamp: int) -> bool:
        ahead = signed_distance(timestamp, self._timestamp)
        if ssrc != self._ssrc or abs(ahead) > _LONGEST_JUMP:
            self._ssrc, ahead = ssrc, FRAME
        elif ahead <= 0:
            self.late += 1
            return False
        self._timestamp = timestamp
        self._position += ahead
        return True

    # ---- from the browser

    def hear(self, pcm: NDArray[np.int16]) -> None:
        """The microphone's next samples: int16 at 8 kHz, as many as there are."""
        whole = np.concatenate([self._rest, pcm])
        end = len(whole) - len(whole) % FRAME
        self._rest = whole[end:]
        for start in range(0, end, FRAME):
            self._mic.append(encode(whole[start : start + FRAME], self._talker.codec).tobytes())
        if len(self._mic) > _MOST_FRAMES:
            while len(self._mic) > _KEPT_FRAMES:
                self._mic.popleft()

    def send_keys(self, keys: str) -> None:
        """Press telephone keys (RFC 4733).  ``ValueError`` where one is none."""
        self._talker.send_keys(keys)

    def next_datagram(self) -> bytes:
        """What goes to the SIP side in this 20 ms."""
        if not self._mic:
            self._is_filling = True
        elif len(self._mic) >= _FIRST_FRAMES:
            self._is_filling = False
        self._shorten()
        return self._talker.next_packet(None if self._is_filling else self._mic.popleft())

    def _shorten(self) -> None:
        """Let go of one frame where more waited all the time than unevenness needs: what once came in a burst
        would delay everything to the end of the call."""
        self._fewest, self._beats = min(self._fewest, len(self._mic)), self._beats + 1
        if self._beats < _STANDING_BEATS:
            return
        if self._fewest > _FIRST_FRAMES:
            self._mic.popleft()
        self._fewest, self._beats = _MOST_FRAMES, 0
