// Console: keeps the page's live part fresh, counts down, makes itself heard, and says so when it is stale.
// Without this script the pages still work: every button is a plain form.
"use strict";
(() => {
  const words = document.body.dataset;
  const region = document.getElementById("region");
  const SILENT_FOR_MS = 10000, RETRY_MS = 2000, SEEN_KEY = "linshe.seen";
  let skewMs = 0, lastHeard = Date.now(), lastFresh = Date.now(), stale = false, dirty = false, source = null;
  let shownChange = null, loading = false, again = false, audio = null, pressing = false, held = null;
  const title = document.title;

  const pad = (number) => String(number).padStart(2, "0");
  const serverNow = () => Date.now() + skewMs;
  const byId = (id) => document.getElementById(id);

  // ---- countdowns -------------------------------------------------------------------------------------------
  function left(seconds) {
    const sign = seconds < 0 ? "−" : "", all = Math.abs(seconds);
    const hours = Math.floor(all / 3600), rest = pad(Math.floor(all % 3600 / 60)) + ":" + pad(all % 60);
    return sign + (hours ? hours + ":" : "") + rest;
  }
  function tick() {
    for (const shown of document.querySelectorAll("[data-due]")) {
      const seconds = Math.round(Number(shown.dataset.due) - serverNow() / 1000);
      const text = left(seconds);
      if (shown.textContent !== text) shown.textContent = text;
      shown.classList.toggle("late", seconds < 0);
    }
    if (Date.now() - lastHeard > SILENT_FOR_MS) goStale();
  }

  // ---- stale or fresh ---------------------------------------------------------------------------------------
  const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB", { timeZone: words.zone, hour12: false });
  function goStale() {
    if (stale || !region) return;
    stale = true;
    byId("stale").textContent = words.stale.replace("{when}", clock(lastFresh + skewMs));
    byId("stale").hidden = false;
    byId("live").hidden = true;
    show_title();
  }
  function goFresh() {
    stale = false;
    byId("stale").hidden = true;
    byId("live").hidden = !region;
    show_title();
  }

  // ---- the live part ----------------------------------------------------------------------------------------
  async function refresh() {
    if (!region) return;
    if (loading) { again = true; return; }
    loading = true;
    try {
      const answer = await fetch(region.dataset.live, { headers: { Accept: "text/fragment" }, credentials: "same-origin" });
      if (answer.status === 401) { location.assign("/login?back=" + encodeURIComponent(location.pathname)); return; }
      if (!answer.ok) throw new Error("status " + answer.status);
      put(await answer.text());
      lastFresh = lastHeard = Date.now();
      goFresh();
    } catch (error) {
      goStale();
    } finally {
      loading = false;
      if (again) { again = false; refresh(); }
    }
  }
  function put(html) {
    // never move a button away between press and release
    if (pressing) { held = html; return; }
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const before = byId("state"), after = fresh.content.getElementById("state");
    if (dirty && region.querySelector("form")) {
      // somebody is writing in a form: leave it, but say that the ticket has moved on
      if (before && after && before.dataset.version !== after.dataset.version) byId("changed").hidden = false;
      return;
    }
    const focused = document.activeElement && document.activeElement.id;
    const open = [...region.querySelectorAll("details")].map((one) => one.open);
    region.replaceChildren(fresh.content);
    region.querySelectorAll("details").forEach((one, index) => { if (open[index]) one.open = true; });
    if (focused && byId(focused) && document.activeElement !== byId(focused)) byId(focused).focus({ preventScroll: true });
    take_time();
    tick();
    alarm();
  }
  function take_time() {
    const state = byId("state");
    if (!state) return;
    skewMs = Number(state.dataset.now) * 1000 - Date.now();
    shownChange = Number(state.dataset.change);
  }
  function listen() {
    source = new EventSource(words.stream);
    source.onmessage = (message) => {
      const news = JSON.parse(message.data);
      lastHeard = Date.now();
      skewMs = news.now * 1000 - Date.now();
      if (stale || news.change !== shownChange) { shownChange = news.change; refresh(); } else { lastFresh = Date.now(); goFresh(); }
    };
    source.onerror = () => {
      goStale();
      if (source.readyState === EventSource.CLOSED) { source.close(); setTimeout(() => { refresh(); listen(); }, RETRY_MS); }
    };
  }

  // ---- alarm: until somebody has seen it, or somebody has it --------------------------------------------------
  const seen = new Set(JSON.parse(sessionStorage.getItem(SEEN_KEY) || "[]"));
  const ringing = () => [...document.querySelectorAll("[data-ticket][data-alarm]")].filter((one) => !seen.has(one.dataset.ticket));
  function alarm() {
    const unseen = ringing();
    byId("alarm").hidden = unseen.length === 0;
    byId("alarm-text").replaceChildren(...unseen.map((one) => {
      const link = document.createElement("a");
      link.href = "/tickets/" + encodeURIComponent(one.dataset.ticket);
      link.textContent = one.dataset.alarmText;
      return link;
    }));
    show_title();
    ask_for_sound();
  }
  let blink = false;
  function show_title() {
    const count = ringing().length;
    if (count) document.title = blink ? "● " + words.titleAlarm.replace("{count}", count) : title;
    else document.title = (stale ? "⚠ " : "") + title;
  }
  function acknowledge() {
    for (const one of ringing()) seen.add(one.dataset.ticket);
    sessionStorage.setItem(SEEN_KEY, JSON.stringify([...seen].slice(-500)));
    alarm();
  }
  function beep(critical) {
    if (!audio || audio.state !== "running") return;
    const start = audio.currentTime;
    for (let pulse = 0; pulse < (critical ? 3 : 2); pulse += 1) {
      const tone = audio.createOscillator(), volume = audio.createGain(), at = start + pulse * 0.22;
      tone.frequency.value = critical ? 880 : 620;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.35, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.18);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.2);
    }
  }
  function ring() {
    blink = !blink;
    show_title();
    const unseen = ringing();
    if (unseen.length) beep(unseen.some((one) => one.dataset.alarm === "critical"));
  }
  function wake_sound() {
    audio = audio || new (window.AudioContext || window.webkitAudioContext)();
    audio.resume().then(ask_for_sound);
  }
  function ask_for_sound() {
    byId("sound-on").classList.toggle("off", !(audio && audio.state === "running"));
  }

  // ---- start --------------------------------------------------------------------------------------------------
  byId("alarm-seen").addEventListener("click", acknowledge);
  byId("sound-on").addEventListener("click", wake_sound);
  document.addEventListener("click", () => { if (!audio) wake_sound(); }, { once: true });
  document.addEventListener("pointerdown", () => { pressing = true; });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => {
    pressing = false;
    if (held !== null) setTimeout(() => { const html = held; held = null; if (html !== null) put(html); }, 0);
  });
  document.addEventListener("input", (event) => { if (event.target.closest("#region form")) dirty = true; });
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button");
    if (button) setTimeout(() => { button.disabled = true; }, 0);
  });
  take_time();
  tick();
  alarm();
  setInterval(tick, 500);
  setInterval(ring, 1500);
  if (region) listen();
})();
