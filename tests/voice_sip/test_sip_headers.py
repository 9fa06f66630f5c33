"""The plain spelling of headers."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.sip.headers import Unbalanced, plain


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        (
            "v  : SIP / 2.0 / UDP   host : 5060 ; branch = z9 ; RPORT",
            "v: SIP/2.0/UDP host:5060;branch=z9;rport",
        ),
        ("From: tel:+8613800138000;Tag=A", "From: <tel:+8613800138000>;tag=A"),
        ("To: sip:4001@h ;  odd", "To: <sip:4001@h>;odd"),
        ('t:"Wang, \\"Lao\\" \\\\" < sip:a@h > ; tag = x', "t: \"Wang, 'Lao' /\" <sip:a@h>;tag=x"),
        ("Contact: *", "Contact: *"),
        ("m: <sip:A@h;Lr> , <sip:b@h>;Q=0.5", "m: <sip:A@h;Lr>,<sip:b@h>;q=0.5"),
        ('From: "a ; b = c" <sip:a@h>', 'From: "a ; b = c" <sip:a@h>'),
        ("Subject :  a ; b", "Subject: a ; b"),
        ('Call-ID: a"b', 'Call-ID: a"b'),
        ("no header", "no header"),
    ],
)
def test_a_header_is_spelled_plainly(written: str, spelled: str) -> None:
    assert plain(written) == spelled


def test_a_quoted_string_without_end_is_refused() -> None:
    with pytest.raises(Unbalanced):
        plain('To: "Mr. J. User <sip:a@h>')


@given(st.sampled_from(["Via", "From", "Contact", "Subject"]), st.text('a;=,"\\<>:/ \t@', max_size=40))
def test_what_is_spelled_plainly_stays_so(name: str, value: str) -> None:
    with contextlib.suppress(Unbalanced):
        once = plain(f"{name}: {value}")
        assert plain(once) == once
