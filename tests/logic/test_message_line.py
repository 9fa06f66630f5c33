from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.message_line import Fate, body_of, is_signed, read_answer, signature

SECRET = "a secret of the gateway"


@given(st.binary(max_size=60), st.integers(0, 10**10), st.integers(-300, 300))
def test_what_was_signed_lately_is_believed(body, at, apart):
    assert is_signed(SECRET, str(at), body, signature(SECRET, str(at), body), at + apart)


@given(st.binary(max_size=20), st.binary(max_size=20), st.integers(10**8, 10**10))
def test_another_body_time_or_secret_is_not(body, other, at):
    good = signature(SECRET, str(at), body)
    assert is_signed(SECRET, str(at), other, good, at) == (other == body)
    assert not is_signed(SECRET, str(at + 1), body, good, at)
    assert not is_signed("another secret of it", str(at), body, good, at)
    assert not is_signed(SECRET, str(at), body, good, at + 301)
    assert not is_signed(SECRET, str(at), body, good, at - 301)


@pytest.mark.parametrize("timestamp", ["", "now", "-5", "１２３", "1" * 13, "1.5"])
def test_a_time_that_is_none_is_refused(timestamp):
    assert not is_signed(SECRET, timestamp, b"", signature(SECRET, timestamp, b""), 1)


def test_nothing_is_signed_without_a_secret():
    assert not is_signed("", "1", b"", signature("", "1", b""), 1)


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (200, Fate.TAKEN), (202, Fate.TAKEN), (204, Fate.TAKEN), (302, Fate.NOT_TAKEN), (400, Fate.REFUSED),
        (401, Fate.NOT_TAKEN), (404, Fate.NOT_TAKEN), (408, Fate.NOT_TAKEN), (413, Fate.REFUSED), (422, Fate.REFUSED),
        (429, Fate.NOT_TAKEN), (500, Fate.UNKNOWN), (502, Fate.UNKNOWN), (503, Fate.NOT_TAKEN), (504, Fate.UNKNOWN),
    ],
)  # fmt: skip
def test_each_status_has_its_fate(status, fate):
    assert read_answer(status, b"").fate is fate


@given(st.integers(100, 599), st.binary(max_size=40), st.text(max_size=8))
def test_no_answer_breaks_the_reading(status, body, retry_after):
    told = read_answer(status, body, retry_after)
    assert len(told.reason) <= 200
    assert told.retry_after_s is None or 0 < told.retry_after_s <= 86_400


def test_the_gateways_words_are_kept():
    assert read_answer(200, b'{"id": "m-7"}').id == "m-7"
    assert read_answer(422, json.dumps({"reason": "签名未报备"}).encode()).reason == "HTTP 422 签名未报备"
    assert read_answer(503, b"", "30").retry_after_s == 30


def test_the_body_is_json_with_the_text_as_it_is():
    assert json.loads(body_of("k", "+8613812345678", "您好")) == {
        "key": "k",
        "to": "+8613812345678",
        "text": "您好",
    }
