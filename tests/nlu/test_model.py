"""The model that comes with the program."""

from pathlib import Path

import pytest

from huifang.errors import FileUnusable
from huifang.logic.understanding.features import features
from huifang.nlu.evaluating import evaluate
from huifang.nlu.labels import names_of
from huifang.nlu.model import SHIPPED, load, save, shipped
from huifang.nlu.tables import read_labelled

BLIND = Path(__file__).parent / "blind"
CARD = {
    "polarity": 0.92,
    "polarity_long": 0.88,
    "category": 0.79,
    "intent": 0.85,
    "emotion": 0.86,
    "rating": 0.75,
}
"""What docs/model-card.md promises on texts that were written before the model and never learnt from."""


@pytest.mark.parametrize("name", CARD)
def test_the_model_is_as_good_as_its_card_says(name: str) -> None:
    task = name.removesuffix("_long")
    figures = evaluate(shipped(), task, read_labelled(BLIND / f"{name}.tsv", names_of(task)))
    assert figures["accuracy"] >= CARD[name], figures


def test_the_model_is_small() -> None:
    assert SHIPPED.stat().st_size <= 10_000_000


@pytest.mark.parametrize(
    "text", ["", "。", "👍👍", "abc", "stop calling me", "5 / 5", "１２３", "\x00", "的" * 5000]
)
def test_any_text_is_weighed(text: str) -> None:
    heard = shipped().heard(text)
    assert heard.sense is not None
    assert heard.sense.polarity is None or -1 <= heard.sense.polarity <= 1


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    save(shipped(), tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert again.made_of == shipped().made_of
    for text in ("东西很好", "等了三个小时还没到"):
        assert again.heard(text) == shipped().heard(text)


def test_a_file_that_is_no_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(b"PK\x03\x04 no archive")
    for path in (tmp_path / "model.npz", tmp_path / "missing.npz", tmp_path):
        with pytest.raises(FileUnusable, match=r"cannot be used: .+\."):
            load(path)


@pytest.mark.parametrize(
    ("text", "praises"),
    [
        ("位置好找，房间干净，床也舒服，早餐样数多，老板还送了水果。就是半夜电梯吵死人，气死我了。", True),
        ("房间小，旧，毛巾发硬，早餐凉的，空调不冷。前台小姑娘倒是笑得特别甜，特别特别好！", False),
    ],
)
def test_one_loud_clause_does_not_outweigh_many_mild_ones(text: str, praises: bool) -> None:
    sense = shipped().heard(text).sense
    assert sense is not None
    assert (sense.polarity or 0.0) > 0 if praises else (sense.polarity or 0.0) < 0


def test_clauses_of_one_mind_draw_the_balance_towards_themselves() -> None:
    text = "停车方便，老板送了水果，楼下有小吃，空调安静，枕头软硬正好。但是退押金吵了一架，太差了！"
    weights = shipped().weights["polarity"]
    whole = weights.shares(features(text), text)[weights.labels.index("positive")]
    sense = shipped().heard(text).sense
    assert sense is not None
    assert (sense.polarity or 0.0) > 2 * whole - 1 + 0.1
