"""A number on its way to the centre."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.sealed_number import NONCE_BYTES, seal, unseal

NONCE = st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), NONCE)
def test_only_the_centre_reads_it_and_only_for_the_same_call(number: str, nonce: bytes) -> None:
    sealed = seal(number, "a1", "token", nonce)
    assert number not in sealed
    assert unseal(sealed, "a1", "token") == number
    assert unseal(sealed, "a2", "token") is None
    assert unseal(sealed, "a1", "other") is None
    assert unseal(sealed[:-6] + "AAAA==", "a1", "token") is None


@given(st.text(max_size=60))
def test_whatever_else_comes_is_no_number(junk: str) -> None:
    assert unseal(junk, "a1", "token") is None
