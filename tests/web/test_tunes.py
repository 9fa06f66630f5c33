"""结束曲: library, uploading, rules tried out, and figures, as people see them."""

from __future__ import annotations

import io
import struct
from html import unescape

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from endings.sounds import tone, wav

from huifang.endings.library import wav_of
from huifang.endings.models import EndingRule, Tune
from huifang.endings.wav import read_sound
from huifang.voice.tunes.library import render


def text_of(client: Client, path: str = "/tunes/", **data: str) -> str:
    reply = client.get(path, data)
    assert reply.status_code == 200, path
    return unescape(reply.content.decode())


def post_file(client: Client, name: str, data: bytes):
    file = SimpleUploadedFile(name, data)
    return client.post("/tunes/upload/", {"file": file, "name": "开业曲", "brand": ""}, follow=True)


def test_the_library_shows_shipped_and_uploaded_tunes_with_pictures(world, client_of):
    page = text_of(client_of("supervisor"))
    for name in ("新年钢琴曲", "轻快钢琴曲", "海浪声"):
        assert name in page
    assert page.count('<svg class="waveform"') == 6
    assert page.count("<audio controls") == 6
    assert "上传曲子" not in text_of(client_of("store_supervisor"))


def test_a_file_becomes_a_tune_that_can_be_heard(world, client_of):
    client = client_of("supervisor")
    reply = post_file(client, "开业.wav", wav(tone(3, 44_100, 700), 44_100, channels=2))
    assert "「开业曲」已加入曲库" in unescape(reply.content.decode())
    tune = Tune.objects.get(name="开业曲")
    sound = client.get(f"/tunes/{tune.key}/audio/")
    assert sound["Content-Type"] == "audio/wav"
    samples, rate = read_sound(sound.content, "x.wav")
    assert (rate, len(samples)) == (8000, 24_000)
    assert int(np.abs(np.fft.rfft(samples)).argmax() / 3) == 700


def test_a_loud_original_is_taken_with_a_warning(world, client_of):
    loud = wav(np.clip(tone(3, 8000, 700, loud=3), -1, 1), 8000)
    assert "可能有爆音" in unescape(post_file(client_of("admin"), "a.wav", loud).content.decode())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "歌.mp3",
            b"ID3\x04" + bytes(50),
            "文件「歌.mp3」不能用作结束曲：这是 MP3 文件，请先另存为 WAV 再上传。",
        ),
        ("短.wav", wav(tone(1, 8000), 8000), "时长 1.0 秒，结束曲应为 2～60 秒"),
        ("静.wav", wav(np.zeros(24_000), 8000), "在电话里听不到任何声音"),
        ("坏.wav", b"RIFF" + struct.pack("<I", 9) + b"WAVE", "文件可能已损坏"),
        ("空.wav", b"", "空"),
    ],
)
def test_a_wrong_file_gets_one_sentence_and_nothing_is_stored(world, client_of, name, data, said):
    before = Tune.objects.count()
    reply = post_file(client_of("supervisor"), name, data)
    assert reply.status_code == 400
    assert said in unescape(reply.content.decode())
    assert Tune.objects.count() == before


def test_a_name_made_of_markup_is_text(world, client_of):
    Tune.objects.update(name="<script>alert(1)</script>")
    assert "<script>alert" not in client_of("supervisor").get("/tunes/").content.decode()


def test_a_tune_is_renamed_put_aside_and_taken_back(world, client_of):
    client = client_of("supervisor")
    path = f"/tunes/{world.tune.key}/"
    client.post(path, {"name": "新名字", "brand": ""})
    assert "新名字" in text_of(client)
    EndingRule.objects.update(tunes=[world.tune.key])
    reply = client.post(path, {"aside": "1"})
    assert reply.status_code == 409
    assert "规则「安抚」正在使用它" in unescape(reply.content.decode())
    EndingRule.objects.update(tunes=["rain"])
    client.post(path, {"aside": "1"})
    assert not Tune.objects.exists()
    assert client.get(path).status_code == 404
    assert client.get("/tunes/no_such/audio/").status_code == 404


def test_the_rules_can_be_tried_out_with_the_reasons(world, client_of):
    client = client_of("store_supervisor")
    page = text_of(client, score="2", purpose="care")
    assert "安抚</b> 符合，采用" in page
    page = text_of(client, score="5", purpose="care")
    assert "安抚</b> 不符合：评分" in page
    assert "没有规则符合：" in page
    assert "没有规则符合：" not in text_of(client, score="nonsense", purpose="care")


def test_the_suggested_rules_are_one_click_away_where_there_are_none(world, client_of):
    EndingRule.objects.all().delete()
    client = client_of("admin")
    assert "先用三条推荐规则" in text_of(client)
    client.post("/tunes/rules/suggested/")
    assert [(r.name, r.lowest, r.highest) for r in EndingRule.objects.order_by("position")] == [
        ("满意：欢快的曲子", 4, 5),
        ("一般：舒缓的曲子", 3, 3),
        ("不满意：安抚的声音", 1, 2),
    ]


def test_a_rule_is_changed_and_its_faults_are_said(world, client_of):
    client = client_of("supervisor")
    path = f"/tunes/rules/{world.rule.pk}/"
    fields = {"name": "安抚", "lowest": "2", "highest": "1", "tunes": ["rain"]}
    reply = client.post(path, fields)
    assert reply.status_code == 400
    assert "低分在前" in unescape(reply.content.decode())
    client.post(
        path, {**fields, "lowest": "1", "transfer": "no", "words": "真的很抱歉，再见。", "is_active": "on"}
    )
    page = text_of(client)
    assert "真的很抱歉，再见。" in page
    assert "不转人工" in page
    client.post(path, {"remove": "yes"})
    assert not EndingRule.objects.exists()


def test_the_figures_say_why_the_obvious_answer_is_none_and_come_as_json(world, client_of):
    client = client_of("supervisor")
    page = text_of(client, "/tunes/statistics/")
    assert "循环论证" in page
    client.post(f"/tunes/rules/{world.rule.pk}/default/", {"tune": "waves"})
    figures = client.get("/tunes/statistics.json").json()
    (rule,) = figures["rules"]
    assert (rule["rule"], rule["default"]) == ("安抚", "waves")
    assert rule["tunes"][0]["returned"] == {"n": 0, "hits": 0, "share": None, "low": None, "high": None}
    assert [row["score"] for row in figures["scores"]] == [5, 4, 3, 2, 1]


def test_stores_get_their_brands_and_rules_may_ask_for_them(world, client_of):
    client = client_of("admin")
    client.post("/tunes/brands/", {f"store-{world.store.pk}": " 花颜 ", "store-x": "?", "store-9999999": "?"})
    world.store.refresh_from_db()
    assert world.store.brand == "花颜"
    assert '<option value="花颜">' in text_of(client, "/tunes/rules/new/")


def test_a_shipped_tune_sounds_in_the_browser_as_on_the_telephone(world):
    samples, _rate = read_sound(wav_of("rain"), "x.wav")
    assert np.array_equal((samples * 32768).astype(np.int16), render("rain"))
    assert io.BytesIO(wav_of("rain")).getbuffer().nbytes == 44 + 2 * len(samples)
