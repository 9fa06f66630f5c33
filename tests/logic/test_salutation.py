from __future__ import annotations

import pytest

from huifang.logic.salutation import salutation


@pytest.mark.parametrize(
    ("name", "gender", "said"),
    [
        ("李娜", "female", "李女士"),
        ("王强", "male", "王先生"),
        ("王 强", "male", "王先生"),
        ("欧阳娜娜", "female", "欧阳女士"),
        ("司马懿", "male", "司马先生"),
        ("单于", "male", "单先生"),
        ("李娜", "", "李娜"),
        ("Anna Lee", "female", "Anna Lee"),
        ("买买提·艾山", "male", "买买提·艾山"),
        ("李", "female", "李"),
        ("", "male", ""),
    ],
)
def test_a_customer_is_spoken_to_as_one_does(name, gender, said):
    assert salutation(name, gender) == said
