"""A recogniser in this process: sherpa-onnx with a model folder that the user names.

The folder holds a streaming transducer: ``tokens.txt`` and one encoder, decoder and joiner
``*.onnx`` (an ``int8`` file is preferred).  Models that write Chinese characters and models that
write initials and toned finals both work.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.errors import N_, Clause, ModelMissing
from huifang.logic.understanding.sounds import syllables
from huifang.voice.ears.port import Heard
from huifang.voice.ears.tokens import syllables_of, writes_sounds
from huifang.voice.resampling import resample

_MODEL_HZ = 16_000
_TAIL_S = 0.5  # the model decides the last syllable only after some silence
_LEVEL = 0.5  # peak that quiet callers are raised to …
_MOST_GAIN = 10.0  # … by 20 dB at most, so that line noise does not become speech
_BEAM = 8


class SherpaRecogniser:
    """Recognises with one model, loaded once; threads may call ``recognise`` at the same time."""

    def __init__(self, folder: Path) -> None:
        """Load the model.  ``ModelMissing`` in one sentence where the folder is incomplete."""
        files = model_files(folder)
        try:
            import sherpa_onnx
        except ImportError:
            raise ModelMissing(path=folder, reason=N_("the package sherpa-onnx is not installed")) from None
        self._sounds = writes_sounds(_vocabulary(files["tokens"], folder))
        try:
            self._engine: Any = sherpa_onnx.OnlineRecognizer.from_transducer(
                **{name: str(path) for name, path in files.items()},
                num_threads=1,
                decoding_method="modified_beam_search",
                max_active_paths=_BEAM,
            )
        except Exception as fault:  # whatever the native library throws, the folder is to blame
            raise ModelMissing(
                path=folder, reason=Clause(N_("the model does not load (%(fault)s)"), fault=fault)
            ) from None

    def recognise(self, pcm: NDArray[np.int16]) -> Heard:
        if len(pcm) == 0:
            return Heard("", (), 0.0)
        samples = pcm.astype(np.float32) / np.float32(32768)
        peak = float(np.abs(samples).max())
        if peak > 0:
            samples *= np.float32(min(_MOST_GAIN, max(1.0, _LEVEL / peak)))
        stream = self._engine.create_stream()
        stream.accept_waveform(_MODEL_HZ, resample(samples, 8_000, _MODEL_HZ))
        stream.accept_waveform(_MODEL_HZ, np.zeros(int(_TAIL_S * _MODEL_HZ), np.float32))
        stream.input_finished()
        while self._engine.is_ready(stream):
            self._engine.decode_stream(stream)
        tokens = tuple(self._engine.tokens(stream))
        confidence = _confidence(self._engine.ys_probs(stream))
        if self._sounds:
            return Heard("", syllables_of(tokens), confidence, tokens)
        text = str(self._engine.get_result(stream))
        return Heard(text, syllables(text), confidence, tokens)


def model_files(folder: Path) -> dict[str, Path]:
    """The files of a streaming transducer in ``folder``; ``ModelMissing`` names what is not there."""
    if not folder.is_dir():
        raise ModelMissing(path=folder, reason=N_("it is not a folder"))
    files = {"tokens": folder / "tokens.txt"}
    for part in ("encoder", "decoder", "joiner"):
        found = sorted(folder.glob(f"{part}*.onnx"), key=lambda p: (".int8." not in p.name, p.name))
        if not found:
            raise ModelMissing(path=folder, reason=Clause(N_("there is no %(part)s*.onnx in it"), part=part))
        files[part] = found[0]
    for path in files.values():
        if not path.is_file() or path.stat().st_size == 0:
            raise ModelMissing(path=folder, reason=Clause(N_("%(file)s is missing or empty"), file=path.name))
    return files


def _vocabulary(path: Path, folder: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ModelMissing(path=folder, reason=N_("tokens.txt is not readable text")) from None
    tokens = [line.rsplit(None, 1) for line in lines if line.strip()]
    if not tokens or any(len(t) != 2 or not t[1].isdigit() for t in tokens):
        raise ModelMissing(path=folder, reason=N_("tokens.txt is not a list of tokens and numbers"))
    return [t[0] for t in tokens]


def _confidence(log_probabilities: list[float]) -> float:
    """Mean token probability, stretched so that clear speech (about 0.55 with a beam) counts as 1."""
    if not log_probabilities:
        return 0.0
    return float(min(1.0, 0.2 + 1.5 * np.exp(log_probabilities).mean()))
