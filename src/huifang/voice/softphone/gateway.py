"""The softphone gateway: a process in which every browser that is online is a SIP phone.

It is nothing to a voice node but a host with phones: the node rings ``sip:<key>@<gateway>`` as it rings a
phone on a desk.  It knows nothing of customers, and keeps nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.env import Environment
from huifang.errors import HuifangError
from huifang.logic.softphone_line import GatewayReport, Instructions, Offer
from huifang.logic.softphone_line import Phone as Reported
from huifang.voice.contract import Centre, next_pause
from huifang.voice.peers import Peers
from huifang.voice.sip import port as sip
from huifang.voice.sip.agent import SippyAgent
from huifang.voice.softphone.browser import Browser, OfferUnusable
from huifang.voice.softphone.call import Call
from huifang.voice.softphone.phone import NOT_THERE, Cause, Phone

log = logging.getLogger(__name__)

_ASK_EVERY_S = 0.5
_TICK_S = 1.0
_MOST_PHONES = 500
_FORBIDDEN = (403, "Forbidden")


class _Desk:
    """A phone with what belongs to it."""

    def __init__(self, key: str, gateway: Gateway, now: float) -> None:
        self.key = key
        self.answer = ""
        self.browser = Browser(self._opened, self._take_text, self._take_microphone, self._closed)
        self.phone = Phone(self.browser.tell, gateway.changed, now)

    def _opened(self) -> None:
        self.phone.open(asyncio.get_running_loop().time())

    def _take_text(self, text: str | bytes) -> None:
        self.phone.take(text, asyncio.get_running_loop().time())

    @property
    def call(self) -> Call | None:
        """Who is ringing or talking."""
        line = self.phone.line
        return line if isinstance(line, Call) else None

    def _take_microphone(self, pcm: NDArray[np.int16]) -> None:
        if self.call is not None:
            self.call.hear(pcm)

    def _closed(self) -> None:
        self.phone.close()


class Gateway:
    """``run`` raises ``PortInUse`` and ``SettingInvalid`` of the SIP agent."""

    def __init__(self, environment: Environment, centre: Centre) -> None:
        self._env = environment
        self._centre = centre
        self._peers = Peers(environment.sip_peers)
        self._agent = SippyAgent(environment.sip_host, environment.softphone_port, self._take_sip)
        self._desks: dict[str, _Desk] = {}
        self._waiting: set[sip.Leg] = set()  # not put through yet
        self._refused: list[str] = []
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Be there until ``stop``."""
        self._loop = asyncio.get_running_loop()
        self._agent.start()
        log.info("The softphone gateway %s is ready at port %d", self._env.node_name, self._agent.port)
        ticking = asyncio.create_task(self._tick())
        try:
            await self._keep_in_touch()
        finally:
            ticking.cancel()
            for desk in list(self._desks.values()):
                desk.phone.close()
            await self._clear_away()
            await asyncio.gather(*self._errands, return_exceptions=True)
            await asyncio.to_thread(self._agent.stop)
            self._centre.close()

    def stop(self) -> None:
        """Hang up, put every phone away, let ``run`` return."""
        self._stopping.set()
        self._news.set()

    def changed(self) -> None:
        """A phone has something new to tell the centre."""
        self._news.set()

    # ---- the centre

    async def _keep_in_touch(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._news.clear()
            try:
                await self._ask()
                if failures:
                    log.warning("The centre at %s is back.", self._centre.url)
                failures = 0
                pause = _ASK_EVERY_S
            except HuifangError as error:
                failures += 1
                if failures == 1:
                    log.warning("%s", error)
                pause = next_pause(failures)
            await self._wait(pause)
        try:
            await asyncio.to_thread(self._centre.sync_softphones, GatewayReport(self._env.node_name))
        except HuifangError as error:
            log.warning("%s", error)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return

    async def _ask(self) -> None:
        await self._clear_away()
        refused = list(self._refused)
        report = GatewayReport(
            self._env.node_name, [self._reported(desk) for desk in self._answered()], refused
        )
        instructions: Instructions = await asyncio.to_thread(self._centre.sync_softphones, report)
        self._refused = [key for key in self._refused if key not in refused]
        for key in instructions.closed:
            desk = self._desks.get(key)
            if desk is not None:
                desk.phone.close()
        for offer in instructions.offers:
            if offer.key not in self._desks:
                self._do(self._welcome(offer))

    def _answered(self) -> list[_Desk]:
        return [desk for desk in self._desks.values() if desk.answer]

    def _reported(self, desk: _Desk) -> Reported:
        uri = f"sip:{desk.key}@{self._agent.host}:{self._agent.port}"
        return Reported(desk.key, desk.phone.state, uri, desk.answer, desk.phone.attempt)

    async def _welcome(self, offer: Offer) -> None:
        """Answer a browser."""
        if len(self._desks) >= _MOST_PHONES:
            self._refused.append(offer.key)
            return
        desk = self._desks[offer.key] = _Desk(offer.key, self, self._loop.time())
        try:
            desk.answer = await desk.browser.answer(offer.sdp)
        except OfferUnusable as error:
            log.warning("A browser's offer cannot be used: %s", error)
            self._desks.pop(offer.key, None)
            self._refused.append(offer.key)
            await desk.browser.close()
        self.changed()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        errand = asyncio.create_task(work)
        self._errands.add(errand)
        errand.add_done_callback(self._done)

    def _done(self, errand: asyncio.Task[None]) -> None:
        self._errands.discard(errand)
        if not errand.cancelled() and errand.exception() is not None:
            log.error("An errand of the gateway failed and it goes on", exc_info=errand.exception())

    # ---- phones

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            for desk in list(self._desks.values()):
                desk.phone.tick(self._loop.time())

    async def _clear_away(self) -> None:
        for desk in [desk for desk in self._desks.values() if desk.phone.is_gone]:
            del self._desks[desk.key]
            self._do(desk.browser.close())

    # ---- calls

    def _take_sip(self, event: sip.SipEvent) -> None:
        self._loop.call_soon_threadsafe(self._on_sip, event)

    def _on_sip(self, event: sip.SipEvent) -> None:
        if isinstance(event, sip.Incoming):
            self._waiting.add(event.leg)
            self._do(self._put_through(event))
            return
        if isinstance(event, sip.HungUp | sip.Cancelled | sip.Failed):
            self._waiting.discard(event.leg)
            cause = Cause.THEY_HUNG_UP if isinstance(event, sip.HungUp) else Cause.GAVE_UP
            for desk in self._desks.values():
                if desk.call is not None and desk.call.leg is event.leg:
                    desk.call.release()
                    desk.phone.line_is_over(desk.call, cause)

    async def _put_through(self, incoming: sip.Incoming) -> None:
        """Ring the phone that is called.  Only nodes may: whoever knows a key could be anybody."""
        if not await asyncio.to_thread(self._peers.includes, incoming.source):
            log.warning("A call from %s is refused: name the host in HUIFANG_SIP_PEERS", incoming.source)
            self._waiting.discard(incoming.leg)
            incoming.leg.reject(*_FORBIDDEN)
            return
        desk = self._desks.get(incoming.called)
        if incoming.leg not in self._waiting:  # given up meanwhile
            return
        self._waiting.discard(incoming.leg)
        if desk is None:
            incoming.leg.reject(*NOT_THERE)
            return
        # The node on this machine takes its ports from the other end of the range.
        first, last = self._env.rtp_first_port, self._env.rtp_last_port
        ports = range(last - last % 2, first - 1, -2)
        call = Call(incoming, desk.browser, self._agent.host, ports, desk.phone.key, desk.phone.line_is_over)
        desk.phone.invite(call)


def run_gateway(environment: Environment) -> int:
    """Run a softphone gateway until SIGTERM or SIGINT; the exit code.  Raises what ``Gateway.run`` raises."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "aioice", "aiortc"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(_run_until_signal(environment))
    return 0


async def _run_until_signal(environment: Environment) -> None:
    gateway = Gateway(environment, Centre(environment.centre_url, environment.voice_token))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, gateway.stop)
    await gateway.run()
