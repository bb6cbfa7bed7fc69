// Find: the command bar. A home, a person, a ticket or a page by any word of it, or by the first letters of its pinyin.

const box = document.getElementById("find"), text = document.getElementById("find-text");
const results = document.getElementById("find-results");
const WAIT_MS = 120;
let asked = "", timer = 0;

export function openFind() {
  if (box.open) return;
  box.showModal();
  text.select();
  ask();
}
const links = () => [...results.querySelectorAll("a.result")];
function choose(by) {
  const all = links();
  if (!all.length) return;
  const at = all.findIndex((one) => one.getAttribute("aria-current") === "true");
  const next = Math.min(all.length - 1, Math.max(0, at + by));
  all.forEach((one, index) => { if (index === next) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current"); });
  all[next].scrollIntoView({ block: "nearest" });
}
async function ask() {
  const wish = text.value.trim();
  asked = wish;
  try {
    const answer = await fetch("/find/results?q=" + encodeURIComponent(wish), { headers: { Accept: "text/fragment" } });
    if (asked !== wish || !answer.ok) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    results.replaceChildren(fresh.content);
    choose(1);
  } catch (error) { /* the page already says that it is stale */ }
}
text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
text.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") choose(1);
  else if (event.key === "ArrowUp") choose(-1);
  else return;
  event.preventDefault();
});
box.querySelector("form").addEventListener("submit", (event) => {
  const chosen = links().find((one) => one.getAttribute("aria-current") === "true");
  if (!chosen || asked !== text.value.trim()) return;
  event.preventDefault();
  event.stopPropagation();
  chosen.click();
});
results.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-ticket]");
  if (!link) { if (event.target.closest("a.result")) box.close(); return; }
  box.close();
  const wish = new CustomEvent("linshe:open", { detail: link.dataset.ticket, cancelable: true });
  if (!document.dispatchEvent(wish)) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) { event.preventDefault(); openFind(); }
});
