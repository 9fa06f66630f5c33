"""The command as a person runs it: a fresh home, wrong settings, wrong files."""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from huifang.env import read_environment

CUSTOMERS = "会员号,姓名,性别,手机号,门店\nM1,李红,女,13812345678,人民路店\nM2,王强,男,139 1234 5678,万达店\n"


class Home:
    """A home folder of one's own and the command that works in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "home"
        self.keys = folder / "home.keys"

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIFANG_")}
        environment |= {"HUIFANG_HOME": str(self.path), **settings}
        return subprocess.run(
            [sys.executable, "-m", "huifang", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def fails(self, *arguments: str, **settings: str) -> str:
        """The one sentence that a failing command prints."""
        result = self.run(*arguments, **settings)
        assert result.returncode != 0, result.stdout
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        assert len(lines) == 1, result.stderr
        return lines[0]

    def count(self, table: str) -> int:
        with sqlite3.connect(self.path / "huifang.sqlite3") as database:
            (count,) = database.execute(f"select count(*) from {table}").fetchone()
        return int(count)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "顾客.csv"
    path.write_text(CUSTOMERS, encoding="gb18030")
    return path


def test_first_start_makes_a_private_key_file_outside_the_home_folder(home: Home, customers: Path) -> None:
    result = home.run("import", str(customers))
    assert result.returncode == 0, result.stderr
    assert home.keys.stat().st_mode & 0o777 == 0o600
    assert home.path not in home.keys.parents
    assert home.count("customers_customer") == 2


def test_no_phone_number_stands_readable_in_the_home_folder(home: Home, customers: Path) -> None:
    home.run("import", str(customers))
    for path in home.path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"13812345678" not in content, path
            assert b"13912345678" not in content, path


def test_data_without_its_key_file_stops_the_start(home: Home, customers: Path) -> None:
    home.run("import", str(customers))
    home.keys.unlink()
    assert str(home.keys) in home.fails("import", str(customers))
    assert not home.keys.exists()


def test_key_file_of_another_installation_stops_the_start(
    home: Home, customers: Path, tmp_path: Path
) -> None:
    home.run("import", str(customers))
    (tmp_path / "other").mkdir()
    other = Home(tmp_path / "other")
    other.run("import", str(customers))
    home.keys.write_bytes(other.keys.read_bytes())
    assert str(home.keys) in home.fails("plan")


def test_key_file_open_to_others_stops_the_start(home: Home, customers: Path) -> None:
    home.run("import", str(customers))
    home.keys.chmod(0o644)
    assert "chmod 600" in home.fails("plan")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"HUIFANG_WEB_PORT": "eighty"}, "HUIFANG_WEB_PORT"),
        ({"HUIFANG_NODE_SEATS": "0"}, "HUIFANG_NODE_SEATS"),
        ({"HUIFANG_CPU": "0-3"}, "HUIFANG_CPU"),
        ({"HUIFANG_VOICE_PROCESSES": "3", "HUIFANG_SIP_PORT": "65534"}, "HUIFANG_SIP_PORT"),
        (
            {
                "HUIFANG_VOICE_PROCESSES": "3",
                "HUIFANG_RTP_FIRST_PORT": "30000",
                "HUIFANG_RTP_LAST_PORT": "30002",
            },
            "HUIFANG_RTP_LAST_PORT",
        ),
        ({"HUIFANG_TRUNK": "host:port"}, "HUIFANG_TRUNK"),
        ({"HUIFANG_DATABASE_URL": "mongodb://x/y"}, "HUIFANG_DATABASE_URL"),
        ({"HUIFANG_DATABASE_URL": "postgres://a:b@host:port/name"}, "HUIFANG_DATABASE_URL"),
        ({"HUIFANG_NODE": "../node"}, "HUIFANG_NODE"),
        ({"HUIFANG_LANGUAGE": "klingon"}, "HUIFANG_LANGUAGE"),
        ({"HUIFANG_CLOCK_OFFSET": "nan"}, "HUIFANG_CLOCK_OFFSET"),
        ({"HUIFANG_CENTRE_URL": "ftp://centre"}, "HUIFANG_CENTRE_URL"),
        ({"HUIFANG_RTP_FIRST_PORT": "30000", "HUIFANG_RTP_LAST_PORT": "20000"}, "HUIFANG_RTP_LAST_PORT"),
        ({"HUIFANG_TRUNK": "sip.example.com", "HUIFANG_CLOCK_OFFSET": "60"}, "HUIFANG_CLOCK_OFFSET"),
    ],
)
def test_wrong_setting_is_named_in_one_sentence(home: Home, settings: dict[str, str], named: str) -> None:
    assert named in home.fails("plan", **settings)


def test_missing_file_is_named_and_nothing_is_written(home: Home) -> None:
    assert "nowhere.csv" in home.fails("import", "nowhere.csv")
    assert home.count("customers_customer") == 0


def test_file_that_is_no_table_is_refused_whole(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "poster.csv"
    path.write_bytes(b"%PDF-1.7\n\x00\x01\x02" + bytes(range(256)) * 20)
    assert "poster.csv" in home.fails("import", str(path))
    assert home.count("customers_customer") == 0


@pytest.mark.parametrize("command", [("web",), ("up",), ("demo", "--once")])
def test_port_in_use_is_named(home: Home, command: tuple[str, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = (*command, "--port", port) if command[0] == "demo" else command
        assert port in home.fails(*arguments, HUIFANG_WEB_PORT=port)


def test_missing_recogniser_model_stops_the_node(home: Home, tmp_path: Path, customers: Path) -> None:
    home.run("import", str(customers))
    sentence = home.fails("voice", HUIFANG_ASR_MODEL=str(tmp_path / "no-model"))
    assert "no-model" in sentence


def test_taken_sip_port_stops_the_node(home: Home, customers: Path) -> None:
    home.run("import", str(customers))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        assert port in home.fails("voice", HUIFANG_SIP_PORT=port)


def test_sentences_are_chinese_down_to_the_mend_and_english_on_request(home: Home) -> None:
    assert "请填写 1 到 65535 之间的整数" in home.fails("plan", HUIFANG_WEB_PORT="0")
    assert "from 1 to 65535" in home.fails("plan", HUIFANG_WEB_PORT="0", HUIFANG_LANGUAGE="en")


def test_database_server_that_is_away_is_one_sentence_without_the_password(home: Home) -> None:
    url = "postgres://someone:secret@127.0.0.1:1/huifang"
    sentence = home.fails("plan", HUIFANG_DATABASE_URL=url)
    assert "127.0.0.1:1/huifang" in sentence
    assert "secret" not in sentence


def test_damaged_database_file_is_one_sentence(home: Home) -> None:
    home.path.mkdir()
    (home.path / "huifang.sqlite3").write_bytes(b"not a database " * 100)
    assert "huifang.sqlite3" in home.fails("plan")


@pytest.mark.parametrize("command", ["web", "work"])
def test_a_database_that_is_not_set_up_is_named_with_the_command_that_does_it(
    home: Home, command: str
) -> None:
    sentence = home.fails(command, HUIFANG_WEB_PORT=str(free_port()))
    assert "huifang.sqlite3" in sentence
    assert "huifang check" in sentence


def test_home_that_cannot_be_made_is_named(home: Home) -> None:
    home.path.write_text("a file stands where the folder should be")
    assert "HUIFANG_HOME" in home.fails("plan")


def test_demonstration_refuses_an_unwritable_summary_before_it_begins(home: Home, tmp_path: Path) -> None:
    assert str(tmp_path) in home.fails("demo", "--once", "--json", str(tmp_path))
    assert not home.path.with_name("home-demo").exists()


def test_measuring_refuses_an_unwritable_file_before_it_begins(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "figures.json"
    assert str(path) in home.fails("bench", "voice", "--calls", "1", "--seconds", "5", "--json", str(path))


def test_second_demonstration_leaves_the_running_one_alone(home: Home) -> None:
    world = home.path.with_name("home-demo")
    world.mkdir()
    precious = world / "huifang.sqlite3"
    precious.touch()
    with (world / ".huifang-demo").open("w") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
        assert str(world) in home.fails("demo", "--once", "--port", str(free_port()))
    assert precious.exists()


def test_check_names_a_trunk_that_nobody_can_find(home: Home) -> None:
    result = home.run("check", HUIFANG_TRUNK="no-such-host.invalid", HUIFANG_WEB_PORT=str(free_port()))
    assert result.returncode == 1
    assert "HUIFANG_TRUNK" in next(line for line in result.stdout.splitlines() if line.startswith("✗"))


def test_a_trunk_elsewhere_needs_no_setting_of_our_own_address() -> None:
    assert read_environment({"HUIFANG_TRUNK": "sip.example.com"}).sip_host == "0.0.0.0"
    assert read_environment({"HUIFANG_TRUNK": "127.0.0.1:5090"}).sip_host == "127.0.0.1"
    assert read_environment({}).sip_host == "127.0.0.1"
