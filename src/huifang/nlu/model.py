"""The model on disk: one file of int8 weights with what it was made from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from huifang.errors import N_, FileUnusable, why
from huifang.logic.dialogue import Utterance
from huifang.logic.sense import Leaning
from huifang.logic.spoken_numbers import decimal
from huifang.logic.understanding.denied_question import opposite, taken_as_said, without_denial
from huifang.logic.understanding.features import Features, features
from huifang.logic.understanding.known import Keys
from huifang.logic.understanding.linear import ASIDE, RATING, REPLY, TASKS, Models, Weights, sense
from huifang.logic.understanding.reply_weights import ReplyWeights
from huifang.logic.understanding.replying import reply_features
from huifang.logic.understanding.votes import Votes

_OF_REPLIES = (
    *("labels", "keys", "table", "scale", "bias"),
    *("question_keys", "turning", "turning_bias", "sharpness"),
)
_SMALL_NUMBER = re.compile(r"(?<![\d.:：/-])(?:100|\d{1,2})(?:\.\d)?(?![\d.:：/%-])")
_AS_SAID = 0.75  # read back, for 「是」 may also begin a fact
SHIPPED = Path(__file__).parent / "model.npz"


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by task, and those of yes or no.  ``made_of``: corpus (its hash), extra (texts of the user's own)."""

    weights: Models
    replies: ReplyWeights
    made_of: Mapping[str, Any]

    def heard(
        self,
        text: str,
        pinyin: tuple[str, ...] = (),
        confidence: float = 1.0,
        again: tuple[str, ...] = (),
        *,
        question: str = "",
    ) -> Utterance:
        """What was heard, weighed, as the conversation engine takes it; ``again``: the syllables of a second
        listening; ``question``: the words of the yes-or-no question that it may reply to."""
        second = self.heard("", again, confidence, question=question) if again else None
        said = _in_words(text)
        given = features(said, pinyin)
        weighed = sense(self.weights, given, said)
        if question and len(given[0]):
            weighed = replace(weighed, reply=self._reply(given, said, pinyin, question))
        return Utterance(text, pinyin, confidence, weighed, again=second)

    def _reply(self, given: Features, text: str, pinyin: tuple[str, ...], question: str) -> Leaning:
        """Yes or no to ``question``; one that denies something is weighed without that."""
        asked = without_denial(question)
        if not asked:
            return self._leaning(given, text, pinyin, question)
        as_said = taken_as_said(question, text, pinyin)
        if as_said:
            return Leaning(as_said, _AS_SAID)
        return opposite(self._leaning(given, text, pinyin, asked))

    def _leaning(self, given: Features, text: str, pinyin: tuple[str, ...], question: str) -> Leaning:
        met = reply_features(given, text, pinyin, question, self.replies.polarity)
        return self.replies.leaning(met, question)


def _in_words(text: str) -> str:
    """``text`` with its small numbers as they are said: 打9分 was learnt as 打九分."""
    return _SMALL_NUMBER.sub(lambda number: decimal(number[0]), text)


def weighed(text: str, question: str = "") -> Utterance:
    """``text``, weighed by the model that comes with the program, as a reply to ``question``."""
    return shipped().heard(text, question=question)


def save(model: Model, path: Path) -> None:
    arrays: dict[str, Any] = {"made_of": np.array(json.dumps(dict(model.made_of), sort_keys=True))}
    for task, weights in model.weights.items():
        arrays |= {
            f"{task}.labels": np.array(weights.labels),
            f"{task}.keys": weights.keys,
            f"{task}.table": weights.table,
            f"{task}.scale": weights.scale,
            f"{task}.bias": weights.bias,
            f"{task}.sharpness": np.float32(weights.sharpness),
        }
        if weights.votes is not None:
            arrays |= _written(task, weights.votes)
    arrays |= {f"{REPLY}.{name}": np.array(getattr(model.replies, name)) for name in _OF_REPLIES}
    arrays |= {name: _apart(array) for name, array in arrays.items() if name.endswith("keys")}
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)
    except OSError as error:
        raise FileUnusable(path=path, reason=why(error)) from error


def _apart(keys: Keys) -> Keys:
    """How far each is from the one before, which packs better."""
    return np.diff(keys, prepend=np.uint32(0))


def _keys(apart: NDArray[np.uint32]) -> Keys:
    return np.cumsum(apart, dtype=np.uint32)


def _written(task: str, votes: Votes) -> dict[str, Any]:
    labels, strengths = zip(*votes.words.values(), strict=True)
    return {
        f"{task}.words": np.array("\n".join(votes.words)),
        f"{task}.word_labels": np.array(labels, np.int8),
        f"{task}.word_strengths": np.array(strengths, np.float32),
        f"{task}.vote": np.float32(votes.weight),
        f"{task}.turns": np.bool_(votes.turns),
    }


def _votes(task: str, file: Mapping[str, Any]) -> Votes:
    words = str(file[f"{task}.words"]).split("\n")
    labels, strengths = file[f"{task}.word_labels"].tolist(), file[f"{task}.word_strengths"].tolist()
    pairs = zip(labels, strengths, strict=True)
    return Votes(
        dict(zip(words, pairs, strict=True)), float(file[f"{task}.vote"]), bool(file[f"{task}.turns"])
    )


def _replies(file: Mapping[str, Any], polarity: Weights) -> ReplyWeights:
    labels, keys, table, scale, bias, asked, turning, turning_bias, sharpness = (
        file[f"{REPLY}.{name}"] for name in _OF_REPLIES
    )
    return ReplyWeights(
        tuple(map(str, labels)),
        keys=_keys(keys),
        table=table,
        scale=scale,
        bias=bias,
        question_keys=_keys(asked),
        turning=turning,
        turning_bias=turning_bias,
        sharpness=float(sharpness),
        polarity=polarity,
    )


def load(path: Path) -> Model:
    """The model in ``path``; ``FileUnusable`` where it is none."""
    try:
        with np.load(path, allow_pickle=False) as file:
            weights = {
                task: Weights(
                    tuple(str(label) for label in file[f"{task}.labels"]),
                    _keys(file[f"{task}.keys"]),
                    file[f"{task}.table"],
                    file[f"{task}.scale"],
                    file[f"{task}.bias"],
                    float(file[f"{task}.sharpness"]),
                    _votes(task, file) if f"{task}.words" in file else None,
                )
                for task in (*TASKS, ASIDE, RATING)
            }
            return Model(weights, _replies(file, weights["polarity"]), json.loads(str(file["made_of"])))
    except OSError as error:
        raise FileUnusable(path=path, reason=why(error)) from error
    except (BadZipFile, KeyError, ValueError, EOFError) as error:
        raise FileUnusable(
            path=path, reason=N_("it is no model of this program; make one with huifang nlu train.")
        ) from error


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The model that comes with the program; read once."""
    return load(SHIPPED)
