"""The fuzz targets' twins: what atheris does for ten minutes, Hypothesis does for a moment in every test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fuzz.targets import SEEDS, SIP_AGENT, TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(autouse=True, scope="module")
def _silence_afterwards() -> Iterator[None]:
    yield
    SIP_AGENT.close()


def damaged(seed: bytes) -> st.SearchStrategy[bytes]:
    """``seed`` with pieces cut out, doubled and replaced."""
    place = st.integers(0, len(seed))
    wound = st.tuples(
        place,
        place,
        st.one_of(st.binary(max_size=8), st.sampled_from([seed, b"\r\n", b"\0", b";", b"9" * 30])),
    )

    def apply(wounds: list[tuple[int, int, bytes]]) -> bytes:
        data = seed
        for start, end, filling in wounds:
            data = data[: min(start, end)] + filling + data[max(start, end) :]
        return data

    return st.lists(wound, min_size=1, max_size=3).map(apply)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_good_is_taken(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_damaged_is_refused_or_taken_and_nothing_else(name: str) -> None:
    @settings(max_examples=150)
    @given(st.one_of(st.binary(max_size=300), st.sampled_from(SEEDS[name]).flatmap(damaged)))
    def holds(data: bytes) -> None:
        TARGETS[name](data)

    holds()
