"""SIPp scenarios written as a list of steps instead of pages of XML.

The called side::

    scenario = called(take("INVITE"), say("200 OK", audio=True), take("ACK"), ask("BYE", 2), take("200"))

``say`` answers the last request, ``ask`` sends a request inside the dialog, ``call`` opens one as the caller.
"""

from __future__ import annotations

from pathlib import Path

from voice_sip.sipp import SippRun

_REMEMBER = """
    <action>
      <ereg regexp="[^;]*;tag=.*" search_in="hdr" header="From:" assign_to="caller" />
      <ereg regexp=".*" search_in="hdr" header="To:" assign_to="callee" />
      <ereg regexp="sip:[^>;]*" search_in="hdr" header="Contact:" assign_to="contact" />
    </action>"""
_AUDIO = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 {version} IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP {formats}
a=rtpmap:101 telephone-event/8000
a={direction}"""
_VIA = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]"
_MINE = "<sip:sipp@[local_ip]:[local_port];transport=[transport]>"


def take(
    what: str, *, holds: str = "", optional: bool = False, timeout_ms: int = 0, routes: bool = False
) -> str:
    """Wait for a request or a status.  ``holds``: a regular expression that the message must match."""
    if what == "INVITE":
        inside, routes = _REMEMBER, True
    elif holds:
        inside = (
            f'<action><ereg regexp="{holds}" search_in="msg" check_it="true" assign_to="seen" /></action>'
        )
    else:
        inside = ""
    kind = "response" if what.isdigit() else "request"
    more = ' optional="true"' if optional else ""
    more += f' timeout="{timeout_ms}"' if timeout_ms else ""
    more += ' rrs="true"' if routes else ""
    return f'<recv {kind}="{what}"{more}>{inside}</recv>'


def say(status: str, *headers: str, audio: bool = False, formats: str = "8 0 101", direction: str = "sendrecv",
        repeat: bool = True, cseq: str = "[last_CSeq:]") -> str:  # fmt: skip
    """Answer the last request."""
    lines = [
        f"SIP/2.0 {status}", "[last_Via:]", "[last_Record-Route:]", "[last_From:]",
        "[last_To:];tag=[call_number]-[pid]", "[last_Call-ID:]", cseq, f"Contact: {_MINE}", *headers,
    ]  # fmt: skip
    lines.append(_body(audio, formats, direction, 1))
    return _send(lines, repeat and not status.startswith("1"))


def agree(*headers: str, audio: bool = False, formats: str = "8 0 101") -> str:
    """200 to a request inside the dialog."""
    lines = ["SIP/2.0 200 OK", "[last_Via:]", "[last_Record-Route:]", "[last_From:]", "[last_To:]",
             "[last_Call-ID:]", "[last_CSeq:]", f"Contact: {_MINE}", *headers]  # fmt: skip
    lines.append(_body(audio, formats, "sendrecv", 1))
    return _send(lines, False)


def refuse(status: str, *headers: str) -> str:
    """A failure of a request inside the dialog."""
    lines = [f"SIP/2.0 {status}", "[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]",
             "[last_CSeq:]", *headers, "Content-Length: 0"]  # fmt: skip
    return _send(lines, False)


def ask(
    method: str,
    cseq: int,
    *headers: str,
    audio: bool = False,
    formats: str = "8 0 101",
    direction: str = "sendrecv",
    version: int = 2,
    body: str = "",
    routed: bool = False,
) -> str:
    """A request of the called side inside the dialog; ``routed`` where there was a Record-Route."""
    route = ["[routes]"] if routed else []
    lines = [
        f"{method} [$contact] SIP/2.0", _VIA, *route, "From: [$callee];tag=[call_number]-[pid]",
        "To: [$caller]", "[last_Call-ID:]", f"CSeq: {cseq} {method}", f"Contact: {_MINE}",
        "Max-Forwards: 70", *headers, body or _body(audio, formats, direction, version),
    ]  # fmt: skip
    return _send(lines, method != "ACK")


def call(method: str, cseq: int, *headers: str, audio: bool = False, formats: str = "8 0 101",
         direction: str = "sendrecv", version: int = 1, inside: bool = True) -> str:  # fmt: skip
    """A request of the calling side; ``inside`` the dialog, or the INVITE that opens it."""
    tag = "[peer_tag_param]" if inside else ""
    lines = [
        f"{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0", _VIA,
        "From: <sip:13900139000@[local_ip]:[local_port]>;tag=[call_number]-[pid]",
        f"To: <sip:[service]@[remote_ip]:[remote_port]>{tag}", "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}", f"Contact: {_MINE}", "Max-Forwards: 70", *headers,
        _body(audio, formats, direction, version),
    ]  # fmt: skip
    return _send(lines, method != "ACK")


def wait(ms: int) -> str:
    """Do nothing for a while."""
    return f'<pause milliseconds="{ms}" />'


def called(folder: Path, *steps: str) -> Path:
    """The scenario of a side that is called, as a file in ``folder``."""
    return _write(folder, "called", steps)


def calling(folder: Path, *steps: str) -> Path:
    """The scenario of a side that calls us."""
    return _write(folder, "calling", steps)


def heads(run: SippRun, start: str) -> list[str]:
    """The messages that SIPp has seen, both ways, that begin with ``start``."""
    parts = run.messages.replace("\r\n", "\n").split("-----------------------------------------------")
    messages = [part.partition("\n\n")[2] for part in parts]
    return [message for message in messages if message.startswith(start)]


def _body(audio: bool, formats: str, direction: str, version: int) -> str:
    if not audio:
        return "Content-Length: 0"
    return _AUDIO.format(formats=formats, direction=direction, version=version)


def _send(lines: list[str], repeat: bool) -> str:
    text = "\n".join(line for part in lines for line in part.split("\n"))
    again = ' retrans="500"' if repeat else ""
    return f"<send{again}><![CDATA[\n{text}\n\n]]></send>"


def _write(folder: Path, name: str, steps: tuple[str, ...]) -> Path:
    path = folder / f"{name}-{len(list(folder.glob('*.xml')))}.xml"
    used = [v for v in ("caller", "callee", "contact", "seen") if f'assign_to="{v}"' in "".join(steps)]
    reference = f'<Reference variables="{",".join(used)}" />' if used else ""
    path.write_text(f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="{name}">\n'
                    + "\n".join(steps) + f"\n{reference}\n</scenario>\n")  # fmt: skip
    return path
