// The live board: the server sends the whole state whenever it changes; this draws it in place.
const words = JSON.parse(document.getElementById("words").textContent);
const start = JSON.parse(document.getElementById("start").textContent);
const byId = (id) => document.getElementById(id);
const SILENT_MS = 20_000;

let clockShift = 0; // server's business clock minus this machine's
let openedAt = Date.now();
let heardAt = null; // of the present connection
let board = start.board;

// ---- drawing

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function setText(node, text) {
  if (node.textContent !== String(text)) node.textContent = text;
}

// Keeps rows that stay, so that a click or a selection is not torn away under the hand.
function drawList(parent, items, keyOf, make, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let previous = null;
  for (const item of items) {
    const key = keyOf(item);
    let node = old.get(key);
    if (node) old.delete(key);
    else {
      node = make(item);
      node.dataset.key = key;
    }
    update(node, item);
    const expected = previous ? previous.nextSibling : parent.firstChild;
    if (node !== expected) parent.insertBefore(node, expected);
    previous = node;
  }
  for (const node of old.values()) node.remove();
}

function drawTiles(tiles) {
  for (const node of document.querySelectorAll("[data-tile]")) {
    const value = tiles[node.dataset.tile];
    const text = value === null || value === undefined ? "–" : node.dataset.tile === "score" ? value.toFixed(2) : value;
    setText(node, text);
  }
  const note = (name, pattern, value) => setText(document.querySelector(`[data-note=${name}]`), value ? pattern.replace("%s", value) : "");
  note("rated", words.of, tiles.rated);
  note("overdue", words.overdue, tiles.overdue);
  note("failed", words.unreached, tiles.failed);
  note("later", words.later, tiles.later);
  document.querySelector("[data-tone=doubt]").toggleAttribute("data-alarm", tiles.in_doubt > 0);
  document.querySelector("[data-tone=ticket]").toggleAttribute("data-alarm", tiles.overdue > 0);
  const finished = tiles.done + tiles.failed;
  const all = finished + tiles.due + tiles.later + tiles.dialling + tiles.talking;
  byId("progress").max = Math.max(all, 1);
  byId("progress").value = finished;
  setText(byId("progress-words"), `${finished} / ${all}`);
}

