"""``huifang knowledge``: all of a file or nothing, and asking as a customer does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def huifang(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        settings = {k: v for k, v in os.environ.items() if not k.startswith("HUIFANG_")}
        settings |= {"HUIFANG_HOME": str(tmp_path / "home"), "HUIFANG_KEY_FILE": str(tmp_path / "keys")}
        command = [sys.executable, "-m", "huifang", "knowledge", *arguments]
        return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120)

    return run


def test_a_faulty_file_is_named_and_a_good_one_answers(huifang, tmp_path: Path) -> None:
    good = "标题,答案,问法\n营业时间,十点到九点半。,几点关门\n停车,有停车场。,停车方便吗\n"
    file = tmp_path / "faq.csv"
    file.write_text(good + "空的,,\n", "utf-8")
    done = huifang("import", str(file))
    assert done.returncode == 1
    assert "第 4 行" in done.stderr
    file.write_text(good, "utf-8")
    assert huifang("import", str(file)).returncode == 0
    answer = huifang("ask", "你们几点关门呀")
    assert answer.returncode == 0
    assert "十点到九点半。" in answer.stdout
    assert "faq.csv" in answer.stdout
    doubtful = huifang("ask", "九点半之后能来吗")
    assert (doubtful.returncode, doubtful.stdout[0]) == (3, "?")
    assert huifang("ask", "你们老板叫什么").returncode == 1
