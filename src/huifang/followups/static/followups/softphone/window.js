// The softphone's window: what is seen and clicked.  The other pages are told over a BroadcastChannel.
import { ring } from "./bell.js";
import { clearFeeling, showHistory, watchFeeling } from "./feeling.js";
import { Fault, Line, openMicrophone } from "./line.js";

const CARD_TRIES = 5;
const MOST_TRIES = 30;
const LONGEST_PAUSE_MS = 15_000;
const LAMPS = { ready: "on", ringing: "on", talking: "on", paused: "wait", going_online: "wait", connecting: "wait" };

const byId = (id) => document.getElementById(id);
const words = JSON.parse(byId("words").textContent);
const phone = byId("main");
const title = document.title;
const others = new BroadcastChannel("huifang-softphone");

let line = null;
let microphone = null;
let wanted = false; // to be online
let paused = false;
let tries = 0;
let state = "offline";
let call = 0;
let card = null;
let clock = 0;
let muted = false;

// ---- showing

function show(next = state) {
  state = next;
  phone.dataset.state = state;
  byId("state").textContent = words.states[state];
  byId("lamp").dataset.lamp = LAMPS[state] ?? "off";
  const busy = state === "ringing" || state === "talking";
  byId("call").hidden = !busy;
  byId("idle").hidden = busy;
  for (const part of document.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  button("online").hidden = state !== "offline";
  button("pause").hidden = state !== "ready";
  button("resume").hidden = state !== "paused";
  button("offline").hidden = ["offline", "ringing", "talking"].includes(state);
  document.title = state === "ringing" ? `${words.states.ringing}: ${card?.name ?? ""}` : title;
  tellOthers();
}

function button(wish) {
  return phone.querySelector(`button[data-do="${wish}"]`);
}

function showCard() {
  const known = card ?? {};
  byId("name").textContent = known.name ?? words.unknown;
  for (const part of ["number", "store", "plan", "reason"]) byId(part).textContent = known[part] ?? "";
  byId("customer").hidden = !known.customer_url;
  if (known.customer_url) byId("customer").href = known.customer_url;
  showHistory(known);
}

function showFault(code) {
  byId("fault").hidden = !code;
  byId("fault").textContent = code ? words.faults[code] : "";
}

function showMute() {
  button("mute").setAttribute("aria-pressed", String(muted));
  byId("note").textContent = muted ? words.muted : "";
  phone.toggleAttribute("data-muted", muted);
}

function tellOthers() {
  others.postMessage({ state, words: words.states[state], name: card?.name ?? words.unknown, url: card?.customer_url ?? "", store: card?.store ?? "" });
}

// ---- being online

async function goOnline() {
  wanted = true;
  showFault("");
  show("going_online");
  try {
    microphone ??= await takeMicrophone();
    line = new Line({
      address: phone.dataset.line,
      form: byId("token"),
      microphone,
      ear: byId("ear"),
      hear,
      lost: async () => {
        const reason = await line.reason();
        stop(reason);
      },
    });
    await line.open();
    tries = 0;
    showFault("");
  } catch (error) {
    stop(error instanceof Fault ? error.code : "refused");
  }
}

// Unplugged in the middle of a call, it is looked for once more: there may be another.
async function takeMicrophone() {
  const found = await openMicrophone();
  found.onended = async () => {
    microphone = null;
    try {
      microphone = await takeMicrophone();
      if (line) line.microphone = microphone;
      if (state === "talking") line.talk(true);
    } catch {
      showFault("microphone");
    }
  };
  return found;
}

// The line is gone, or never came to be.  What can mend itself is tried again.
function stop(code) {
  endCall();
  line = null;
  show("offline");
  const again = wanted && tries < MOST_TRIES && (code === "lost" || (tries > 0 && code !== "replaced"));
  if (!again) return goOffline(code);
  showFault("lost");
  show("going_online");
  tries += 1;
  setTimeout(() => wanted && goOnline(), Math.min(1000 * 2 ** (tries - 1), LONGEST_PAUSE_MS));
}

function goOffline(code = "") {
  wanted = false;
  paused = false;
  tries = 0;
  endCall();
  line?.close();
  line = null;
  microphone?.stop();
  microphone = null;
  show("offline");
  showFault(code);
}

// ---- what the gateway says

function hear(message) {
  const heard = { state: hearState, ring: hearRing, answered: hearAnswered, ended: hearEnded, key: hearKey }[message.say];
  heard?.(message);
}

function hearState(message) {
  if (message.state === "ready" && paused) line.tell("pause");
  show(message.state);
  if (state === "ringing") button("answer").focus();
}

async function hearRing(message) {
  const mine = message.call;
  call = mine;
  card = null;
  showCard();
  byId("last").textContent = "";
  ring(true);
  if (message.attempt) watchFeeling(address(phone.dataset.live, message.attempt));
  for (let tried = 0; message.attempt && tried < CARD_TRIES && call === mine && !card; tried += 1) {
    const found = await lookUp(message.attempt);
    if (call !== mine) return;
    if (found) {
      card = found;
      showCard();
      show();
    } else await new Promise((done) => setTimeout(done, 700)); // the centre may not know of the call yet
  }
}

async function lookUp(attempt) {
  try {
    const reply = await fetch(address(phone.dataset.card, attempt), { redirect: "error" });
    return reply.ok ? await reply.json() : null;
  } catch {
    return null;
  }
}

const dashed = (hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
const address = (pattern, attempt) => pattern.replace("00000000-0000-0000-0000-000000000000", dashed(attempt));

function hearAnswered() {
  ring(false);
  muted = false;
  if (microphone) microphone.enabled = true;
  showMute();
  line.talk(true);
  const since = Date.now();
  byId("clock").textContent = "0:00";
  clock = setInterval(() => {
    const seconds = Math.floor((Date.now() - since) / 1000);
    byId("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }, 500);
}

function hearEnded(message) {
  endCall();
  byId("last").textContent = words.causes[message.cause] ?? "";
}

function hearKey(message) {
  byId("note").textContent = words.key_heard.replace("%s", message.key);
}

function endCall() {
  ring(false);
  clearInterval(clock);
  line?.talk(false);
  clearFeeling();
  call = 0;
  card = null;
}

// ---- what the person wants

function openCustomer() {
  if (card?.customer_url) window.open(card.customer_url, "huifang-customer");
}

const wishes = {
  online: goOnline,
  offline: () => goOffline(),
  pause: () => {
    paused = true;
    line?.tell("pause");
  },
  resume: () => {
    paused = false;
    line?.tell("resume");
  },
  answer: () => {
    line?.tell("answer", { call });
    openCustomer();
  },
  reject: () => line?.tell("reject", { call }),
  hang_up: () => line?.tell("hang_up", { call }),
  keys: (keys) => line?.tell("keys", { call, keys }),
  mute: () => {
    muted = !muted;
    if (microphone) microphone.enabled = !muted;
    showMute();
  },
};

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("button[data-do]");
  if (pressed) wishes[pressed.dataset.do]?.(pressed.dataset.keys);
});

others.onmessage = (event) => {
  const wish = event.data.do;
  if (wish === "tell") tellOthers();
  else if (wish === "answer") line?.tell("answer", { call });
  else if (["reject", "hang_up"].includes(wish)) wishes[wish]();
};

addEventListener("beforeunload", (event) => {
  if (state === "talking") event.preventDefault();
});
addEventListener("pagehide", () => {
  line?.close();
  state = "offline";
  card = null;
  tellOthers();
});

show("offline");
