"""The far ends of recognisers: real programs where there are any, and servers that speak a protocol as it is
documented, written here.  Each can be frozen, killed and started again on the same port."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
import wave
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from huifang.voice.ears.funasr import FunAsr
from huifang.voice.ears.port import Recogniser, Yields
from huifang.voice.ears.remote import RemoteRecogniser
from huifang.voice.ears.sherpa import SherpaRecogniser
from huifang.voice.ears.sherpa_server import SherpaServer
from huifang.voice.ears.transcription import Transcription

TIME_LIMIT_S = 2.0
LONG_WORDS_S = 1.2
"""What our own servers hear: words longer than this are 「非常不满意」, shorter ones 「没有解决」, quiet ones nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def words_in(pcm: np.ndarray, hz: int) -> str:
    loud = np.abs(pcm.astype(np.float32)) > 1000
    if not loud.any():
        return ""
    return "非常不满意" if loud.sum() / hz > LONG_WORDS_S else "没有解决"


class FunAsrServer:
    """As FunASR's websocket_protocol.md says; like its Python server it never says is_final at the end."""

    def __init__(self, port: int, *, is_cpp: bool = False) -> None:
        self.openings: list[dict[str, Any]] = []
        self.is_frozen = threading.Event()
        self.answers_nonsense = False
        self._is_cpp = is_cpp
        self._connections: list[ServerConnection] = []
        self._server: Server = serve(self._serve, "127.0.0.1", port)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        for connection in self._connections:
            connection.socket.close()
        self._thread.join()

    def _serve(self, connection: ServerConnection) -> None:
        self._connections.append(connection)
        audio = bytearray()
        quick = ""
        try:
            opening = json.loads(connection.recv())
            self.openings.append(opening)
            while True:
                message = connection.recv()
                if isinstance(message, bytes):
                    audio += message
                    words = self._words(audio, opening)
                    if len(audio) > 16_000 and words != quick and not self.is_frozen.is_set():
                        self._answer(
                            connection,
                            "2pass-online",
                            words[len(quick) :] if words.startswith(quick) else "",
                            not self._is_cpp,
                        )
                        quick = words if words.startswith(quick) else quick
                elif json.loads(message).get("is_speaking") is False:
                    break
            if self.is_frozen.is_set():
                while True:
                    connection.recv()
            words = self._words(audio, opening)
            if words or self._is_cpp:
                self._answer(connection, "2pass-offline", words, self._is_cpp)
            connection.recv()
        except ConnectionClosed:
            pass

    def _words(self, audio: bytearray, opening: dict[str, Any]) -> str:
        return words_in(np.frombuffer(bytes(audio), "<i2"), int(opening["audio_fs"]))

    def _answer(self, connection: ServerConnection, mode: str, text: str, is_final: bool) -> None:
        if self.answers_nonsense:
            connection.send("<html>502 Bad Gateway</html>")
            return
        answer = {"mode": mode, "wav_name": "x", "text": text, "is_final": is_final}
        connection.send(json.dumps(answer, ensure_ascii=False))


