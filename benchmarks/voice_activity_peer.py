"""What webrtcvad and Silero say of every 20 ms; run by ``voice_activity.py`` with the Python of ``make bench-peers``.

    python voice_activity_peer.py LINES.npy SAID.npz

Silero's model comes with pipecat and runs on onnxruntime, all lines in one batch, 32 ms at a time: a frame is told
what was known when its own 20 ms had arrived.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
import pipecat.audio.vad
import webrtcvad

_FRAME, _CHUNK, _CONTEXT = 160, 256, 32
_LINES = 300


def webrtc(lines: np.ndarray, mode: int) -> tuple[np.ndarray, float]:
    """(voiced, µs per line and frame): aggressiveness 0 to 3."""
    frames = lines.reshape(len(lines), -1, _FRAME)
    voiced = np.zeros(frames.shape[:2], np.bool_)
    before = time.process_time()
    for row, line in enumerate(frames):
        detector = webrtcvad.Vad(mode)
        voiced[row] = [detector.is_speech(frame.tobytes(), 8000) for frame in line]
    return voiced, 1e6 * (time.process_time() - before) / voiced.size


class Silero:
    """The model with the state of many lines."""

    def __init__(self, lines: int) -> None:
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        path = Path(pipecat.audio.vad.__path__[0]) / "data" / "silero_vad.onnx"
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._state = np.zeros((2, lines, 128), np.float32)
        self._context = np.zeros((lines, _CONTEXT), np.float32)

    def step(self, samples: np.ndarray) -> np.ndarray:
        """The next 256 samples of each line: how likely it is speech."""
        sound = np.concatenate([self._context, samples], axis=1)
        given = {"input": sound, "state": self._state, "sr": np.array(8000, np.int64)}
        likely, self._state = self._session.run(None, given)
        self._context = sound[:, -_CONTEXT:]
        return likely[:, 0]


def silero(lines: np.ndarray, threshold: float) -> np.ndarray:
    sound = (lines / 32768).astype(np.float32)
    model = Silero(len(lines))
    chunks = sound.shape[1] // _CHUNK
    likely = np.stack(
        [model.step(sound[:, chunk * _CHUNK : (chunk + 1) * _CHUNK]) for chunk in range(chunks)], axis=1
    )
    frames = sound.shape[1] // _FRAME
    known = (np.arange(frames) + 1) * _FRAME // _CHUNK - 1  # the last whole chunk
    return (likely[:, np.clip(known, 0, chunks - 1)] > threshold) & (known >= 0)


def silero_us(lines: np.ndarray) -> float:
    """Per line and 20 ms, at 300 lines in a batch."""
    model = Silero(_LINES)
    sound = np.resize(lines[0] / 32768, (_LINES, _CHUNK)).astype(np.float32)
    model.step(sound)
    before = time.process_time()
    for _ in range(50):
        model.step(sound)
    return 1e6 * (time.process_time() - before) / 50 / _LINES * _FRAME / _CHUNK


def main(lines_file: str, said_file: str) -> None:
    lines = np.load(lines_file)
    said: dict[str, object] = {}
    for mode in (1, 2, 3):
        said[f"webrtcvad {mode}"], said[f"webrtcvad {mode}/us"] = webrtc(lines, mode)
    us = silero_us(lines)
    for threshold in (0.5, 0.8):
        said[f"silero {threshold}"], said[f"silero {threshold}/us"] = silero(lines, threshold), us
    np.savez(said_file, **said)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
