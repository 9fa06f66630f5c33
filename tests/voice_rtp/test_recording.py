"""Recordings on the disk."""

from __future__ import annotations

import subprocess
import sys
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from huifang.voice.rtp.g711 import Codec, decode, encode
from huifang.voice.rtp.recording import Recording, RecordingWriter

LEFT, RIGHT = bytes([0x12]) * 160, bytes([0xB3]) * 160


@pytest.fixture
def writer():
    writer = RecordingWriter()
    writer.start()
    yield writer
    writer.stop()


class Finished:
    """Waits for recordings to be finished."""

    def __init__(self) -> None:
        self.recordings: list[Recording] = []
        self._event = threading.Event()

    def __call__(self, recording: Recording) -> None:
        self.recordings.append(recording)
        self._event.set()

    def wait(self) -> Recording:
        assert self._event.wait(10)
        return self.recordings[0]


def read_wav(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def test_the_far_end_is_left_and_we_are_right(writer, tmp_path):
    finished = Finished()
    recording = writer.begin(tmp_path / "made" / "a.wav", Codec.PCMA, finished)
    for _ in range(75):
        recording.add(LEFT, RIGHT)
    recording.finish()
    assert finished.wait().seconds == 1.5
    samples = read_wav(tmp_path / "made" / "a.wav")
    assert samples.shape == (12000, 2)
    assert set(samples[:, 0]) == {decode(LEFT, Codec.PCMA)[0]}
    assert set(samples[:, 1]) == {decode(RIGHT, Codec.PCMA)[0]}
    assert list((tmp_path / "made").iterdir()) == [tmp_path / "made" / "a.wav"]


def test_a_recording_of_nothing_is_an_empty_wav(writer, tmp_path):
    finished = Finished()
    writer.begin(tmp_path / "a.wav", Codec.PCMA, finished).finish()
    finished.wait()
    assert read_wav(tmp_path / "a.wav").shape == (0, 2)


def test_a_change_of_codec_keeps_the_sound(writer, tmp_path):
    sound = np.full(160, 1000, np.int16)
    finished = Finished()
    recording = writer.begin(tmp_path / "a.wav", Codec.PCMA, finished)
    recording.add(*[encode(sound, Codec.PCMA).tobytes()] * 2)
    recording.change_codec(Codec.PCMU)
    recording.add(*[encode(sound, Codec.PCMU).tobytes()] * 2)
    recording.pad(2)
    recording.finish()
    finished.wait()
    samples = read_wav(tmp_path / "a.wav")
    assert np.abs(samples[:320].astype(int) - 1000).max() < 40
    assert np.abs(samples[320:]).max() <= 8
    assert len(samples) == 640


def test_what_a_crash_leaves_is_a_playable_part(writer, tmp_path):
    written = Finished()
    recording = writer.begin(tmp_path / "a.wav", Codec.PCMA, Finished())
    for _ in range(450):
        recording.add(LEFT, RIGHT)
    writer.begin(tmp_path / "b.wav", Codec.PCMA, written).finish()  # written after what is above
    written.wait()
    assert not (tmp_path / "a.wav").exists()
    left_behind = read_wav(tmp_path / "a.wav.part")
    assert 8000 * 4 <= len(left_behind) <= 8000 * 9
    assert (tmp_path / "a.wav.part").stat().st_size == 44 + 4 * len(left_behind)


def test_a_folder_that_cannot_be_made_ends_the_recording_only(writer, tmp_path):
    (tmp_path / "file").write_text("in the way")
    finished = Finished()
    recording = writer.begin(tmp_path / "file" / "a.wav", Codec.PCMA, finished)
    for _ in range(200):
        recording.add(LEFT, RIGHT)
    recording.finish()
    assert finished.wait().error
    assert writer.failed == 1


def test_a_write_that_the_disk_took_only_in_part_is_an_error(tmp_path):
    script = (
        "import pathlib, resource, signal, sys\n"
        "from huifang.voice.rtp.recording import _write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"  # the kernel takes ten bytes and no more
        "_write(pathlib.Path(sys.argv[1]).open('wb', buffering=0), bytes(11), 0)\n"
    )
    run = subprocess.run([sys.executable, "-c", script, tmp_path / "a"], capture_output=True, text=True)
    assert "No space left" in run.stderr
    assert (tmp_path / "a").stat().st_size == 10


def test_a_disk_that_never_catches_up_ends_the_recording(tmp_path):
    writer, finished = RecordingWriter(), Finished()  # its thread is not started yet: an endlessly slow disk
    recording = writer.begin(tmp_path / "a.wav", Codec.PCMA, finished)
    for _ in range(65 * 50):
        recording.add(LEFT, RIGHT)
    recording.finish()
    writer.start()
    writer.stop()
    assert "too slow" in finished.wait().error
    assert not (tmp_path / "a.wav").exists()


def test_a_recording_that_the_disk_ends_early_is_kept_and_plays(tmp_path):
    script = (
        "import pathlib, resource, signal, sys\n"
        "from threading import Event\n"
        "from huifang.voice.rtp.g711 import Codec\n"
        "from huifang.voice.rtp.recording import RecordingWriter\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"  # between the second and third piece
        "writer = RecordingWriter()\n"
        "writer.start()\n"
        "done = Event()\n"
        "ended = []\n"
        "recording = writer.begin(pathlib.Path(sys.argv[1]), Codec.PCMA, lambda r: (ended.append(r), done.set()))\n"
        "for _ in range(1000):\n"
        "    recording.add(bytes(160), bytes(160))\n"
        "recording.finish()\n"
        "done.wait(30)\n"
        "writer.stop()\n"
        "print(ended[0].error, ended[0].seconds, writer.faults, writer.failed)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "a.wav"], capture_output=True, text=True, check=True
    )
    *error, seconds, faults, failed = run.stdout.split()
    assert error
    assert (faults, failed) == ("1", "1")
    assert 4 <= float(seconds) <= 6.25
    assert len(read_wav(tmp_path / "a.wav")) == round(float(seconds) * 8000)
    assert not (tmp_path / "a.wav.part").exists()


def test_a_full_disk_ends_the_recording_and_not_the_writer(writer, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, the always full device of Linux")
    (tmp_path / "a.wav.part").symlink_to("/dev/full")
    full, well = Finished(), Finished()
    recordings = [
        writer.begin(tmp_path / name, Codec.PCMA, finished)
        for name, finished in (("a.wav", full), ("b.wav", well))
    ]
    for recording in recordings:
        for _ in range(120):
            recording.add(LEFT, RIGHT)
        recording.finish()
    assert "No space left" in full.wait().error
    assert not (tmp_path / "a.wav").exists()
    assert well.wait().error == ""
    assert len(read_wav(tmp_path / "b.wav")) == 120 * 160
