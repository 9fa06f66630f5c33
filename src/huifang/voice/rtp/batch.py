"""A share of the sessions, whose audio is computed at once."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.endpoint import Endpoint, PacketCounts
from huifang.voice.rtp.g711 import EXPAND, FRAME, SILENCE, Codec, decode
from huifang.voice.rtp.key_tones import KeyTones
from huifang.voice.rtp.port import (
    KeyPressed,
    SpeechDismissed,
    SpeechEnded,
    SpeechGoesOn,
    SpeechHeard,
    SpeechPerhaps,
    SpeechStarted,
    ToneHeard,
)
from huifang.voice.rtp.suspicion import Arrived
from huifang.voice.rtp.tones import SingleTones
from huifang.voice.rtp.voice_activity import FRAME_MS, Activity, VoiceActivity, frame_levels

LATE_S = 0.005
_ROWS = {codec: row for row, codec in enumerate(Codec)}
_EXPAND_ALL = np.concatenate([EXPAND[codec] for codec in Codec]).astype(
    np.float32
)  # by 256 * row of the codec + code
_SILENT_FRAME = {codec: bytes([code]) * FRAME for codec, code in SILENCE.items()}
_GOES_ON_FRAMES = (100, 200, 400)  # 2, 4 and 8 s
_PASS_ON_FRAMES = 5  # 100 ms: a recogniser's step is three of them
_LONGEST_CATCH_UP = 16  # frames: what a jitter buffer holds


class Batch:
    """Sends each session's packet in one of several phases of the 20 ms, and hears all of them together.

    The more sessions numpy sees at once the cheaper each one is; the more phases there are the more even
    is the traffic.

    :param phases: how many phases this share has
    :param end_of_turn_ms: None = the level of every frame is measured, but no speech looked for
    """

    def __init__(self, counts: PacketCounts, *, phases: int, end_of_turn_ms: int | None) -> None:
        self.endpoints: list[Endpoint] = []
        self._phases: list[list[Endpoint]] = [[] for _ in range(phases)]
        self._counts = counts
        self.levels = np.zeros(0, np.float32)
        """The level of the last frame of each session in dBFS, where no speech is looked for."""
        self._voice = None if end_of_turn_ms is None else VoiceActivity(end_of_turn_ms=end_of_turn_ms)
        self._key_tones, self._tones = KeyTones(), SingleTones()
        self._watched: list[Endpoint] = []
        self._code_offsets: NDArray[np.uint16] | None = None
        self._missed_sending = [0] * phases  # frames whose time has passed
        self._missed_hearing = 0
        self._steps = 0

    def add(self, endpoint: Endpoint) -> None:
        self.endpoints.append(endpoint)
        min(self._phases, key=len).append(endpoint)
        if self._voice is not None:
            self._voice.add()
        self._key_tones.add()
        self._tones.add()
        self.note_wishes()

    def remove(self, endpoint: Endpoint) -> None:
        """Forget a session; somebody still speaking has then said their last."""
        row = self.endpoints.index(endpoint)
        if self._voice is not None:
            if self._voice.is_speaking(row):
                self._end_utterance(endpoint, self._voice.silent_frames(row))
            self._voice.remove(row)
        self._key_tones.remove(row)
        self._tones.remove(row)
        self.endpoints[row] = self.endpoints[-1]
        self.endpoints.pop()
        next(phase for phase in self._phases if endpoint in phase).remove(endpoint)
        self.note_wishes()

    def end_turn_after(self, endpoint: Endpoint, silence_ms: int) -> None:
        """Let so much silence end what ``endpoint`` says."""
        if self._voice is not None:
            self._voice.end_turn_after(self.endpoints.index(endpoint), silence_ms)

    def note_wishes(self) -> None:
        """To be called when the codec of a session has changed, or what is to be looked for in its audio."""
        self._code_offsets = None
        self._watched = [endpoint for endpoint in self.endpoints if endpoint.is_watched]
        self._tones.want([endpoint.is_watched for endpoint in self.endpoints])
        self._key_tones.want([endpoint.has_keys_in_audio for endpoint in self.endpoints])

    def miss(self, frames: int) -> None:
        """The process was held up: ``frames`` can no longer be sent in time."""
        self._missed_sending = [missed + frames for missed in self._missed_sending]
        self._missed_hearing += frames

    def talk(self, phase: int, due: float) -> None:
        """Send one packet of each session of a phase; ``due`` is when, on the monotonic clock.

        Packets of frames that were missed are left out: their time has passed, and clips wait.
        """
        endpoints, missed = self._phases[phase], self._missed_sending[phase]
        if missed:
            self._missed_sending[phase] = 0
            self._counts.left_out += missed * len(endpoints)
            self._counts.late_5ms += missed * len(endpoints)
            for endpoint in endpoints:
                endpoint.talker.skip(missed)
        latest = due + LATE_S
        clock = time.monotonic
        late = 0
        for endpoint in endpoints:
            endpoint.send()
            if clock() > latest:
                late += 1
        self._counts.late_5ms += late

    def listen(self) -> None:
        """Take the next 20 ms from every far end; after missed frames, first what came in meanwhile."""
        missed, self._missed_hearing = self._missed_hearing, 0
        if not self.endpoints:
            return
        if missed > _LONGEST_CATCH_UP:
            for endpoint in self.endpoints:
                endpoint.pass_unheard(missed - _LONGEST_CATCH_UP)
        for _ in range(min(missed, _LONGEST_CATCH_UP)):
            self._hear(sent_now=False)
        self._hear(sent_now=True)

    def _hear(self, *, sent_now: bool) -> None:
        """One frame of every far end: detect speech, record."""
        endpoints = self.endpoints
        frames = [endpoint.hear() for endpoint in endpoints]
        if self._voice is None:
            self.levels = self._levels(self._samples(frames))[0]
        else:
            arrived = [endpoint.arrived for endpoint in endpoints]
            ours = [endpoint.talker.sent for endpoint in endpoints]
            samples = self._samples(frames, arrived, ours)
            heard_db, arrived_db, sent_db = self._levels(samples)
            self._find_tones(samples[0], heard_db)
            arrived_at = np.array([endpoint.arrived_at for endpoint in endpoints], np.int64)
            self._detect(self._voice.step(heard_db, Arrived(arrived_db, arrived_at), sent_db))
        for endpoint, frame in zip(endpoints, frames, strict=True):
            if endpoint.recording is not None:
                sent = endpoint.talker.sent if sent_now else _SILENT_FRAME[endpoint.codec]
                endpoint.recording.add(frame, sent)

    def _samples(self, *frames: list[bytes]) -> NDArray[np.float32]:
        """Of lists of one frame of each session, in its codec: shape (lists, sessions, 160)."""
        if self._code_offsets is None:
            rows = [256 * _ROWS[endpoint.codec] for endpoint in self.endpoints]
            self._code_offsets = np.array(rows, np.uint16).reshape(1, -1, 1)
        joined = b"".join([frame for one_each in frames for frame in one_each])
        codes = np.frombuffer(joined, np.uint8).reshape(len(frames), -1, FRAME)
        return np.take(_EXPAND_ALL, codes + self._code_offsets, mode="wrap")  # no check of what cannot be

    @staticmethod
    def _levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """In dBFS: shape (lists, sessions)."""
        return frame_levels(samples.reshape(-1, FRAME)).reshape(len(samples), -1)

    def _find_tones(self, samples: NDArray[np.float32], level: NDArray[np.float32]) -> None:
        for row, key in self._key_tones.step(samples):
            self.endpoints[row].emit(KeyPressed(self.endpoints[row].session, key))
        for row, tone in self._tones.step(samples, level):
            endpoint = self.endpoints[row]
            endpoint.emit(ToneHeard(endpoint.session, tone, endpoint.collector.frames * FRAME_MS))

    def _detect(self, activity: Activity) -> None:
        voice = self._voice
        assert voice is not None
        for row in activity.perhaps.nonzero()[0].tolist():
            self.endpoints[row].emit(SpeechPerhaps(self.endpoints[row].session))
        for row in activity.dismissed.nonzero()[0].tolist():
            self.endpoints[row].emit(SpeechDismissed(self.endpoints[row].session))
        for row in activity.started.nonzero()[0].tolist():
            endpoint = self.endpoints[row]
            endpoint.collector.begin(voice.frames_since_onset(row))
            endpoint.emit(SpeechStarted(endpoint.session, endpoint.collector.start_ms))
            self._pass_on(endpoint)
        self._steps += 1
        if self._steps % _PASS_ON_FRAMES == 0:
            for row in voice.speaking_rows():
                self._pass_on(self.endpoints[row])
        for row in activity.ended.nonzero()[0].tolist():
            self._end_utterance(self.endpoints[row], voice.silent_frames(row))
        for endpoint in self._watched:
            if endpoint.collector.spoken_frames in _GOES_ON_FRAMES:
                so_far = endpoint.collector.so_far()
                pcm = decode(so_far.codes, endpoint.codec)
                endpoint.emit(SpeechGoesOn(endpoint.session, pcm, so_far.start_ms, so_far.end_ms))

    @staticmethod
    def _pass_on(endpoint: Endpoint) -> None:
        """What has been said since the last time."""
        codes = endpoint.collector.news()
        if codes:
            endpoint.emit(SpeechHeard(endpoint.session, decode(codes, endpoint.codec)))

    @classmethod
    def _end_utterance(cls, endpoint: Endpoint, silent_frames: int) -> None:
        cls._pass_on(endpoint)
        utterance = endpoint.collector.end(silent_frames)
        pcm = decode(utterance.codes, endpoint.codec)
        waited_ms = silent_frames * FRAME_MS
        endpoint.emit(
            SpeechEnded(
                endpoint.session, pcm, utterance.start_ms, utterance.end_ms, waited_ms, time.monotonic()
            )
        )
