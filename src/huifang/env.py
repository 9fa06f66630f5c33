"""Every environment variable that Huifang reads, as one frozen dataclass.

A trunk needs three settings: ``HUIFANG_TRUNK`` (host or host:port), ``HUIFANG_TRUNK_USER`` and
``HUIFANG_TRUNK_PASSWORD``; the other settings have working defaults.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from huifang.errors import N_, Clause, SettingInvalid

LANGUAGES = ("zh-hans", "en")
_Choice = TypeVar("_Choice", bound=StrEnum)
_LONGEST_OFFSET_S = 10 * 366 * 86_400.0


class Ears(StrEnum):
    """What listens to customers."""

    NONE = "none"
    """Answers by keys only."""
    SHERPA = "sherpa"
    """sherpa-onnx in processes of this node, with the model folder HUIFANG_ASR_MODEL."""
    FUNASR = "funasr"
    """A FunASR server in two passes."""
    SHERPA_SERVER = "sherpa-server"
    """A streaming websocket server of sherpa-onnx."""
    OPENAI = "openai"
    """A server that knows /v1/audio/transcriptions."""


class Mouth(StrEnum):
    """What speaks where no recording does."""

    ESPEAK = "espeak"
    """espeak-ng, on this machine."""
    OPENAI = "openai"
    """A server that knows /v1/audio/speech; espeak-ng where that fails."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings of this process.  Times are seconds, ports are numbers, paths are absolute."""

    home: Path
    """HUIFANG_HOME: the folder for the database, recordings, prompts and logs."""
    key_file: Path
    """HUIFANG_KEY_FILE: the keys that protect phone numbers, made at first start with mode 0600."""
    database_url: str
    """HUIFANG_DATABASE_URL: ``postgres://user:password@host:port/name``; empty = SQLite in ``home``."""
    web_host: str
    web_port: int
    centre_url: str
    """HUIFANG_CENTRE_URL: where a voice node finds the centre; default: this machine's web port."""
    allowed_hosts: tuple[str, ...]
    trunk_host: str
    trunk_port: int
    trunk_user: str
    trunk_password: str
    trunk_caller_id: str
    sip_host: str
    """HUIFANG_SIP_HOST: the address that the node binds and names in SDP.  Default: the address of the
    default route (0.0.0.0) for a trunk outside this machine, loopback otherwise."""
    sip_port: int
    sip_peers: tuple[str, ...]
    """HUIFANG_SIP_PEERS: hosts that may call this node, besides its trunk and this machine."""
    softphone_port: int
    """HUIFANG_SOFTPHONE_PORT: the SIP port of the softphone gateway; default 0: any free one."""
    rtp_first_port: int
    rtp_last_port: int
    node_name: str
    voice_token: str
    """HUIFANG_VOICE_TOKEN: what this node shows to the centre; ``huifang up`` hands it on by itself."""
    node_seats: int
    """HUIFANG_NODE_SEATS: how many calls this node carries at once."""
    disk_reserve: int
    """HUIFANG_DISK_RESERVE_MB, here in bytes: with less room than this a node begins no more recordings; calls
    go on."""
    voice_processes: int
    """HUIFANG_VOICE_PROCESSES: how many voice nodes ``huifang up`` runs; see ``share_of``."""
    cpus: tuple[int, ...]
    """HUIFANG_CPU: the cores that a voice node keeps to, ``2`` or ``2,3``; several nodes take them in turn,
    one each.  Empty = any."""
    pace_for_agents: bool
    """HUIFANG_PACE_FOR_AGENTS=1: calls begin only as fast as there are agents for those who ask for one.
    For scripts that live by the hand-over; without it whoever finds nobody is promised a callback."""
    asr_model: Path | None
    """HUIFANG_ASR_MODEL: a recogniser model folder; unset = answers by keys only."""
    llm_url: str
    """HUIFANG_LLM_URL: a language model's address (``https://host/v1``) that may be asked about open answers that
    nobody else could place; text leaves this machine only where it is set, without numbers and names."""
    llm_key: str
    llm_model: str
    ears: Ears
    """HUIFANG_EARS: none, sherpa, funasr, sherpa-server or openai; default: sherpa where HUIFANG_ASR_MODEL is set,
    none otherwise."""
    ears_url: str
    """HUIFANG_EARS_URL: where a recogniser elsewhere is: ws://host:port, or https://host/v1 for openai."""
    ears_key: str
    """HUIFANG_EARS_KEY: shown to an openai server."""
    ears_model: str
    """HUIFANG_EARS_MODEL: the model's name at an openai server; for sherpa-server ``sounds`` where its model writes
    syllables instead of characters."""
    hot_words: tuple[str, ...]
    """HUIFANG_HOT_WORDS: names of shops and goods that a recogniser should expect, where it can."""
    mouth: Mouth
    """HUIFANG_MOUTH: espeak (default) or openai."""
    mouth_url: str
    """HUIFANG_MOUTH_URL: https://host/v1 of an openai server."""
    mouth_key: str
    """HUIFANG_MOUTH_KEY: shown to it."""
    mouth_model: str
    """HUIFANG_MOUTH_MODEL: the model's name there."""
    mouth_voice: str
    """HUIFANG_MOUTH_VOICE: the voice's name there."""
    recorded_prompts: Path | None
    """HUIFANG_RECORDED_PROMPTS: a folder of recorded words, see ``voice/mouths/recorded.py``; what is not recorded
    is synthesised."""
    sms_url: str
    """HUIFANG_SMS_URL: where text messages are handed over, ``https://…`` (or http on loopback); empty = none are
    sent."""
    sms_key: str
    """HUIFANG_SMS_KEY: the secret that signs what goes to the gateway and what comes from it."""
    sms_sender: str
    """HUIFANG_SMS_SENDER: the sender's true name as registered with the carrier, which stands in 【】 before each
    message."""
    sms_idempotent: bool
    """HUIFANG_SMS_IDEMPOTENT=1: the gateway promises that one idempotency key is one message, so that one whose fate
    is unknown may be handed over again."""
    public_url: str
    """HUIFANG_PUBLIC_URL: how customers reach this installation from outside; empty = no links are sent."""
    clock_offset_s: float
    """HUIFANG_CLOCK_OFFSET: seconds added to the clock.  Refused together with a trunk outside loopback."""
    language: str
    https: bool
    """HUIFANG_HTTPS=1: people reach the pages through an HTTPS proxy; cookies and HSTS go by it."""
    debug: bool

    @property
    def has_trunk(self) -> bool:
        return bool(self.trunk_host)

    @property
    def recordings(self) -> Path:
        return self.home / "recordings"

    @property
    def models(self) -> Path:
        """Where ``huifang models add`` puts what it fetches."""
        return self.home / "models"

    @property
    def prompts(self) -> Path:
        return self.home / "prompts"

    @property
    def journal(self) -> Path:
        """The voice node's journal: one SQLite file per node name."""
        return self.home / f"node-{self.node_name}.journal"