function duration(since) {
  const seconds = Math.max(0, Math.floor((Date.now() + clockShift - since) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function drawCalls(calls) {
  drawList(
    byId("calls"),
    calls,
    (call) => call.id,
    (call) => {
      const row = element("tr");
      const name = element("td");
      name.append(element("a", call.name, { href: `/calls/${call.id}/` }));
      const state = element("td");
      state.append(element("span", "", { class: "badge" }));
      name.append(element("span", "", { class: "mood", hidden: "" }), element("strong", words.upset, { class: "badge risk", hidden: "" }));
      row.append(name, element("td", call.masked, { class: "number" }), state, element("td", "", { class: "num" }));
      return row;
    },
    (row, call) => {
      const badge = row.children[2].firstChild;
      badge.dataset.kind = call.state;
      setText(badge, words.states[call.state] ?? call.state);
      const mood = row.querySelector(".mood");
      mood.hidden = !words.moods[call.mood];
      mood.dataset.emotion = call.mood;
      setText(mood, words.moods[call.mood] ?? "");
      const risk = row.querySelector(".risk");
      risk.hidden = !call.risk;
      risk.title = words.risks[call.risk] ?? "";
      row.classList.toggle("upset", Boolean(call.risk));
      row.dataset.since = call.since;
      setText(row.children[3], duration(call.since));
    },
  );
  setText(byId("calls-count"), calls.length || "");
  byId("calls-empty").hidden = calls.length > 0;
}

function drawOpinions(opinions) {
  drawList(
    byId("opinions"),
    opinions,
    (opinion) => `${opinion.category} ${opinion.good} ${opinion.phrase}`,
    () => {
      const row = element("li");
      row.append(element("span", "", { class: "badge" }), element("q", ""), element("b", ""));
      return row;
    },
    (row, opinion) => {
      const [badge, phrase, count] = row.children;
      badge.dataset.kind = opinion.good ? "done" : "low_score";
      setText(badge, words.categories[opinion.category] ?? opinion.category);
      setText(phrase, opinion.phrase);
      setText(count, `×${opinion.count}`);
    },
  );
  byId("opinions-empty").hidden = opinions.length > 0;
}

function drawEndings(endings) {
  drawList(
    byId("endings"),
    endings,
    (ending) => ending.id,
    (ending) => {
      const item = element("li");
      const link = element("a", ending.name, { href: `/calls/${ending.id}/` });
      item.append(element("span", "", { class: "score" }), link, element("span", "", { class: "badge" }), element("span", "", { class: "tune" }), element("time", ending.at));
      return item;
    },
    (item, ending) => {
      const [score, , badge, tune] = item.children;
      score.dataset.score = ending.score ?? "";
      setText(score, ending.score ?? "·");
      score.title = ending.score ? `${ending.score} ${words.points}` : "";
      badge.dataset.kind = ending.result;
      setText(badge, words.results[ending.result] ?? ending.result);
      const played = ending.tune ? `♪ ${words.tunes[ending.tune] ?? ending.tune.slice(0, 8)}` : "";
      setText(tune, [played, ending.texted ? words.texted : ""].filter(Boolean).join(" · "));
    },
  );
  byId("endings-empty").hidden = endings.length > 0;
}

function lamp(state, text) {
  const item = element("li");
  item.append(element("span", "", { class: "lamp" }));
  item.firstChild.append(element("i"), element("b", text));
  return item;
}

function drawLamps(processes, nodes) {
  const lamps = [
    ...processes.map((p) => ({
      key: `p-${p.name}`,
      state: p.state === "running" ? "on" : p.state === "restarting" ? "wait" : "off",
      text: p.name.replace(/^[a-z]+/, (name) => words.processes[name] ?? name) + (p.restarts ? ` · ${words.restarted.replace("%s", p.restarts)}` : ""),
    })),
    ...nodes.map((n) => ({
      key: `n-${n.name}`,
      state: n.alive ? "on" : "off",
      text: `${n.name} · ${n.alive ? words.free.replace("%s", n.free) : words.silent}`,
    })),
  ];
  drawList(
    byId("lamps"),
    lamps,
    (item) => item.key,
    (item) => lamp(item.state, item.text),
    (node, item) => {
      node.firstChild.dataset.lamp = item.state;
      setText(node.querySelector("b"), item.text);
    },
  );
}

function drawAlerts(alerts) {
  drawList(
    byId("alerts"),
    alerts,
    (alert) => `${alert.code} ${alert.about}`,
    () => {
      const item = element("li", undefined, { class: "notice warning" });
      item.append(words.lead ? element("a", "", { href: "/lines/" }) : element("span", ""));
      return item;
    },
    (item, alert) => setText(item.firstChild, (words.alerts[alert.code] ?? words.alerts[""]).replace("%s", alert.about)),
  );
}

// ---- the chart

let chart = null;
let drawnChart = "";

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function drawChart(scores, results, again = false) {
  const wanted = JSON.stringify([scores, results]);
  if (!window.echarts || (wanted === drawnChart && !again)) return;
  drawnChart = wanted;
  const box = byId("chart");
  chart ??= window.echarts.init(box, null, { renderer: "canvas" });
  const ink = colour("--ink"), soft = colour("--muted"), line = colour("--line");
  const scoreColours = [1, 2, 3, 4, 5].map((n) => colour(`--score-${n}`));
  const ends = Object.entries(results).slice(0, 7).reverse();
  const font = getComputedStyle(document.body).fontFamily;
  const title = (text, left) => ({ text, left, top: 0, textStyle: { color: soft, fontSize: 12, fontWeight: 500, fontFamily: font } });
  chart.setOption(
    {
      textStyle: { fontFamily: font, color: ink },
      animationDurationUpdate: 400,
      title: [title(words.scores, 0), title(words.outcomes, "47%")],
      grid: [
        { left: 4, right: "57%", top: 34, bottom: 24 },
        { left: "47%", right: 36, top: 28, bottom: 4, containLabel: true },
      ],
      xAxis: [
        { gridIndex: 0, type: "category", data: [1, 2, 3, 4, 5].map((n) => `${n} ★`), axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { color: soft, interval: 0 } },
        { gridIndex: 1, type: "value", show: false },
      ],
      yAxis: [
        { gridIndex: 0, type: "value", show: false },
        { gridIndex: 1, type: "category", data: ends.map(([code]) => words.results[code] ?? code), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: ink } },
      ],
      series: [
        { type: "bar", xAxisIndex: 0, yAxisIndex: 0, barWidth: "62%", data: scores.map((value, i) => ({ value, itemStyle: { color: scoreColours[i], borderRadius: [4, 4, 0, 0] } })), label: { show: true, position: "top", color: ink, fontWeight: 600, formatter: (p) => p.value || "" } },
        { type: "bar", xAxisIndex: 1, yAxisIndex: 1, barMaxWidth: 16, data: ends.map(([code, value]) => ({ value, itemStyle: { color: colour(code === "completed" ? "--good" : "--brand-soft"), borderRadius: [0, 4, 4, 0] } })), label: { show: true, position: "right", color: ink, fontWeight: 600 } },
      ],
    },
    { notMerge: false },
  );
  box.setAttribute("aria-label", [1, 2, 3, 4, 5].map((n, i) => `${n}: ${scores[i]}`).join(", "));
}

function draw() {
  drawTiles(board.tiles);
  drawCalls(board.calls);
  drawEndings(board.endings);
  drawOpinions(board.opinions);
  drawLamps(board.processes, board.nodes);
  drawAlerts(board.alerts);
  drawChart(board.scores, board.results);
}

// ---- the stream

let source = null;

function hear(event) {
  heardAt = Date.now();
  showConnection();
  if (event.type !== "board") return;
  const message = JSON.parse(event.data);
  clockShift = message.now - Date.now();
  board = message.board;
  draw();
}

function open() {
  if (source) return;
  openedAt = Date.now();
  heardAt = null;
  source = new EventSource("/board/stream/");
  for (const kind of ["hello", "board", "heartbeat"]) source.addEventListener(kind, hear);
  source.addEventListener("error", () => {
    // A refused stream (signed out, server away) is not tried again by the browser itself.
    if (source && source.readyState === EventSource.CLOSED) {
      close();
      setTimeout(() => document.hidden || open(), 5000);
    }
  });
}

function close() {
  source?.close();
  source = null;
}

function showConnection() {
  const silent = Date.now() - (heardAt ?? openedAt) > SILENT_MS;
  const state = silent ? "off" : heardAt ? "on" : "wait";
  const node = byId("connection");
  node.dataset.lamp = state;
  setText(node.querySelector("b"), { off: words.lost, on: words.live, wait: words.connecting }[state]);
}

// A browser opens only six connections to one host: hidden boards give theirs up.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else open();
});
addEventListener("pagehide", close);
addEventListener("pageshow", () => document.hidden || open());
addEventListener("resize", () => chart?.resize());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawChart(board.scores, board.results, true));
setInterval(() => {
  showConnection();
  for (const row of byId("calls").children) setText(row.children[3], duration(Number(row.dataset.since)));
}, 1000);

clockShift = start.now - Date.now();
draw();
open();
