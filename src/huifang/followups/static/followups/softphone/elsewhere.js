// The softphone as the other pages see it: its lamp in the frame, and a bar while somebody rings or talks.
const lamp = document.getElementById("softphone");
const bar = document.getElementById("softphone-bar");
const what = bar.querySelector("p i");
const who = bar.querySelector("p b");
const store = bar.querySelector("p span");
const customer = bar.querySelector("a");
const shown = { answer: ["ringing"], reject: ["ringing"], hang_up: ["talking"] };
const phone = new BroadcastChannel("huifang-softphone");

// The window stays while pages come and go, and is small.
lamp.addEventListener("click", (event) => {
  event.preventDefault();
  const window_ = window.open("", "huifang-softphone", "popup,width=420,height=720");
  if (!window_) location.href = lamp.href; // popups are blocked: better here than nowhere
  else if (window_.location.pathname !== new URL(lamp.href).pathname) window_.location.href = lamp.href;
  window_?.focus();
});

phone.onmessage = (event) => {
  const { state, words: said, name, url, store: where } = event.data;
  if (!state) return; // another page asks
  const busy = state === "ringing" || state === "talking";
  lamp.dataset.state = state;
  lamp.querySelector("b").textContent = state === "offline" ? "" : said;
  bar.hidden = !busy;
  what.textContent = said;
  what.dataset.kind = state;
  who.textContent = name;
  store.textContent = where;
  customer.hidden = !url;
  if (url) customer.href = url;
  for (const button of bar.querySelectorAll("button")) button.hidden = !shown[button.dataset.softphone].includes(state);
};

bar.addEventListener("click", (event) => {
  const wish = event.target.dataset.softphone;
  if (!wish) return;
  phone.postMessage({ do: wish });
  if (wish === "answer" && !customer.hidden) window.open(customer.href, "huifang-customer");
});

phone.postMessage({ do: "tell" });
