"""The ladder of a question: what was clearly said is taken; what was half understood is confirmed; after that the
choices are offered, then the keys; then, where messages are possible, the question goes out as a link; and in the end
its fallback goes on without an answer, or to a person.
"""

from __future__ import annotations

from huifang.logic.dialogue import AskByMessage, Promise
from huifang.logic.script_document import Fallback
from huifang.logic.script_items import options_in_words
from huifang.logic.script_link import may_be_linked
from huifang.logic.script_path import Path
from huifang.logic.script_promise import due_at
from huifang.logic.script_state import Answer, Phase
from huifang.logic.script_talk import Talk
from huifang.logic.script_text import Text


class Ladder:
    """Goes down rung by rung with the question at hand."""

    def __init__(self, talk: Talk, path: Path) -> None:
        self.talk = talk
        self.path = path

    def confirm(self, answer: Answer, *, missed: bool = False) -> None:
        """Ask whether the answer was meant.  ``missed``: it is not the first that was understood."""
        misses = self.talk.state.misses + missed
        if misses > len(self.talk.ask.no_match.prompts):
            self.fall_back(self.talk.ask.no_match, "no_match")
            return
        self.talk.change(phase=Phase.CONFIRMING, pending=answer, silences=0, misses=misses)
        self.talk.ask_again()

    def silence(self) -> None:
        """Nothing was said or pressed for as long as the question waits."""
        tried = self.talk.state.silences
        self.talk.change(silences=tried + 1)
        self._retry(self.talk.ask.no_input, tried, "no_input")

    def missed(self, *, understood: bool = False, beyond: bool = False) -> None:
        """What came was no answer.  ``beyond``: it was one, but beyond what the question admits."""
        tried = self.talk.state.misses
        self.talk.change(misses=tried + 1)
        validate = self.talk.ask.item.validate
        words = validate.words if beyond and validate is not None else None
        self._retry(self.talk.ask.no_match, tried, "no_match", plain=understood, words=words)

    def unsure(self) -> None:
        """「不好说」: understood, and no answer; the choices make it easier, without “I did not understand”."""
        self.talk.change(misses=self.talk.state.misses + 1)
        self.talk.rung = "choices"
        options = options_in_words(self.talk.item, self.talk.state.language)
        self.talk.say("unsure", self.talk.script.replies["unsure"], extra={"options": options})
        self.talk.listen()

    def _retry(
        self, fallback: Fallback, tried: int, outcome: str, *, plain: bool = False, words: Text | None = None
    ) -> None:
        if tried >= len(fallback.prompts):
            self.fall_back(fallback, outcome)
            return
        self.talk.rung = "choices" if tried == 0 else "keys"
        if words is not None:
            self.talk.change(phase=Phase.ASKING, pending=None)
            self.talk.prompt(words)
            self.talk.listen()
        elif self.talk.state.phase is Phase.CONFIRMING or plain:
            self.talk.ask_again()
        else:
            self.talk.prompt(fallback.prompts[tried])
            self.talk.listen()

    def fall_back(self, fallback: Fallback, outcome: str) -> None:
        """The last rung."""
        if self.talk.state.resume:
            self.path.resume()  # no answer to 「您刚才的评价是非常满意，对吗？」: it stands
            return
        self.talk.change(pending=None)
        self._ask_by_message()
        if fallback.words is None:
            self.path.go(fallback.go)
            return
        said = self.talk.say(self.talk.state.at, fallback.words)
        if fallback.rescue == "transfer" and not self.talk.state.transfers:
            self.talk.transfer(outcome)
            return
        if fallback.rescue:
            at = due_at(self.talk.now, "", self.talk.script.callback_after_minutes)
            self.talk.put(Promise("callback", said, at.isoformat()))
        self.talk.end(outcome)

    def _ask_by_message(self) -> None:
        """The rung before the last; that a message comes is said once, however many questions are in it."""
        talk = self.talk
        if talk.given_facts.get("call.messages") is not True or not may_be_linked(talk.script, talk.ask):
            return
        if not talk.state.linked:
            talk.say("message", talk.script.replies["message"])
        talk.change(linked=True)
        talk.put(AskByMessage(talk.ask.item.id))
