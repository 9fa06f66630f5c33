"""The rules of endings and the announcement: the only writers of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings as installation
from django.db import transaction
from django.db.models import Max

from huifang.endings.library import names_of, playable
from huifang.endings.models import Announcement, EndingRule
from huifang.errors import N_, Clause, Conflict, HuifangError, NotFound
from huifang.logic.endings import Rule
from huifang.logic.message_text import LONGEST, composed, filled, length, names_a_sender, parts
from huifang.logic.script_text import SLOT, compile_words
from huifang.people.audit import record
from huifang.people.models import User
from huifang.segments.models import Segment

MOST_WORDS = 100  # longer than this nobody listens to at the end of a call
SLOTS = ("customer.salutation", "customer.name", "store.name")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


class RuleUnusable(HuifangError):
    template = N_("The rule “%(name)s” cannot be saved: %(reason)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """What people set about one rule; see ``EndingRule``.  ``tunes`` empty: the script's own tune."""

    name: str
    lowest: int
    highest: int
    brand: str = ""
    segment: Segment | None = None
    purpose: str = ""
    tunes: tuple[str, ...] = ()
    words: str = ""
    transfer: str = ""
    message: str = ""
    is_active: bool = True


def active_rules() -> list[Rule]:
    """The rules in use, in their order."""
    return [rule_of(row) for row in EndingRule.objects.filter(is_active=True).order_by("position", "id")]


def rule_of(row: EndingRule) -> Rule:
    return Rule(
        id=row.pk,
        name=row.name,
        lowest=row.lowest,
        highest=row.highest,
        brand=row.brand,
        segment=row.segment_id,
        purpose=row.purpose,
        tunes=tuple(row.tunes),
        default=row.default,
        words=row.words,
        transfer={"yes": True, "no": False}.get(row.transfer),
        message=row.message,
        salt=row.salt,
    )


