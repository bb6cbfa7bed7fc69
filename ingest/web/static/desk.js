// Desk: the ticket beside the queue, one key an action, undo where something can be undone.
// Single keys can be turned off (WCAG 2.1.4) and never act while somebody writes.
import { LivePart } from "/static/live_part.js";
import { acknowledge, parts, tick } from "/static/console.js";
import { openFind } from "/static/find.js";
import { drawZooms } from "/static/zoom.js";

const desk = document.getElementById("desk"), words = desk.dataset;
const pane = document.getElementById("pane"), shown = document.getElementById("pane-ticket");
const notice = document.getElementById("pane-notice"), shift = document.getElementById("shift");
const keysDialog = document.getElementById("keys"), keysOn = document.getElementById("keys-on");
const said = document.getElementById("said");
const wide = matchMedia("(min-width: 70rem)");
const KEYS_OFF = "linshe.keys-off", SHIFT_EVERY_MS = 60000, SECOND_PRESS_MS = 5000, UNDO_FOR_MS = 60000;
const ACTS = { s: "acknowledge", t: "take", o: "offer", r: "arrive", e: "resolve", g: "give_back", c: "close", p: "reopen" };
const ASK_AGAIN = new Set(["arrive", "close"]);
const UNDO = { take: "give_back", resolve: "reopen" };
let open = "", pressedOnce = null, undo = null, saidTimer = 0;

// ---- the ticket beside the queue ------------------------------------------------------------------------
const ticket = new LivePart(shown, () => (open ? "/tickets/" + encodeURIComponent(open) + "/live" : ""), settle);
ticket.onMoved = () => say(words.moved);
ticket.onGone = () => closePane();
const take = ticket.take.bind(ticket);
ticket.take = (content) => {
  // the queue's own state and alarms already stand on this page
  const state = content.querySelector("#state"), version = state?.dataset.version ?? null;
  if (ticket.dirty && state && ticket.element.querySelector("form")) {
    if (version !== ticket.version) ticket.onMoved();
    return;
  }
  state?.remove();
  content.querySelectorAll("[data-alarm]").forEach((one) => one.parentElement?.remove());
  ticket.version = version;
  take(content);
};
parts.push(ticket);
const overview = new LivePart(shift, () => "/board/shift", tick);

function settle() { tick(); mark(); drawZooms(); }
function mark() {
  for (const link of document.querySelectorAll(".queue a[data-ticket]")) {
    if (link.dataset.ticket === open) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  }
}
async function show(id, focus) {
  if (ticket.dirty && open && open !== id && !window.confirm(words.leave)) return;
  ticket.dirty = false;
  open = id;
  ticket.version = null;
  notice.replaceChildren();
  mark();
  history.replaceState(null, "", "/?ticket=" + encodeURIComponent(id));
  await ticket.refresh();
  if (open !== id) return;
  shown.hidden = false;
  shift.hidden = true;
  pane.scrollTop = 0;
  if (focus) pane.focus({ preventScroll: true });
}
function closePane() {
  open = "";
  ticket.dirty = false;
  shown.replaceChildren();
  notice.replaceChildren();
  shown.hidden = true;
  shift.hidden = false;
  history.replaceState(null, "", "/");
  mark();
  overview.refresh();
}
desk.addEventListener("click", (event) => {
  const link = event.target.closest(".queue a[data-ticket]");
  if (!link || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(link.dataset.ticket, true);
});
document.addEventListener("linshe:open", (event) => {
  if (!wide.matches) return;
  event.preventDefault();
  show(event.detail, true);
});
document.getElementById("alarm-text").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || !wide.matches) return;
  event.preventDefault();
  show(decodeURIComponent(link.pathname.split("/").pop()), true);
});

// ---- forms of the pane are sent without leaving the desk -----------------------------------------------
shown.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || form.enctype !== "application/x-www-form-urlencoded") return;
  event.preventDefault();
  const verb = form.elements.event?.value, id = open;
  let page, answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)) });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch (error) {
    say(words.notSent);
    form.querySelectorAll("button").forEach((one) => { one.disabled = false; });
    return;
  }
  ticket.dirty = false;
  const refused = page.getElementById("refused"), region = page.getElementById("region");
  notice.replaceChildren(...(refused ? [refused] : []));
  if (answer.ok && verb) announce(verb, id);
  if (new URL(answer.url).pathname === "/") closePane();
  else if (region && page.getElementById("ticket-title")) {
    const content = document.createDocumentFragment();
    content.append(...region.childNodes);
    const kept = keepWriting(content, form);
    ticket.take(content);
    ticket.dirty = kept;
  } else { location.assign(answer.url); return; }
  for (const part of parts) if (part !== ticket) part.refresh();
});

