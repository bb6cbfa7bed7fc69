// PWA: starts the service worker, says that a page is old and since when, and has kept presses sent when it can be.
const RETRY_MS = 5000;
const shown = document.getElementById("as-of"), body = document.body.dataset;

const REFUSED = "linshe refused";
const refused = Number(sessionStorage.getItem(REFUSED) || 0);
if (refused) {
  sessionStorage.removeItem(REFUSED);
  shown.textContent = shown.dataset.refused.replace("{count}", refused);
  shown.hidden = false;
}
if (body.asOf) {
  const zone = shown.dataset.zone;
  const when = new Date(Number(body.asOf)).toLocaleTimeString("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const lines = [shown.dataset.words.replace("{when}", when)];
  if (Number(body.waiting)) lines.push(shown.dataset.waiting.replace("{count}", body.waiting));
  shown.textContent = lines.join(" ");
  shown.hidden = false;
}
if ("serviceWorker" in navigator) {
  const worker = navigator.serviceWorker;
  worker.register("/sw.js").catch(() => {});
  worker.addEventListener("message", (event) => {
    if (!event.data?.sent) return;
    if (event.data.refused) sessionStorage.setItem(REFUSED, event.data.refused);
    location.replace(body.page || location.pathname);
  });
  const replay = () => worker.controller?.postMessage("replay");
  addEventListener("online", replay);
  if (Number(body.waiting)) setInterval(replay, RETRY_MS);
}
