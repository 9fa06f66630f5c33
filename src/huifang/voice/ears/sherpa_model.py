"""A folder with a sherpa-onnx model: of which kind it is, by its files, and the model itself.

Known are streaming transducers (``encoder*``, ``decoder*``, ``joiner*.onnx``), streaming paraformers (``encoder*``,
``decoder*``), streaming zipformers with CTC (``ctc*`` or ``model*.onnx`` in a folder named ``…ctc…``), and, hearing
whole utterances only, SenseVoice (``model*.onnx`` with language marks among its tokens) and paraformer
(``model*.onnx``).  Where there are several sizes of a file, the one of 8 bits is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from huifang.errors import N_, Clause, ModelMissing
from huifang.logic.understanding.sounds import syllables
from huifang.voice.ears.port import NOTHING, Heard
from huifang.voice.ears.sherpa_stream import ModelStream
from huifang.voice.ears.tokens import confidence_of, syllables_of, writes_sounds

_BEAM = 8
_NO_CONFIDENCE = 0.9  # of kinds that tell none


class Kind(StrEnum):
    TRANSDUCER = "transducer"
    STREAMING_PARAFORMER = "streaming paraformer"
    STREAMING_CTC = "streaming zipformer CTC"
    SENSE_VOICE = "SenseVoice"
    PARAFORMER = "paraformer"

    @property
    def streams(self) -> bool:
        return self not in (Kind.SENSE_VOICE, Kind.PARAFORMER)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """What a folder holds."""

    folder: Path
    kind: Kind
    files: dict[str, Path]
    sounds: bool
    """It writes syllables instead of characters."""


def look_into(folder: Path) -> ModelFolder:
    """The model in ``folder``; ``ModelMissing`` says in one sentence what is not there."""
    if not folder.is_dir():
        raise ModelMissing(path=folder, reason=N_("it is not a folder"))
    whole = None if _best(folder, "encoder") else _best(folder, "ctc") or _best(folder, "model")
    files = {"tokens": folder / "tokens.txt"}
    if whole is not None:
        files["model"] = whole
    else:
        for part in ("encoder", "decoder", "joiner"):
            found = _best(folder, part)
            if found is not None:
                files[part] = found
            elif part != "joiner" or "paraformer" not in folder.resolve().name.lower():
                raise ModelMissing(
                    path=folder, reason=Clause(N_("there is no %(part)s*.onnx in it"), part=part)
                )
    for path in files.values():
        if not path.is_file() or path.stat().st_size == 0:
            raise ModelMissing(path=folder, reason=Clause(N_("%(file)s is missing or empty"), file=path.name))
    vocabulary = _vocabulary(files["tokens"], folder)
    return ModelFolder(folder, _kind(folder, files, vocabulary), files, writes_sounds(vocabulary))


def _kind(folder: Path, files: dict[str, Path], vocabulary: list[str]) -> Kind:
    if "joiner" in files:
        return Kind.TRANSDUCER
    if "encoder" in files:
        return Kind.STREAMING_PARAFORMER
    if "<|zh|>" in vocabulary:
        return Kind.SENSE_VOICE
    name = folder.resolve().name.lower()
    return Kind.STREAMING_CTC if files["model"].name.startswith("ctc") or "ctc" in name else Kind.PARAFORMER


def _best(folder: Path, part: str) -> Path | None:
    found = sorted(folder.glob(f"{part}*.onnx"), key=lambda path: (".int8." not in path.name, path.name))
    return found[0] if found else None


def _vocabulary(path: Path, folder: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ModelMissing(path=folder, reason=N_("tokens.txt is not readable text")) from None
    tokens = [line.rsplit(None, 1) for line in lines if line.strip()]
    if not tokens or not all(line[-1].isdigit() for line in tokens):
        raise ModelMissing(path=folder, reason=N_("tokens.txt is not a list of tokens and numbers"))
    return [line[0] if len(line) == 2 else "" for line in tokens]


class SherpaModel:
    """A loaded model.  Not for several threads at once.

    Loading a file that is no model may end the process: the library gives up so.
    """

    def __init__(self, folder: ModelFolder) -> None:
        """``ModelMissing`` where the package is not installed or the library says that it cannot load it."""
        self.folder = folder
        try:
            import sherpa_onnx
        except ImportError:
            missing = N_("the package sherpa-onnx is not installed")
            raise ModelMissing(path=folder.folder, reason=missing) from None
        try:
            self._engine = _load(sherpa_onnx, folder)
        except Exception as fault:  # whatever the native library throws, the folder is to blame
            reason = Clause(N_("the model does not load (%(fault)s)"), fault=fault)
            raise ModelMissing(path=folder.folder, reason=reason) from None

    def stream(self) -> ModelStream:
        """For one utterance."""
        return ModelStream(self._engine.create_stream(), self.folder.kind.streams)

    def ready(self, streams: Iterable[ModelStream]) -> list[ModelStream]:
        """Those that have enough audio for a step, the most urgent first: somebody waits for what has ended, then
        what is being said, then what may have ended and is listened to again."""
        if not self.folder.kind.streams:
            return [stream for stream in streams if stream.is_finished and not stream.is_decoded]
        waiting = [stream for stream in streams if self._next(stream) is not None]
        return sorted(waiting, key=lambda one: (not one.is_finished, not self._engine.is_ready(one.native)))

    def step(self, stream: ModelStream) -> None:
        """Work on the next piece of ``stream``, which is ready.  One at a time: some models take no more."""
        self._engine.decode_stream(self._next(stream) or stream.native)
        stream.is_decoded = True
        if self.folder.sounds and stream.may_be_over and self._next(stream) is None and stream.second is None:
            first = self._told(stream, stream.native)
            if first.tokens and first.confidence < 1:
                stream.listen_again(self._engine.create_stream())

    def heard(self, stream: ModelStream) -> Heard:
        """What has been understood so far; in the end also by a second listening, where there was one."""
        first = self._told(stream, stream.native)
        if not stream.is_finished or stream.second is None:
            return first
        return first if self.ready([stream]) else _both(first, self._told(stream, stream.second))

    def _next(self, stream: ModelStream) -> Any:
        """The listening that a step would go on with."""
        listenings = (one for one in (stream.native, stream.second) if one is not None)
        return next((one for one in listenings if self._engine.is_ready(one)), None)

    def _told(self, stream: ModelStream, native: Any) -> Heard:
        if stream.loudness.is_silence:
            return NOTHING
        if not self.folder.kind.streams:
            if not stream.is_decoded:
                return NOTHING
            result = native.result
            text, tokens, chances = str(result.text).strip(), tuple(result.tokens), []
        else:
            tokens = tuple(self._engine.tokens(native))
            chances = list(self._engine.ys_probs(native))
            text = str(self._engine.get_result(native)).strip()
        if not tokens:
            return NOTHING
        confidence = confidence_of(chances) if chances else _NO_CONFIDENCE
        if self.folder.sounds:
            return Heard("", syllables_of(tokens), confidence, tokens)
        return Heard(text, syllables(text), confidence, tokens)


def _both(first: Heard, second: Heard) -> Heard:
    """Two listenings that agree are surer than either."""
    if second.pinyin == first.pinyin:
        return replace(first, confidence=max(first.confidence, second.confidence))
    return replace(first, again=second.pinyin)


def _load(sherpa_onnx: Any, model: ModelFolder) -> Any:
    files = {name: str(path) for name, path in model.files.items()}
    online, offline = sherpa_onnx.OnlineRecognizer, sherpa_onnx.OfflineRecognizer
    if model.kind is Kind.TRANSDUCER:
        return online.from_transducer(
            **files, num_threads=1, decoding_method="modified_beam_search", max_active_paths=_BEAM
        )
    if model.kind is Kind.STREAMING_PARAFORMER:
        return online.from_paraformer(**files, num_threads=1)
    if model.kind is Kind.STREAMING_CTC:
        return online.from_zipformer2_ctc(**files, num_threads=1)
    if model.kind is Kind.SENSE_VOICE:
        return offline.from_sense_voice(**files, num_threads=1, language="zh", use_itn=False)
    return offline.from_paraformer(paraformer=files["model"], tokens=files["tokens"], num_threads=1)
