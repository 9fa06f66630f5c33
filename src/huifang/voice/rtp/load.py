"""Many far ends in a process of their own, to load a media loop and measure it from outside.

``python -m huifang.voice.rtp.load`` speaks JSON lines: it reads ``{"calls", "host", "seed", "manner"}``,
answers ``{"ports"}``, reads ``{"targets", "seconds"}``, and at the end answers a ``LoadReport``.  ``FarEnds``
is the handle for the process that is measured.

Arrival times are the kernel's (SO_TIMESTAMPNS), so a far end that is itself held up does not count as
lateness of the packets.
"""

from __future__ import annotations

import json
import random
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from huifang.voice.rtp.dtmf import KEYS
from huifang.voice.rtp.g711 import FRAME, Codec, decode, encode
from huifang.voice.rtp.packet import parse_packet, signed_distance
from huifang.voice.rtp.rtcp import is_report
from huifang.voice.rtp.source import Address
from huifang.voice.rtp.talker import Talker

DTMF_PAYLOAD = 101
_FRAME_S, _TICK_S, _PHASES = 0.020, 0.0025, 8
_SO_TIMESTAMPNS = 35  # Linux; Python has no name for it
_TIMESPEC = struct.Struct("@qq")
_LATE_S = 0.005
_FIRST_KEY_S, _KEY_EVERY_S = 0.5, 3.0
_CHANGE_DB = 6.0
_NO_CHANGE_AFTER_S = 2.0
_SPEAK_EVERY = 3  # of so many things that a far end does, one is to speak
_BURST_S = 1.2
_AFTER_SPEAKING_S = 2.5  # from the beginning of a burst until the prompt is certainly heard again
_FOLD_AFTER = 3_000  # packets, a minute: a long run needs no more memory, and clocks that drift no excuse


class Manner(StrEnum):
    """What the far ends do."""

    LISTENS = "listens"
    """Sends audio."""
    PRESSES = "presses"
    """Presses a key now and then, too."""
    SPEAKS = "speaks"
    """Presses keys and now and then speaks into the prompt."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What the far ends saw of the loop under test."""

    packets: int
    lost: int  # frames of the grid for which nothing came: lost on the way, or left out
    late_5ms_share: float  # of packets more than 5 ms behind the 20 ms grid of their call, lost ones included
    keys_pressed: int
    keys_unanswered: int  # no change of audio within two seconds
    key_turn_p50_ms: float  # from the first packet of a key to the arrival of changed audio
    key_turn_p99_ms: float
    silent_calls: int  # far ends that never got a packet
    bargeins: int
    bargeins_unheard: int  # no change of audio within two seconds
    bargein_p99_ms: float  # from the first packet of a voice to the arrival of audio without the prompt


def tone(hertz: float, peak: int, seconds: float = 1.0) -> bytes:
    """A sine as A-law codes; ``peak`` up to 32767."""
    t = np.arange(round(8000 * seconds)) / 8000
    return encode((peak * np.sin(2 * np.pi * hertz * t)).astype(np.int16), Codec.PCMA).tobytes()


def burst() -> bytes:
    """What voice detection takes for speech: a voice of 140 Hz in syllables of 200 ms, as A-law codes."""
    t = np.arange(round(8000 * _BURST_S)) / 8000
    pitch = 2 * np.pi * np.cumsum(140 + 20 * np.sin(2 * np.pi * 1.5 * t)) / 8000
    voice = sum(np.sin(k * pitch) / k for k in range(2, 16)) * np.abs(np.sin(np.pi * 5 * t + 0.5)) ** 1.5
    return encode((4_000 * voice / np.std(voice)).clip(-32767, 32767).astype(np.int16), Codec.PCMA).tobytes()


