"""What many customers say, counted."""

from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.opinions import Opinion, Said, key_opinions

SAID = st.builds(
    Said,
    st.text("物流太慢了态度差，。但是嗯价格贵好吃", max_size=20),
    st.sampled_from(["", "logistics", "service", "quality"]),
    st.none() | st.floats(-1, 1),
)


def test_the_same_in_other_words_is_one_opinion_in_the_commonest_words() -> None:
    answers = [
        Said(text, "logistics", -0.9) for text in ("物流太慢了", "嗯，物流太慢", "快递好慢啊", "物流太慢")
    ]
    answers.append(Said("价格有点贵", "price", -0.5))
    assert key_opinions(answers) == [
        Opinion("logistics", "物流太慢", 4, False),
        Opinion("price", "价格有点贵", 1, False),
    ]


def test_one_answer_may_hold_several_opinions_each_about_its_own_subject() -> None:
    found = key_opinions([Said("送货太慢，店员态度也差", "logistics", -0.9)])
    assert {o.category for o in found} == {"logistics", "service"}


def test_praise_and_blame_are_not_thrown_together() -> None:
    found = key_opinions([Said("味道不好", "quality", -0.8), Said("味道不好说，挺好吃", "quality", 0.8)])
    assert {o.good for o in found} == {True, False}


def test_in_a_mixed_answer_each_clause_is_praise_or_blame_by_its_own_words() -> None:
    found = key_opinions([Said("物流很快，就是质量太差，服务员也不热情", "quality", -0.7)])
    assert {(o.category, o.good) for o in found} == {
        ("logistics", True),
        ("quality", False),
        ("service", False),
    }
    found = key_opinions([Said("房间不大但是干净，价格不贵", "environment", 0.6)])
    assert {(o.phrase, o.good) for o in found} >= {("价格不贵", True)}


def test_what_is_denied_is_another_opinion() -> None:
    found = key_opinions([Said("店员热情", "service", 0.9), Said("店员不太热情", "service", -0.4)])
    assert [(o.count, o.good) for o in found] == [(1, False), (1, True)]


@given(st.lists(SAID, max_size=12))
def test_no_opinion_counts_more_answers_than_there_are_and_the_order_does_not_matter(
    said: list[Said],
) -> None:
    found = key_opinions(said)
    assert all(1 <= o.count <= len(said) and o.category and o.phrase for o in found)
    assert [o.count for o in found] == sorted((o.count for o in found), reverse=True)
    again = key_opinions(reversed(said))
    assert found == again
