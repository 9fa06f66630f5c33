// What the customer feels while they are talked with, what may be said to it, and what was before.
const EVERY_MS = 1_500;
const words = JSON.parse(document.getElementById("words").textContent);
const byId = (id) => document.getElementById(id);

let watched = "";
let again = 0;
let mood = "";
let timer = 0;

// Ask for it again and again, until the call is over.  One question at a time: a slow centre is not asked faster.
export function watchFeeling(address) {
  clearFeeling();
  watched = address;
  look(address);
}

export function clearFeeling() {
  clearTimeout(timer);
  watched = "";
  again = 0;
  mood = "";
  show({});
}

async function look(address) {
  try {
    const reply = await fetch(`${address}?again=${again}`, { redirect: "error" });
    if (reply.ok && watched === address) show(await reply.json());
  } catch {
    // the centre is away: what was shown stays, and is asked for again
  }
  if (watched === address) timer = setTimeout(() => look(address), EVERY_MS);
}

function show(live) {
  const felt = live.mood;
  const now = felt ? `${felt.code} ${live.problem}` : "";
  if (now !== mood && again) again = 0; // other sentences were asked for about another mood
  mood = now;
  byId("feeling").hidden = !felt && !live.risk;
  byId("mood").textContent = felt?.words ?? "";
  byId("mood").dataset.emotion = felt?.code ?? "";
  byId("mood-from").textContent = [felt?.sure, felt?.voice].filter(Boolean).join(" · ");
  byId("mood-said").textContent = felt?.said ?? "";
  byId("risk").textContent = live.risk ?? "";
  const isSoothed = Boolean(felt) && felt.code !== "pleased";
  byId("soothing").hidden = !isSoothed;
  fill(byId("sentences"), live.soothing, (sentence) => [sentence]);
  byId("all-said").hidden = !isSoothed || live.soothing.length > 0;
  byId("help").hidden = !live.problem || !(live.articles.length || live.offers.length);
  byId("problem").textContent = live.problem ?? "";
  fill(byId("articles"), live.articles, (found) => [part("b", found.title), found.answer, part("small", found.source)]);
  byId("offers").textContent = (live.offers ?? []).map((offer) => words.offer.replace("%(name)s", offer.name).replace("%(left)s", offer.left)).join("  ");
  document.querySelector("[data-expert]").toggleAttribute("data-wanted", Boolean(live.wants_expert));
}

export function showHistory(known) {
  const { calls = [], tickets = [] } = known;
  byId("history").hidden = !calls.length && !tickets.length;
  byId("history-count").textContent = calls.length + tickets.length || "";
  fill(byId("open-tickets"), tickets, (ticket) => [linked(ticket.title, ticket.url), part("small", `${ticket.owner} · ${ticket.due}`)]);
  fill(byId("earlier"), calls, (one) => [part("time", one.day), linked(one.plan, one.url), part("small", one.score ? `${one.result} · ${one.score} ${words.points}` : one.result)]);
}

function fill(list, rows, parts) {
  const wanted = JSON.stringify(rows ?? []);
  if (list.dataset.shown === wanted) return; // what stands there may be being read
  list.dataset.shown = wanted;
  list.replaceChildren(...(rows ?? []).map((row) => {
    const item = document.createElement("li");
    item.append(...parts(row));
    return item;
  }));
}

function part(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function linked(text, url) {
  if (!url) return part("span", text);
  const link = part("a", text);
  link.href = url;
  link.target = "huifang-customer";
  return link;
}

document.addEventListener("click", (event) => {
  if (event.target.dataset.do !== "again" || !watched) return;
  again = Math.min(again + 1, 99);
  clearTimeout(timer);
  look(watched);
});
