"""How a call sounded, in words and figures, as its page tells it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy

from huifang.followups.models import Attempt
from huifang.logic.line_quality import Grade, LineQuality, line_quality_from_json
from huifang.logic.voice_line import EventKind

_GRADES: dict[Grade, Promise] = {
    Grade.EXCELLENT: pgettext_lazy("call quality", "excellent"),
    Grade.GOOD: pgettext_lazy("call quality", "good"),
    Grade.FAIR: pgettext_lazy("call quality", "fair"),
    Grade.POOR: pgettext_lazy("call quality", "poor"),
    Grade.BAD: pgettext_lazy("call quality", "bad"),
}


@dataclass(frozen=True, slots=True)
class HowItSounded:
    """``grade`` is a code, ``word`` and ``figures`` are for people."""

    grade: Grade
    word: str
    figures: list[str]


def how_it_sounded(call: Attempt) -> HowItSounded | None:
    """None where nobody talked, or an old node told nothing of it."""
    ended = call.node_events.filter(kind=EventKind.ENDED).order_by("-seq").first()
    quality = line_quality_from_json(ended.data.get("quality")) if ended is not None else None
    if quality is None:
        return None
    return HowItSounded(quality.grade, str(_GRADES[quality.grade]), _figures(quality))


def _figures(quality: LineQuality) -> list[str]:
    told = [
        gettext("lost of the customer’s voice: %(percent)s %%")
        % {"percent": number_format(round(quality.loss_percent, 1), 1)},
        gettext("jitter: %(ms)s ms") % {"ms": number_format(round(quality.jitter_ms, 0), 0)},
    ]
    if quality.round_trip_ms is None:
        return [*told, gettext("the far end reports nothing of what it hears")]
    return [
        *told,
        gettext("lost of our voice: %(percent)s %%")
        % {"percent": number_format(round(quality.far_loss_percent, 1), 1)},
        gettext("there and back: %(ms)s ms") % {"ms": number_format(round(quality.round_trip_ms, 0), 0)},
    ]
