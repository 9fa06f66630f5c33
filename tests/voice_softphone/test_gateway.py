"""The gateway between real SIP, real RTP and real WebRTC, all on this machine."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra softphone is not installed")

from huifang.env import read_environment
from huifang.logic.softphone_line import GatewayReport, Instructions, Offer, PhoneState
from huifang.voice.contract import CentreAway
from huifang.voice.rtp.g711 import Codec, encode
from huifang.voice.softphone.browser import OfferUnusable, check_offer
from huifang.voice.softphone.gateway import Gateway
from voice_softphone.node import Node
from voice_softphone.window import Window, strength, tone, until

LOCAL = "127.0.0.1"
TONE = encode(tone(700.0, 8000), Codec.PCMA).tobytes()


@dataclass
class Centre:
    """The centre as the gateway sees it: gives each offer out until it is answered or refused."""

    url: str = "http://centre.test"
    is_away: bool = False
    offers: dict[str, str] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    report: GatewayReport = field(default_factory=lambda: GatewayReport(""))
    refused: set[str] = field(default_factory=set)
    is_shut: bool = False

    def sync_softphones(self, report: GatewayReport) -> Instructions:
        if self.is_away:
            raise CentreAway(url=self.url, reason="a test")
        self.report = report
        self.refused.update(report.refused)
        settled = {phone.key for phone in report.phones} | self.refused
        return Instructions(
            [Offer(k, o) for k, o in self.offers.items() if k not in settled], list(self.closed)
        )

    def close(self) -> None:
        self.is_shut = True

    def phone(self, key: str) -> Any:
        return next((phone for phone in self.report.phones if phone.key == key), None)

    def is_in(self, key: str, state: PhoneState) -> Callable[[], bool]:
        return lambda: (phone := self.phone(key)) is not None and phone.state is state


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    node.start()
    yield node
    node.stop()


@asynccontextmanager
async def running(centre: Centre) -> AsyncIterator[Gateway]:
    environment = read_environment({"HUIFANG_NODE": "desk-1", "HUIFANG_HOME": "/nowhere"})
    gateway = Gateway(environment, centre)  # type: ignore[arg-type]
    life = asyncio.create_task(gateway.run())
    try:
        yield gateway
    finally:
        gateway.stop()
        await life
    assert centre.is_shut


@asynccontextmanager
async def online(centre: Centre, **changes: Any) -> AsyncIterator[tuple[Window, str]]:
    """A window that has come through, and its key."""
    window, key = Window(**changes), uuid.uuid4().hex
    try:
        centre.offers[key] = await window.offer()
        await until(lambda: centre.phone(key), "the gateway's answer")
        await window.accept(centre.phone(key).answer)
        await window.said("state", state="ready")
        await until(centre.is_in(key, PhoneState.READY), "a phone that is ready")
        yield window, key
    finally:
        await window.close()


soon = asyncio.to_thread
"""What the node waits for, without holding up the gateway."""


def play(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


def test_a_call_is_heard_both_ways_keys_travel_and_the_agent_hangs_up(node: Node, tmp_path: Any) -> None:
    attempt = uuid.uuid4().hex

    async def scene() -> None:
        centre = Centre()
        async with running(centre), online(centre, hertz=440.0) as (window, key):
            call = node.dial(centre.phone(key).sip_uri, attempt)
            await soon(call.rings)
            ring = await window.said("ring", attempt=attempt)
            await until(centre.is_in(key, PhoneState.RINGING), "the centre to know")
            window.do("answer", call=ring["call"])
            await soon(call.is_answered)
            await window.said("answered", call=ring["call"])
            call.session.play(TONE, "tone", loop=True)
            await window.hears(700.0)
            speech = tmp_path / "heard.wav"
            call.session.record_to(speech)
            call.session.send_keys("5")
            await window.said("key", key="5")
            window.do("keys", call=ring["call"], keys="*2")
            await until(centre.is_in(key, PhoneState.TALKING), "the centre to know")
            assert centre.phone(key).attempt == attempt
            assert [await soon(call.key), await soon(call.key)] == ["*", "2"]
            await asyncio.sleep(1.0)  # so much of the microphone is recorded, whatever else the machine does
            window.do("hang_up", call=ring["call"])
            await soon(call.is_hung_up)
            await window.said("ended", call=ring["call"], cause="hung_up")
            await until(centre.is_in(key, PhoneState.READY), "the centre to know")
            assert _best(await soon(call.recorded), 440.0) > 0.9

    play(scene())


def test_the_far_end_hangs_up_and_calls_again(node: Node) -> None:
    async def scene() -> None:
        centre = Centre()
        async with running(centre), online(centre) as (window, key):
            for number in (1, 2):
                call = node.dial(centre.phone(key).sip_uri)
                await soon(call.rings)
                await window.said("ring", call=number)
                window.do("answer", call=number)
                await soon(call.is_answered)
                call.session.play(TONE, "tone", loop=True)
                window.heard.clear()
                await window.hears(700.0)
                call.leg.hang_up()
                await soon(call.is_hung_up)
                await window.said("ended", call=number, cause="they_hung_up")
                call.session.close()

    play(scene())


def test_calls_that_are_not_answered_end_as_the_node_expects(node: Node) -> None:
    async def scene() -> None:
        centre = Centre()
        async with running(centre), online(centre) as (window, key):
            uri = centre.phone(key).sip_uri
            call = node.dial(uri)
            await soon(call.rings)
            await window.said("ring", call=1)
            assert await soon(node.dial(uri).status) == 486
            call.leg.cancel()
            assert await soon(call.status) == 487
            await window.said("ended", call=1, cause="gave_up")
            again = node.dial(uri)
            await soon(again.rings)
            await window.said("ring", call=2)
            window.do("reject", call=2)
            assert await soon(again.status) == 603
            window.do("pause")
            await until(centre.is_in(key, PhoneState.PAUSED), "the pause")
            assert await soon(node.dial(uri).status) == 480
            assert await soon(node.dial(uri.replace(key, "0" * 32)).status) == 480

    play(scene())


def test_a_window_that_is_closed_in_mid_call_ends_the_call_and_is_not_there_any_more(node: Node) -> None:
    async def scene() -> None:
        centre = Centre()
        async with running(centre), online(centre) as (window, key):
            uri = centre.phone(key).sip_uri
            call = node.dial(uri)
            await soon(call.rings)
            await window.said("ring")
            window.do("answer", call=1)
            await soon(call.is_answered)
            del centre.offers[key]
            await window.close()
            await soon(call.is_hung_up)
            await until(lambda: centre.phone(key) is None, "the phone to be gone")
            assert await soon(node.dial(uri).status) == 480

    play(scene())


def test_a_window_that_falls_silent_is_given_up(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huifang.voice.softphone.phone.SILENT_AFTER_S", 3.0)

    async def scene() -> None:
        centre = Centre()
        async with running(centre), online(centre, answers_calls_of_life=False) as (window, key):
            del centre.offers[key]
            await until(lambda: centre.phone(key) is None, "the phone to be gone")
            await until(lambda: window.is_closed, "the window to be told")

    play(scene())


def test_a_node_that_dies_in_mid_call_is_noticed(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huifang.voice.softphone.relay.LOST_AFTER_S", 1.0)

    async def scene() -> None:
        centre = Centre()
        async with running(centre), online(centre) as (window, key):
            call = node.dial(centre.phone(key).sip_uri)
            await soon(call.rings)
            await window.said("ring")
            window.do("answer", call=1)
            await soon(call.is_answered)
            call.session.play(TONE, "tone", loop=True)
            await window.hears(700.0)
            call.session.close()
            await window.said("ended", call=1, cause="lost")
            await soon(call.is_hung_up)

    play(scene())


def test_the_gateway_ends_its_calls_and_tells_the_centre_when_it_is_stopped(node: Node) -> None:
    async def scene() -> None:
        centre = Centre()
        async with running(centre) as gateway, online(centre) as (window, key):
            call = node.dial(centre.phone(key).sip_uri)
            await soon(call.rings)
            await window.said("ring")
            window.do("answer", call=1)
            await soon(call.is_answered)
            gateway.stop()
            await soon(call.is_hung_up)
            await until(lambda: window.is_closed, "the window to be told")
            await until(lambda: centre.is_shut, "the end")
            assert centre.report.phones == []

    play(scene())


def test_a_silent_centre_does_not_disturb_a_call_and_a_closed_phone_is_put_away(node: Node) -> None:
    async def scene() -> None:
        centre = Centre()
        async with running(centre), online(centre) as (window, key):
            uri = centre.phone(key).sip_uri
            centre.is_away = True
            call = node.dial(uri)
            await soon(call.rings)
            await window.said("ring")
            window.do("answer", call=1)
            await soon(call.is_answered)
            centre.is_away = False
            await until(centre.is_in(key, PhoneState.TALKING), "the centre to know at last")
            del centre.offers[key]
            centre.closed.append(key)
            await soon(call.is_hung_up)
            await until(lambda: window.is_closed, "the window to be told")

    play(scene())


def test_a_browser_that_hides_its_addresses_comes_through_all_the_same(node: Node) -> None:
    """Browsers name themselves as something.local (RFC 8828) where the microphone is not allowed yet."""

    async def scene() -> None:
        centre = Centre()
        window, key = Window(), uuid.uuid4().hex
        async with running(centre):
            hidden = re.sub(r"(udp \d+) \S+ ", rf"\1 {uuid.uuid4()}.local ", await window.offer())
            assert ".local" in hidden
            centre.offers[key] = hidden
            await until(lambda: centre.phone(key), "the gateway's answer")
            await window.accept(centre.phone(key).answer)
            await window.said("state", state="ready")
            call = node.dial(centre.phone(key).sip_uri)
            await soon(call.rings)
            await window.said("ring")
            window.do("answer", call=1)
            await soon(call.is_answered)
            call.session.play(TONE, "tone", loop=True)
            await window.hears(700.0)
            await window.close()

    play(scene())


@pytest.mark.parametrize("bad", ["", "v=0", "no sdp at all", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"])
def test_offers_that_cannot_be_used_are_refused_and_the_next_is_answered(bad: str) -> None:
    async def scene() -> None:
        centre = Centre(offers={"f" * 32: bad})
        async with running(centre), online(centre):
            assert centre.refused == {"f" * 32}

    play(scene())


def test_video_and_missing_codecs_are_not_let_in() -> None:
    audio, data = (
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 8\r\n",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
    )
    check_offer("v=0\r\n" + audio + data)
    for sdp_text in (audio, data, audio + audio + data, audio + data + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
                     audio.replace(" 8", " 9") + data, audio + data + "a=x\r\n" * 5000):  # fmt: skip
        with pytest.raises(OfferUnusable):
            check_offer("v=0\r\n" + sdp_text)


def _best(pcm: np.ndarray, hertz: float) -> float:
    """The strength of a tone in its best 60 ms: a busy machine leaves gaps elsewhere."""
    return max(strength(pcm[start : start + 480], hertz) for start in range(0, len(pcm) - 480, 160))
