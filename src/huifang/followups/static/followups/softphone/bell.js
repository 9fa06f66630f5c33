// The bell of the softphone: two soft tones, again and again, made on the spot.

let audio = null;
let timer = 0;

function strike() {
  const at = audio.currentTime;
  for (const [hertz, from] of [[660, 0], [528, 0.22]]) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.0001, at + from);
    loudness.gain.exponentialRampToValueAtTime(0.25, at + from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + from + 0.6);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at + from);
    tone.stop(at + from + 0.65);
  }
}

export function ring(isRinging) {
  clearInterval(timer);
  if (!isRinging) return;
  audio ??= new AudioContext();
  audio.resume();
  strike();
  timer = setInterval(strike, 2000);
}
