// Alarm: what nobody has yet is heard, blinks in the title and stands over the page, until it is seen or somebody has it.
// What is escalated or grows worse is a new alarm. The sound is one looped buffer: no timer of a hidden tab can slow it.
// It grows louder for a minute. A desk that has been cut off for a while is heard as well, deeper.

const SEEN_KEY = "linshe.seen";
const PULSE_S = 0.22, ROUND_S = 1.5, LOUDER_FOR_S = 60;
const TONES = { critical: { pulses: 3, hertz: 880 }, urgent: { pulses: 2, hertz: 620 }, stale: { pulses: 2, hertz: 330 } };
let audio = null, playing = null;
const seen = new Set(JSON.parse(sessionStorage.getItem(SEEN_KEY) || "[]"));
const byId = (id) => document.getElementById(id);
const title = document.title;
let blink = false, marked = "", cutOff = false;

const all = () => [...document.querySelectorAll("[data-alarm]")];
const ringing = () => all().filter((one) => !seen.has(one.dataset.alarmKey));

export function showAlarms() {
  const unseen = ringing();
  byId("alarm").hidden = unseen.length === 0;
  const shown = byId("alarm-text");
  if (shown.dataset.keys !== unseen.map((one) => one.dataset.alarmKey).join()) {
    shown.dataset.keys = unseen.map((one) => one.dataset.alarmKey).join();
    shown.replaceChildren(...unseen.slice(0, 5).map((one) => {
      const link = document.createElement("a");
      link.href = "/tickets/" + encodeURIComponent(one.dataset.ticket);
      link.textContent = one.dataset.alarmText;
      return link;
    }));
  }
  showTitle();
  sound(unseen);
}
export function markTitle(mark) { marked = mark; showTitle(); }
function showTitle() {
  const count = ringing().length;
  const words = document.body.dataset;
  document.title = count && blink ? "● " + words.titleAlarm.replace("{count}", count) : marked + title;
}
// `on`: the page has not been fresh for so long that somebody must hear it; acknowledging makes it quiet until it is again
export function ringCutOff(on) {
  cutOff = on;
  showAlarms();
}
// with a ticket's id only that one; what is said of it to everybody is the server's
export function acknowledge(ticket) {
  if (!ticket) cutOff = false;
  for (const one of ringing()) if (!ticket || one.dataset.ticket === ticket) seen.add(one.dataset.alarmKey);
  sessionStorage.setItem(SEEN_KEY, JSON.stringify([...seen].slice(-500)));
  showAlarms();
}

function round({ pulses, hertz }) {
  const rate = audio.sampleRate;
  const buffer = audio.createBuffer(1, Math.round(ROUND_S * rate), rate), wave = buffer.getChannelData(0);
  for (let pulse = 0; pulse < pulses; pulse += 1) {
    const start = Math.round(pulse * PULSE_S * rate), length = Math.round(0.18 * rate);
    for (let at = 0; at < length; at += 1) {
      const swell = Math.min(1, at / (0.02 * rate), (length - at) / (0.03 * rate));
      wave[start + at] = 0.8 * swell * Math.sin(2 * Math.PI * hertz * at / rate);
    }
  }
  return buffer;
}
function sound(unseen) {
  const wish = unseen.some((one) => one.dataset.alarm === "critical") ? "critical" : unseen.length ? "urgent" : cutOff ? "stale" : "";
  const heard = Boolean(audio && audio.state === "running");
  byId("sound-on").classList.toggle("off", !heard);
  const now = heard ? wish : "";
  if ((playing?.wish ?? "") === now) return;
  playing?.source.stop();
  playing = null;
  document.body.dataset.sounding = now;
  if (!now) return;
  const source = audio.createBufferSource();
  source.buffer = round(TONES[now]);
  source.loop = true;
  const loudness = audio.createGain();
  loudness.gain.setValueAtTime(0.45, audio.currentTime);
  loudness.gain.linearRampToValueAtTime(1, audio.currentTime + LOUDER_FOR_S);
  source.connect(loudness).connect(audio.destination);
  source.start();
  playing = { wish: now, source };
}
function wake() {
  if (audio && audio.state === "running") return;
  audio = audio || new (window.AudioContext || window.webkitAudioContext)();
  audio.onstatechange = showAlarms;
  audio.resume().then(showAlarms, () => {});
}

byId("alarm-seen").addEventListener("click", () => acknowledge());
byId("stale-seen").addEventListener("click", () => acknowledge());
byId("sound-on").addEventListener("click", wake);
for (const sign of ["pointerdown", "keydown"]) document.addEventListener(sign, wake);
// a page of this site that was touched before may sound at once; where the browser says no, the button stays
wake();
setInterval(() => { blink = !blink; showTitle(); }, 1500);
