"""Learning, and the committed model's descent from the committed corpus."""

import numpy as np
import pytest

from huifang.logic.understanding.features import features
from huifang.nlu import clauses
from huifang.nlu.fitting import mean
from huifang.nlu.grammar import Example, Grammar
from huifang.nlu.learning_replies import train_replies
from huifang.nlu.model import shipped
from huifang.nlu.training import train_task, train_turns

ONCE = np.ones(1, np.float32)


def test_the_committed_model_was_made_from_the_committed_corpus() -> None:
    made_of = shipped().made_of
    assert made_of["corpus"] == clauses.digest(), "the corpus has changed: run huifang nlu train"
    assert not made_of["extra"]


def test_learning_is_deterministic() -> None:
    (one, right), (other, _) = (train_task("emotion", share=0.02) for _ in range(2))
    assert 0 < right < 1
    assert np.array_equal(one.table, other.table)
    assert (one.labels, one.sharpness) == (other.labels, other.sharpness)


def test_several_trainings_are_averaged() -> None:
    one, other = (train_task("emotion", share=0.02, seed=seed)[0] for seed in (1, 2))
    both = mean([one, other])
    index = np.unique(np.concatenate([one.keys, other.keys])).astype(np.int64)
    of_each = [
        np.array([each.sums((index[i : i + 1], ONCE)) for i in range(len(index))])
        for each in (one, other, both)
    ]
    near = np.abs(of_each[2] - (of_each[0] + of_each[1]) / 2) <= both.scale
    assert near.mean() > 0.999, "but for what is clipped"
    assert not np.array_equal(of_each[2], of_each[0])
    assert mean([one]) is one


def test_a_users_own_texts_are_learnt() -> None:
    own = [Example("这个东西真绿得冒泡", "pleased"), Example("紫得掉渣的一次", "angry")] * 30
    learnt, _ = train_task("emotion", share=0.05, extra=own)
    assert learnt.leaning(features("绿得冒泡")).label == "pleased"
    assert learnt.leaning(features("紫得掉渣")).label == "angry"


def test_scores_in_a_users_own_words_are_learnt() -> None:
    own = [Example("绿得冒泡", "5"), Example("紫得掉渣", "1")] * 20
    learnt, right = train_turns("rating", share=0.1, extra=own)
    assert 0 < right < 1
    assert [learnt.leaning(features(e.text)).label for e in own[:2]] == ["5", "1"]


def test_yes_and_no_are_learnt_for_questions_that_were_not_seen() -> None:
    (one, right), (other, _) = (train_replies(shipped().weights["polarity"], share=0.02) for _ in range(2))
    assert 0.5 < right < 1, "of three labels"
    assert np.array_equal(one.table, other.table)
    assert np.array_equal(one.turning, other.turning)


@pytest.mark.parametrize("task", ["polarity", "intent", "category", "emotion"])
def test_the_same_seed_makes_the_same_texts_and_no_slot_stays_open(task: str) -> None:
    one, other = (list(getattr(Grammar(3, held_out=False), task)(300)) for _ in range(2))
    assert one == other
    assert not [e.text for e in one if not e.text or "{" in e.text]
    assert len({e.text for e in one}) > 200


def test_no_pattern_is_learnt_from_and_tested_on() -> None:
    kept = {c.pattern for c in clauses.clauses() if c.is_held_out}
    learnt = {c.pattern for c in clauses.clauses() if not c.is_held_out}
    assert kept
    assert not kept & learnt
    assert 0.1 < len(kept) / len(kept | learnt) < 0.2


def test_every_line_of_the_corpus_has_known_labels() -> None:
    from huifang.nlu.labels import CATEGORIES, EMOTIONS, LABELS

    for clause in clauses.clauses():
        assert clause.category in (*CATEGORIES, "any"), clause
        assert clause.emotion in EMOTIONS, clause
        assert 1 <= clause.rating <= 5, clause
    assert {intent for _, intent in clauses.utterances()} <= set(LABELS["intent"])
    assert {emotion for _, emotion in clauses.moods()} == set(EMOTIONS)
    assert {emotion for _, emotion in clauses.feelings()} == set(EMOTIONS)
    assert {polarity for _, polarity in clauses.stories()} == set(LABELS["polarity"])
    assert all(-3 <= strength <= 3 for _, strength in clauses.strengths())
    assert {category for _, category in clauses.topics()} | {"other"} == set(CATEGORIES)
