"""``huifang check``: look at everything a start depends on, one line each."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable

import typer

from huifang.commands.serve import check_port_free
from huifang.commands.startup import start
from huifang.env import Environment, read_environment
from huifang.errors import HuifangError


def run_checks() -> int:
    """Print one line per check; 0 when all are in order, else 1."""
    environment = read_environment()  # a setting that is wrong ends here with its own sentence
    checks: list[tuple[str, Callable[[Environment], str]]] = [
        ("数据与密钥 data and keys", _data),
        ("网页端口 web port", _web_port),
        ("语音合成 speech output", _mouth),
        ("语音识别 speech recognition", _ears),
        ("线路 trunk", _trunk),
    ]
    faults = 0
    for name, look in checks:
        try:
            typer.echo(f"✓ {name}: {look(environment)}")
        except HuifangError as error:
            faults += 1
            typer.echo(f"✗ {name}: {error}")
    return 1 if faults else 0


def _data(environment: Environment) -> str:
    start(migrate=True)
    return f"{environment.database_url.split('@')[-1] or environment.home}"


def _web_port(environment: Environment) -> str:
    check_port_free(environment.web_host, environment.web_port, "HUIFANG_WEB_PORT")
    return f"{environment.web_host}:{environment.web_port}"


def _mouth(environment: Environment) -> str:
    from huifang.voice.mouths.espeak import EspeakSynthesiser

    engine = EspeakSynthesiser()
    try:
        clip = engine.render("您好", "zh")
    finally:
        engine.close()
    return f"espeak-ng cmn ({shutil.which('espeak-ng') or 'espeakng-loader'}), {len(clip) / 8000:.1f} s"


def _ears(environment: Environment) -> str:
    if environment.asr_model is None:
        return "— (HUIFANG_ASR_MODEL 未设置：按键作答)"
    if importlib.util.find_spec("sherpa_onnx") is None:
        return "— (pip install 'huifang[speech]')"
    from huifang.voice.ears.sherpa import SherpaRecogniser

    SherpaRecogniser(environment.asr_model)
    return str(environment.asr_model)


def _trunk(environment: Environment) -> str:
    return (
        f"{environment.trunk_host}:{environment.trunk_port}" if environment.has_trunk else "— (HUIFANG_TRUNK)"
    )
