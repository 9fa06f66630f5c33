"""What somebody who talks with a customer sees of them from moment to moment: mood, what to say, what may help."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from huifang.customers.call_words import CATEGORIES, EMOTIONS, RESULTS, RISKS, VOICES
from huifang.followups.browsing import result_of, scores_of
from huifang.followups.models import Attempt
from huifang.knowledge.finding import search
from huifang.logic.live_mood import Feeling, feeling_now, feelings, problem_now
from huifang.logic.soothing import may_offer, soothing
from huifang.logic.voice_line import EventKind
from huifang.logic.voice_mood import voice_in
from huifang.people.reach import Reach
from huifang.promises.budgets import left_for
from huifang.tickets.models import Ticket

_ARTICLES, _CALLS, _TICKETS = 2, 3, 3
_LIKELY = 25  # percent: what an agent may look at; the robot itself needs to be surer


def live_of(call: Attempt, now: datetime, *, again: int = 0) -> dict[str, Any]:
    """As JSON.  Keys: mood ({code, words, sure, voice, said}, None where none lasts), risk, soothing (sentences),
    problem, articles ({title, answer, source}), offers ({name, left}), wants_expert.

    :param again: how often the agent has asked for other sentences
    """
    events = list(
        call.node_events.filter(kind__in=[EventKind.HEARD, EventKind.SAID])
        .order_by("seq")
        .values_list("kind", "data")
    )
    heard = [data for kind, data in events if kind == EventKind.HEARD]
    said = [str(data.get("text") or "") for kind, data in events if kind == EventKind.SAID]
    feeling = feeling_now(heard)
    category, words = problem_now(heard)
    moods = [(one.emotion, one.category) for one in feelings(heard)]
    emotion = feeling.emotion if feeling else ""
    return {
        "mood": _mood(feeling) if feeling else None,
        "risk": str(RISKS.get(call.risk, "")),
        "soothing": list(soothing(moods, said, again=again)) if feeling else [],
        "problem": str(CATEGORIES.get(category, "")),
        "articles": _articles(call, words, now) if category else [],
        "offers": _offers(call) if may_offer(emotion, category) else [],
        "wants_expert": bool(call.risk) or emotion == "angry",
    }


def history_of(call: Attempt, *, with_links: bool, with_ratings: bool) -> dict[str, Any]:
    """The last calls with this customer and what is still owed to them, as JSON."""
    earlier = list(
        Attempt.objects.filter(
            customer=call.customer_id, answered_at__isnull=False, state=Attempt.State.ENDED
        )
        .exclude(pk=call.pk)
        .select_related("followup")
        .order_by("-claimed_at")[:_CALLS]
    )
    scores = scores_of(earlier) if with_ratings else {}
    tickets = (
        Ticket.objects.filter(customer=call.customer_id, state=Ticket.State.OPEN)
        .select_related("owner")
        .order_by("due_at")[:_TICKETS]
    )
    return {
        "calls": [
            {
                "day": f"{timezone.localtime(one.claimed_at):%m-%d}",
                "plan": one.followup.plan_name,
                "result": str(RESULTS.get(result_of(one), result_of(one))),
                "score": scores.get(one.pk),
                "url": reverse("call", args=[one.pk]) if with_links else "",
            }
            for one in earlier
        ],
        "tickets": [
            {
                "title": ticket.title,
                "owner": ticket.owner.display_name,
                "due": f"{timezone.localtime(ticket.due_at):%m-%d %H:%M}",
                "url": reverse("ticket", args=[ticket.pk]) if with_links else "",
            }
            for ticket in tickets
        ],
    }


def _mood(feeling: Feeling) -> dict[str, Any]:
    sure = feeling.data.get("emotion_confidence")
    return {
        "code": feeling.emotion,
        "words": str(EMOTIONS[feeling.emotion]),
        "sure": f"{sure:.0%}" if isinstance(sure, int | float) and 0 < sure <= 1 else "",
        "voice": str(VOICES.get(voice_in(feeling.data).get("mood", ""), "")),
        "said": str(feeling.data.get("text") or "")[:80],
    }


def _articles(call: Attempt, words: str, now: datetime) -> list[dict[str, str]]:
    """What the knowledge base of the customer's store holds about it; the agent reads it to the customer."""
    store = call.customer.store
    day = timezone.localtime(now).date()
    hits = search(Reach(everything=True), words, day, store) if words else []
    return [
        {"title": hit.article.title, "answer": hit.article.answer, "source": hit.article.source}
        for hit in hits[:_ARTICLES]
        if hit.percent >= _LIKELY
    ]


def _offers(call: Attempt) -> list[dict[str, Any]]:
    return [{"name": budget.name, "left": left} for budget, left in left_for(call.customer.store_id)]
