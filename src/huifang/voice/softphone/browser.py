"""The browser's end of a phone: one WebRTC connection (aiortc) with G.711 audio and a data channel.

Everything here runs on the gateway's asyncio loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, Packet
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import FRAME, Codec

log = logging.getLogger(__name__)

_CLOCK = Fraction(1, 8000)
_MOST_WAITING = 50  # frames for a browser that takes none: one second
_LONGEST_OFFER = 20_000
_GATHER_WITHIN_S = 10.0


class OfferUnusable(ValueError):
    """The browser's session description is not what our page makes."""


def check_offer(sdp: str) -> None:
    """``OfferUnusable`` where ``sdp`` is not one audio stream with G.711 and one data channel.

    Video would be decoded, whoever sends it, so it is not let in.
    """
    if len(sdp) > _LONGEST_OFFER:
        raise OfferUnusable("it is too long")
    kinds = sorted(re.findall(r"^m=(\w+)", sdp, re.MULTILINE))
    if kinds != ["application", "audio"]:
        raise OfferUnusable("it must have one audio stream and one data channel")
    formats = re.findall(r"^m=audio \d+ \S+ ([\d ]+)", sdp, re.MULTILINE)
    if not formats or not {"0", "8"} & set(formats[0].split()):
        raise OfferUnusable("it offers neither PCMA nor PCMU")


class _Playing(MediaStreamTrack):
    """What the browser is to play: packets of G.711, which aiortc passes on as they are."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._frames: asyncio.Queue[Packet[Any]] = asyncio.Queue(_MOST_WAITING)
        self._began_at = time.monotonic()
        self._call_at = 0
        self._newest = -FRAME

    def begin(self) -> None:
        """Another call: its position 0 is now."""
        self._call_at = max(self._newest + FRAME, int((time.monotonic() - self._began_at) / _CLOCK))

    def put(self, position: int, codes: bytes) -> None:
        packet = Packet(codes)
        packet.pts = self._newest = self._call_at + position
        packet.time_base = _CLOCK
        with contextlib.suppress(asyncio.QueueFull):
            self._frames.put_nowait(packet)

    async def recv(self) -> Packet[Any]:
        return await self._frames.get()


class Browser:
    """One connection.

    :param on_open: the data channel stands
    :param on_message: the page has sent this text
    :param on_microphone: the microphone's next samples, int16 at 8 kHz
    :param on_closed: the connection is gone, once
    """

    def __init__(
        self,
        on_open: Callable[[], None],
        on_message: Callable[[str | bytes], None],
        on_microphone: Callable[[NDArray[np.int16]], None],
        on_closed: Callable[[], None],
    ) -> None:
        self.codec = Codec.PCMA
        self._on_open = on_open
        self._on_message = on_message
        self._on_microphone = on_microphone
        self._on_closed = on_closed
        self._playing = _Playing()
        self._channel: Any = None
        self._listening: asyncio.Task[None] | None = None
        self._is_closed = False
        # No servers: page and gateway are in one network, and nobody else is to learn that they talk.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("datachannel", self._take_channel)
        self._connection.on("track", self._take_track)
        self._connection.on("connectionstatechange", self._take_state)

    async def answer(self, offer: str) -> str:
        """Our description for the browser's, with every address that we have.  ``OfferUnusable``."""
        check_offer(offer)
        transceiver = self._connection.addTransceiver(self._playing, direction="sendrecv")
        known = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences(
            [codec for name in ("audio/PCMA", "audio/PCMU") for codec in known if codec.mimeType == name]
        )
        # A browser that hides its addresses names none that we can find; only when it has come to us do we
        # know one.  So it must not count as the end that it has no more to name.
        offer = re.sub(r"^a=end-of-candidates[\r\n]+", "", offer, flags=re.MULTILINE)
        try:
            async with asyncio.timeout(_GATHER_WITHIN_S):
                await self._connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
                await self._connection.setLocalDescription(await self._connection.createAnswer())
        except Exception as error:  # aiortc has many for a text that it cannot read
            raise OfferUnusable(type(error).__name__) from error
        answer: str = self._connection.localDescription.sdp
        spoken = re.search(r"^m=audio \d+ \S+ (\d+)", answer, re.MULTILINE)
        self.codec = Codec(int(spoken[1])) if spoken else Codec.PCMA
        return answer

    def begin(self) -> None:
        """A call is connected: its first frame follows."""
        self._playing.begin()

    def play(self, position: int, codes: bytes) -> None:
        """Play ``codes`` (``codec``) at ``position``, in samples since ``begin``."""
        self._playing.put(position, codes)

    def tell(self, text: str) -> None:
        """Send a message to the page; lost where it is gone."""
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(text)

    async def close(self) -> None:
        """End the connection; ``on_closed`` is not called any more."""
        self._is_closed = True
        if self._listening is not None:
            self._listening.cancel()
        await self._connection.close()

    def _take_channel(self, channel: Any) -> None:
        if self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._on_message)
        channel.on("close", self._lost)
        self._on_open()

    def _take_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio" and self._listening is None:
            self._listening = asyncio.create_task(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, AudioFrame):
                    self._on_microphone(frame.to_ndarray().reshape(-1).astype(np.int16, copy=False))

    def _take_state(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._lost()

    def _lost(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._on_closed()
