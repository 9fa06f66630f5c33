"""``huifang check``: look at everything a start depends on, one line each."""

from __future__ import annotations

from collections.abc import Callable

import typer

from huifang.commands.serve import check_port_free
from huifang.commands.startup import start
from huifang.commands.up import has_softphone
from huifang.env import Environment, is_loopback, share_of
from huifang.errors import N_, Clause, EarsGone, HuifangError, SettingInvalid
from huifang.voice.cores import check_cores
from huifang.wording import in_words


def run_checks() -> int:
    """Print one line per check; 0 when all are in order, else 1."""
    environment = start(migrate=True)  # a wrong setting or key file ends here with its own sentence
    from django.utils.translation import gettext as _

    checks: list[tuple[str, Callable[[Environment], str]]] = [
        (_("data and keys"), _data),
        (_("web port"), _web_port),
        (_("voice nodes"), _nodes),
        (_("speech output"), _mouth),
        (_("speech recognition"), _ears),
        (_("trunk"), _trunk),
        (_("softphone"), _softphone),
        (_("text messages"), _messages),
    ]
    faults = 0
    for name, look in checks:
        try:
            typer.echo(f"✓ {name}: {look(environment)}")
        except HuifangError as error:
            faults += 1
            typer.echo(f"✗ {name}: {in_words(error)}")
    return 1 if faults else 0


def _data(environment: Environment) -> str:
    return environment.database_url.split("@")[-1] or str(environment.home)


def _web_port(environment: Environment) -> str:
    check_port_free(environment.web_host, environment.web_port, "HUIFANG_WEB_PORT")
    return f"{environment.web_host}:{environment.web_port}"


def _nodes(environment: Environment) -> str:
    found = []
    for number in range(1, environment.voice_processes + 1):
        node = share_of(environment, number)
        check_cores(node.cpus)
        ports = (node.rtp_last_port - node.rtp_first_port) // 2 + 1
        if ports < node.node_seats:
            mend = Clause(
                N_("%(seats)d calls at once on %(node)s need as many even ports; name a wider range."),
                seats=node.node_seats,
                node=node.node_name,
            )
            raise SettingInvalid(
                name="HUIFANG_RTP_LAST_PORT", value=str(environment.rtp_last_port), mend=mend
            )
        rtp = f"{node.rtp_first_port}–{node.rtp_last_port}"
        found.append(f"{node.node_name} (SIP {node.sip_port}, RTP {rtp}, {node.node_seats})")
    return ", ".join(found)


def _mouth(environment: Environment) -> str:
    from huifang.voice.mouths.voices import engine_of, recorded_of

    recorded = recorded_of(environment)
    engine = engine_of(environment)
    try:
        clip = engine.render("您好", "zh-CN")
    finally:
        engine.close()
    found = f"{engine.voice}, {len(clip) / 8000:.1f} s"
    return found if recorded is None else f"{len(recorded)} + {found}"


def _ears(environment: Environment) -> str:
    from django.utils.translation import gettext as _

    from huifang.voice.ears.choosing import engine_of
    from huifang.voice.ears.whole import hears

    engine = engine_of(environment)
    if engine is None:
        return _("none: answers by keys only (HUIFANG_ASR_MODEL names a model folder)")
    try:
        reason = hears(engine)
    finally:
        engine.close()
    if reason:
        raise EarsGone(engine=engine.name, reason=reason)
    return engine.name


def _softphone(environment: Environment) -> str:
    from django.utils.translation import gettext as _

    if not has_softphone():
        return _("none: agents need a SIP phone (the extra “softphone” lets them use their browser)")
    if not (environment.https or is_loopback(environment.web_host)):
        return _("installed; browsers on other machines need HTTPS for their microphone (HUIFANG_HTTPS)")
    return _("installed")


def _messages(environment: Environment) -> str:
    from django.utils.translation import gettext as _

    if not environment.sms_url:
        return _("none: no gateway (HUIFANG_SMS_URL names one)")
    if not environment.public_url:
        return _("to %(gateway)s; no links to questions (HUIFANG_PUBLIC_URL is our address)") % {
            "gateway": environment.sms_url
        }
    return _("to %(gateway)s, with links to %(address)s") % {
        "gateway": environment.sms_url,
        "address": environment.public_url,
    }


def _trunk(environment: Environment) -> str:
    from django.utils.translation import gettext as _

    if not environment.has_trunk:
        return _("none: nothing is dialled (HUIFANG_TRUNK names one)")
    trunk = f"{environment.trunk_host}:{environment.trunk_port}"
    from huifang.voice.sip.wire import resolve

    try:
        resolve(environment.trunk_host)
    except OSError:
        mend = N_("no machine of this name is found; look at its spelling and at the DNS.")
        raise SettingInvalid(name="HUIFANG_TRUNK", value=trunk, mend=mend) from None
    if is_loopback(environment.sip_host) and not is_loopback(environment.trunk_host):
        mend = N_("the trunk cannot be reached from loopback; name this machine’s address towards it.")
        raise SettingInvalid(name="HUIFANG_SIP_HOST", value=environment.sip_host, mend=mend)
    return trunk
