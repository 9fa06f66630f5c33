"""Messages that are hard to read, one for every entry of the catalogue of RFC 4475, in our own words.

``VALID`` must be understood, whatever we then think of the request.  ``ODD`` are well formed but hard to serve,
``INVALID`` break the grammar and are refused, ``FORGIVEN`` break it where the meaning is plain: none may disturb the
line.  Keys are
the RFC's names.  Answers go to port 9 of ``LOCAL``, which the test replaces by its own.
"""

from __future__ import annotations

from huifang.voice.rtp import sdp

LOCAL = "127.0.0.1"
_OFFER = sdp.offer(LOCAL, 40000)


def write(start: str, *headers: str, body: bytes = b"", length: bool = True) -> bytes:
    """A message; a header of several lines is folded as it stands, ``\\n`` is CR LF in all of them."""
    lines = [start, *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\n".join(lines).replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


def request(start: str, **changes: str | None) -> bytes:
    """A sound request of ``start``'s method whose headers are as in ``changes``; None leaves one out."""
    method = start.split()[0]
    headers: dict[str, str | None] = {
        "Via": f"SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bKtorture",
        "From": f"<sip:13800138000@{LOCAL}>;tag=torture",
        "To": f"<sip:4001@{LOCAL}>",
        "Call-ID": f"torture@{LOCAL}",
        "CSeq": f"7 {method}",
        "Contact": f"<sip:torture@{LOCAL}:9>",
        "Max-Forwards": "70",
    }
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    body = _OFFER if method == "INVITE" else ""
    if body:
        headers["Content-Type"] = "application/sdp"
    headers |= named
    length = "Content-Length" not in named
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return write(start, *lines, body=body.encode(), length=length)


_ODD_USER = "sip:7_odd.User~(so-be!it)&has'nt+it$/wild?,/;;*:&it+is=1,odd!*pa$$w~d_too.(is'nt-it)"
_LONG = "long" * 60
_MULTIPART = (
    b'--cut\r\nContent-Type: text/plain\r\n\r\nhello\r\n--cut\r\nContent-Type: application/octet-stream\r\n\r\n'
    + bytes(range(256)) + b"\r\n--cut--\r\n"
)  # fmt: skip

WSINV = write(
    f"INVITE sip:4001@{LOCAL};unheard=of SIP/2.0",
    f"TO :\n sip:4001@{LOCAL} ;   uNheard    = of",
    f'from   : "Lao \\\\ Wang \\""       <sip:13800138000@{LOCAL}>\n  ;\n  tag = odd',
    "MaX-fOrWaRdS: 0068",
    f"Call-ID: wsinv.odd@{LOCAL}",
    "Content-Length   : " + str(len(_OFFER)),
    "cseq: 0009\n  INVITE",
    f"Via  : SIP  /   2.0\n /UDP\n    {LOCAL}:9;branch=z9hG4bKwsinv",
    "s :",
    "Invented: just\n what\n \n nobody has heard of\t",
    "Made-Up-Header: ;;,,;;,;",
    "Content-Type: application/sdp",
    f"Route:\n <sip:{LOCAL};lr;unheard=of;of>",
    f"v:  SIP  / 2.0  / TCP     first.example   ;\n  branch  =   z9hG4bKother  ,\n SIP  /    2.0   / UDP  {LOCAL}"
    "   ; branch=\n z9hG4bKthird",
    f'm:"Say \\"\\"" <sip:torture@{LOCAL}:9> ; odd =\n thing ;\n odder ; q = 0.33',
    length=False,
    body=_OFFER.encode(),
)

VALID: dict[str, tuple[bytes, int]] = {
    # With our answer: 180 for an INVITE that is an incoming call.
    "wsinv": (WSINV, 180),
    "intmeth": (
        write(
            f"!odd-Method0123456789_*+`.%really'~ {_ODD_USER}@{LOCAL} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bK.-!%*+_`'~",
            f'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <{_ODD_USER}@{LOCAL}>',
            f"From: one~` two'+_ three*%!.- <sip:plain@{LOCAL}>;odd''~+*_!.%=\"长江，黄河\";tag=_odd~1'+`*%!-.",
            "Call-ID: intmeth.w%ZK-!.*_+'@w`~)(><:\\/\"][?}{",
            "CSeq: 139122385 !odd-Method0123456789_*+`.%really'~",
            "Max-Forwards: 255",
            "odd-header-!.%*+_`'~:\ufeff大停电",
        ),
        501,
    ),
    "esc01": (
        request(
            f"INVITE sip:sips%3A4001%40there@{LOCAL} SIP/2.0",
            To=f"sip:%34%30%301@{LOCAL}",
            From=f"<sip:I%20have%20room@{LOCAL}>;tag=esc",
            Contact=f"<sip:to%72ture@{LOCAL}:9;%6C%72;n%61me=v%61lue%25%34%31>",
        ),
        180,
    ),
    "escnull": (
        request(
            f"REGISTER sip:{LOCAL} SIP/2.0",
            To=f"sip:nul-%00-nul@{LOCAL}",
            From=f"sip:nul-%00-nul@{LOCAL};tag=nul",
            Contact=f"<sip:%00@{LOCAL}>, <sip:%00%00@{LOCAL}>",
        ),
        405,
    ),
    "esc02": (
        request(
            f"RE%47IST%45R sip:registrar@{LOCAL} SIP/2.0",
            To=f'"%Z%45" <sip:resource@{LOCAL}>',
            From=f'"%Z%45" <sip:resource@{LOCAL}>;tag=esc2',
            Contact=f"<sip:alias@{LOCAL}>;p%61ram=x",
        ),
        501,
    ),
    "lwsdisp": (
        request(f"OPTIONS sip:4001@{LOCAL} SIP/2.0", From=f"caller<sip:caller@{LOCAL}>;tag=323"),
        200,
    ),
    "longreq": (
        request(
            f"INVITE sip:4001@{LOCAL};p={_LONG} SIP/2.0",
            From=f'"{_LONG}" <sip:{_LONG}@{LOCAL}>;p={_LONG};tag=12{_LONG}34',
            To=f'"A {_LONG} name" <sip:4001@{LOCAL}>;unheard={_LONG}',
            Call_ID=f"longreq.one{_LONG}",
            Contact=f"<sip:{_LONG}@{LOCAL}:9>",
            Via=f"SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bK{_LONG}"
            + "".join(f",\n SIP/2.0/TCP sip{n}.example;branch=z9hG4bK{n}" for n in range(33)),
            Made_up=f"{_LONG}-{_LONG}",
        ),
        180,
    ),
    "dblreq": (
        request(f"OPTIONS sip:4001@{LOCAL} SIP/2.0", Content_Length="0")
        + request(f"INVITE sip:4002@{LOCAL} SIP/2.0", Call_ID="second"),
        200,
    ),
    "semiuri": (request(f"OPTIONS sip:4001;par=u%40there@{LOCAL} SIP/2.0", Accept="application/sdp"), 200),
    "transports": (
        request(
            f"OPTIONS sip:4001@{LOCAL} SIP/2.0",
            Via=f"SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bK1\n"
            "Via: SIP/2.0/SCTP t2.example;branch=z9hG4bK2\nVia: SIP/2.0/TLS t3.example;branch=z9hG4bK3\n"
            "Via: SIP/2.0/UNKNOWN t4.example;branch=z9hG4bK4\nVia: SIP/2.0/TCP t5.example;branch=z9hG4bK5",
        ),
        200,
    ),
    "mpart01": (
        write(
            f"MESSAGE sip:4001@{LOCAL} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bKparts",
            f"From: <sip:a@{LOCAL}>;tag=p",
            f"To: <sip:4001@{LOCAL}>",
            "Call-ID: parts",
            "CSeq: 1 MESSAGE",
            "Content-Type: multipart/mixed;boundary=cut",
            body=_MULTIPART,
        ),
        405,
    ),
}

VALID_RESPONSES: dict[str, str] = {
    "unreason": "200 = 2**3 * 5**2 но сто девяносто девять - простое",
    "noreason": "200 ",
}
"""What follows SIP/2.0 in an answer to our INVITE."""

ODD: dict[str, tuple[bytes, int | None]] = {
    # With our answer, None where there is none.
    "badbranch": (
        request(f"OPTIONS sip:4001@{LOCAL} SIP/2.0", Via=f"SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bK"),
        200,
    ),
    "insuf": (
        request(f"INVITE sip:4001@{LOCAL} SIP/2.0", Call_ID=None, From=None, To=None),
        400,
    ),
    "unkscm": (request("OPTIONS nobodyknowsthisscheme:opaque SIP/2.0"), 416),
    "novelsc": (request("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"), 416),
    "unksm2": (
        request(
            f"REGISTER sip:{LOCAL} SIP/2.0",
            To="isbn:2983792873",
            From="<http://www.example.com>;tag=3234233",
            Contact="<name:john_smith>",
        ),
        405,
    ),
    "bext01": (
        request(
            f"INVITE sip:4001@{LOCAL} SIP/2.0",
            Require="nothingSupportsThis, nothingSupportsThisEither",
            Proxy_Require="noProxySupportsThis",
        ),
        420,
    ),
    "regaut01": (
        request(f"REGISTER sip:{LOCAL} SIP/2.0", Authorization="NoOneKnowsThisScheme opaque-data=here"),
        405,
    ),
    "multi01": (
        request(f"INVITE sip:4001@{LOCAL} SIP/2.0", CSeq="5 INVITE\nCall-ID: other\nCSeq: 59 INVITE"),
        400,
    ),
    "mcl01": (
        request(
            f"OPTIONS sip:4001@{LOCAL} SIP/2.0", Content_Length="13\nContent-Length: 5\nContent-Length: 1"
        )
        + b"There's no way to know how many octets are supposed to be here.",
        400,
    ),
    "bcast": (
        write(
            "SIP/2.0 200 OK",
            f"Via: SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bKx\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKy",
            f"From: <sip:a@{LOCAL}>;tag=b\nTo: <sip:b@{LOCAL}>;tag=c\nCall-ID: bcast\nCSeq: 1 INVITE",
            f"Contact: <sip:b@{LOCAL}:9>",
        ),
        None,
    ),
    "zeromf": (request(f"OPTIONS sip:4001@{LOCAL} SIP/2.0", Max_Forwards="0"), 200),
    "cparam01": (
        request(f"REGISTER sip:{LOCAL} SIP/2.0", Contact=f"sip:+19725552222@{LOCAL};unknownparam"),
        405,
    ),
    "cparam02": (
        request(f"REGISTER sip:{LOCAL} SIP/2.0", Contact=f"<sip:+19725552222@{LOCAL};unknownparam>"),
        405,
    ),
    "regescrt": (
        request(
            f"REGISTER sip:{LOCAL} SIP/2.0",
            Contact=f"<sip:user@{LOCAL}?Route=%3Csip:sip.example.com%3E>",
        ),
        405,
    ),
    "sdp01": (request(f"INVITE sip:4001@{LOCAL} SIP/2.0", Accept="text/nobodyKnowsThis"), 406),
    "inv2543": (
        request(
            f"INVITE sip:4001@{LOCAL} SIP/2.0",
            Via=f"SIP/2.0/UDP {LOCAL}:9",
            From=f"<sip:+13035551111@{LOCAL};user=phone>",
            Record_Route=f"<sip:4001@{LOCAL}:9;maddr={LOCAL}>",
            To=f"sip:4001@{LOCAL};user=phone",
            Max_Forwards=None,
        ),
        180,
    ),
}

INVALID: dict[str, tuple[bytes, int | None]] = {
    # With our answer, None where there is none: nobody answers an answer.
    "badinv01": (
        request(
            f"INVITE sip:4001@{LOCAL} SIP/2.0",
            Via=f"SIP/2.0/UDP {LOCAL}:9;;,;,,",
            Contact=f'"Joe" <sip:joe@{LOCAL}>;;;;',
        ),
        400,
    ),
    "clerr": (request(f"INVITE sip:4001@{LOCAL} SIP/2.0", Content_Length="9999"), 400),
    "ncl": (request(f"INVITE sip:4001@{LOCAL} SIP/2.0", Content_Length="-999"), 400),
    "scalar02": (
        request(
            f"INVITE sip:4001@{LOCAL} SIP/2.0",
            CSeq="36893488147419103232 INVITE",
            Max_Forwards="300",
            Expires="10000000000",
        ),
        400,
    ),
    "scalarlg": (
        write(
            "SIP/2.0 503 Service Unavailable",
            f"Via: SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bKbig",
            f"From: <sip:a@{LOCAL}>;tag=1\nTo: <sip:b@{LOCAL}>;tag=2\nCall-ID: scalarlg",
            "CSeq: 9292394834772304023312 OPTIONS",
            "Retry-After: 949302838503028349304023988",
            'Warning: 1812 overture "In Progress"',
        ),
        None,
    ),
    "quotbal": (request(f"INVITE sip:4001@{LOCAL} SIP/2.0", To=f'"Mr. J. User <sip:4001@{LOCAL}>'), 400),
    "ltgtruri": (request(f"INVITE <sip:4001@{LOCAL}> SIP/2.0"), 400),
    "lwsruri": (request(f"INVITE sip:4001@{LOCAL}; lr SIP/2.0"), 400),
    "lwsstart": (request(f"INVITE  sip:4001@{LOCAL}  SIP/2.0"), 400),
    "trws": (request(f"INVITE sip:4001@{LOCAL} SIP/2.0  "), 400),
    "baddn": (
        request(f"INVITE sip:4001@{LOCAL} SIP/2.0", From=f"Bell, Alexander <sip:13800138000@{LOCAL}>;tag=43"),
        400,
    ),
    "badvers": (request(f"INVITE sip:4001@{LOCAL} SIP/7.0"), 505),
    "mismatch01": (request(f"OPTIONS sip:4001@{LOCAL} SIP/2.0", CSeq="8 INVITE"), 400),
    "mismatch02": (request(f"NEWMETHOD sip:4001@{LOCAL} SIP/2.0", CSeq="9 INVITE"), 501),
    "bigcode": (
        write(
            "SIP/2.0 4294967301 better not break the receiver",
            f"Via: SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bKbig",
            f"From: <sip:a@{LOCAL}>;tag=1\nTo: <sip:b@{LOCAL}>;tag=2\nCall-ID: bigcode\nCSeq: 1 INVITE",
        ),
        None,
    ),
}


FORGIVEN: dict[str, tuple[bytes, int]] = {
    "escruri": (request(f"INVITE sip:4001@{LOCAL}?Route=%3Csip:example.com%3E SIP/2.0"), 180),
    "baddate": (request(f"INVITE sip:4001@{LOCAL} SIP/2.0", Date="Fri, 01 Jan 2010 16:00:00 EST"), 180),
    "regbadct": (
        request(f"REGISTER sip:{LOCAL} SIP/2.0", Contact=f"sip:u@{LOCAL}?Route=%3Csip:sip.example.com%3E"),
        405,
    ),
    "badaspec": (
        request(f"OPTIONS sip:4001@{LOCAL} SIP/2.0", To=f'"Watson, Thomas" < sip:4001@{LOCAL} >'),
        200,
    ),
}