class _FarEnd:
    """One simulated phone: sends audio, presses keys, speaks, notes what arrives."""

    def __init__(self, host: str, seed: int, manner: Manner = Manner.PRESSES) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.sock.bind((host, 0))
        self.random = random.Random(seed)
        self.talker = Talker(Codec.PCMA, DTMF_PAYLOAD, ssrc=seed, sequence=0, timestamp=0)
        self.target: Address = (host, 9)
        self.arrivals: list[tuple[float, int, int]] = []  # kernel time, RTP timestamp, sequence number
        self.turns_s: list[float] = []
        self.bargeins_s: list[float] = []
        self.keys_pressed = self.keys_unanswered = self.bargeins = self.bargeins_unheard = 0
        self.due = _FIRST_KEY_S + self.random.random() * _KEY_EVERY_S
        self._manner = manner
        self._acted_at: float | None = None  # waiting for the audio to change since then
        self._is_speaking = False
        self._acts = 0
        self._level_db = 0.0
        self._packets = self._lost = self._late = 0
        self._expected: int | None = None  # timestamp

    def begin(self) -> None:
        """Start to send."""
        if self._manner is not Manner.SPEAKS:
            self.talker.play(tone(440, 6000) + tone(1, 8), None, loop=True)

    def send(self, passed_s: float) -> None:
        if self._manner is not Manner.LISTENS:
            if self._acted_at is None and passed_s >= self.due:
                self._act()
            elif self._acted_at is not None and time.time() - self._acted_at > _NO_CHANGE_AFTER_S:
                self.keys_unanswered += not self._is_speaking
                self.bargeins_unheard += self._is_speaking
                self._wait(passed_s)
        self.sock.sendto(self.talker.next_packet(None), self.target)

    def _act(self) -> None:
        self._acts += 1
        self._is_speaking = self._manner is Manner.SPEAKS and self._acts % _SPEAK_EVERY == 0
        if self._is_speaking:
            self.talker.over.clear()
            self.talker.play(_BURST, None)
            self.bargeins += 1
        else:
            self.talker.send_keys(self.random.choice(KEYS[:12]))
            self.keys_pressed += 1
        self._acted_at = time.time()

    def receive(self, passed_s: float) -> None:
        datagram, ancillary, _, _ = self.sock.recvmsg(2048, 64)
        seconds, nanoseconds = _TIMESPEC.unpack_from(ancillary[0][2])
        if is_report(datagram):  # meant for the port above that of another far end
            return
        at = seconds + nanoseconds * 1e-9
        packet = parse_packet(datagram)
        self.arrivals.append((at, packet.timestamp, packet.sequence))
        if self._acted_at is None:
            if len(self.arrivals) % 5 == 0:
                self._level_db = _level_db(packet.payload)
        elif abs(_level_db(packet.payload) - self._level_db) > _CHANGE_DB:
            (self.bargeins_s if self._is_speaking else self.turns_s).append(at - self._acted_at)
            self._wait(passed_s)
        if len(self.arrivals) >= _FOLD_AFTER:
            self._fold()

    def _wait(self, passed_s: float) -> None:
        """Do nothing for a while."""
        self._acted_at = None
        rest_s = _AFTER_SPEAKING_S if self._is_speaking else 0.5
        self.due = passed_s + rest_s + self.random.random() * _KEY_EVERY_S

    def lateness(self) -> tuple[int, int, int]:
        """(packets, lost, late ones) against the grid that the RTP timestamps draw through the earliest of
        each minute."""
        self._fold()
        return self._packets, self._lost, self._late

    def _fold(self) -> None:
        arrivals, self.arrivals = self.arrivals, []
        if not arrivals:
            return
        first_at, first_timestamp, _ = arrivals[0]
        behind = np.array(
            [at - first_at - signed_distance(stamp, first_timestamp) / 8000 for at, stamp, _ in arrivals]
        )
        self._late += int((behind - behind.min() > _LATE_S).sum())
        begin = first_timestamp if self._expected is None else self._expected
        frames = max(signed_distance(stamp, begin) for _, stamp, _ in arrivals) // FRAME + 1
        packets = len({number for _, _, number in arrivals})
        self._packets += packets
        self._lost += max(frames - packets, 0)
        self._expected = (begin + max(frames, 0) * FRAME) & 0xFFFFFFFF


_BURST = burst()


