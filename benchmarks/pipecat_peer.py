"""The scripted call on pipecat: N of them in this process, each with plain RTP behind a transport of its own.

Run by ``pipecat_calls.py`` with the Python of ``make bench-peers``.  It speaks JSON lines: it reads the far
ends' addresses, answers the ports where they are to talk to, and ends with its standard input.

The transport is written as pipecat's own WebRTC transport is: packets leave on a 20 ms clock, a written
frame is waited for until it has left, and silence fills what nobody has written.
"""

from __future__ import annotations

import asyncio
import audioop
import json
import math
import random
import struct
import sys
from array import array
from collections import deque

from loguru import logger
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    OutputAudioRawFrame,
    OutputTransportReadyFrame,
    StartFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams
from pipecat.workers.runner import WorkerRunner

_RATE = 8000
_FRAME, _FRAME_S = 160, 0.02
_HEADER = struct.Struct("!BBHII")
_PCMA, _EVENTS = 8, 101
_KEYS = "0123456789*#"
_SILENCE = b"\xd5" * _FRAME


class _Wire(asyncio.DatagramProtocol):
    """One call's socket: datagrams in a queue, packets out."""

    def __init__(self, far_end: tuple[str, int]) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self._far_end = far_end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.socket = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.received.put_nowait(data)

    def send(self, packet: bytes) -> None:
        self.socket.sendto(packet, self._far_end)  # type: ignore[attr-defined]


class _RtpInput(BaseInputTransport):
    def __init__(self, wire: _Wire, params: TransportParams) -> None:
        super().__init__(params)
        self._wire = wire
        self._reading: asyncio.Task[None] | None = None
        self._key_at: int | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._reading = self.create_task(self._read())

    async def stop(self, frame: EndFrame) -> None:
        await self._stop_reading()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        await self._stop_reading()
        await super().cancel(frame)

    async def _stop_reading(self) -> None:
        if self._reading is not None:
            await self.cancel_task(self._reading)
            self._reading = None

    async def _read(self) -> None:
        while True:
            data = await self._wire.received.get()
            _, second, _, timestamp, _ = _HEADER.unpack_from(data)
            payload = data[_HEADER.size :]
            if second & 0x7F == _PCMA:
                pcm = audioop.alaw2lin(payload, 2)
                await self.push_audio_frame(InputAudioRawFrame(audio=pcm, sample_rate=_RATE, num_channels=1))
            elif second & 0x7F == _EVENTS and timestamp != self._key_at:
                self._key_at = timestamp
                await self.push_frame(InputDTMFFrame(button=KeypadEntry(_KEYS[payload[0] % len(_KEYS)])))


class _RtpOutput(BaseOutputTransport):
    def __init__(self, wire: _Wire, params: TransportParams) -> None:
        super().__init__(params)
        self._wire = wire
        self._written: deque[tuple[bytes, asyncio.Future[None]]] = deque()
        self._pacing: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self._pacing = self.create_task(self._pace())
        await self.set_transport_ready(frame)

    async def stop(self, frame: EndFrame) -> None:
        await super().stop(frame)
        await self._stop_pacing()

    async def cancel(self, frame: CancelFrame) -> None:
        await super().cancel(frame)
        await self._stop_pacing()

    async def _stop_pacing(self) -> None:
        if self._pacing is not None:
            await self.cancel_task(self._pacing)
            self._pacing = None

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        left = asyncio.get_running_loop().create_future()
        self._written.append((audioop.lin2alaw(frame.audio, 2), left))
        await left
        return True

    async def _pace(self) -> None:
        loop = asyncio.get_running_loop()
        ssrc, number = random.getrandbits(32), 0
        began = loop.time() + random.random() * _FRAME_S
        while True:
            await asyncio.sleep(max(0.0, began + number * _FRAME_S - loop.time()))
            codes, left = self._written.popleft() if self._written else (_SILENCE, None)
            header = _HEADER.pack(0x80, _PCMA, number & 0xFFFF, number * _FRAME & 0xFFFFFFFF, ssrc)
            self._wire.send(header + codes)
            if left is not None and not left.done():
                left.set_result(None)
            number += 1


class _RtpTransport(BaseTransport):
    def __init__(self, wire: _Wire) -> None:
        super().__init__()
        params = TransportParams(
            audio_in_enabled=True,
            audio_in_sample_rate=_RATE,
            audio_out_enabled=True,
            audio_out_sample_rate=_RATE,
            audio_out_10ms_chunks=2,
        )
        self._in, self._out = _RtpInput(wire, params), _RtpOutput(wire, params)

    def input(self) -> FrameProcessor:
        return self._in

    def output(self) -> FrameProcessor:
        return self._out


class _ScriptedCall(FrameProcessor):
    """Says a prompt in pieces of a second, as a synthesiser delivers it.  Every key is a turn and changes it; who
    speaks breaks it off, and has a turn when they have spoken."""

    def __init__(self) -> None:
        super().__init__()
        self._turns = 0
        self._saying: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, OutputTransportReadyFrame):
            self._saying = self.create_task(self._say(_LOUD))
        elif isinstance(frame, InputDTMFFrame):
            await self._turn()
        elif isinstance(frame, VADUserStartedSpeakingFrame):
            await self._break_off()
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            await self._turn()
        await self.push_frame(frame, direction)

    async def _turn(self) -> None:
        self._turns += 1
        await self._break_off()
        self._saying = self.create_task(self._say(_QUIET if self._turns % 2 else _LOUD))

    async def _break_off(self) -> None:
        if self._saying is not None:
            await self.cancel_task(self._saying)
            self._saying = None
        await self.broadcast_interruption()

    async def _say(self, second: bytes) -> None:
        while True:
            await self.push_frame(OutputAudioRawFrame(audio=second, sample_rate=_RATE, num_channels=1))
            await asyncio.sleep(0.95)  # a little faster than it is said


def _tone(peak: int) -> bytes:
    """A second of 500 Hz."""
    samples = (round(peak * math.sin(2 * math.pi * 500 * n / _RATE)) for n in range(_RATE))
    return array("h", samples).tobytes()


_LOUD, _QUIET = _tone(12_000), _tone(2_000)


async def _call(far_end: tuple[str, int], runner: WorkerRunner) -> int:
    """Begin one call; its port."""
    loop = asyncio.get_running_loop()
    socket, wire = await loop.create_datagram_endpoint(lambda: _Wire(far_end), local_addr=("127.0.0.1", 0))
    transport = _RtpTransport(wire)
    pipeline = Pipeline(
        [
            transport.input(),
            VADProcessor(vad_analyzer=SileroVADAnalyzer(sample_rate=_RATE)),
            _ScriptedCall(),
            transport.output(),
        ]
    )
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(audio_in_sample_rate=_RATE, audio_out_sample_rate=_RATE),
        cancel_on_idle_timeout=False,
    )
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def on_pipeline_started(worker: PipelineWorker, frame: Frame) -> None:
        started.set()

    await runner.add_workers(worker)
    _STARTED.append(started)
    port: int = socket.get_extra_info("sockname")[1]
    return port


_STARTED: list[asyncio.Event] = []


async def _main() -> None:
    loop = asyncio.get_running_loop()
    order = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    runner = WorkerRunner(handle_sigint=False)
    ports = [await _call((host, port), runner) for host, port in order["addresses"]]
    running = asyncio.create_task(runner.run(auto_end=False))
    for started in _STARTED:
        await started.wait()
    print(json.dumps({"ports": ports}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    running.cancel()


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    asyncio.run(_main())
