"""What each outgoing 20 ms holds: a key, a clip, the relayed far end, or silence.  Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from huifang.voice.rtp.dtmf import KEY_MS, KEYS, KeyPacket, key_packets
from huifang.voice.rtp.g711 import FRAME, SILENCE, Codec, transcode
from huifang.voice.rtp.key_tones import key_frames
from huifang.voice.rtp.packet import HEADER

FRAME_MS = 20
_GAP_FRAMES = 5  # 100 ms from the end of a key to the next; the repeated ends fall into it


@dataclass(frozen=True, slots=True)
class ClipOver:
    """A clip was played to its end (``finished``) or dropped.  Times count from the first frame."""

    token: object
    finished: bool
    start_ms: int
    end_ms: int


@dataclass(slots=True)
class _Clip:
    codes: bytes  # A-law
    token: object
    loop: bool
    offset: int = 0
    started: int | None = None  # frame number


class Talker:
    """The outgoing stream of one session.

    Clips wait in line; a key interrupts the clip, which goes on afterwards.  One call of
    ``next_packet`` or ``skip`` stands for each 20 ms, so timestamps follow the clock.
    """

    def __init__(self, codec: Codec, dtmf_payload: int | None, *, ssrc: int, sequence: int, timestamp: int):
        self.agree(codec, dtmf_payload)
        self.frames = 0
        """How many frames have passed, sent or skipped."""
        self.over: list[ClipOver] = []
        """Clips that are over since the owner last emptied this list."""
        self._ssrc = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self._clips: deque[_Clip] = deque()
        self._keys: deque[str] = deque()
        self._key: Iterator[KeyPacket] | None = None
        self._key_sound: deque[bytes] = deque()
        self._key_timestamp = 0
        self._gap = 0
        self._was_silent = True
        self._is_paused = False

    @property
    def timestamp(self) -> int:
        """Of the next frame."""
        return self._timestamp

    def agree(self, codec: Codec, dtmf_payload: int | None) -> None:
        """Speak ``codec`` from now on, and send keys with ``dtmf_payload`` (None: as their tones)."""
        self.codec, self.dtmf_payload = codec, dtmf_payload
        self._silence = _SILENT_FRAME[codec]
        self.sent = self._silence
        """The codes of the last frame as the far end hears it, silence during a key that is an event."""

    def play(self, clip: bytes, token: object, *, loop: bool = False) -> None:
        """Queue A-law codes.  A loop goes on until ``stop_playing``, whatever waits behind it."""
        self._clips.append(_Clip(clip, token, loop))

    def pause(self, paused: bool) -> None:
        """Be silent in the middle of a clip, or go on with it."""
        self._is_paused = paused

    def stop_playing(self) -> None:
        """Drop every clip; each is then in ``over``."""
        self._is_paused = False
        for clip in self._clips:
            started = self.frames if clip.started is None else clip.started
            self._end(clip, finished=False, started=started)
        self._clips.clear()

    def send_keys(self, keys: str) -> None:
        """Queue keys.  ``ValueError`` where one is no telephone key."""
        for key in keys.upper():
            if key not in KEYS:
                raise ValueError(f"not a telephone key: {key!r}")
        self._keys.extend(keys.upper())

    def skip(self, frames: int) -> None:
        """Let time pass without sending; clips wait."""
        self.frames += frames
        self.sent = self._silence
        self._timestamp = (self._timestamp + frames * FRAME) & 0xFFFFFFFF
        self._was_silent = True

    def next_packet(self, relayed: bytes | None) -> bytes:
        """The datagram of this frame.  ``relayed`` (our codec) is heard where no clip is playing."""
        key = self._next_key_packet() if self._key or self._keys or self._gap else None
        if key is not None:
            packet = self._datagram(self.dtmf_payload or 0, key.marker, self._key_timestamp, key.payload)
            self.sent = self._silence
            self._was_silent = True
        else:
            codes = self._key_sound.popleft() if self._key_sound else None
            if codes is None:
                codes = (self._next_clip_frame() if self._clips and not self._is_paused else None) or relayed
            talking = codes is not None
            self.sent = codes if codes is not None else self._silence
            packet = self._datagram(self.codec, talking and self._was_silent, self._timestamp, self.sent)
            self._was_silent = not talking
        self.frames += 1
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        return packet

    def _datagram(self, payload_type: int, marker: bool, timestamp: int, payload: bytes) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        second = payload_type | 0x80 if marker else payload_type
        return HEADER.pack(0x80, second, self._sequence, timestamp, self._ssrc) + payload

    def _next_key_packet(self) -> KeyPacket | None:
        if self._key is not None:
            packet = next(self._key, None)
            if packet is not None:
                return packet
            self._key = None
            self._gap = _GAP_FRAMES - 2  # two of the three ends lie behind the key's 100 ms
        if self._gap:
            self._gap -= 1
        elif self._keys and self.dtmf_payload is None:
            if not self._key_sound:
                sound = key_frames(self._keys.popleft(), KEY_MS)
                self._key_sound.extend(transcode(frame, Codec.PCMA, self.codec) for frame in sound)
                self._key_sound.extend([self._silence] * _GAP_FRAMES)
        elif self._keys:
            self._key = key_packets(self._keys.popleft())
            self._key_timestamp = self._timestamp
            return next(self._key)
        return None

    def _next_clip_frame(self) -> bytes | None:
        while self._clips:
            clip = self._clips[0]
            if not clip.codes:
                self._clips.popleft()
                self._end(clip, finished=True, started=self.frames)
                continue
            if clip.started is None:
                clip.started = self.frames
            frame = clip.codes[clip.offset : clip.offset + FRAME]
            clip.offset += FRAME
            if clip.loop:
                while len(frame) < FRAME:  # seamless, whatever the clip's length
                    clip.offset = FRAME - len(frame)
                    frame += clip.codes[: clip.offset]
                clip.offset %= max(len(clip.codes), 1)
            elif clip.offset >= len(clip.codes):
                self._clips.popleft()
                self._end(clip, finished=True, started=clip.started, frames=1)
            if len(frame) < FRAME:
                frame += _SILENT_FRAME[Codec.PCMA][len(frame) :]
            return transcode(frame, Codec.PCMA, self.codec)
        return None

    def _end(self, clip: _Clip, *, finished: bool, started: int, frames: int = 0) -> None:
        """Note the end of a clip, ``frames`` after this one's beginning."""
        end_ms = (self.frames + frames) * FRAME_MS
        self.over.append(ClipOver(clip.token, finished, started * FRAME_MS, end_ms))


_SILENT_FRAME = {codec: bytes([code]) * FRAME for codec, code in SILENCE.items()}
