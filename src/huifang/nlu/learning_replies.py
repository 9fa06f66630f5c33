"""Learning yes or no: a reply's weights together with what of its question turns them (see ``reply_weights.py``)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from huifang.logic.understanding.features import Features, features
from huifang.logic.understanding.known import known
from huifang.logic.understanding.linear import REPLY, Weights, leans, softmax
from huifang.logic.understanding.reply_weights import ReplyWeights, question_features
from huifang.logic.understanding.replying import reply_features
from huifang.nlu.fitting import DECAY, SEED, in_steps, measured, naive_bayes, often
from huifang.nlu.mishearing import Blurring
from huifang.nlu.turns import NONE, Turn, turns

_LABELS = ("no", NONE, "yes")
_LEAST, _LEAST_ASKED = 3, 3  # replies and questions that must have an n-gram
_TURNS = 8  # numbers that sum up a question; 16 were no better
_START = 0.3  # how much of the naive Bayes ratios the weights begin with
_RATE, _BIAS_RATE = 0.2, 0.002
_TURNING_RATE = 0.06  # a question's numbers are learnt slowly, or they learn the questions by heart
_SPREAD = 0.05  # how far the numbers begin from each other
_NONE_IN_A_CALL = 0.5  # of what tells neither yes nor no there is more in the corpus than in calls
_TONES_KNOWN_FROM, _TONE_EPOCHS, _TONE_RATE, _TONE_BIAS_RATE = 4, 6, 0.5, 0.02
_USUAL_TONE, _TONE_SHARPNESS = 0.2, 3.0  # a mean over replies stays small; most questions hope for a yes


@dataclass(frozen=True, slots=True)
class _Reply:
    given: Features
    question: str
    goal: int


def train_replies(polarity: Weights, *, seed: int = SEED, share: float = 1.0) -> tuple[ReplyWeights, float]:
    """The weights, and how much of the replies to held-out questions they had right before they learnt from these, too.

    :param polarity: the model that hears the tone of replies and of questions
    :param share: how much of what is known to learn (tests learn little)
    """
    said = turns(REPLY)[:: round(1 / share)]
    aside = [turn for turn in said if turn.is_held_out]
    first = _learnt([turn for turn in said if not turn.is_held_out], polarity, seed)
    sums = np.array([first.sums(_met(turn, turn.text, (), polarity), turn.question) for turn in aside])
    sharpness, right = measured(sums, np.array([_LABELS.index(turn.label) for turn in aside]))
    learnt = replace(_learnt(said, polarity, seed), sharpness=sharpness)
    learnt.bias[_LABELS.index(NONE)] += np.float32(np.log(_NONE_IN_A_CALL) / sharpness)
    return learnt, right


def _learnt(said: Sequence[Turn], polarity: Weights, seed: int) -> ReplyWeights:
    chance = np.random.default_rng(seed)
    ear = Blurring((turn.text for turn in said), random.Random(seed))
    keys = often((_met(turn, turn.text, (), polarity) for turn in said), _LEAST)
    replies = [
        _Reply(known(keys, _met(turn, *heard, polarity)), turn.question, _LABELS.index(turn.label))
        for turn in said
        for heard in turn.heard(ear.blurred)
    ]
    questions = {turn.question: question_features(turn.question, polarity) for turn in said}
    question_keys = often(questions.values(), _LEAST_ASKED)
    asked = {question: known(question_keys, given) for question, given in questions.items()}
    fitted = _Fitted(replies, len(keys), len(question_keys), chance)
    fitted.begin_with_tones(asked, _tones(said, polarity), chance)
    fitted.learn(replies, asked, chance)
    small, scale = in_steps(fitted.table)
    return ReplyWeights(
        _LABELS,
        keys=keys,
        table=small,
        scale=scale,
        bias=fitted.bias,
        question_keys=question_keys,
        turning=fitted.turning.astype(np.float16),
        turning_bias=fitted.turning_bias,
        sharpness=1.0,
        polarity=polarity,
    )


def _met(turn: Turn, text: str, pinyin: tuple[str, ...], polarity: Weights) -> Features:
    return reply_features(features(text, pinyin), text, pinyin, turn.question, polarity)


def _tones(said: Sequence[Turn], polarity: Weights) -> dict[str, float]:
    """From -1 to 1: whether those who say yes to a question praise, and those who say no blame."""
    heard: dict[str, list[float]] = defaultdict(list)
    for turn in said:
        if turn.label != NONE:
            praise = leans(polarity, features(turn.text), turn.text)
            heard[turn.question].append(praise if turn.label == "yes" else -praise)
    return {
        question: float(np.clip(_TONE_SHARPNESS * np.mean(all_) - _USUAL_TONE, -1.0, 1.0))
        for question, all_ in heard.items()
        if len(all_) >= _TONES_KNOWN_FROM
    }


class _Fitted:
    """Weights while they are learnt, by AdaGrad (Duchi 2011)."""

    def __init__(
        self, replies: Sequence[_Reply], rows: int, question_rows: int, chance: np.random.Generator
    ) -> None:
        goal = np.array([reply.goal for reply in replies])
        self.table = np.zeros((rows, 1 + _TURNS, len(_LABELS)), np.float32)
        ratios = naive_bayes([reply.given for reply in replies], goal, len(_LABELS), rows)
        self.table[:, 0] = _START * ratios
        self.bias = np.zeros(len(_LABELS), np.float32)
        self.turning = chance.normal(0, _SPREAD, (question_rows, _TURNS)).astype(np.float32)
        self.turning_bias = np.zeros(_TURNS, np.float32)

    def begin_with_tones(
        self, asked: dict[str, Features], tones: dict[str, float], chance: np.random.Generator
    ) -> None:
        """Let the first number of a question be its tone."""
        questions = list(tones)
        for _ in range(_TONE_EPOCHS):
            for at in chance.permutation(len(questions)):
                index, value = asked[questions[at]]
                now = np.tanh(value @ self.turning[index, 0] + self.turning_bias[0])
                slope = (now - tones[questions[at]]) * (1.0 - now * now)
                self.turning[index, 0] -= _TONE_RATE * slope * value
                self.turning_bias[0] -= _TONE_BIAS_RATE * slope

    def learn(
        self, replies: Sequence[_Reply], asked: dict[str, Features], chance: np.random.Generator
    ) -> None:
        """Once through all of them; a second round was no better."""
        start = self.table.copy()
        steepness, turning_steepness = np.full_like(self.table, 1e-3), np.full_like(self.turning, 1e-3)
        for at in chance.permutation(len(replies)):
            reply = replies[at]
            (rows, value), (place, of_question) = reply.given, asked[reply.question]
            turned = np.tanh(of_question @ self.turning[place] + self.turning_bias)
            turns_by = np.concatenate([[1.0], turned]).astype(np.float32)
            now = self.table[rows]
            each = np.tensordot(value, now, 1)
            slope = softmax(turns_by @ each + self.bias)
            slope[reply.goal] -= 1.0
            step = value[:, None, None] * (turns_by[:, None] * slope) + DECAY * (now - start[rows])
            steepness[rows] += step * step
            self.table[rows] = now - _RATE * step / np.sqrt(steepness[rows])
            step = of_question[:, None] * (each[1:] @ slope * (1.0 - turned * turned))
            turning_steepness[place] += step * step
            self.turning[place] -= _TURNING_RATE * step / np.sqrt(turning_steepness[place])
            self.bias -= _BIAS_RATE * slope
