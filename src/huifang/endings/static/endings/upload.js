// The server reads WAV and bare G.711 only.  What else this browser can play (MP3, M4A, Ogg, FLAC …) is turned into WAV
// here, so no decoder for strangers' files runs on the server.  What cannot be played goes as it is: the server says
// in one sentence what is wrong with it.
const form = document.getElementById("upload");
const READ_THERE = /\.(wav|alaw|al|pcma|ulaw|ul|pcmu)$/i;
const HZ = 16000; // twice what a telephone carries
const MOST_BYTES = 60 * 1024 * 1024;

form.addEventListener("submit", async (event) => {
  const input = form.elements.file;
  const file = input.files[0];
  if (!file || READ_THERE.test(file.name) || file.size > MOST_BYTES) return;
  event.preventDefault();
  form.setAttribute("aria-busy", "true");
  try {
    const name = file.name.replace(/\.[^.]*$/, "") + ".wav";
    const kept = new DataTransfer();
    kept.items.add(new File([await asWav(await file.arrayBuffer())], name, { type: "audio/wav" }));
    input.files = kept.files;
  } catch {
    // not playable: see above
  }
  form.submit();
});

// A sound in any format as WAV: one channel, 16 bits, 16 kHz.
async function asWav(encoded) {
  const sound = await new OfflineAudioContext(1, 1, HZ).decodeAudioData(encoded);
  const channels = Array.from({ length: sound.numberOfChannels }, (_, n) => sound.getChannelData(n));
  const bytes = new DataView(new ArrayBuffer(44 + 2 * sound.length));
  const text = (at, word) => [...word].forEach((letter, n) => bytes.setUint8(at + n, letter.charCodeAt(0)));
  text(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * sound.length, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, HZ, true);
  bytes.setUint32(28, 2 * HZ, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, 2 * sound.length, true);
  for (let n = 0; n < sound.length; n += 1) {
    let sample = 0;
    for (const channel of channels) sample += channel[n] / channels.length;
    bytes.setInt16(44 + 2 * n, Math.max(-32768, Math.min(32767, Math.round(sample * 32767))), true);
  }
  return bytes.buffer;
}
