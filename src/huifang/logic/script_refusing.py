"""「您是希望我们以后都不再给您打电话，对吗？」: what was said is likely a refusal, but not certainly."""

from __future__ import annotations

from huifang.logic import dialogue
from huifang.logic.script_answering import Answering
from huifang.logic.script_state import Phase
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent, Reading
from huifang.logic.understanding.reading import SURE

_MEANT = frozenset((Intent.YES, Intent.REFUSAL, Intent.DECLINE))


class Refusing:
    """Refusals, and the one that waits for a yes, if any: ``State.refusing``, the words that may be one.

    A clear refusal is obeyed at once.  So is one that cannot be asked about, and whoever hangs up when asked has
    answered: to go on would be worse than to let somebody go.
    """

    def __init__(self, talk: Talk, answering: Answering) -> None:
        self.talk = talk
        self.answering = answering

    @property
    def waits(self) -> bool:
        return bool(self.talk.state.refusing)

    def refused(self, reading: Reading, text: str) -> None:
        """Words that are a refusal, or may be one."""
        can_ask = self.talk.state.phase in (Phase.ASKING, Phase.CONFIRMING) and not self.waits
        if reading.confidence >= SURE or not can_ask:
            self._obey(self.talk.state.refusing or text)
        else:
            self.talk.change(refusing=text)
            self.talk.ask_again()

    def key(self, key: str) -> None:
        """1 for yes, 2 for no."""
        self.talk.put(dialogue.Understood(Intent.YES if key == "1" else Intent.NO, 1.0, f"key {key}"))
        self._obey(self.talk.state.refusing) if key == "1" else self.deny()

    def heard(self, reading: Reading) -> bool:
        """Words in answer to it; False where they are none, and are to be taken as they come."""
        if reading.intent in _MEANT:
            self._obey(self.talk.state.refusing)
        elif reading.intent is Intent.NO:
            self.deny()
        else:
            return False
        return True

    def hung_up(self) -> None:
        """Gone instead of a yes."""
        self._note(self.talk.state.refusing)
        self.talk.end("refused")

    def deny(self) -> None:
        """It was not meant: the question once more."""
        self.drop()
        self.answering.ladder.missed(understood=True)

    def drop(self) -> None:
        """The customer has gone on to something else, or says nothing."""
        self.talk.change(refusing="")

    def _obey(self, text: str) -> None:
        self.talk.withdraw()
        self._note(text)
        self.talk.say("refused", self.talk.script.replies["refused"])
        self.talk.end("refused")

    def _note(self, text: str) -> None:
        self.talk.change(refusing="")
        self.talk.put(dialogue.Refusal(text))
