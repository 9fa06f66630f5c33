"""What the frame around every page needs to know."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from huifang.people.permissions import CALL_TAKERS, LEADS
from huifang.people.reach import reach_of


def for_every_page(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    is_lead = getattr(user, "role", "") in LEADS
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "languages": settings.LANGUAGES,
        "is_lead": is_lead,
        "takes_calls": getattr(user, "role", "") in CALL_TAKERS,
        "is_chain_lead": is_lead and reach_of(user).everything,
    }
