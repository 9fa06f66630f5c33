"""Delay and CPU of a browser softphone's call: a customer's RTP, a node's bridge, the gateway, WebRTC, and back.

    .venv/bin/python benchmarks/softphone.py --calls 5 --seconds 20 --json FILE

Gateway and node side (SIP agent, media loop, both legs of every call) are one process, whose CPU time is told;
windows (aiortc) and customers (plain sockets) are this one.  Either side is silent but for a burst each second.
A delay counts from handing over the first loud frame at the microphone or customer to the first loud frame at the
other end: packets of 20 ms, the jitter buffers and mixing of the bridge, encryption, all but sound cards and network.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
import uuid
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from huifang.env import read_environment
from huifang.logic.softphone_line import GatewayReport, Instructions, Offer, PhoneState
from huifang.machine import this_machine
from huifang.voice.rtp import sdp
from huifang.voice.rtp.g711 import Codec, decode, encode
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.rtp.packet import RtpPacket, parse_packet, serialise_packet
from huifang.voice.sip import port as sip
from huifang.voice.sip.agent import SippyAgent
from huifang.voice.softphone.gateway import Gateway

LOCAL = "127.0.0.1"
_PATIENCE_S = 30.0
_LOUD = (np.sin(2 * np.pi * 500 / 8000 * np.arange(160)) * 12_000).astype(np.int16)
_SILENT = np.zeros(160, np.int16)
_THRESHOLD = 2_000
_BURST_EVERY, _BURST_FRAMES = 50, 10


# ---- the process that is measured


class _Served:
    """The gateway's centre, over this process's standard input and output; and the node's side of the calls."""

    url = "standard input"

    def __init__(self) -> None:
        self._offers: dict[str, str] = {}
        self._customers: dict[str, int] = {}
        self._told: set[str] = set()
        self._dialled: set[str] = set()
        self._events: queue.Queue[sip.SipEvent] = queue.Queue()
        self._sessions: dict[str, Any] = {}
        self._agent = SippyAgent(LOCAL, 0, self._events.put)
        self._loop = BatchedMediaLoop(lambda event: None, LOCAL, end_of_turn_ms=None)

    def start(self) -> None:
        self._agent.start()
        self._loop.start()
        threading.Thread(target=self._connect, daemon=True).start()

    def read(self, line: str) -> None:
        order = json.loads(line)
        self._offers[order["key"]], self._customers[order["key"]] = order["offer"], order["customer"]

    def sync_softphones(self, report: GatewayReport) -> Instructions:
        for phone in report.phones:
            if phone.key not in self._told:
                self._told.add(phone.key)
                print(json.dumps({"key": phone.key, "answer": phone.answer}), flush=True)
            if phone.state is PhoneState.READY and phone.key not in self._dialled:
                self._dialled.add(phone.key)
                self._dial(phone.key, phone.sip_uri)
        return Instructions([Offer(k, o) for k, o in self._offers.items() if k not in self._told], [])

    def close(self) -> None:
        pass

    def _dial(self, key: str, uri: str) -> None:
        customer, agent = self._loop.open(), self._loop.open()
        customer.connect(LOCAL, self._customers[key], codec="PCMA", dtmf_payload=101)
        customer.hear(agent)
        agent.hear(customer)
        self._sessions[key] = agent
        self._agent.dial(
            call_id=f"{key}-agent1",
            to_uri=uri,
            caller_id="95001",
            sdp=sdp.offer(LOCAL, agent.local_port),
            account=sip.Account(),
            ring_timeout_s=_PATIENCE_S,
        )

    def _connect(self) -> None:
        while True:
            event = self._events.get()
            if isinstance(event, sip.Answered):
                target = sdp.choose(sdp.parse(event.sdp))
                session = self._sessions[event.leg.call_id.partition("-")[0]]
                session.connect(
                    target.host, target.port, codec=target.codec, dtmf_payload=target.dtmf_payload
                )


def serve(home: str) -> None:
    """Until standard input ends."""

    async def run() -> None:
        served = _Served()
        served.start()
        gateway = Gateway(read_environment({"HUIFANG_NODE": "bench", "HUIFANG_HOME": home}), served)  # type: ignore[arg-type]
        life = asyncio.create_task(gateway.run())
        while line := await asyncio.to_thread(sys.stdin.readline):
            served.read(line)
            gateway.changed()
        gateway.stop()
        await life

    asyncio.run(run())
    os._exit(0)  # the node's side has threads of its own


# ---- windows and customers


class Marks:
    """When bursts were spoken and heard in one direction."""

    def __init__(self) -> None:
        self._spoken = self._heard = 0.0
        self._was_loud = False
        self.delays_ms: list[float] = []
        self.bursts = 0

    def speaks(self, now: float) -> None:
        self._spoken = now
        self.bursts += 1

    def hears(self, pcm: np.ndarray, now: float) -> None:
        is_loud = int(np.abs(pcm.astype(np.int32)).max(initial=0)) > _THRESHOLD
        if is_loud and not self._was_loud and self._spoken > self._heard:
            self._heard = now
            self.delays_ms.append(1000 * (now - self._spoken))
        self._was_loud = is_loud


