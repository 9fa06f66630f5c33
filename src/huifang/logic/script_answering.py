"""What becomes of an answer: taken, doubted, or asked for again on a lower rung of the ladder."""

from __future__ import annotations

from dataclasses import replace

from huifang.logic import dialogue
from huifang.logic.dialogue import Promise, Utterance
from huifang.logic.script_collecting import ENOUGH, Collecting, says_enough
from huifang.logic.script_document import Ask
from huifang.logic.script_feelings import emotion_of, tone_of
from huifang.logic.script_items import Choice
from huifang.logic.script_ladder import Ladder
from huifang.logic.script_path import Path, recorded
from huifang.logic.script_promise import due_at
from huifang.logic.script_state import Answer, Phase
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent, Reading
from huifang.logic.understanding.sounds import syllables

_COMPLAINT_SCORES = {"angry": 1}  # what a complaint says about a rating, always confirmed; others: 2
_NEGATIVE = -0.5
_GOOD = 4  # a score from which on complaining words do not fit
_CERTAIN = 1.0
_AUDIBLE = 0.5  # less sure words may be noise
_MOST_OWN_QUESTIONS = 5
_DETRACTS = 6
_WISHES = frozenset(("yao", "yuan", "xiang", "xu", "bi"))
_AGREES_OR_NOT = frozenset(("dui", "shi", "cuo"))


