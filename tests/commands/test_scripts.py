"""``huifang script check`` and ``explain``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huifang.__main__ import app
from huifang.commands.rehearsing import document_of


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("HUIFANG_LANGUAGE", "zh-hans")
    return lambda *words: CliRunner().invoke(app, ["script", *words])


def test_a_shipped_script_has_nothing_to_mend(run):
    result = run("check", "complaint_24h", "renewal")
    assert result.exit_code == 0
    assert result.output.count("没有需要修改的地方") == 2


def test_findings_name_file_step_and_mend_in_chinese(run, tmp_path: Path):
    document = document_of("complaint_24h")
    document["steps"][1]["text"] = {"zh-CN": "您好#8#。"}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(document))
    result = run("check", str(file))
    assert result.exit_code == 1
    assert f"✗ {file}: 步骤「sorry」：含有「#」，语音合成读不出来：请写成文字 [sign]" in result.output


def test_every_fault_of_an_unusable_script_is_named(run, tmp_path: Path):
    document = document_of("complaint_24h")
    document["steps"][1]["next"] = [{"go": "nowhere"}]
    document["steps"][2]["item"]["choices"][1]["key"] = "1"
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(document))
    result = run("check", str(file))
    assert result.exit_code == 1
    assert "步骤「sorry」要去的“nowhere”并不存在" in result.output
    assert "步骤「solved」有两个选项都用按键 1" in result.output


@pytest.mark.parametrize("words", ["[]", '"x"', "{}", "nothing"])
def test_what_is_no_script_is_refused_in_a_sentence(run, tmp_path: Path, words: str):
    file = tmp_path / "mine.json"
    file.write_text(words)
    result = run("check", str(file))
    assert result.exit_code == 1
    assert result.output.startswith(f"✗ {file}: ")
    assert len(result.output.splitlines()) == 1


def test_a_script_is_told_in_the_persons_language(run, monkeypatch):
    told = run("explain", "renewal").output
    assert "话术「会员到期续卡」（renewal），第1版，用途：营销" in told
    assert "如果「goal」的回答是“减脂瘦身”，说：" in told
    monkeypatch.setenv("HUIFANG_LANGUAGE", "en")
    assert "if the answer to “goal” is “减脂瘦身”, says:" in run("explain", "renewal").output
