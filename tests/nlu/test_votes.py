"""Words that tell a label by themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.understanding.features import normal
from huifang.logic.understanding.votes import LONGEST_WORD, Votes
from huifang.nlu import clauses
from huifang.nlu.model import shipped

BAD, GOOD = 0, 1
VOTES = Votes(
    {"差": (BAD, 2.0), "出差": (BAD, 0.0), "干净": (GOOD, 2.0), "失望": (BAD, 2.0)}, 3.0, turns=True
)


def test_every_word_votes_for_its_own_label() -> None:
    bad, good = VOTES.cast("服务差，房间干净", 2)
    assert bad > 0
    assert good > 0
    assert VOTES.cast("桌子在窗边", 2).tolist() == [0, 0]


def test_a_longer_word_hides_the_ones_in_it() -> None:
    assert VOTES.cast("出差住的", 2).tolist() == [0, 0]


def test_a_denied_word_votes_for_the_other_side_where_it_turns() -> None:
    bad, good = VOTES.cast("没让人失望", 2)
    assert bad == 0 < good
    bad, good = Votes(VOTES.words, 3.0, turns=False).cast("没让人失望", 2)
    assert good == 0 < bad


@given(st.text(alphabet="差出干净失望不没，。但是虽然x", max_size=60))
def test_no_vote_is_worth_more_than_a_unanimous_one(text: str) -> None:
    votes = VOTES.cast(text, 2)
    assert np.all(votes >= 0)
    assert votes.sum() <= VOTES.weight


@pytest.mark.parametrize(
    "listed",
    [
        [w for w, _ in clauses.strengths()],
        [w for w, _ in clauses.topics()],
        [w for w, _ in clauses.feelings()],
    ],
)
def test_every_listed_word_can_be_found_in_a_text(listed: list[str]) -> None:
    assert not [w for w in listed if not 1 <= len(normal(w)) <= LONGEST_WORD]


def test_the_shipped_lists_count_a_word_that_no_text_taught() -> None:
    votes = shipped().weights["polarity"].votes
    assert votes is not None
    assert votes.cast("受益匪浅", 2)[GOOD] > 0
    assert votes.cast("偷工减料", 2)[BAD] > 0
