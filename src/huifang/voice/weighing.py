"""Words of one call that wait for a second opinion: one utterance at most, and never for long.

Whatever happens meanwhile (a key, more words) comes after them, as it would have without waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from huifang.logic.dialogue import Utterance
from huifang.logic.second_opinion import Opinion, wants_opinion, weighed
from huifang.logic.understanding import Asked

Take = Callable[[Utterance], None]
AskModel = Callable[[str, Iterable[str], Callable[[Opinion | None], None]], None]
"""``LanguageModel.ask``."""


class Weighing:
    """``ask`` is None where no language model is set: nothing ever waits."""

    def __init__(self, ask: AskModel | None) -> None:
        self._ask = ask
        self._waiting: tuple[Utterance, Take] | None = None

    @property
    def is_busy(self) -> bool:
        return self._waiting is not None

    def weigh(self, said: Utterance, asked: Asked, names: Iterable[str], take: Take) -> None:
        """Give ``said`` to ``take``: at once, or with a second opinion where that may help."""
        self.let_go()
        if self._ask is None or not wants_opinion(said, asked):
            take(said)
            return
        waiting = self._waiting = (said, take)
        self._ask(said.text, names, lambda opinion: self._told(waiting, opinion))

    def let_go(self) -> None:
        """Something else has happened: what waits is taken as it is, now."""
        if self._waiting is not None:
            (said, take), self._waiting = self._waiting, None
            take(said)

    def forget(self) -> None:
        """The call is over."""
        self._waiting = None

    def _told(self, waiting: tuple[Utterance, Take], opinion: Opinion | None) -> None:
        if self._waiting is not waiting:
            return  # was let go
        self._waiting = None
        said, take = waiting
        take(said if opinion is None else weighed(said, opinion))
