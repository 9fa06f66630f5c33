"""One media loop per process: plain sockets, one tick, numpy over all sessions at once."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import random
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, Thread, get_native_id

from huifang.errors import N_, Clause, SettingInvalid
from huifang.voice.rtp.batch import Batch
from huifang.voice.rtp.endpoint import Endpoint, PacketCounts
from huifang.voice.rtp.g711 import Codec
from huifang.voice.rtp.port import MediaEvent, MediaLoop, OnEvent, Recorded
from huifang.voice.rtp.recording import Recording, RecordingWriter
from huifang.voice.rtp.session import BatchedSession
from huifang.voice.rtp.source import Address

FRAME_S = 0.020
BATCHES, PHASES = 2, 4  # of each batch: a tick every 2.5 ms
TICK_S = FRAME_S / (BATCHES * PHASES)
_READS_PER_TICK = 16  # datagrams of one socket; a flood waits its turn
_LARGEST_DATAGRAM = 2048
_SWITCH_INTERVAL_S = (
    0.0001  # Python would let another thread keep the interpreter for 5 ms, which is our limit
)
_NICENESS = -10  # audio cannot wait; everything else on the machine can

log = logging.getLogger(__name__)


class BatchedMediaLoop(MediaLoop):
    """Carries the audio of every call of this process on one thread; see ``MediaLoop``.

    Sessions are spread over eight phases of 20 ms; a tick sends for one phase and reads every socket that
    has something.  Twice in 20 ms the audio of half of them is computed in one batch.

    :param on_event: takes every event on the media thread and must not block there
    :param bind_host: the IPv4 address of the RTP sockets
    :param ports: where local ports are taken from; only even ones are used (RFC 3550, section 11)
    :param end_of_turn_ms: silence after which SpeechEnded is reported; None = no speech is looked for
    """

    def __init__(
        self,
        on_event: OnEvent,
        bind_host: str = "127.0.0.1",
        ports: Sequence[int] = range(20000, 24000),
        end_of_turn_ms: int | None = 600,
    ) -> None:
        self.counts = PacketCounts()
        self._on_event = on_event
        self._bind_host = bind_host
        self._ports = [port for port in ports if port % 2 == 0]
        self._next_port = random.randrange(len(self._ports)) if self._ports else 0
        self._port_lock = Lock()
        self._batches = [
            Batch(self.counts, phases=PHASES, end_of_turn_ms=end_of_turn_ms) for _ in range(BATCHES)
        ]
        self._batch_of: dict[Endpoint, Batch] = {}
        self._by_fileno: dict[int, Endpoint] = {}
        self._by_control: dict[int, Endpoint] = {}
        self._epoll = select.epoll()
        self._posted: deque[Callable[[], None]] = deque()
        self._writer = RecordingWriter()
        self._thread = Thread(target=self._run, name="media", daemon=True)
        self._is_stopping = False
        self._busy_s = 0.0
        self._started_at = 0.0

    # For every thread

    def start(self) -> None:
        """Begin to tick, and make Python fit for it in the rest of this process's life.

        Threads are switched quickly, and the garbage collector leaves alone what exists by now: walking
        all the objects of a voice node takes it over 100 ms, in which no thread would run.
        """
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL_S))
        gc.freeze()
        self._writer.start()
        self._thread.start()

    def stop(self) -> None:
        """Close every session, finish the recordings, end the threads."""
        self._is_stopping = True
        self._thread.join()
        self._writer.stop()
        self._do_posted()  # the last recordings that finished
        self._epoll.close()

    def open(self) -> BatchedSession:
        """A session with a bound even port.  ``SettingInvalid`` when all ports are taken."""
        sock = self._bound_socket()
        session = BatchedSession(self, sock, self._control_socket(sock.getsockname()[1] + 1))
        self.post(lambda: self.adopt(session.endpoint))
        return session

    def stats(self) -> dict[str, float]:
        """Counters since the start; see ``PacketCounts``.

        ``late_share`` is the part of our packets that left, or were left out, more than 5 ms after their
        time on the monotonic clock; ``busy_share`` the part of one core that the loop used.
        """
        counts = self.counts
        passed_s = time.monotonic() - self._started_at if self._started_at else 0.0
        return {
            "sessions": len(self._by_fileno),
            "packets_sent": counts.sent,
            "packets_received": counts.received,
            "packets_unsent": counts.unsent,
            "malformed": counts.malformed,
            "foreign": counts.foreign,
            "unknown": counts.unknown,
            "reports": counts.reports,
            "late_5ms": counts.late_5ms,
            "left_out": counts.left_out,
            "late_share": counts.late_5ms / max(counts.sent + counts.left_out, 1),
            "busy_s": self._busy_s,
            "busy_share": self._busy_s / passed_s if passed_s else 0.0,
            "recordings_failed": self._writer.failed,
            "disk_faults": self._writer.faults,
        }

    def post(self, work: Callable[[], None]) -> None:
        """Do ``work`` on the media thread at the next tick, in the order of posting."""
        self._posted.append(work)

    def _bound_socket(self) -> socket.socket:
        """A socket on the next free port.  Ports are used in turn, so that the stragglers of a finished
        call do not reach the next one; and from anywhere in the range, or a process that was killed and
        started again would meet those who still talk to its last calls, and send them the new ones' audio."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        with self._port_lock:
            for _ in self._ports:
                port = self._ports[self._next_port]
                self._next_port = (self._next_port + 1) % len(self._ports)
                try:
                    sock.bind((self._bind_host, port))
                except OSError:
                    continue
                return sock
        sock.close()
        first, last = (self._ports[0], self._ports[-1]) if self._ports else (0, 0)
        raise SettingInvalid(
            name="HUIFANG_RTP_FIRST_PORT … HUIFANG_RTP_LAST_PORT",
            value=f"{first} … {last}",
            mend=Clause(N_("no even port is free on %(host)s; name a wider range."), host=self._bind_host),
        )

    def _control_socket(self, port: int) -> socket.socket | None:
        """For RTCP; None where somebody else has the port, and then there are no reports."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        try:
            sock.bind((self._bind_host, port))
        except (OSError, OverflowError):
            sock.close()
            return None
        return sock

    # For the media thread

    def adopt(self, endpoint: Endpoint) -> None:
        """Own ``endpoint`` until it is closed."""
        self._by_fileno[endpoint.fileno] = endpoint

    def connect(self, endpoint: Endpoint, address: Address, codec: Codec, dtmf_payload: int | None) -> None:
        """Let ``endpoint`` talk to ``address``, from the next tick of its phase on."""
        if endpoint.is_closed:
            return
        endpoint.connect(address, codec, dtmf_payload)
        batch = self._batch_of.get(endpoint)
        if batch is None:
            batch = self._batch_of[endpoint] = min(self._batches, key=lambda batch: len(batch.endpoints))
            batch.add(endpoint)
            self._epoll.register(endpoint.fileno, select.EPOLLIN)
            if endpoint.control is not None:
                self._by_control[endpoint.control.fileno()] = endpoint
                self._epoll.register(endpoint.control.fileno(), select.EPOLLIN)
        batch.note_wishes()

    def watch(self, endpoint: Endpoint, wanted: bool) -> None:
        """Tell of tones and of speech that goes on, or do not."""
        endpoint.is_watched = wanted
        batch = self._batch_of.get(endpoint)
        if batch is not None:
            batch.note_wishes()

    def end_turn_after(self, endpoint: Endpoint, silence_ms: int) -> None:
        """Let so much silence end what this far end says."""
        batch = self._batch_of.get(endpoint)
        if batch is not None:
            batch.end_turn_after(endpoint, silence_ms)

    def record(self, endpoint: Endpoint, path: Path) -> None:
        """Record to ``path`` from now on."""
        if endpoint.is_closed or endpoint.recording is not None:
            return

        def finished(recording: Recording) -> None:
            event = Recorded(endpoint.session, path, recording.seconds, recording.error)
            self.post(lambda: self.emit(event))

        endpoint.recording = self._writer.begin(path, endpoint.codec, finished)

    def discard_recording(self, endpoint: Endpoint) -> None:
        """Record no more, and keep nothing."""
        if endpoint.recording is not None:
            endpoint.recording.discard()
            endpoint.recording = None

    def close(self, endpoint: Endpoint) -> None:
        """End a session; the second time does nothing."""
        if endpoint.is_closed:
            return
        batch = self._batch_of.pop(endpoint, None)
        if batch is not None:
            batch.remove(endpoint)
            self._epoll.unregister(endpoint.fileno)
            if endpoint.control is not None:
                del self._by_control[endpoint.control.fileno()]
                self._epoll.unregister(endpoint.control.fileno())
        del self._by_fileno[endpoint.fileno]
        endpoint.close()

    def emit(self, event: MediaEvent) -> None:
        """Report ``event``.  A receiver that fails must not end everybody's audio."""
        try:
            self._on_event(event)
        except Exception:
            log.exception("a receiver of media events failed on %r", type(event).__name__)

    def _run(self) -> None:
        with contextlib.suppress(
            OSError
        ):  # only root or CAP_SYS_NICE may, and on Linux it is this thread's own
            os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICENESS)
        clock, batches = time.monotonic, self._batches
        self._started_at = due = clock()
        tick = 0
        while not self._is_stopping:
            wait = due - clock()
            if wait > 0:
                time.sleep(wait)
            elif wait < -FRAME_S:  # held up: go on from here instead of sending what has piled up
                missed = int(-wait / FRAME_S)
                due += missed * FRAME_S
                for batch in batches:
                    batch.miss(missed)
            self._do_posted()
            batch, phase = batches[tick // PHASES], tick % PHASES
            batch.talk(phase, due)
            self._receive()
            if phase == PHASES - 1:
                batch.listen()
                self._busy_s = time.thread_time()
            due += TICK_S
            tick = (tick + 1) % (BATCHES * PHASES)
        self._do_posted()
        for endpoint in list(self._by_fileno.values()):
            self.close(endpoint)

    def _do_posted(self) -> None:
        posted = self._posted
        while posted:
            try:
                posted.popleft()()
            except Exception:
                log.exception("work for the media thread failed")

    def _receive(self) -> None:
        by_fileno = self._by_fileno
        for _ in range(_READS_PER_TICK):
            ready = self._epoll.poll(0, len(by_fileno) + 1)
            if not ready:
                return
            now = time.monotonic()
            for fileno, _events in ready:
                endpoint = by_fileno.get(fileno)
                if endpoint is None:
                    self._receive_report(self._by_control[fileno])
                    continue
                try:
                    datagram, source = endpoint.sock.recvfrom(_LARGEST_DATAGRAM)
                except OSError:  # the kernel found a checksum wrong, or reports an earlier send
                    continue
                endpoint.receive(datagram, source, now)

    @staticmethod
    def _receive_report(endpoint: Endpoint) -> None:
        assert endpoint.control is not None
        with contextlib.suppress(OSError):
            datagram, source = endpoint.control.recvfrom(_LARGEST_DATAGRAM)
            endpoint.receive_report(datagram, source, shares_port=False)
