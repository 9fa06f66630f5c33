"""What the media loop carries on this machine, measured against far ends in another process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huifang.voice.rtp.load import DTMF_PAYLOAD, FarEnds, LoadReport, tone
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.rtp.port import KeyPressed, MediaEvent, MediaSession

_SETTLE_S = 0.5


@dataclass(frozen=True, slots=True)
class MediaMeasure:
    """One run.  Seen from outside in ``far_ends``; the rest is the loop's own account."""

    calls: int
    seconds: float
    far_ends: LoadReport
    late_5ms_share: float
    cpu_share: float  # of one core, the loop's thread
    us_per_pair: float  # CPU time for one packet each way, with all that is computed from them


class _Answering:
    """Gives every key an audible answer: another tone."""

    def __init__(self) -> None:
        self._tones = (tone(600, 8000), tone(600, 800))
        self._keys: dict[MediaSession, int] = {}

    def greet(self, session: MediaSession) -> None:
        self._keys[session] = 0
        session.play(self._tones[0], None, loop=True)

    def __call__(self, event: MediaEvent) -> None:
        if isinstance(event, KeyPressed):
            session = event.session
            self._keys[session] += 1
            session.stop_playing()
            session.play(self._tones[self._keys[session] % 2], None, loop=True)


def measure_media(
    calls: int,
    seconds: float,
    *,
    ports: Sequence[int],
    recordings: Path | None = None,
    seed: int = 1,
) -> MediaMeasure:
    """Carry ``calls`` calls for ``seconds`` on loopback, each with talk, keys, voice detection, and a
    recording in the folder ``recordings`` where it is given.

    Raises ``SettingInvalid`` where ``ports`` are too few.
    """
    answering = _Answering()
    loop = BatchedMediaLoop(answering, ports=ports)
    loop.start()
    try:
        with FarEnds(calls, seed=seed) as far_ends:
            targets = []
            for number, (host, port) in enumerate(far_ends.addresses):
                session = loop.open()
                if recordings is not None:
                    session.record_to(recordings / f"{number}.wav")
                answering.greet(session)
                session.connect(host, port, codec="PCMA", dtmf_payload=DTMF_PAYLOAD)
                targets.append((host, session.local_port))
            time.sleep(_SETTLE_S)  # the connections are made on the media thread; setting up is not measured
            far_ends.run(targets, seconds)
            before, started = loop.stats(), time.monotonic()
            report = far_ends.report()
            after, passed_s = loop.stats(), time.monotonic() - started
    finally:
        loop.stop()
    gained = {name: after[name] - before[name] for name in after}
    pairs = max(min(gained["packets_sent"], gained["packets_received"]), 1)
    return MediaMeasure(
        calls=calls,
        seconds=seconds,
        far_ends=report,
        late_5ms_share=gained["late_5ms"] / max(gained["packets_sent"], 1),
        cpu_share=gained["busy_s"] / passed_s,
        us_per_pair=1e6 * gained["busy_s"] / pairs,
    )
