// Zoom: the last 48 hours of a home, drawn anew for a part of them. Buttons, keys (+ − ← →), Ctrl and the wheel, dragging.
// The chart is whole without this script; what is chosen stays chosen when a page fetches itself anew.

const SPANS = [48, 24, 12, 6], MARKS = { 48: 6, 24: 3, 12: 1, 6: 1 };
const chosen = new Map();
const stateOf = (chart) => chosen.get(chart.id) || { span: 48, from: 0 };

export function drawZooms() { for (const chart of document.querySelectorAll("svg.chart[data-hours]")) draw(chart); }

function draw(chart) {
  const { span, from } = stateOf(chart), left = Number(chart.dataset.left);
  const hour = (Number(chart.dataset.right) - left) / span, x = (at) => left + (at - from) * hour;
  for (const bar of chart.querySelectorAll("[data-i]")) {
    const start = Math.max(left, x(Number(bar.dataset.i))), end = x(Number(bar.dataset.i) + 1);
    bar.toggleAttribute("hidden", end <= left + 1 || start >= left + span * hour - 1);
    bar.setAttribute("x", start.toFixed(1));
    bar.setAttribute("width", Math.max(0, end - start - (bar.classList.contains("usual") ? 0 : 1.5)).toFixed(1));
  }
  for (const mark of chart.querySelectorAll("[data-at]")) {
    const at = Number(mark.dataset.at), here = x(at);
    mark.toggleAttribute("hidden", Number(mark.dataset.every ?? 24) < MARKS[span] || at < from || at > from + span);
    mark.setAttribute("transform", `translate(${here.toFixed(1)} 0)`);
  }
  for (const button of chart.closest("section").querySelectorAll("[data-span]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.span) === span));
  }
}
function show(chart, span, from) {
  chosen.set(chart.id, { span, from: Math.min(48 - span, Math.max(0, from)) });
  draw(chart);
}
// the newest hours are what is asked for first; around `at` (hours from the left) where a hand points
function zoomTo(chart, span, at) {
  const before = stateOf(chart);
  const share = at === undefined ? 1 : (at - before.from) / before.span;
  show(chart, span, (at ?? before.from + before.span) - share * span);
}
function step(chart, by, at) {
  const index = SPANS.indexOf(stateOf(chart).span) + by;
  if (SPANS[index]) zoomTo(chart, SPANS[index], at);
}
function pointed(chart, event) {
  const box = chart.getBoundingClientRect(), { span, from } = stateOf(chart);
  const x = (event.clientX - box.left) / box.width * chart.viewBox.baseVal.width;
  const left = Number(chart.dataset.left), right = Number(chart.dataset.right);
  return from + span * Math.min(1, Math.max(0, (x - left) / (right - left)));
}
const chartAt = (event) => event.target.closest?.("svg.chart[data-hours]");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-span]");
  const chart = button?.closest("section").querySelector("svg.chart[data-hours]");
  if (chart) zoomTo(chart, Number(button.dataset.span));
});
document.addEventListener("wheel", (event) => {
  const chart = event.ctrlKey && chartAt(event);
  if (!chart) return;
  event.preventDefault();
  step(chart, event.deltaY < 0 ? 1 : -1, pointed(chart, event));
}, { passive: false });
document.addEventListener("keydown", (event) => {
  const chart = chartAt(event);
  if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
  const { span, from } = stateOf(chart);
  if (event.key === "+" || event.key === "=") step(chart, 1);
  else if (event.key === "-") step(chart, -1);
  else if (event.key === "ArrowLeft") show(chart, span, from - span / 4);
  else if (event.key === "ArrowRight") show(chart, span, from + span / 4);
  else return;
  event.preventDefault();
  event.stopPropagation();
});
let drag = null;
document.addEventListener("pointerdown", (event) => {
  const chart = chartAt(event);
  if (chart && !event.button && stateOf(chart).span < 48) drag = { chart, x: event.clientX, from: stateOf(chart).from };
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const { span } = stateOf(drag.chart);
  show(drag.chart, span, drag.from - (event.clientX - drag.x) / drag.chart.getBoundingClientRect().width * span);
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { drag = null; });
drawZooms();