// what was written into other forms while this one was on its way; true if there was any
function keepWriting(content, sent) {
  let any = false;
  for (const field of shown.querySelectorAll("form [id][name]")) {
    if (field.form === sent || field.type === "hidden" || field.type === "file") continue;
    const again = content.querySelector("#" + CSS.escape(field.id));
    if (!again || again.tagName !== field.tagName || again.value === field.value) continue;
    again.value = field.value;
    any = true;
  }
  return any;
}

// ---- what was done, and undone ----------------------------------------------------------------------------
function say(text, length = 8000) {
  said.textContent = text;
  said.hidden = !text;
  clearTimeout(saidTimer);
  if (text) saidTimer = setTimeout(() => { said.hidden = true; undo = null; }, length);
}
function announce(verb, id) {
  const name = labelOf(verb);
  undo = null;
  if (verb === "acknowledge") acknowledge(id);
  if (!UNDO[verb] || !shown) { say(words.done.replace("{what}", name)); return; }
  undo = { id, event: UNDO[verb] };
  say(words.done.replace("{what}", name) + " ", UNDO_FOR_MS);
  const button = document.createElement("button");
  button.type = "button";
  button.id = "undo";
  button.textContent = words.undo;
  button.addEventListener("click", takeBack);
  said.append(button);
}
const labels = JSON.parse(words.labels);
const labelOf = (verb) => labels[verb] || verb;
async function takeBack() {
  if (!undo) return;
  const { id, event } = undo;
  undo = null;
  say("");
  if (open !== id) await show(id, false); else await ticket.refresh();
  const form = shown.querySelector("#do-" + event), reason = form?.elements.reason;
  if (!form || !reason) { say(words.noUndo); return; }
  reason.value = words.undoReason;
  form.requestSubmit();
}

// ---- keys -------------------------------------------------------------------------------------------------
const off = () => localStorage.getItem(KEYS_OFF) === "yes";
keysOn.checked = !off();
keysOn.addEventListener("change", () => localStorage.setItem(KEYS_OFF, keysOn.checked ? "no" : "yes"));
document.getElementById("keys-open").addEventListener("click", () => keysDialog.showModal());

function act(verb, key) {
  const form = shown.querySelector("#do-" + verb);
  if (!open || !form) { say(words.notNow.replace("{what}", labelOf(verb))); return; }
  const owed = [...form.elements].find((one) => one.required && !one.value);
  if (owed) {
    form.closest("details")?.setAttribute("open", "");
    owed.focus();
    owed.scrollIntoView({ block: "nearest" });
    return;
  }
  if (ASK_AGAIN.has(verb) && !(pressedOnce && pressedOnce.verb === verb && Date.now() - pressedOnce.at < SECOND_PRESS_MS)) {
    pressedOnce = { verb, at: Date.now() };
    say(words.again.replace("{key}", key.toUpperCase()).replace("{what}", labelOf(verb)), SECOND_PRESS_MS);
    return;
  }
  pressedOnce = null;
  form.requestSubmit();
}
function step(by) {
  const links = [...document.querySelectorAll(".queue a[data-ticket]")];
  if (!links.length) return;
  const focused = links.indexOf(document.activeElement), current = links.findIndex((one) => one.dataset.ticket === open);
  const from = focused >= 0 ? focused : current;
  const next = links[from < 0 ? 0 : Math.min(links.length - 1, Math.max(0, from + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (wide.matches) show(next.dataset.ticket, false);
}
const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open && !document.querySelector("dialog[open]") && !typing(event.target)) {
    const before = document.querySelector('.queue a[aria-current="true"]');
    closePane();
    before?.focus();
    return;
  }
  if (off() || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (event.key === "?") keysDialog.showModal();
  else if (event.key === "/") openFind();
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === "a") acknowledge();
  else if (key === "u") takeBack();
  else if (key === "w") location.assign("/wall");
  else if (key === "h") location.assign("/handover");
  else if (ACTS[key]) act(ACTS[key], key);
  else return;
  event.preventDefault();
});

// ---- start ------------------------------------------------------------------------------------------------
setInterval(() => { if (!open) overview.refresh(); }, SHIFT_EVERY_MS);
const wish = new URLSearchParams(location.search).get("ticket");
if (wish && wide.matches) show(wish, false);
else if (wish) location.replace("/tickets/" + encodeURIComponent(wish));
desk.dataset.ready = "yes";
