"""What the media loop finds in the audio where it is asked to look: keys, tones, speech that goes on."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from huifang.voice.rtp.g711 import Codec, encode
from huifang.voice.rtp.port import KeyPressed, SpeechGoesOn, Tone, ToneHeard

from .sounds import key, pause, tone
from .test_voice_activity import quiet, speech


def alaw(sound: np.ndarray) -> bytes:
    return encode(sound.astype(np.int16), Codec.PCMA).tobytes()


def test_keys_are_found_in_the_audio_where_the_far_end_has_agreed_on_no_events(call, events):
    session, peer = call("PCMU", None)
    sound = np.concatenate([pause(200), key("5", 60), pause(60), key("#", 60), pause(100)])
    peer.talk(session.local_port, encode(sound.astype(np.int16), Codec.PCMU).tobytes(), 0)
    assert [told.key for told in events.wait(KeyPressed, 2)] == ["5", "#"]


def test_keys_in_the_audio_are_not_told_beside_events(call, events):
    session, peer = call()
    session.watch_for_machines(True)
    sound = np.concatenate([pause(100), key("5", 200), pause(100), tone(1000, 400), pause(500)])
    peer.talk(session.local_port, alaw(sound))
    events.wait(ToneHeard)
    assert events.of(KeyPressed) == []


def test_tones_are_told_of_a_session_that_is_watched_and_of_no_other(call, events):
    watched, peer = call()
    other, other_peer = call()
    watched.watch_for_machines(True)
    sound = alaw(np.concatenate([pause(200), tone(1000, 400), pause(500)]))
    other_peer.talk(other.local_port, sound)
    peer.talk(watched.local_port, sound)
    [heard] = events.wait(ToneHeard)
    assert (heard.session, heard.kind) == (watched, Tone.BEEP)
    assert heard.at_ms >= 900
    watched.watch_for_machines(False)
    peer.talk(watched.local_port, sound)
    assert len(events.of(ToneHeard)) == 1


def test_speech_that_goes_on_is_told_after_two_and_four_seconds(call, events):
    watched, peer = call()
    other, other_peer = call()
    watched.watch_for_machines(True)
    sound = alaw(np.concatenate([quiet(0.6), speech(-18, 4.4), quiet(1.0)]))
    talks = threading.Thread(target=other_peer.talk, args=(other.local_port, sound))
    talks.start()
    peer.talk(watched.local_port, sound)
    talks.join()
    first, second = events.wait(SpeechGoesOn, 2)
    assert {first.session, second.session} == {watched}
    [start_ms] = {first.start_ms, second.start_ms}
    lasted = [told.end_ms - start_ms for told in (first, second)]
    assert lasted == [
        pytest.approx(2000, abs=400),
        pytest.approx(4000, abs=400),
    ]  # a busy machine leaves time out
    assert len(second.pcm) - len(first.pcm) == 2 * 8000
    assert 2 * 8000 <= len(first.pcm) <= 2.4 * 8000  # with its pre-roll