def is_loopback(host: str) -> bool:
    """True for an address that never leaves this machine."""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def read_environment(values: Mapping[str, str] | None = None) -> Environment:
    """The settings in ``values`` (default: the process's environment).

    Raises ``SettingInvalid`` naming the variable and the mend.
    """
    env = os.environ if values is None else values
    home = (
        Path(env.get("HUIFANG_HOME") or Path.home() / ".local" / "share" / "huifang").expanduser().absolute()
    )
    web_host = env.get("HUIFANG_WEB_HOST", "127.0.0.1")
    web_port = _port(env, "HUIFANG_WEB_PORT", 8000)
    trunk_host, trunk_port = _host_and_port(env, "HUIFANG_TRUNK", 5060)
    model = env.get("HUIFANG_ASR_MODEL", "").strip()
    recorded = env.get("HUIFANG_RECORDED_PROMPTS", "").strip()
    environment = Environment(
        home=home,
        key_file=Path(env.get("HUIFANG_KEY_FILE") or home.with_name(home.name + ".keys"))
        .expanduser()
        .absolute(),
        database_url=env.get("HUIFANG_DATABASE_URL", ""),
        web_host=web_host,
        web_port=web_port,
        centre_url=env.get("HUIFANG_CENTRE_URL", "").rstrip("/") or f"http://127.0.0.1:{web_port}",
        allowed_hosts=_list(env, "HUIFANG_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]"),
        trunk_host=trunk_host,
        trunk_port=trunk_port,
        trunk_user=env.get("HUIFANG_TRUNK_USER", ""),
        trunk_password=env.get("HUIFANG_TRUNK_PASSWORD", ""),
        trunk_caller_id=env.get("HUIFANG_TRUNK_CALLER_ID", "") or env.get("HUIFANG_TRUNK_USER", ""),
        sip_host=env.get("HUIFANG_SIP_HOST", "").strip()
        or ("127.0.0.1" if not trunk_host or is_loopback(trunk_host) else "0.0.0.0"),
        sip_port=_port(env, "HUIFANG_SIP_PORT", 5080),
        sip_peers=_list(env, "HUIFANG_SIP_PEERS", ""),
        softphone_port=_whole(env, "HUIFANG_SOFTPHONE_PORT", 0, 0, 65535),
        rtp_first_port=_port(env, "HUIFANG_RTP_FIRST_PORT", 20000),
        rtp_last_port=_port(env, "HUIFANG_RTP_LAST_PORT", 23998),
        node_name=env.get("HUIFANG_NODE", "node-1"),
        voice_token=env.get("HUIFANG_VOICE_TOKEN", ""),
        node_seats=_whole(env, "HUIFANG_NODE_SEATS", 60, 1, 5000),
        disk_reserve=_whole(env, "HUIFANG_DISK_RESERVE_MB", 200, 0, 1_000_000) * 1024 * 1024,
        voice_processes=_whole(env, "HUIFANG_VOICE_PROCESSES", 1, 1, 64),
        cpus=_cores(env, "HUIFANG_CPU"),
        pace_for_agents=env.get("HUIFANG_PACE_FOR_AGENTS", "") == "1",
        asr_model=Path(model).expanduser().absolute() if model else None,
        llm_url=env.get("HUIFANG_LLM_URL", "").strip().rstrip("/"),
        llm_key=env.get("HUIFANG_LLM_KEY", "").strip(),
        llm_model=env.get("HUIFANG_LLM_MODEL", "").strip(),
        ears=_one_of(env, "HUIFANG_EARS", Ears, Ears.SHERPA if model else Ears.NONE),
        ears_url=_url(env, "HUIFANG_EARS_URL"),
        ears_key=env.get("HUIFANG_EARS_KEY", ""),
        ears_model=env.get("HUIFANG_EARS_MODEL", ""),
        hot_words=_list(env, "HUIFANG_HOT_WORDS", ""),
        mouth=_one_of(env, "HUIFANG_MOUTH", Mouth, Mouth.ESPEAK),
        mouth_url=_url(env, "HUIFANG_MOUTH_URL"),
        mouth_key=env.get("HUIFANG_MOUTH_KEY", ""),
        mouth_model=env.get("HUIFANG_MOUTH_MODEL", ""),
        mouth_voice=env.get("HUIFANG_MOUTH_VOICE", ""),
        recorded_prompts=Path(recorded).expanduser().absolute() if recorded else None,
        sms_url=_url(env, "HUIFANG_SMS_URL"),
        sms_key=env.get("HUIFANG_SMS_KEY", "").strip(),
        sms_sender=env.get("HUIFANG_SMS_SENDER", "").strip().strip("【】[]"),
        sms_idempotent=env.get("HUIFANG_SMS_IDEMPOTENT", "") == "1",
        public_url=_url(env, "HUIFANG_PUBLIC_URL"),
        clock_offset_s=_number(env, "HUIFANG_CLOCK_OFFSET", 0.0),
        language=env.get("HUIFANG_LANGUAGE", "zh-hans"),
        https=env.get("HUIFANG_HTTPS", "") == "1",
        debug=env.get("HUIFANG_DEBUG", "") == "1",
    )
    if environment.language not in LANGUAGES:
        raise SettingInvalid(
            name="HUIFANG_LANGUAGE", value=environment.language, mend=N_("give zh-hans or en.")
        )
    _check_engines(environment)
    _check_messages(environment)
    if not re.fullmatch(r"[\w.-]{1,60}", environment.node_name):
        raise SettingInvalid(
            name="HUIFANG_NODE",
            value=environment.node_name,
            mend=N_("give up to 60 letters, digits, dots and dashes; it names the node’s files."),
        )
    if environment.rtp_last_port <= environment.rtp_first_port:
        raise SettingInvalid(
            name="HUIFANG_RTP_LAST_PORT",
            value=str(environment.rtp_last_port),
            mend=N_("give a port above HUIFANG_RTP_FIRST_PORT."),
        )
    if environment.sip_port + environment.voice_processes > 65536:
        raise SettingInvalid(
            name="HUIFANG_SIP_PORT",
            value=str(environment.sip_port),
            mend=N_("every voice process needs a SIP port of its own, counted on from this one."),
        )
    ports = (environment.rtp_last_port - environment.rtp_first_port) // 2 + 1
    if ports < environment.voice_processes:
        raise SettingInvalid(
            name="HUIFANG_RTP_LAST_PORT",
            value=str(environment.rtp_last_port),
            mend=N_("every voice process needs RTP ports of its own; name a wider range."),
        )
    if not environment.centre_url.startswith(("http://", "https://")):
        raise SettingInvalid(
            name="HUIFANG_CENTRE_URL",
            value=environment.centre_url,
            mend=N_("give http://host:port or https://host."),
        )
    if environment.llm_url and not re.fullmatch(
        r"https?://[^\s/:@]+(?::\d{1,5})?(?:/\S*)?", environment.llm_url
    ):
        raise SettingInvalid(
            name="HUIFANG_LLM_URL",
            value=environment.llm_url,
            mend=N_("give an address such as https://host/v1; a key belongs in HUIFANG_LLM_KEY."),
        )
    if environment.llm_url and not environment.llm_model:
        raise SettingInvalid(
            name="HUIFANG_LLM_MODEL", value="", mend=N_("name the model that HUIFANG_LLM_URL is to run.")
        )
    if environment.clock_offset_s and environment.has_trunk and not is_loopback(trunk_host):
        raise SettingInvalid(
            name="HUIFANG_CLOCK_OFFSET",
            value=env["HUIFANG_CLOCK_OFFSET"],
            mend=N_("a real trunk always uses the real clock, so leave it unset."),
        )
    return environment


