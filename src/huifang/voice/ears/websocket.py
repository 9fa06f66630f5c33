"""Audio out and answers in over one websocket, at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect

from huifang.voice.ears.remote import AnswerUnusable, Frames

_CONNECT_S = 2.0


async def converse(
    url: str,
    frames: Frames,
    *,
    opening: str | None,
    encode: Callable[[NDArray[np.int16]], bytes],
    closing: str,
    read: Callable[[str, bool], float | None],
    patience: Callable[[], float | None] = lambda: None,
) -> None:
    """Send ``opening``, the frames and ``closing``, and give every answer to ``read``, with whether all was sent.

    ``read`` returns how many seconds another answer is worth waiting for once all was sent: 0 after the last
    one, None as long as it takes.  ``patience`` tells the same before the first answer.  ``OSError`` or ``WebSocketException`` where the far end is not there, ``AnswerUnusable`` where it goes away
    before its last answer.
    """
    async with connect(
        url, open_timeout=_CONNECT_S, ping_interval=None, max_size=2**20, close_timeout=0.2
    ) as socket:
        if opening is not None:
            await socket.send(opening)
        all_sent = asyncio.Event()
        sending = asyncio.create_task(_send(socket, frames, encode, closing, all_sent))
        try:
            while (message := await _next(socket, all_sent, patience)) is not None:
                text = message if isinstance(message, str) else message.decode("utf-8", "replace")
                patience_s = read(text, all_sent.is_set())
                if patience_s == 0:
                    return
                patience = partial(float, patience_s) if patience_s is not None else lambda: None
        finally:
            sending.cancel()
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await sending


async def _send(
    socket: ClientConnection,
    frames: Frames,
    encode: Callable[[NDArray[np.int16]], bytes],
    closing: str,
    all_sent: asyncio.Event,
) -> None:
    async for pcm in frames:
        await socket.send(encode(pcm))
    await socket.send(closing)
    all_sent.set()


async def _next(
    socket: ClientConnection, all_sent: asyncio.Event, patience: Callable[[], float | None]
) -> str | bytes | None:
    """The next message; None where none came as long as it was worth waiting for, once all was sent."""
    receiving, sent = asyncio.ensure_future(socket.recv()), asyncio.ensure_future(all_sent.wait())
    try:
        await asyncio.wait({receiving, sent}, return_when=asyncio.FIRST_COMPLETED)
        done, _ = await asyncio.wait({receiving}, timeout=patience())
        return receiving.result() if done else None
    finally:
        receiving.cancel()
        sent.cancel()


def one_object(message: str, of: str) -> dict[str, object]:
    """The JSON object in ``message``; ``AnswerUnusable`` names ``of`` where it is none."""
    try:
        data = json.loads(message)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise AnswerUnusable(f"{of} answered what is no JSON object")
    return data
