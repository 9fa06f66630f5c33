"""How a call sounded: the E-model's known points, its laws, and what a node may say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.line_quality import Grade, LineQuality, line_quality_from_json, rating

percents = st.floats(0, 100)
milliseconds = st.floats(0, 5_000)
qualities = st.builds(LineQuality, percents, milliseconds, percents, st.none() | milliseconds)


@pytest.mark.parametrize(
    ("loss_percent", "delay_ms", "r"),
    [
        (0, 0, 93.2),
        (0, 150, 89.6),
        (0, 400, 59.1),
        (1, 0, 89.6),
        (5, 0, 77.4),
        (10, 100, 63.7),
        (100, 0, 17.3),
    ],
)
def test_the_rating_of_g_711_at_points_of_its_curves(loss_percent, delay_ms, r):
    assert rating(loss_percent, delay_ms) == pytest.approx(r, abs=0.1)


@pytest.mark.parametrize(
    ("loss", "jitter", "far_loss", "trip", "grade"),
    [
        (0, 2, 0, 20, Grade.EXCELLENT),
        (0, 2, 0, None, Grade.EXCELLENT),
        (1, 5, 0, 60, Grade.GOOD),
        (0, 5, 1, 60, Grade.GOOD),  # either way
        (4, 10, 0, 80, Grade.FAIR),
        (0, 5, 0, 450, Grade.FAIR),
        (8, 20, 0, 100, Grade.POOR),
        (0, 0, 0, 900, Grade.BAD),
        (20, 30, 0, 100, Grade.BAD),
        (0, 2, 100, None, Grade.EXCELLENT),  # who reports no times reports no losses either
    ],
)
def test_what_people_say_of_such_a_line(loss, jitter, far_loss, trip, grade):
    assert LineQuality(loss, jitter, far_loss, trip).grade == grade


@given(
    qualities, st.sampled_from(["loss_percent", "jitter_ms", "far_loss_percent", "round_trip_ms"]), percents
)
def test_nothing_that_goes_wrong_makes_a_line_better(quality, name, more):
    fields = {
        "loss_percent": quality.loss_percent,
        "jitter_ms": quality.jitter_ms,
        "far_loss_percent": quality.far_loss_percent,
        "round_trip_ms": quality.round_trip_ms,
    }
    if fields[name] is not None:
        fields[name] += more
    assert 0 <= LineQuality(**fields).r <= quality.r <= 93.2


def test_an_event_is_read_as_the_node_writes_it():
    said = {"loss_percent": 0.25, "jitter_ms": 3.5, "far_loss_percent": 1, "round_trip_ms": 42.0}
    assert line_quality_from_json(said) == LineQuality(0.25, 3.5, 1, 42)
    assert line_quality_from_json({**said, "round_trip_ms": None}) == LineQuality(0.25, 3.5, 1, None)


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
names = st.sampled_from(["loss_percent", "jitter_ms", "far_loss_percent", "round_trip_ms", "more"])


@given(anything | st.dictionaries(names, anything))
def test_nonsense_is_no_quality_and_nothing_else(said):
    quality = line_quality_from_json(said)
    assert quality is None or 0 <= quality.r <= 93.2
    for lack in ("", "null", '{"loss_percent": 1}'):
        assert line_quality_from_json(json.loads(lack or "0")) is None