def _check_engines(environment: Environment) -> None:
    """Every engine has what it needs."""
    if environment.ears is Ears.SHERPA and environment.asr_model is None:
        mend = N_("name a model folder with HUIFANG_ASR_MODEL; “huifang models list” shows where to get one.")
        raise SettingInvalid(name="HUIFANG_EARS", value=str(environment.ears), mend=mend)
    schemes = {Ears.FUNASR: "ws", Ears.SHERPA_SERVER: "ws", Ears.OPENAI: "http"}
    wanted = [("HUIFANG_EARS_URL", environment.ears_url, schemes.get(environment.ears))]
    wanted.append(
        ("HUIFANG_MOUTH_URL", environment.mouth_url, "http" if environment.mouth is Mouth.OPENAI else None)
    )
    for name, url, scheme in wanted:
        if scheme and not url.startswith((f"{scheme}://", f"{scheme}s://")):
            raise SettingInvalid(
                name=name,
                value=url,
                mend=Clause(N_("give an address that begins with %(scheme)s://."), scheme=scheme),
            )


_SHORTEST_KEY = 16
_MOST_SENDER = 16
_ADDRESS = re.compile(r"(https?)://(\[[0-9a-fA-F:]+\]|[^\s/:@?#\[\]]+)(?::(\d{1,5}))?(/[^\s?#]*)?")