def _level_db(codes: bytes) -> float:
    samples = decode(codes, Codec.PCMA).astype(np.float32)
    return float(10 * np.log10(np.mean(samples**2) + 1))


def _run_far_ends(far_ends: list[_FarEnd], seconds: float) -> LoadReport:
    by_fileno = {far_end.sock.fileno(): far_end for far_end in far_ends}
    epoll = select.epoll()
    for fileno, far_end in by_fileno.items():
        epoll.register(fileno, select.EPOLLIN)
        far_end.begin()
    started = time.monotonic()
    tick = 0
    while (passed_s := tick * _TICK_S) < seconds:
        wait = started + passed_s - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        elif wait < -_FRAME_S:  # held up: leave out what has piled up, so that the run ends in its time
            missed = int(-wait / _FRAME_S)
            tick += missed * _PHASES
            for far_end in far_ends:
                far_end.talker.skip(missed)
            continue
        for far_end in far_ends[tick % _PHASES :: _PHASES]:
            far_end.send(passed_s)
        for fileno, _events in epoll.poll(0, len(far_ends)):
            by_fileno[fileno].receive(passed_s)
        tick += 1
    return _report(far_ends)


def _report(far_ends: list[_FarEnd]) -> LoadReport:
    packets, lost, late = np.array([far_end.lateness() for far_end in far_ends]).sum(axis=0).tolist()
    turns_ms = [1000 * turn for far_end in far_ends for turn in far_end.turns_s] or [0.0]
    bargeins_ms = [1000 * bargein for far_end in far_ends for bargein in far_end.bargeins_s] or [0.0]
    return LoadReport(
        packets=packets,
        lost=lost,
        late_5ms_share=(late + lost) / max(packets + lost, 1),
        keys_pressed=sum(far_end.keys_pressed for far_end in far_ends),
        keys_unanswered=sum(far_end.keys_unanswered for far_end in far_ends),
        key_turn_p50_ms=float(np.percentile(turns_ms, 50)),
        key_turn_p99_ms=float(np.percentile(turns_ms, 99)),
        silent_calls=sum(not far_end.lateness()[0] for far_end in far_ends),
        bargeins=sum(far_end.bargeins for far_end in far_ends),
        bargeins_unheard=sum(far_end.bargeins_unheard for far_end in far_ends),
        bargein_p99_ms=float(np.percentile(bargeins_ms, 99)),
    )


class FarEnds:
    """The handle of a process with ``calls`` far ends; a context manager that ends it.

    What they do now and then makes them wait for the audio to change its level by 6 dB.

    :param host: the address that they bind
    :param seed: the same seed presses the same keys at the same times
    """

    def __init__(
        self, calls: int, *, host: str = "127.0.0.1", seed: int = 1, manner: Manner = Manner.PRESSES
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "huifang.voice.rtp.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._tell({"calls": calls, "host": host, "seed": seed, "manner": manner})
        self.addresses: list[Address] = [(host, port) for port in self._hear()["ports"]]
        """Where the calls are answered."""

    def __enter__(self) -> FarEnds:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def run(self, targets: Sequence[Address], seconds: float) -> None:
        """Let the i-th far end talk to the i-th target for ``seconds``."""
        self._tell({"targets": targets, "seconds": seconds})

    def report(self) -> LoadReport:
        """Wait for the end of the run."""
        return LoadReport(**self._hear())

    def _tell(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the far ends ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def main() -> None:
    """Be the process of the far ends."""
    order = json.loads(sys.stdin.readline())
    host, seed, manner = order["host"], order["seed"] * 100_003, Manner(order["manner"])
    far_ends = [_FarEnd(host, seed + index, manner) for index in range(order["calls"])]
    print(json.dumps({"ports": [far_end.sock.getsockname()[1] for far_end in far_ends]}), flush=True)
    order = json.loads(sys.stdin.readline())
    for far_end, target in zip(far_ends, order["targets"], strict=True):
        far_end.target = (target[0], target[1])
    print(json.dumps(asdict(_run_far_ends(far_ends, order["seconds"]))), flush=True)


if __name__ == "__main__":
    main()
