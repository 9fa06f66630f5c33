"""The network's process: one SIP port, one media loop, many people."""

from __future__ import annotations

import json
import logging
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from huifang.errors import HuifangError
from huifang.voice.director import Director, Timer
from huifang.voice.mouths.espeak import EspeakSynthesiser
from huifang.voice.pstn.caller import Caller
from huifang.voice.pstn.log import NetworkLog
from huifang.voice.pstn.persona import Sound
from huifang.voice.pstn.population import SHARES, Population, number_id
from huifang.voice.pstn.sound import in_voice
from huifang.voice.rtp import port as media
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.sip import port as sip
from huifang.voice.sip.agent import SippyAgent

log = logging.getLogger(__name__)

RTP_PORTS = range(24000, 28000)
_END_OF_TURN_MS = 700
_MOUTHS = 2
_VOICE, _WORDS_PER_MINUTE = "cmn+max", 150  # of espeak-ng's, what a recogniser understands best


class PhoneNetwork:
    """Everybody behind one SIP port.  ``port`` 0 takes a free one; it is known after ``start``.

    Raises ``PortInUse`` where the port is taken.
    """

    def __init__(
        self,
        host: str,
        port: int,
        population: Population,
        log_path: Path | None = None,
        rtp_ports: Sequence[int] = RTP_PORTS,
    ) -> None:
        self.host = host
        self.population = population
        self._director = Director()
        self._log = NetworkLog(log_path)
        self._agent = SippyAgent(host, port, self._take_sip, "Huifang virtual telephone network")
        self._loop = BatchedMediaLoop(self._take_media, host, rtp_ports, _END_OF_TURN_MS)
        self._mouth = EspeakSynthesiser(chinese=_VOICE, rate=_WORDS_PER_MINUTE)
        self._mouths = ThreadPoolExecutor(_MOUTHS, "mouth")
        self._words: dict[str, bytes] = {}
        self._callers: dict[sip.Leg, Caller] = {}
        self._takers: dict[media.MediaSession, Callable[[media.MediaEvent], None]] = {}
        self.results: Counter[str] = Counter()

    @property
    def port(self) -> int:
        return self._agent.port

    def start(self) -> None:
        """Bind and listen."""
        self._loop.start()
        try:
            self._agent.start()
        except HuifangError:
            self._loop.stop()
            self._mouth.close()
            raise
        self._log.write("started", port=self.port, seed=self.population.seed)

    def run(self) -> None:
        """Play everybody until ``stop``; then end what is running."""
        self._director.run()
        for caller in list(self._callers.values()):
            caller.leave()
        self._agent.stop()
        self._loop.stop()
        self._mouths.shutdown(wait=True, cancel_futures=True)
        self._mouth.close()
        self._log.write("stopped", results=dict(self.results))
        self._log.close()

    def stop(self) -> None:
        """Let ``run`` return.  From any thread or a signal handler."""
        self._director.stop()

    # ---- for callers

    def after(self, seconds: float, work: Callable[[], None]) -> Timer:
        return self._director.after(seconds, work)

    def open_media(self, take: Callable[[media.MediaEvent], None]) -> media.MediaSession:
        session = self._loop.open()
        self._takers[session] = take
        return session

    def close_media(self, session: media.MediaSession) -> None:
        self._takers.pop(session, None)
        session.close()

    def speak(self, text: str, sound: Sound, then: Callable[[bytes], None]) -> None:
        self._mouths.submit(self._speak, text, sound, then)

    def note(self, kind: str, call_id: str, **data: Any) -> None:
        self._log.write(kind, call_id, **data)
        if kind == "ended":
            self.results[str(data.get("result"))] += 1

    def over(self, caller: Caller) -> None:
        self._callers.pop(caller.leg, None)

    # ---- from other threads

    def _speak(self, text: str, sound: Sound, then: Callable[[bytes], None]) -> None:
        try:
            words = self._words.get(text)
            if words is None:
                words = self._words[text] = self._mouth.render(text, "zh")
            clip = in_voice(words, sound)
        except Exception:
            log.exception("A caller has lost their voice")
            clip = b""
        self._director.post(partial(then, clip))

    def _take_sip(self, event: sip.SipEvent) -> None:
        self._director.post(partial(self._on_sip, event))

    def _take_media(self, event: media.MediaEvent) -> None:
        self._director.post(partial(self._on_media, event))

    # ---- on the director's thread

    def _on_sip(self, event: sip.SipEvent) -> None:
        if isinstance(event, sip.Incoming):
            number = event.called
            persona = self.population.persona(number)
            self._log.write(
                "invite",
                event.call_id,
                number=number_id(self.population.seed, number),
                masked=_masked(number),
                behaviour=persona.behaviour,
            )
            caller = self._callers[event.leg] = Caller(event, persona, self)
            caller.start()
            return
        known = self._callers.get(event.leg)
        if known is not None:
            known.take_sip(event)

    def _on_media(self, event: media.MediaEvent) -> None:
        take = self._takers.get(event.session)
        if take is not None:
            take(event)


def _masked(number: str) -> str:
    """+8613812345678 → +86138****5678; names (agent1) stay."""
    return number if not number.lstrip("+").isdigit() else f"{number[:-8]}****{number[-4:]}"


def run_network(
    host: str = "127.0.0.1",
    port: int = 5090,
    seed: int = 7,
    log_path: Path | None = None,
    *,
    shares: Mapping[str, float] = SHARES,
    rtp_ports: Sequence[int] = RTP_PORTS,
) -> int:
    """Run the network until SIGTERM or SIGINT; the exit code.

    The first line on standard output is JSON: ``{"ready": true, "host": …, "port": …}``.  ``PortInUse``
    where the SIP port is taken.
    """
    network = PhoneNetwork(host, port, Population(seed, shares), log_path, rtp_ports)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: network.stop())
    network.start()
    print(json.dumps({"ready": True, "host": network.host, "port": network.port}), flush=True)
    network.run()
    return 0