class Answering:
    """Works on the question at hand."""

    def __init__(self, talk: Talk, path: Path) -> None:
        self.talk = talk
        self.path = path
        self.ladder = Ladder(talk, path)
        self.collecting = Collecting(talk, self.ladder, self._take)

    # ---- keys

    def key(self, key: str) -> None:
        """A key that means something to this question only."""
        item = self.talk.item
        choice = item.by_key(key)
        if item.collects_digits:
            self.collecting.digit(key)
        elif choice is None:
            self.talk.put(dialogue.Understood(Intent.UNCLEAR, _CERTAIN, f"key {key}"))
            self.ladder.missed()
        else:
            self.talk.put(dialogue.Understood(Intent.CHOICE, _CERTAIN, f"key {key}"))
            if item.type == "multi":
                self.collecting.pick((choice.code,))
            else:
                self._take(self._chosen(choice, key=key, text="", channel="key"))

    # ---- words

    def said(self, reading: Reading, heard: Utterance, text: str) -> None:
        """Words in answer to the question."""
        item = self.talk.item
        if self.talk.ask.answers:
            self._own_question(reading, text)
        elif item.collects_digits:
            if reading.intent is Intent.COMPLAINT:
                self._feel(reading)
            self.collecting.counted(heard, text)
        elif item.type == "multi":
            self.collecting.several(reading, heard)
        elif item.type == "info":
            self._acknowledged(reading, heard, text)
        else:
            self._one(reading, text)

    def _acknowledged(self, reading: Reading, heard: Utterance, text: str) -> None:
        """Whatever is said to a piece of news shows that it was heard, but for a no and for noise."""
        is_noise = reading.intent is Intent.UNCLEAR and heard.confidence < _AUDIBLE
        if is_noise or reading.intent in (Intent.NO, Intent.DECLINE, Intent.UNSURE):
            self._feel(reading)
            self.ladder.missed()
        else:
            heard_it = self.talk.item.choices[0]
            answer = self._chosen(heard_it, key=None, text=text, channel="speech")
            self._take(self._with_tone(answer, reading), reading)

    def _one(self, reading: Reading, text: str) -> None:
        choice, item = self._meant(reading), self.talk.item
        if choice is not None:
            answer = self._with_tone(self._chosen(choice, key=None, text=text, channel="speech"), reading)
            sure = (Intent.RATING, Intent.CHOICE, Intent.YES, Intent.NO, Intent.DECLINE, Intent.INTEREST)
            if item.type == "text" or (
                reading.confidence >= self.talk.script.confirm_below and reading.intent in sure
            ):
                self._take(answer, reading)
            else:
                self.ladder.confirm(answer)
        elif item.type == "text" and reading.intent is not Intent.UNCLEAR:
            if item.validate is not None and not item.validate.admits_text(text):
                self.ladder.missed(beyond=True)
                return
            free = Answer(self.talk.state.at, item.id, "free", None, None, text, "speech")
            self._take(self._with_tone(free, reading), reading)
        else:
            if reading.intent is Intent.COMPLAINT:  # else 「听您这么说我很抱歉，我没听明白」
                self._feel(reading)
            else:
                self._remember_tone(reading)
            # 「嗯，你说」: ask, without the “I did not understand”
            self.ladder.missed(understood=reading.intent is Intent.YES)

    def _meant(self, reading: Reading) -> Choice | None:
        item = self.talk.item
        match reading.intent:
            case Intent.CHOICE:
                return item.by_code(reading.code)
            case Intent.YES | Intent.INTEREST if item.type == "yes_no":
                return item.by_code("yes")
            case Intent.NO | Intent.DECLINE if item.type == "yes_no":
                return item.by_code("no")
            case Intent.DIGIT if item.type in ("scale", "single", "yes_no"):
                return item.by_key(reading.code)
            case Intent.RATING if item.type == "scale":
                return item.by_score(int(reading.code))
            case Intent.COMPLAINT if item.type == "scale":
                return item.by_score(_COMPLAINT_SCORES.get(reading.code, 2))
        return None

    def _own_question(self, reading: Reading, text: str) -> None:
        """Here the customer asks: no, nothing more, ends it, and so does praise; nor are questions taken without end."""
        is_content = (reading.polarity or 0.0) > 0 and reading.intent is not Intent.QUESTION
        is_content |= reading.intent is Intent.INTEREST or (
            reading.intent is Intent.YES and bool(self.talk.state.misses)
        )
        is_done = reading.intent in ENOUGH or says_enough(text)
        if is_done or is_content or self.talk.state.questions >= _MOST_OWN_QUESTIONS:
            self._take(Answer(self.talk.state.at, self.talk.item.id, "none", None, None, text, "speech"))
        elif reading.intent in (Intent.YES, Intent.UNCLEAR):
            self.ladder.missed(understood=reading.intent is Intent.YES)
        else:
            self.look_up(text)

    def look_up(self, text: str) -> None:
        """The customer asks something: find out."""
        self.talk.change(question=text, questions=self.talk.state.questions + 1)
        self.talk.put(dialogue.Lookup(text))

    def pass_on(self, reply: str, text: str) -> None:
        """Something is to be done by our people: written down for them; then the question once more."""
        self.talk.change(questions=self.talk.state.questions + 1)
        self._promise_answer(reply, text)
        if self.talk.state.phase is Phase.CLOSING:
            self.talk.listen()
        else:
            self.talk.again()

    def _promise_answer(self, reply: str, question: str) -> None:
        said = self.talk.say(reply, self.talk.script.replies[reply])
        at = due_at(self.talk.now, "", self.talk.script.callback_after_minutes)
        self.talk.put(Promise("question", said, at.isoformat(), {"question": question}))

    def answered(self, found: dialogue.Found | None) -> None:
        """Tell what was found, or promise an answer; then go on where we stopped."""
        question = self.talk.state.question
        self.talk.change(question="")
        if found is not None:
            self.talk.tell(found)
        else:
            self._promise_answer("noted", question)
        if self.talk.state.phase is Phase.CLOSING:
            self.talk.listen()
        else:
            self.talk.again()

    # ---- in doubt

    def confirmed(self, reading: Reading, text: str, heard: Utterance) -> None:
        """Words in answer to 「您是说不满意，对吗？」."""
        pending = self.talk.state.pending
        if reading.intent is Intent.DIGIT and reading.code in ("1", "2"):  # 「对请按1，不对请按2」 said aloud
            reading = replace(reading, intent=Intent.YES if reading.code == "1" else Intent.NO)
        elif pending and reading.intent is Intent.COMPLAINT and self._is_detractor(pending):
            self.talk.change(phase=Phase.ASKING)
            self._feel(reading)
            self._keep(pending)  # 「服务态度差」 tells why it is a three
            return
        elif self.talk.item.collects_digits and (
            reading.intent not in (Intent.YES, Intent.NO, Intent.DECLINE)
            or self.collecting.holds_number(heard)
        ):
            self.collecting.counted_again(heard, text)
            return
        is_closed = reading.intent in (Intent.YES, Intent.NO, Intent.DECLINE)
        is_about_us = is_closed and self.talk.item.type == "yes_no" and not _names_wish(heard)
        meant = None if is_about_us else self._meant(reading)
        if reading.intent is Intent.YES and pending and (meant is None or meant.code == pending.code):
            self._keep(pending)
        elif meant is not None and pending and meant.code == pending.code:
            self._keep(pending)  # said twice
        elif meant is not None:
            self.ladder.confirm(self._chosen(meant, key=None, text=text, channel="speech"), missed=True)
        elif reading.intent in (Intent.NO, Intent.DECLINE):
            self.denied()
        else:
            self.ladder.missed()

    def _is_detractor(self, answer: Answer) -> bool:
        """A recommendation so unlikely that complaining fits it (Reichheld 2003)."""
        return self.talk.item.type == "nps" and int(answer.code) <= _DETRACTS

    def denied(self) -> None:
        """The answer in doubt was not meant."""
        self.talk.change(phase=Phase.ASKING, pending=None)
        self.ladder.missed(understood=True)

    def affirmed(self) -> None:
        """The answer in doubt was meant."""
        if self.talk.state.pending:
            self._keep(self.talk.state.pending)

    def _keep(self, answer: Answer) -> None:
        if self.talk.state.resume and any(
            a.item == answer.item and a == answer for a in self.talk.state.answers
        ):
            self.path.resume()  # the rating that was doubted stands
        else:
            self._take(answer)

    # ---- taking it

    def _take(self, answer: Answer, reading: Reading | None = None) -> None:
        """The answer counts, unless it does not fit what was said; feelings are answered first."""
        is_good = answer.score is not None and answer.score >= _GOOD
        if (
            is_good
            and answer.channel == "key"
            and self.talk.state.tone <= _NEGATIVE
            and not self.talk.state.rechecked
        ):
            self.talk.change(rechecked=True)
            self.ladder.confirm(answer)  # 「太差了」 and key 1
            return
        if reading is not None:
            self._feel(reading)
        if reading is not None and self._contradicts(answer):
            self._check_rating(answer)
            return
        self.path.record(answer)

    def _contradicts(self, answer: Answer) -> bool:
        """Very negative words after a good rating."""
        rated = self._good_rating()
        is_negative = answer.polarity is not None and answer.polarity <= _NEGATIVE
        return rated is not None and answer.score is None and is_negative and not self.talk.state.rechecked

    def _good_rating(self) -> Answer | None:
        return next((a for a in self.talk.state.answers if a.score is not None and a.score >= _GOOD), None)

    def _check_rating(self, answer: Answer) -> None:
        """Store the words, then ask whether the rating was meant; after that go on behind the words."""
        rated = self._good_rating()
        assert rated is not None
        self.talk.put(recorded(answer))
        self.talk.change(
            answers=(*self.talk.state.answers, answer),
            resume=answer.step,
            rechecked=True,
            at=rated.step,
            phase=Phase.CONFIRMING,
            pending=rated,
            silences=0,
            misses=0,
        )
        self.talk.ask_again()

    def _feel(self, reading: Reading) -> None:
        """Answer a feeling, and remember what tells against a good rating."""
        self._remember_tone(reading)
        emotion = emotion_of(reading) or ("anxious" if self.talk.is_strained else "")
        if emotion == "pleased" and not self._may_please():
            return
        if emotion and self.talk.state.phase is Phase.ASKING:
            self.talk.empathise(emotion)

    def _remember_tone(self, reading: Reading) -> None:
        self.talk.change(tone=min(self.talk.state.tone, tone_of(reading)))

    def _may_please(self) -> bool:
        """Who rates or tells something may be thanked for it; 「都清楚」 is a fact, and no reason for joy."""
        return self.talk.item.type in ("scale", "text") and not self.talk.state.misses

    def _with_tone(self, answer: Answer, reading: Reading) -> Answer:
        polarity = reading.polarity if reading.polarity is not None else tone_of(reading) or None
        return replace(answer, polarity=polarity, category=reading.category)

    def _chosen(self, choice: Choice, *, key: str | None, text: str, channel: str) -> Answer:
        return Answer(
            self.talk.state.at, self.talk.ask.item.id, choice.code, choice.score, key, text, channel
        )

    # ---- taking it back

    def undo(self) -> None:
        """Ask the last answered question again, or this one from its beginning.  A coupon that was promised is
        not taken back by a key; who does not want it leaves it."""
        state = self.talk.state
        if state.phase is Phase.CONFIRMING or not state.answers or self._is_promised(state.answers[-1]):
            if state.at and state.phase in (Phase.ASKING, Phase.CONFIRMING):
                self.path.ask(state.at)
            else:
                self.talk.again()
            return
        self.talk.withdraw()
        last = state.answers[-1]
        self.talk.put(replace(recorded(last), undone=True))
        self.talk.change(answers=state.answers[:-1], ending="", outcome="", resume="", fetching="")
        self.talk.say("undone", self.talk.script.replies["undone"])
        self.path.ask(last.step)

    def _is_promised(self, answer: Answer) -> bool:
        step = self.talk.script.steps[answer.step]
        return isinstance(step, Ask) and step.offer is not None and answer.code == "yes"

    def silence(self) -> None:
        """Nothing was said or pressed for as long as the question waits."""
        if not self.collecting.finish():
            self.ladder.silence()


def _names_wish(heard: Utterance) -> bool:
    """「愿意」 or 「不用」 to 「您是说，不用了，对吗？」 says what they want; 「对」 or 「不是」 says whether we heard right."""
    sounds = heard.pinyin or syllables(heard.text)
    wishes = not _WISHES.isdisjoint(sounds) or "bu yong" in " ".join(sounds)
    return wishes and _AGREES_OR_NOT.isdisjoint(sounds)