@transaction.atomic
def save_rule(
    settings: RuleSettings, *, acting_user: User, now: datetime, rule: EndingRule | None = None
) -> EndingRule:
    """A new rule, put last, or ``rule`` set anew.  ``RuleUnusable`` says what does not fit.

    Other tunes begin a new experiment, because calls before and after are not to be compared.
    """
    row = EndingRule.objects.select_for_update().get(pk=rule.pk) if rule else EndingRule(since=now)
    _check(settings, row)
    if rule is None:
        row.position = (EndingRule.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    tunes = sorted(set(settings.tunes))
    if rule is None or tunes != sorted(row.tunes):
        row.salt, row.since = secrets.token_hex(16), now
    row.tunes = tunes
    if row.default not in tunes:
        row.default = ""
    for name in (
        "name",
        "lowest",
        "highest",
        "brand",
        "segment",
        "purpose",
        "words",
        "transfer",
        "message",
        "is_active",
    ):
        setattr(row, name, getattr(settings, name))
    row.save()
    _record(row, "endings.change_rule" if rule else "endings.create_rule", acting_user)
    return row


def _check(settings: RuleSettings, row: EndingRule) -> None:
    brands = {**dict.fromkeys(row.tunes, settings.brand), **playable()}  # one out of use may stay in its rule
    fault = _fault(settings, brands)
    if fault:
        raise RuleUnusable(name=settings.name, reason=fault)


def _fault(settings: RuleSettings, brands: Mapping[str, str]) -> str | Clause:
    if not 1 <= settings.lowest <= settings.highest <= 5:
        return N_("the lower rating stands first, and both lie between 1 and 5.")
    if any(tune not in brands for tune in settings.tunes):
        return N_("one of its tunes is no longer in the library; choose again.")
    foreign = {brands[tune] for tune in settings.tunes} - {"", settings.brand}
    if foreign:
        return Clause(
            N_("one of its tunes belongs to the brand %(brand)s, so the rule must be for that brand."),
            brand=min(foreign),
        )
    if not (settings.tunes or settings.words or settings.transfer or settings.message):
        return N_("it changes nothing; choose tunes, words, a hand-over or a text message.")
    return (_fault_of_words(settings.words) if settings.words else "") or (
        _fault_of_message(settings.message) if settings.message else ""
    )


def _fault_of_words(words: str) -> str | Clause:
    if len(words) > MOST_WORDS:
        return Clause(N_("its words are longer than %(most)s characters."), most=MOST_WORDS)
    if not _CHINESE.search(words):
        return N_("its words must be Chinese, because they are said in Chinese calls.")
    try:
        compile_words(words)
    except ValueError:
        return N_("a brace in its words does not belong to a slot.")
    return _fault_of_slots(words)


def _fault_of_slots(words: str) -> str | Clause:
    unknown = [slot for slot in SLOT.findall(words) if slot not in SLOTS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in SLOTS)
        return Clause(
            N_("{%(slot)s} is not known here; its words may use %(known)s."), slot=unknown[0], known=known
        )
    return ""


def _fault_of_message(text: str) -> str | Clause:
    if re.search(r"[{}]", SLOT.sub("", text)):
        return N_("a brace in its message does not belong to a slot.")
    if not installation.HUIFANG.sms_sender and not names_a_sender(text):
        return N_(
            "its message does not say who sends it; begin it with the name in 【】, or set HUIFANG_SMS_SENDER."
        )
    longest = Preview.of(text, is_marketing=True).length
    if longest > LONGEST:
        return Clause(
            N_("its message has up to %(length)s characters with names filled in; gateways take %(most)s."),
            length=longest,
            most=LONGEST,
        )
    return _fault_of_slots(text)


_EXAMPLES = {
    "customer.salutation": "欧阳女士",
    "customer.name": "欧阳小燕",
    "store.name": "花颜美妆南京东路旗舰店",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as a customer would read it, its length, and as how many messages it is charged."""

    text: str
    length: int
    parts: int

    @classmethod
    def of(cls, text: str, *, is_marketing: bool) -> Preview:
        """With names that are longer than most."""
        words = composed(filled(text, _EXAMPLES), installation.HUIFANG.sms_sender, is_marketing=is_marketing)
        return cls(words, length(words), parts(words))


@transaction.atomic
def remove_rule(rule: EndingRule, *, acting_user: User) -> None:
    """Forget a rule; what calls were given by it stays on record."""
    _record(rule, "endings.remove_rule", acting_user)
    rule.delete()


@transaction.atomic
def move_up(rule: EndingRule, *, acting_user: User) -> None:
    """Let a rule be looked at one place earlier."""
    rows = list(EndingRule.objects.select_for_update().order_by("position", "id"))
    at = next((i for i, row in enumerate(rows) if row.pk == rule.pk), None)
    if at is None:
        raise NotFound(thing=N_("rule"))
    if at:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    for place, row in enumerate(rows, 1):
        row.position = place
    EndingRule.objects.bulk_update(rows, ["position"])
    record(acting_user=acting_user, action="endings.move_rule", thing=rule, place=max(at, 1))


@transaction.atomic
def set_default(rule: EndingRule, tune: str, *, acting_user: User, now: datetime) -> EndingRule:
    """Let ``tune`` be what most calls of this rule play; "": every tune equally often again.

    A new experiment begins.  ``Conflict`` where it is none of the rule's tunes.
    """
    row = EndingRule.objects.select_for_update().get(pk=rule.pk)
    if tune and tune not in row.tunes:
        raise Conflict(reason=N_("the rule does not play this tune."))
    if row.default != tune:
        before, row.default = row.default, tune
        row.salt, row.since = secrets.token_hex(16), now
        row.save(update_fields=["default", "salt", "since"])
        record(acting_user=acting_user, action="endings.set_default", thing=row, before=before, after=tune)
    return row


SUGGESTED: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    (N_("Pleased: cheerful music"), 4, 5, ("bright_piano", "warm_piano")),
    (N_("So-so: gentle music"), 3, 3, ("gentle", "warm_piano")),
    (N_("Unhappy: soothing sounds"), 1, 2, ("rain", "waves")),
)


@transaction.atomic
def add_suggested(names: Collection[str], *, acting_user: User, now: datetime) -> None:
    """The three rules to begin with, called ``names``.  ``Conflict`` where there are rules already."""
    if EndingRule.objects.exists():
        raise Conflict(reason=N_("there are rules already."))
    for name, (_name, lowest, highest, tunes) in zip(names, SUGGESTED, strict=True):
        save_rule(
            RuleSettings(name=name, lowest=lowest, highest=highest, tunes=tunes),
            acting_user=acting_user,
            now=now,
        )


@transaction.atomic
def announce(mode: str, *, acting_user: User, now: datetime) -> Announcement:
    """Say whether customers hear that their rating chooses the tune.  ``Conflict`` for an unknown word."""
    if mode not in Announcement.Mode.values:
        raise Conflict(reason=N_("it is announced always, never, or in half of the calls."))
    row = Announcement.objects.select_for_update().order_by("id").first() or Announcement(since=now)
    if row.pk is None or row.mode != mode:
        row.mode, row.salt, row.since = mode, secrets.token_hex(16), now
        row.save()
        record(acting_user=acting_user, action="endings.announce", thing=row, mode=mode)
    return row


def _record(row: EndingRule, action: str, acting_user: User) -> None:
    record(
        acting_user=acting_user,
        action=action,
        thing=row,
        name=row.name,
        scores=[row.lowest, row.highest],
        brand=row.brand,
        purpose=row.purpose,
        tunes=list(names_of(row.tunes).values()),
        words=row.words,
        transfer=row.transfer,
        message=row.message,
        is_active=row.is_active,
    )
