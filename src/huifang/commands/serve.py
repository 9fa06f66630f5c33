"""The processes of the centre: the web server and the worker."""

from __future__ import annotations

import signal
import socket
import threading

from huifang.env import Environment, read_environment
from huifang.errors import PortInUse


def check_port_free(host: str, port: int, setting: str) -> None:
    """Raise ``PortInUse`` naming ``setting`` where the TCP port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortInUse(port=port, host=host, mend=setting) from None


def serve_web() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    from huifang.commands.startup import start

    environment = read_environment()
    check_port_free(environment.web_host, environment.web_port, "HUIFANG_WEB_PORT")
    start()
    from django.db import connection

    connection.close()  # the server's threads open their own
    _serve(environment)


def _serve(environment: Environment) -> None:
    import uvicorn

    uvicorn.run(
        "huifang.asgi:application",
        host=environment.web_host,
        port=environment.web_port,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        # Live boards hold their connection for ever; a stop must not wait for them.
        timeout_graceful_shutdown=3,
    )


def run_work() -> None:
    """Do due jobs until SIGTERM or Ctrl-C."""
    from huifang.commands.startup import start

    start()
    from huifang.work.legs import run

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(stop)
