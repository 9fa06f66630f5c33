"""Symmetric RTP: who may talk to us."""

from __future__ import annotations

import pytest

from huifang.voice.rtp.source import SourceGate

SIGNALLED, NAT, STRANGER = ("10.0.0.1", 4000), ("203.0.113.5", 61000), ("198.51.100.9", 5004)


@pytest.fixture
def gate() -> SourceGate:
    """A gate that has heard its far end, behind NAT, until second 1.0."""
    gate = SourceGate(SIGNALLED)
    assert gate.address == SIGNALLED
    for number in range(50):
        assert gate.admit(NAT, 77, number, number * 0.02 + 0.02)
    return gate


def test_we_answer_to_where_packets_come_from(gate):
    assert gate.address == NAT


def test_a_stranger_is_not_heard_while_the_far_end_talks(gate):
    admitted = []
    for number in range(50, 200):
        admitted.append(gate.admit(STRANGER, 5, number, number * 0.02))
        assert gate.admit(NAT, 77, number, number * 0.02)
    assert not any(admitted)
    assert gate.address == NAT


def test_a_stranger_who_knows_the_ssrc_is_not_heard_while_the_far_end_talks(gate):
    admitted = []
    for number in range(50, 100):
        admitted.append(gate.admit(STRANGER, 77, number, number * 0.02))
        gate.admit(NAT, 77, number, number * 0.02)
    assert not any(admitted)


def test_a_single_packet_after_silence_does_not_take_the_call_over(gate):
    assert not gate.admit(STRANGER, 5, 9, 60.0)
    assert gate.address == NAT


def test_a_new_source_is_heard_once_the_old_one_is_gone(gate):
    assert [gate.admit(STRANGER, 5, n, 1.5 + n * 0.02) for n in range(3)] == [False] * 3
    assert [gate.admit(STRANGER, 5, n, 4.0 + n * 0.02) for n in range(10, 13)] == [False, True, True]
    assert gate.address == STRANGER


def test_the_same_stream_from_a_new_port_is_followed_soon(gate):
    moved = ("203.0.113.5", 61002)
    admitted = [gate.admit(moved, 77, 50 + n, 1.0 + (n + 1) * 0.02) for n in range(10)]
    assert admitted.index(True) <= 5
    assert gate.address == moved


def test_another_ssrc_from_the_same_place_is_heard_with_its_second_packet(gate):
    assert [gate.admit(NAT, 78, n, 1.02) for n in (65535, 0, 1)] == [False, True, True]


def test_the_signalled_address_wins_against_whoever_came_first(gate):
    assert [gate.admit(SIGNALLED, 9, n, 1.02) for n in (4, 5)] == [False, True]
    assert gate.address == SIGNALLED
