// Console: keeps the page's live part fresh, counts down, and says so when it is stale.
// Without this script the pages still work: every button is a plain form.
import { LivePart, serverNow, takeServerTime } from "/static/live_part.js";
import { acknowledge, markTitle, ringCutOff, showAlarms } from "/static/alarm.js";
import { openFind } from "/static/find.js";
import { drawZooms } from "/static/zoom.js";

const words = document.body.dataset;
const SILENT_FOR_MS = 10000, RETRY_MS = 2000, HEARD_AFTER_MS = 20000;
const byId = (id) => document.getElementById(id);
const region = byId("region");
let lastHeard = Date.now(), lastFresh = Date.now(), stale = false, staleAt = 0, source = null, shownChange = null;
export const parts = [];

// ---- countdowns -------------------------------------------------------------------------------------------
const pad = (number) => String(number).padStart(2, "0");
function left(seconds) {
  const sign = seconds < 0 ? "−" : "", all = Math.abs(seconds), hours = Math.floor(all / 3600);
  return sign + (hours ? hours + ":" : "") + pad(Math.floor(all % 3600 / 60)) + ":" + pad(all % 60);
}
export function tick() {
  for (const shown of document.querySelectorAll("[data-due]")) {
    const seconds = Math.round(Number(shown.dataset.due) - serverNow() / 1000), text = left(seconds);
    if (shown.textContent !== text) shown.textContent = text;
    shown.classList.toggle("late", seconds < 0);
  }
  if (byId("wall-clock")) byId("wall-clock").textContent = clock(serverNow()).slice(0, 5);
  if (Date.now() - lastHeard > SILENT_FOR_MS) goStale();
  // a restart of the server is over sooner; after that nobody may believe that all is quiet
  if (stale && staleAt && Date.now() - staleAt > HEARD_AFTER_MS) { staleAt = 0; ringCutOff(true); }
}

// ---- stale or fresh ---------------------------------------------------------------------------------------
const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB", { timeZone: words.zone, hour12: false });
function goStale() {
  if (stale || !region) return;
  stale = true;
  staleAt = Date.now();
  byId("stale-text").textContent = words.stale.replace("{when}", clock(lastFresh + serverNow() - Date.now()));
  byId("stale").hidden = false;
  byId("live").hidden = true;
  document.body.classList.add("cut-off");
  markTitle("⚠ " + words.titleStale + " · ");
}
function goFresh() {
  stale = false;
  byId("stale").hidden = true;
  byId("live").hidden = !region;
  document.body.classList.remove("cut-off");
  markTitle("");
  ringCutOff(false);
}

// ---- the live parts ---------------------------------------------------------------------------------------
function fresh() { takeChange(); tick(); showAlarms(); drawZooms(); }
function takeChange() {
  const state = byId("state");
  if (!state) return;
  takeServerTime(Number(state.dataset.now));
  shownChange = Number(state.dataset.change);
}
async function refresh() {
  const well = (await Promise.all(parts.map((part) => part.refresh()))).every(Boolean);
  if (!well) { goStale(); return; }
  lastFresh = lastHeard = Date.now();
  goFresh();
}
function listen() {
  source = new EventSource(words.stream);
  source.onmessage = (message) => {
    const news = JSON.parse(message.data);
    lastHeard = Date.now();
    takeServerTime(news.now);
    if (stale || news.change !== shownChange) { shownChange = news.change; refresh(); } else { lastFresh = Date.now(); goFresh(); }
  };
  source.onerror = () => {
    goStale();
    if (source.readyState === EventSource.CLOSED) { source.close(); setTimeout(() => { refresh(); listen(); }, RETRY_MS); }
  };
}

// ---- start --------------------------------------------------------------------------------------------------
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button");
  if (button) setTimeout(() => { button.disabled = true; }, 0);
});
document.addEventListener("click", (event) => {
  // a menu closes when somebody presses elsewhere
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// a number is shown in place of the button that asked for it
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.reveal")) return;
  event.preventDefault();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/fragment" } });
    if (!answer.ok) throw new Error("status " + answer.status);
    const shown = document.createElement("div");
    shown.className = "numbers";
    shown.innerHTML = await answer.text();
    form.replaceWith(shown);
    const first = shown.querySelector("a");
    first?.focus();
    // one press calls: the browser hands the first number to the telephone of this desk, if it has one
    if (first) location.assign(first.href);
  } catch (error) { form.querySelector("button").disabled = false; }
});
byId("find-open").addEventListener("click", openFind);
for (const one of document.querySelectorAll("[data-live]")) {
  const part = new LivePart(one, () => one.dataset.live, fresh);
  if (one.dataset.every) setInterval(() => part.refresh(), Number(one.dataset.every) * 1000);
  if (one === region) {
    part.version = byId("state")?.dataset.version ?? null;
    part.onMoved = () => { if (byId("changed")) byId("changed").hidden = false; };
  }
  parts.push(part);
}
takeChange();
tick();
showAlarms();
setInterval(tick, 500);
if (region) listen();
export { acknowledge };
