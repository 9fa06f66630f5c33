"""A hand-over to two browser softphones: a real node, the real gateway, aiortc as the browsers' side of it.

Who hears whom is told by tones: the customer hums 500 Hz, the agent's microphone 700 Hz, the expert's 900 Hz.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra softphone is not installed")

from voice_softphone.test_gateway import Centre, online
from voice_softphone.test_gateway import running as serving_desks
from voice_softphone.window import Window, until

from huifang.logic.voice_line import EventKind, TransferTarget

from .phones import TONES, hear_only
from .stage import wait_until
from .test_handover import Call

soon = asyncio.to_thread
_FRAMES = 15


def heard(window: Window) -> np.ndarray:
    """The last 300 ms that a window has played."""
    return np.concatenate(window.heard[-_FRAMES:]).astype(np.float64) if window.heard else np.zeros(1)


def tones(window: Window) -> set[int]:
    samples = heard(window)
    turns = np.arange(len(samples)) / 8000
    return {hz for hz in TONES if 2 * abs(np.mean(samples * np.exp(-2j * np.pi * hz * turns))) > 3000}


def loudness(window: Window) -> float:
    return float(np.sqrt(np.mean(heard(window) ** 2)))


async def hears_only(window: Window, *wanted: int) -> None:
    await until(lambda: tones(window) == set(wanted), f"just {wanted} Hz in a window")


async def picks_up(window: Window) -> int:
    """Answer the call that rings; its number."""
    call: int = (await window.said("ring"))["call"]
    window.do("answer", call=call)
    await window.said("answered", call=call)
    return call


def test_hold_mute_and_an_expert_by_the_buttons_of_softphones(tmp_path: Path) -> None:
    async def scene() -> None:
        desks = Centre()
        async with (
            serving_desks(desks),
            online(desks, hertz=700.0) as (agent, agent_key),
            online(desks, hertz=900.0) as (expert, expert_key),
        ):
            call = Call(tmp_path)
            call._changes["transfer_targets"] = [
                TransferTarget("chen", "小陈", desks.phone(agent_key).sip_uri),
                TransferTarget("zhou", "周主管", desks.phone(expert_key).sip_uri, expert=True),
            ]
            stage = call.until_somebody_is_wanted()
            await soon(stage.__enter__)
            try:
                await talk(call, agent, expert)
            finally:
                await soon(stage.__exit__, None, None, None)

    asyncio.run(scene())


def test_an_agent_in_a_noisy_room_gets_the_customer_without_a_key(tmp_path: Path) -> None:
    """Whoever clicks to pick up is no voicemail, even if their microphone is never quiet."""

    async def scene() -> None:
        desks = Centre()
        async with serving_desks(desks), online(desks, hertz=700.0, is_steady=False) as (agent, key):
            call = Call(tmp_path)
            window = TransferTarget("chen", "小陈", desks.phone(key).sip_uri, is_window=True)
            call._changes["transfer_targets"] = [window]
            stage = call.until_somebody_is_wanted()
            await soon(stage.__enter__)
            try:
                number = await picks_up(agent)
                assert await soon(call.was_told, EventKind.BRIDGED)
                assert not call.told(EventKind.TRANSFER_FAILED)
                agent.do("hang_up", call=number)
                assert (await soon(call.end))["outcome"] == "transferred"
            finally:
                await soon(stage.__exit__, None, None, None)

    asyncio.run(scene())


async def talk(call: Call, agent: Window, expert: Window) -> None:
    customer = call.customer
    number = await picks_up(agent)
    await until(lambda: loudness(agent) > 500, "the whisper in the agent's window")
    agent.do("keys", call=number, keys="1")
    assert await soon(call.was_told, EventKind.BRIDGED)
    customer.is_humming = True
    assert await soon(hear_only, customer, 700)
    await hears_only(agent, 500)

    agent.do("keys", call=number, keys="*2")
    assert await soon(call.was_told, EventKind.HELD)
    assert await soon(hear_only, customer)
    assert await soon(wait_until, lambda: customer.loudness() > 50, 15), "the tune"
    await until(lambda: loudness(agent) < 10, "silence in the agent's window: neither customer nor tune")
    agent.do("keys", call=number, keys="*2")
    assert await soon(call.was_told, EventKind.RESUMED)
    assert await soon(hear_only, customer, 700)
    await hears_only(agent, 500)

    agent.do("keys", call=number, keys="*4")
    assert await soon(wait_until, lambda: customer.loudness() < 10, 15), "the agent is muted"
    assert tones(agent) == {500}
    agent.do("keys", call=number, keys="*4")
    assert await soon(hear_only, customer, 700)

    agent.do("keys", call=number, keys="*3")
    await picks_up(expert)
    assert await soon(call.was_told, EventKind.EXPERT_JOINED)
    assert await soon(hear_only, customer, 700, 900)
    await hears_only(agent, 500, 900)
    await hears_only(expert, 500, 700)

    agent.do("hang_up", call=number)
    assert await soon(call.was_told, EventKind.AGENT_LEFT)
    assert await soon(hear_only, customer, 900)
    await hears_only(expert, 500)
    customer.hang_up()
    assert (await soon(call.end))["outcome"] == "transferred"
    await expert.said("ended", cause="they_hung_up")
    assert call.told(EventKind.HELD) == call.told(EventKind.RESUMED) == [{"agent": "chen"}]
