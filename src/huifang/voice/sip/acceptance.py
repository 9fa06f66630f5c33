"""What we object to in a request that is well formed, in the order of RFC 3261, section 8.2."""

from __future__ import annotations

from typing import Any

from sippy.SipHeader import SipHeader

from huifang.voice.sip.bodies import SDP, media_type
from huifang.voice.sip.dialog import SUPPORTED, refusal

_TAKEN = frozenset({SDP, "application/*", "*/*"})


def objection(request: Any) -> Any:
    """The refusal of an INVITE or OPTIONS that asks for what we do not have; None where nothing is amiss."""
    unknown = [option for option in _listed(request, "require") if option not in SUPPORTED]
    if unknown:
        return refusal(request, 420, "Bad Extension", SipHeader(f"Unsupported: {', '.join(unknown)}"))
    if request.getMethod() != "INVITE":
        return None
    packed = [coding for coding in _listed(request, "content-encoding", "e") if coding.lower() != "identity"]
    if packed:
        return refusal(request, 415, "Unsupported Media Type", SipHeader("Accept-Encoding: identity"))
    body = request.getBody()
    if body is not None and media_type(str(body.mtype)) != SDP:
        return refusal(request, 415, "Unsupported Media Type", SipHeader(f"Accept: {SDP}"))
    wanted = {media_type(kind) for kind in _listed(request, "accept")}
    if wanted and not wanted & _TAKEN:
        return refusal(request, 406, "Not Acceptable")
    return None


def _listed(request: Any, *names: str) -> list[str]:
    """What these headers list, however they are spread over lines."""
    texts = ",".join(str(body) for name in names for body in request.getHFBodys(name)).split(",")
    return [item for text in texts if (item := text.strip())]
