"""Our voice detector beside webrtcvad and Silero, on lines whose speech is known because it was mixed in.

    make bench-peers && .venv/bin/python benchmarks/voice_activity.py --recordings FOLDER --json FILE

Of each: hints (a voice of 60 ms: the prompt pauses) and starts (160 ms of 240: somebody speaks) that are needless,
what of the speech is missed, how long after its first sound it is told, and CPU time per line and 20 ms.  The peers
only say of a frame whether it is voice; the counting behind it is the same for all.  Our hints come from packets
as they arrive, our starts behind a jitter buffer of 40 ms, as on a call; the peers' are given the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from voice_scenes import FRAME, SECONDS, Scene, Studio

from huifang.machine import this_machine
from huifang.voice.rtp.suspicion import Arrived
from huifang.voice.rtp.voice_activity import VoiceActivity, frame_levels

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".venv-peers" / "bin" / "python"
_FRAME_S = FRAME / 8_000
_JITTER_FRAMES = 2
_HINT_FRAMES, _START_FRAMES, _WINDOW = 3, 8, 12
_QUIET_FRAMES = 30
_LATEST_HINT_S = 1.0
_TIMED_LINES = 300


@dataclass
class Told:
    """When something was told: bool, shape (scenes, frames)."""

    hints: NDArray[np.bool_]
    starts: NDArray[np.bool_]


def ours(scenes: list[Scene]) -> Told:
    """As the media loop does it."""
    heard, sent = _levels([scene.line for scene in scenes]), _levels([scene.sent for scene in scenes])
    late = np.concatenate([np.full((len(scenes), _JITTER_FRAMES), -96, np.float32), heard], axis=1)
    voice = VoiceActivity()
    for _ in scenes:
        voice.add()
    told = Told(np.zeros(heard.shape, np.bool_), np.zeros(heard.shape, np.bool_))
    for frame in range(heard.shape[1]):
        at = np.full(len(scenes), (frame + 1) * FRAME, np.int64)
        activity = voice.step(late[:, frame], Arrived(heard[:, frame], at), sent[:, frame])
        told.hints[:, frame] = activity.perhaps
        told.starts[:, frame] = activity.started
    return told


def counted(voiced: NDArray[np.bool_]) -> Told:
    """What follows from a peer's word on every frame: shape (scenes, frames)."""
    told = Told(np.zeros(voiced.shape, np.bool_), np.zeros(voiced.shape, np.bool_))
    lines, frames = voiced.shape
    window = np.zeros((lines, _WINDOW), np.bool_)
    speaking, suspected = np.zeros(lines, np.bool_), np.zeros(lines, np.bool_)
    silent = np.zeros(lines, np.int64)
    due = np.zeros((lines, frames + _JITTER_FRAMES), np.bool_)
    for frame in range(frames):
        window[:, :-1] = window[:, 1:]
        window[:, -1] = voiced[:, frame]
        silent = np.where(voiced[:, frame], 0, silent + 1)
        hints = window[:, -_HINT_FRAMES:].all(axis=1) & ~speaking & ~suspected
        starts = (window.sum(axis=1) >= _START_FRAMES) & voiced[:, frame] & ~speaking
        told.hints[:, frame] = hints
        due[:, frame + _JITTER_FRAMES] = starts
        speaking = (speaking | starts) & (silent < _QUIET_FRAMES)
        suspected = (suspected | hints) & ~starts & (silent < 6)
    told.starts = due[:, :frames]
    return told


def _levels(lines: list[NDArray[np.int16]]) -> NDArray[np.float32]:
    return frame_levels(np.stack(lines).reshape(-1, FRAME).astype(np.float32)).reshape(len(lines), -1)


def figures(scenes: list[Scene], told: Told) -> dict[str, dict[str, Any]]:
    """By scene."""
    return {
        scene.name: _of_speech(scene, told.hints[row], told.starts[row])
        if scene.spoken
        else {"hints_per_min": _per_minute(told.hints[row]), "starts_per_min": _per_minute(told.starts[row])}
        for row, scene in enumerate(scenes)
    }


def _per_minute(flags: NDArray[np.bool_]) -> float:
    return round(float(flags.sum()) * 60 / SECONDS, 1)


def _of_speech(scene: Scene, hints: NDArray[np.bool_], starts: NDArray[np.bool_]) -> dict[str, Any]:
    hinted, started = _times(hints), _times(starts)
    to_hint, to_start = [], []
    for begin, end in scene.spoken:
        to_hint += [at - begin for at in hinted if begin < at <= min(end, begin + _LATEST_HINT_S) + 0.1][:1]
        to_start += [at - begin for at in started if begin < at <= end + 0.3][:1]
    return {
        "spoken": len(scene.spoken),
        "hints_missed": len(scene.spoken) - len(to_hint),
        "starts_missed": len(scene.spoken) - len(to_start),
        "hints_beside": len(hinted) - len(to_hint),
        "starts_beside": len(started) - len(to_start),
        "to_hint_ms": [round(1000 * delay) for delay in to_hint],
        "to_start_ms": [round(1000 * delay) for delay in to_start],
    }