def _check_messages(environment: Environment) -> None:
    """A gateway has a key and a sender's name, and what is said to it is read by nobody on the way."""
    for name, url in (
        ("HUIFANG_SMS_URL", environment.sms_url),
        ("HUIFANG_PUBLIC_URL", environment.public_url),
    ):
        if url and not _is_private(url):
            mend = N_("give https://host/…; http is for loopback only, and a key does not belong here.")
            raise SettingInvalid(name=name, value=url, mend=mend)
    if not environment.sms_url:
        return
    if len(environment.sms_key) < _SHORTEST_KEY:
        least = Clause(
            N_("give the secret of at least %(least)d characters that the gateway knows, too."),
            least=_SHORTEST_KEY,
        )
        raise SettingInvalid(name="HUIFANG_SMS_KEY", value="", mend=least)
    if not 1 <= len(environment.sms_sender) <= _MOST_SENDER or re.search(r"[【】\s]", environment.sms_sender):
        named = Clause(
            N_("give the name that customers know you by, up to %(most)d characters: 花颜美妆."),
            most=_MOST_SENDER,
        )
        raise SettingInvalid(name="HUIFANG_SMS_SENDER", value=environment.sms_sender, mend=named)


def _is_private(url: str) -> bool:
    """``https``, or ``http`` that never leaves this machine."""
    match = _ADDRESS.fullmatch(url)
    if match is None or int(match[3] or 1) not in range(1, 65536):
        return False
    return match[1] == "https" or is_loopback(match[2].strip("[]"))


