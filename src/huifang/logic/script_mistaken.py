"""「您是说我们打错了，对吗？」: only the models heard that the number is not the customer's, and nobody is struck off for a guess."""

from __future__ import annotations

from huifang.logic import dialogue
from huifang.logic.script_answering import Answering
from huifang.logic.script_state import Phase
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent, Reading
from huifang.logic.understanding.reading import GUESSED

_MEANT = frozenset((Intent.YES, Intent.WRONG_NUMBER))


class Mistaken:
    """That whoever has answered is not the customer, and the one who waits for a yes to that: ``State.mistaken``.

    What plain words say holds at once, and so does what cannot be asked about.  Who hangs up when asked has not said
    yes, and stays on the list.
    """

    def __init__(self, talk: Talk, answering: Answering) -> None:
        self.talk = talk
        self.answering = answering

    @property
    def waits(self) -> bool:
        return bool(self.talk.state.mistaken)

    def told(self, reading: Reading, text: str) -> None:
        """Words that say so, or may."""
        can_ask = self.talk.state.phase in (Phase.ASKING, Phase.CONFIRMING) and not self.waits
        if reading.evidence == GUESSED and can_ask:
            self.talk.change(mistaken=(reading.code or "wrong", text))
            self.talk.ask_again()
        else:
            self._believe(reading.code or "wrong", text)

    def key(self, key: str) -> None:
        """1 for yes, 2 for no."""
        self.talk.put(dialogue.Understood(Intent.YES if key == "1" else Intent.NO, 1.0, f"key {key}"))
        self._believe(*self.talk.state.mistaken) if key == "1" else self.deny()

    def heard(self, reading: Reading) -> bool:
        """Words in answer to it; False where they are none, and are to be taken as they come."""
        if reading.intent in _MEANT:
            self._believe(*self.talk.state.mistaken)
        elif reading.intent is Intent.NO:
            self.deny()
        else:
            return False
        return True

    def deny(self) -> None:
        """It was not meant: the question once more."""
        self.drop()
        self.answering.ladder.missed(understood=True)

    def drop(self) -> None:
        """They have gone on to something else, or say nothing."""
        self.talk.change(mistaken=())

    def _believe(self, why: str, text: str) -> None:
        self.talk.withdraw()
        self.drop()
        reply = why if why in self.talk.script.replies else "wrong_number"
        self.talk.put(dialogue.Stranger(why, text))
        self.talk.say(reply, self.talk.script.replies[reply])
        self.talk.end("wrong_number")