class _Microphone(MediaStreamTrack):
    kind = "audio"

    def __init__(self, marks: Marks, offset: int) -> None:
        super().__init__()
        self._marks, self._frame, self._offset = marks, 0, offset
        self._began = time.monotonic()

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(max(0.0, self._began + self._frame * 0.02 - time.monotonic()))
        place = (self._frame + self._offset) % _BURST_EVERY
        pcm = _LOUD if place < _BURST_FRAMES else _SILENT
        frame = AudioFrame.from_ndarray(pcm.reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, self._frame * 160, Fraction(1, 8000)
        self._frame += 1
        if place == 0:
            self._marks.speaks(time.monotonic())
        return frame


class Customer(asyncio.DatagramProtocol):
    """RTP each 20 ms to where it comes from."""

    def __init__(self, heard: Marks, spoken: Marks, offset: int) -> None:
        self._heard, self._spoken, self._offset = heard, spoken, offset
        self._far: tuple[str, int] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._far = addr
        self._heard.hears(decode(parse_packet(data).payload, Codec.PCMA), time.monotonic())

    async def speak(self) -> None:
        loud, silent = (encode(pcm, Codec.PCMA).tobytes() for pcm in (_LOUD, _SILENT))
        began, number, ssrc = time.monotonic(), 0, uuid.uuid4().int & 0xFFFFFFFF
        while True:
            await asyncio.sleep(max(0.0, began + number * 0.02 - time.monotonic()))
            place = (number + self._offset) % _BURST_EVERY
            payload = loud if place < _BURST_FRAMES else silent
            packet = RtpPacket(8, False, number & 0xFFFF, number * 160 & 0xFFFFFFFF, ssrc, payload)
            if self._far is not None:
                self._transport.sendto(serialise_packet(packet), self._far)
                if place == 0:
                    self._spoken.speaks(time.monotonic())
            number += 1


class Pair:
    """A window and its customer."""

    def __init__(self, number: int) -> None:
        self.key = uuid.uuid4().hex
        self.to_customer, self.to_window = Marks(), Marks()
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTrack(_Microphone(self.to_customer, 7 * number))
        self._channel = self.connection.createDataChannel("huifang")
        self._channel.on("message", self._take)
        self.connection.on("track", lambda track: asyncio.ensure_future(self._listen(track)))
        self._offset = 7 * number + 25

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((LOCAL, 0))
        customer = Customer(self.to_customer, self.to_window, self._offset)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: customer, sock=sock)
        self._speaking = asyncio.create_task(customer.speak())
        order = {
            "key": self.key,
            "offer": self.connection.localDescription.sdp,
            "customer": sock.getsockname()[1],
        }
        return json.dumps(order)

    def _take(self, text: str) -> None:
        message = json.loads(text)
        if message["say"] == "alive":
            self._channel.send(json.dumps({"do": "alive"}))
        elif message["say"] == "ring":
            self._channel.send(json.dumps({"do": "answer", "call": message["call"]}))

    async def _listen(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                self.to_window.hears((await track.recv()).to_ndarray(), time.monotonic())


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(prefix: str, marks: list[Marks]) -> dict[str, float | int]:
    delays = [delay for one in marks for delay in one.delays_ms]
    told = {
        f"{prefix}_{name}_ms": round(float(np.percentile(delays, at)), 1)
        for name, at in (("p50", 50), ("p99", 99))
    }
    return {**told, f"{prefix}_bursts": sum(one.bursts for one in marks), f"{prefix}_heard": len(delays)}


async def measure(calls: int, seconds: int) -> dict[str, Any]:
    child = subprocess.Popen(
        [sys.executable, __file__, "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    pairs = {(pair := Pair(number)).key: pair for number in range(calls)}
    try:
        for pair in pairs.values():
            child.stdin.write(await pair.offer() + "\n")
        for _ in pairs:
            told = json.loads(await asyncio.to_thread(child.stdout.readline))
            answer = RTCSessionDescription(told["answer"], "answer")
            await pairs[told["key"]].connection.setRemoteDescription(answer)
        deadline = time.monotonic() + _PATIENCE_S
        marks = [mark for pair in pairs.values() for mark in (pair.to_customer, pair.to_window)]
        while not all(mark.delays_ms for mark in marks):
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"only {sum(bool(m.delays_ms) for m in marks)} of {len(marks)} directions are heard"
                )
            await asyncio.sleep(0.1)
        for mark in marks:
            mark.delays_ms.clear()
            mark.bursts = 0
        before, began = cpu_s(child.pid), time.monotonic()
        await asyncio.sleep(seconds)
        passed = time.monotonic() - began
        used = cpu_s(child.pid) - before
        return {
            "calls": calls,
            "seconds": seconds,
            "cpu_share": round(used / passed, 3),
            "cpu_ms_per_call_s": round(1000 * used / passed / calls, 1),
            **figures("to_customer", [pair.to_customer for pair in pairs.values()]),
            **figures("to_window", [pair.to_window for pair in pairs.values()]),
            "load": round(os.getloadavg()[0], 1),
            "machine": this_machine(),
        }
    finally:
        child.kill()
        child.wait()
        for pair in pairs.values():
            await pair.connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve("/nonexistent")
        return
    told = asyncio.run(measure(asked.calls, asked.seconds))
    text = json.dumps(told, indent=2)
    print(text)
    if asked.json is not None:
        asked.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