def share_of(environment: Environment, number: int) -> Environment:
    """The settings of the ``number``-th of several voice processes, 1 … ``voice_processes``.

    Each is a node with a name, a journal, a SIP port, RTP ports and seats of its own: the first keeps the
    name and the SIP port that are set, so calls that come in go to it, and the others count on from there.
    """
    processes = environment.voice_processes
    if processes == 1:
        return environment
    first, last = environment.rtp_first_port, environment.rtp_last_port
    ports = ((last - first) // 2 + 1) // processes * 2
    begin = first + (number - 1) * ports
    seats, left_over = divmod(environment.node_seats, processes)
    name = environment.node_name
    return replace(
        environment,
        node_name=name if number == 1 else f"{name.removesuffix('-1')}-{number}",
        sip_port=environment.sip_port + number - 1,
        rtp_first_port=begin,
        rtp_last_port=begin + ports - 1,
        node_seats=max(seats + (number <= left_over), 1),
        cpus=environment.cpus[(number - 1) % max(len(environment.cpus), 1) :][:1],
    )


def _list(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, default).split(",") if part.strip())


def _one_of(env: Mapping[str, str], name: str, kinds: type[_Choice], default: _Choice) -> _Choice:
    raw = env.get(name, "").strip().lower()
    try:
        return kinds(raw) if raw else default
    except ValueError:
        mend = Clause(N_("give one of: %(names)s."), names=", ".join(kinds))
        raise SettingInvalid(name=name, value=raw, mend=mend) from None


def _url(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip().rstrip("/")


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    raw = env.get(name, "").strip()
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        mend = Clause(N_("give a whole number from %(low)d to %(high)d."), low=low, high=high)
        raise SettingInvalid(name=name, value=raw, mend=mend)
    return value


def _cores(env: Mapping[str, str], name: str) -> tuple[int, ...]:
    raw = env.get(name, "").strip()
    parts = [part.strip() for part in raw.split(",")] if raw else []
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise SettingInvalid(name=name, value=raw, mend=N_("give core numbers such as 2 or 2,3."))
    return tuple(dict.fromkeys(int(part) for part in parts))


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    return _whole(env, name, default, 1, 65535)


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    raw = env.get(name, "").strip()
    try:
        value = float(raw) if raw else default
    except ValueError:
        value = math.nan
    if not abs(value) <= _LONGEST_OFFSET_S:
        raise SettingInvalid(name=name, value=raw, mend=N_("give a number of seconds, ten years at most."))
    return value


def _host_and_port(env: Mapping[str, str], name: str, default_port: int) -> tuple[str, int]:
    raw = env.get(name, "").strip()
    host, colon, port = raw.partition(":")
    if not colon:
        return host, default_port
    if not port.isdigit() or not 1 <= int(port) <= 65535 or not host:
        raise SettingInvalid(name=name, value=raw, mend=N_("give host or host:port."))
    return host, int(port)
