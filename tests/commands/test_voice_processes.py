"""Several voice nodes on one machine: what each gets of the settings, and where it runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.commands.up import process_commands
from huifang.env import Environment, read_environment, share_of
from huifang.errors import SettingInvalid
from huifang.voice.cores import pin


def environment(**values: object) -> Environment:
    return read_environment(
        {"HUIFANG_HOME": "/nowhere", **{name: str(value) for name, value in values.items()}}
    )


@given(
    processes=st.integers(1, 64),
    seats=st.integers(1, 5000),
    first=st.integers(1, 30_000),
    width=st.integers(126, 30_000),
)
def test_nodes_share_no_port_no_name_and_no_journal(
    processes: int, seats: int, first: int, width: int
) -> None:
    whole = environment(
        HUIFANG_VOICE_PROCESSES=processes,
        HUIFANG_NODE_SEATS=seats,
        HUIFANG_RTP_FIRST_PORT=first,
        HUIFANG_RTP_LAST_PORT=first + width,
    )
    shares = [share_of(whole, number) for number in range(1, processes + 1)]
    ranges = [set(range(share.rtp_first_port, share.rtp_last_port + 1)) for share in shares]
    assert len(set().union(*ranges)) == sum(map(len, ranges))
    assert all(any(port % 2 == 0 for port in ports) for ports in ranges)
    assert max(max(ports) for ports in ranges) <= first + width + 1
    assert len({share.sip_port for share in shares}) == len({share.journal for share in shares}) == processes
    assert sum(share.node_seats for share in shares) == max(seats, processes)
    assert (shares[0].node_name, shares[0].sip_port) == (whole.node_name, whole.sip_port)


def test_the_only_node_has_everything() -> None:
    whole = environment(HUIFANG_CPU="0,1")
    assert share_of(whole, 1) is whole


@pytest.mark.parametrize(
    ("name", "names"), [("node-1", ["node-1", "node-2"]), ("shanghai", ["shanghai", "shanghai-2"])]
)
def test_nodes_are_counted_by_name(name: str, names: list[str]) -> None:
    whole = environment(HUIFANG_VOICE_PROCESSES=2, HUIFANG_NODE=name)
    assert [share_of(whole, number).node_name for number in (1, 2)] == names


def test_each_node_gets_a_core_in_turn() -> None:
    whole = environment(HUIFANG_VOICE_PROCESSES=3, HUIFANG_CPU="4, 6")
    assert [share_of(whole, number).cpus for number in (1, 2, 3)] == [(4,), (6,), (4,)]


def test_up_runs_every_node() -> None:
    commands = process_commands(3)
    assert [name for name in commands if name.startswith("voice")] == ["voice", "voice-2", "voice-3"]
    assert commands["voice-3"][-3:] == ["voice", "--number", "3"]


def test_a_process_stays_on_its_core() -> None:
    core = max(os.sched_getaffinity(0))
    code = f"import os; from huifang.voice.cores import pin; pin([{core}]); print(os.sched_getaffinity(0))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == str({core})


def test_a_core_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingInvalid, match="9999"):
        pin([9999])
