// Keep the page live: told by server-sent events that something happened, fetch the page and change what differs.
// There is one rendering, the server's; this script makes no HTML.
"use strict";

const PAUSE = 1000; // at most one fetch a second
const HIDDEN_PAUSE = 10000; // and fewer while nobody looks
const IDLE = 10000; // ages grow even when nothing happens
const SILENCE = 40000; // the server sends a heartbeat every 15 s
const live = document.getElementById("live");

let timer = 0;
let busy = false;
let wanted = false;
let next = 0;
let source = null;
let heard = 0;
let lost = null; // since when there has been no connection

function want() {
  wanted = true;
  if (!busy && !timer) timer = setTimeout(refresh, Math.max(0, next - Date.now()));
}

async function refresh() {
  timer = 0;
  wanted = false;
  busy = true;
  next = Date.now() + (document.hidden ? HIDDEN_PAUSE : PAUSE);
  try {
    const answer = await fetch(location.pathname + location.search, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    disconnected();
  } finally {
    busy = false;
  }
  if (wanted || document.querySelector("[data-in-flight]")) want();
}

function show(fresh) {
  localise(fresh);
  const focused = document.activeElement;
  morph(document.getElementById("main"), fresh.getElementById("main"));
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  if (document.title !== fresh.title) document.title = fresh.title;
  const icon = fresh.getElementById("icon").href;
  const shown = document.getElementById("icon");
  if (shown.href !== icon) shown.href = icon;
}

// Change `old` into `fresh` in place, so that focus, selection and scroll stay where they are.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName || (old.id ?? "") !== (fresh.id ?? "")) {
    old.replaceWith(fresh);
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    old.data = fresh.data;
  } else {
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !isReaders(old, name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    morphChildren(old, fresh);
  }
}

// What the reader has unfolded stays so.
function isReaders(node, name) {
  return name === "open" && node.nodeName === "DETAILS";
}

function morphChildren(old, fresh) {
  const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  const ids = new Set([...fresh.children].map((child) => child.id));
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    while (at && at.id && !ids.has(at.id)) at = drop(at);
    const same = child.id ? known.get(child.id) : at && !at.id && at.nodeName === child.nodeName ? at : undefined;
    if (!same) {
      old.insertBefore(child, at);
    } else if (same === at) {
      at = at.nextSibling;
      morph(same, child);
    } else {
      old.insertBefore(same, at);
      morph(same, child);
    }
  }
  while (at) at = drop(at);
}

function drop(node) {
  const following = node.nextSibling;
  node.remove();
  return following;
}

// The reader's own way to write times, as long as it is in the language of the page.
const lang = document.documentElement.lang;
const locale = navigator.languages.find((one) => one.split("-")[0] === lang.split("-")[0]) ?? lang;
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
const calendar = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });

function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.dateTime;
    time.textContent = (Math.abs(Date.now() - at) < 43200000 ? clock : calendar).format(at);
  }
}

function connect() {
  source?.close();
  heard = Date.now();
  source = new EventSource("api/v1/events");
  source.onopen = () => (connected(), want());
  source.onerror = disconnected;
  source.addEventListener("hello", connected);
  source.addEventListener("heartbeat", connected);
  for (const kind of ["observation", "state", "miss", "finding", "incident", "change", "health", "uplink", "pending", "lost"])
    source.addEventListener(kind, () => (connected(), want()));
}

function connected() {
  heard = Date.now();
  lost = null;
  say("on", live.dataset.live);
}

function disconnected() {
  lost ??= new Date();
  say("off", `${live.dataset.lost} ${clock.format(lost)}`);
  document.title = `${live.dataset.gone} · hopwatch`; // old news must not look fresh in a tab that nobody opens
}

function say(kind, text) {
  if (live.textContent !== text) live.textContent = text;
  live.className = `live ${kind}`;
}

// A closed source does not try again by itself (after a 503, say), and a sleeping laptop's connection just falls silent.
function watch() {
  if (source.readyState === EventSource.CLOSED) {
    disconnected();
    connect();
  } else if (Date.now() - heard > SILENCE) {
    disconnected();
    connect();
  }
}

localise(document);
const zone = document.getElementById("zone");
zone.textContent = `${zone.dataset.local} ${Intl.DateTimeFormat().resolvedOptions().timeZone || "?"}`;
live.setAttribute("role", "status");
connect();
setInterval(watch, 5000);
setInterval(want, IDLE);
document.addEventListener("visibilitychange", () => document.hidden || ((next = 0), want()));