def _times(flags: NDArray[np.bool_]) -> list[float]:
    return [float((frame + 1) * _FRAME_S) for frame in np.flatnonzero(flags)]


def summary(by_scene: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """All scenes together."""
    quiet = [scene for scene in by_scene.values() if "hints_per_min" in scene]
    speech = [scene for scene in by_scene.values() if "spoken" in scene]
    to_hint = [delay for scene in speech for delay in scene["to_hint_ms"]] or [0]
    to_start = [delay for scene in speech for delay in scene["to_start_ms"]] or [0]
    return {
        "needless_hints_per_min": round(sum(s["hints_per_min"] for s in quiet) / len(quiet), 1),
        "needless_starts_per_min": round(sum(s["starts_per_min"] for s in quiet) / len(quiet), 1),
        "spoken": sum(s["spoken"] for s in speech),
        "hints_missed": sum(s["hints_missed"] for s in speech),
        "starts_missed": sum(s["starts_missed"] for s in speech),
        "to_hint_p50_ms": round(float(np.percentile(to_hint, 50))),
        "to_hint_p90_ms": round(float(np.percentile(to_hint, 90))),
        "to_start_p50_ms": round(float(np.percentile(to_start, 50))),
        "to_start_p90_ms": round(float(np.percentile(to_start, 90))),
    }


def our_us(scene: Scene) -> float:
    """CPU time of our detector per line and frame, levels included, at 300 lines."""
    heard = np.repeat(scene.line[np.newaxis], _TIMED_LINES, axis=0).reshape(_TIMED_LINES, -1, FRAME)
    voice = VoiceActivity()
    for _ in range(_TIMED_LINES):
        voice.add()
    frames, used = 500, 0.0
    for frame in range(frames):
        samples = np.concatenate([heard[:, frame]] * 3).astype(np.float32)  # heard, arrived, sent
        at = np.full(_TIMED_LINES, frame * FRAME, np.int64)
        before = time.process_time()
        level, arrived, sent = frame_levels(samples).reshape(3, -1)
        voice.step(level, Arrived(arrived, at), sent)
        used += time.process_time() - before
    return round(1e6 * used / frames / _TIMED_LINES, 2)


def peers(python: Path, scenes: list[Scene]) -> dict[str, tuple[Told, float]]:
    """Each peer's (what it told, µs per line and frame)."""
    with tempfile.TemporaryDirectory(prefix="huifang-bench-") as folder:
        lines, said = Path(folder) / "lines.npy", Path(folder) / "said.npz"
        np.save(lines, np.stack([scene.line for scene in scenes]))
        subprocess.run([python, HERE / "voice_activity_peer.py", lines, said], check=True)
        with np.load(said) as file:
            names = [name for name in file.files if not name.endswith("/us")]
            return {name: (counted(file[name]), float(file[f"{name}/us"])) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--recordings", type=Path, help="folder of 8 kHz mono WAV files, one utterance each")
    parser.add_argument("--python", type=Path, default=PEERS, help="with the peers (make bench-peers)")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not asked.python.exists():
        sys.exit(f"There is no {asked.python}: run make bench-peers first.")
    studio = Studio(asked.recordings)
    scenes = studio.without_speech() + studio.with_speech()
    results = {"huifang": (ours(scenes), our_us(scenes[-1])), **peers(asked.python, scenes)}
    report: dict[str, Any] = {"detectors": {}, **this_machine(), "numpy": np.__version__}
    for name, (told, us) in results.items():
        by_scene = figures(scenes, told)
        report["detectors"][name] = {**summary(by_scene), "us_per_frame": us, "scenes": by_scene}
        print(f"{name:14} {json.dumps({**summary(by_scene), 'us_per_frame': us})}", flush=True)
    for scene in scenes:
        row = [report["detectors"][name]["scenes"][scene.name] for name in results]
        if scene.spoken:
            cells = [
                f"{r['hints_missed']:2}/{r['starts_missed']:2} missed {np.median(r['to_hint_ms'] or [0]):4.0f} ms"
                for r in row
            ]
        else:
            cells = [f"{r['hints_per_min']:5.1f} {r['starts_per_min']:5.1f} /min" for r in row]
        print(f"{scene.name:42} " + " | ".join(f"{cell:22}" for cell in cells))
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