class SpeechServer:
    """/v1/audio/transcriptions and /v1/audio/speech, as OpenAI documents them."""

    def __init__(self, port: int) -> None:
        self.is_frozen = threading.Event()
        self.status = 200
        self.body: bytes | None = None
        self.seconds_per_chunk = 0.0
        self.connections: list[socket.socket] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                peer.connections.append(self.connection)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                peer.requests.append((self.path, dict(self.headers), body))
                while peer.is_frozen.is_set():
                    time.sleep(0.02)
                kind, answer = peer.answer(self.path, body)
                self.send_response(peer.status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                try:
                    for at in range(0, len(answer), 4096):
                        self.wfile.write(answer[at : at + 4096])
                        time.sleep(peer.seconds_per_chunk)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def answer(self, path: str, body: bytes) -> tuple[str, bytes]:
        if self.body is not None:
            return "text/plain", self.body
        if self.status != 200:
            return "application/json", b'{"error": {"message": "no"}}'
        if path.endswith("/audio/transcriptions"):
            begin = body.index(b"RIFF")
            with wave.open(BytesIO(body[begin:])) as wav:
                pcm = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
                text = words_in(pcm[: wav.getnframes()], wav.getframerate())
            return "application/json", json.dumps({"text": text}, ensure_ascii=False).encode()
        wanted = json.loads(body)
        hz = 24_000
        t = np.arange(int(hz * 0.1 * len(wanted["input"]))) / hz
        tone = (np.sin(2 * np.pi * 440 * t) * (1 + np.sin(2 * np.pi * 4 * t)) * 6000).astype("<i2")
        if wanted["response_format"] == "pcm":
            return "audio/pcm", tone.tobytes()
        file = BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(hz)
            wav.writeframes(tone.tobytes())
        return "audio/wav", file.getvalue()

    def stop(self) -> None:
        self.is_frozen.clear()
        self._server.shutdown()
        self._server.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()


class Peer:
    """An engine with its far end in a test's hand."""

    is_real = False
    """It understands speech; ours only tell loud from quiet."""

    def engine(self) -> Recogniser:
        raise NotImplementedError

    def freeze(self) -> None:
        raise NotImplementedError

    def thaw(self) -> None:
        raise NotImplementedError

    def kill(self) -> None:
        raise NotImplementedError

    def revive(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class OurServerPeer(Peer):
    def __init__(self, server: Callable[[int], Any], engine: Callable[[int], Recogniser]) -> None:
        self._make, self._engine = server, engine
        self.port = free_port()
        self.server = server(self.port)

    def engine(self) -> Recogniser:
        return self._engine(self.port)

    def freeze(self) -> None:
        self.server.is_frozen.set()

    def thaw(self) -> None:
        self.server.is_frozen.clear()

    def kill(self) -> None:
        self.server.stop()

    def revive(self) -> None:
        self.server = self._make(self.port)

    def close(self) -> None:
        self.thaw()
        self.server.stop()


def funasr() -> Peer:
    return OurServerPeer(
        FunAsrServer,
        lambda port: RemoteRecogniser(FunAsr(f"ws://127.0.0.1:{port}", ("回访",)), time_limit_s=TIME_LIMIT_S),
    )


def funasr_cpp() -> Peer:
    return OurServerPeer(
        lambda port: FunAsrServer(port, is_cpp=True),
        lambda port: RemoteRecogniser(FunAsr(f"ws://127.0.0.1:{port}"), time_limit_s=TIME_LIMIT_S),
    )


def transcription() -> Peer:
    return OurServerPeer(
        SpeechServer,
        lambda port: RemoteRecogniser(
            Transcription(f"http://127.0.0.1:{port}/v1", model="whisper-1", key="k"),
            time_limit_s=TIME_LIMIT_S,
        ),
    )


class SherpaPeer(Peer):
    """The embedded engine: its programs are the far end."""

    is_real = True

    def __init__(self, model: Path) -> None:
        self._model = model
        self._engines: list[SherpaRecogniser] = []

    def engine(self) -> Recogniser:
        engine = SherpaRecogniser(self._model, time_limit_s=3 * TIME_LIMIT_S)
        self._engines.append(engine)
        return engine

    def _signal(self, number: int) -> None:
        for engine in self._engines:
            for process in engine._processes:
                os.kill(process._program.pid, number)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """The engine has started another one."""

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def revive(self) -> None:
        """The engine does that itself."""

    def close(self) -> None:
        pass


class SherpaServerPeer(Peer):
    """sherpa-onnx-online-websocket-server of the package sherpa-onnx-bin."""

    is_real = True

    def __init__(self, program: Path, libraries: Path, model: dict[str, Path]) -> None:
        self.port = free_port()
        self._command = [str(program), f"--port={self.port}", "--log-file=/dev/null"]
        self._command += [f"--{name}={path}" for name, path in model.items()]
        self._command += [
            "--decoding-method=modified_beam_search",
            "--max-active-paths=8",
            "--max-batch-size=1",
        ]
        self._environment = dict(os.environ, LD_LIBRARY_PATH=str(libraries))
        self.revive()

    def engine(self) -> Recogniser:
        return RemoteRecogniser(
            SherpaServer(f"ws://127.0.0.1:{self.port}", Yields.SOUNDS), time_limit_s=3 * TIME_LIMIT_S
        )

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def revive(self) -> None:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("the sherpa-onnx server did not start")

    def close(self) -> None:
        self.kill()
