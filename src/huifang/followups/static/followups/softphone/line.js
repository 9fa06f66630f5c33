// The line between this window and the softphone gateway: one WebRTC connection with a data channel.
// What is said there: voice/softphone/messages.py.

const ANSWER_WITHIN_MS = 10_000;
const OPEN_WITHIN_MS = 15_000;
const GATHER_WITHIN_MS = 3_000;
const SILENT_AFTER_MS = 9_000;

// What a person can do something about; `code` is a word of the page's table.
export class Fault extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function openMicrophone() {
  if (!navigator.mediaDevices) throw new Fault("insecure");
  try {
    const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    return stream.getAudioTracks()[0];
  } catch {
    throw new Fault("microphone");
  }
}

export class Line {
  // `address` of the centre's side, `form` with the CSRF token, `microphone` a track, `ear` an audio
  // element; `hear` takes each message, `lost` is called once when an open line is gone.
  constructor({ address, form, microphone, ear, hear, lost }) {
    Object.assign(this, { address, form, microphone, hear, lost });
    this.key = "";
    this.isClosed = false;
    this.isOpen = false;
    this.heardAt = 0;
    // No servers: page and gateway are in one network.
    this.connection = new RTCPeerConnection({ iceServers: [] });
    this.sender = this.connection.addTransceiver("audio", { direction: "sendrecv" }).sender;
    this.channel = this.connection.createDataChannel("huifang");
    this.channel.onmessage = (event) => this.#take(event.data);
    this.channel.onclose = () => this.#end();
    this.connection.onconnectionstatechange = () => {
      if (["failed", "closed"].includes(this.connection.connectionState)) this.#end();
    };
    this.connection.ontrack = (event) => {
      ear.srcObject = new MediaStream([event.track]);
    };
    this.watch = setInterval(() => {
      if (this.isOpen && Date.now() - this.heardAt > SILENT_AFTER_MS) this.#end();
    }, 1000);
  }

  // Go online.  A Fault says what is in the way.
  async open() {
    try {
      await this.connection.setLocalDescription();
      await this.#gathered();
      const form = new FormData(this.form);
      form.set("offer", this.connection.localDescription.sdp);
      this.key = (await this.#ask(this.address, { method: "POST", body: form })).key;
      await this.connection.setRemoteDescription({ type: "answer", sdp: await this.#answer() });
      await this.#opened();
    } catch (error) {
      this.close();
      throw error instanceof Fault ? error : new Fault("refused");
    }
  }

  // Why a line that was open is gone: "lost" may be tried again.
  async reason() {
    try {
      await this.#ask(`${this.address}?key=${this.key}`);
      return "lost";
    } catch (fault) {
      return fault.code;
    }
  }

  tell(wish, data = {}) {
    if (this.channel.readyState === "open") this.channel.send(JSON.stringify({ do: wish, ...data }));
  }

  // The microphone leaves this machine only while somebody is to hear it.
  talk(isTalking) {
    if (!this.isClosed) this.sender.replaceTrack(isTalking ? this.microphone : null);
  }

  close() {
    this.isClosed = true;
    clearInterval(this.watch);
    this.connection.close();
  }

  #take(text) {
    this.heardAt = Date.now();
    const message = JSON.parse(text);
    if (message.say === "alive") this.tell("alive");
    else this.hear(message);
  }

  #end() {
    if (this.isClosed) return;
    const wasOpen = this.isOpen;
    this.close();
    if (wasOpen) this.lost();
  }

  async #gathered() {
    const end = Date.now() + GATHER_WITHIN_MS;
    while (this.connection.iceGatheringState !== "complete" && Date.now() < end) await pause(20);
  }

  async #answer() {
    const end = Date.now() + ANSWER_WITHIN_MS;
    while (Date.now() < end) {
      const { state, answer } = await this.#ask(`${this.address}?key=${this.key}`);
      if (state === "refused") throw new Fault("refused");
      if (answer) return answer;
      await pause(250);
    }
    throw new Fault("no_gateway");
  }

  async #opened() {
    const end = Date.now() + OPEN_WITHIN_MS;
    while (this.channel.readyState !== "open") {
      if (this.isClosed || Date.now() > end) throw new Fault("no_way");
      await pause(20);
    }
    this.heardAt = Date.now();
    this.isOpen = true;
  }

  async #ask(address, options = {}) {
    let reply;
    try {
      reply = await fetch(address, { credentials: "same-origin", redirect: "error", ...options });
    } catch {
      throw new Fault("centre");
    }
    if (reply.status === 404) throw new Fault("replaced");
    if (!reply.ok) throw new Fault("centre");
    return reply.json();
  }
}
