"""Uploading a tune in a real browser: what the server does not read, the browser turns into WAV."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# Four seconds of 700 Hz as the browser itself packs them (WebM with Opus), put into the form as a file.
PACK = """
async () => {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: 700 });
  const out = new MediaStreamAudioDestinationNode(context);
  tone.connect(new GainNode(context, { gain: 0.4 })).connect(out);
  const recorder = new MediaRecorder(out.stream, { mimeType: "audio/webm;codecs=opus" });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const ended = new Promise((done) => { recorder.onstop = done; });
  tone.start();
  recorder.start();
  await new Promise((done) => setTimeout(done, 4000));
  recorder.stop();
  await ended;
  const files = new DataTransfer();
  files.items.add(new File(parts, "开业曲.webm"));
  document.querySelector("[name=file]").files = files.files;
}
"""


def test_music_in_another_format_is_turned_into_wav_by_the_browser(site, sign_in):
    page = sign_in()
    page.goto("/tunes/upload/")
    page.evaluate(PACK)
    page.fill("[name=name]", "开业曲")
    page.click("main button.primary")
    expect(page.locator(".notice")).to_contain_text("「开业曲」已加入曲库")
    site.run(
        "import numpy as np\n"
        "from huifang.endings.models import Tune\n"
        "from huifang.voice.rtp.g711 import Codec, decode\n"
        "tune = Tune.objects.get(name='开业曲')\n"
        "heard = decode(bytes(tune.alaw), Codec.PCMA).astype(float)\n"
        "hz = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))).argmax() * 8000 / len(heard)\n"
        "assert tune.file_name == '开业曲.wav', tune.file_name\n"
        "assert 2 <= tune.seconds < 10 and abs(hz - 700) < 3, (tune.seconds, hz)\n"
    )
    page.locator("audio").first.evaluate("audio => audio.play()")
    expect(page.locator("audio").first).to_have_js_property("paused", False)


def test_what_no_browser_can_play_is_refused_by_the_server_in_one_sentence(sign_in):
    page = sign_in()
    page.goto("/tunes/upload/")
    page.set_input_files(
        "[name=file]", {"name": "歌.mp3", "mimeType": "audio/mpeg", "buffer": b"ID3\x04" + bytes(500)}
    )
    page.fill("[name=name]", "歌")
    page.click("main button.primary")
    expect(page.get_by_role("alert")).to_contain_text("文件「歌.mp3」不能用作结束曲：这是 MP3 文件")
    page.faults.clear()  # the console notes the 400
