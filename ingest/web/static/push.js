// Push: a button by which this browser may ring for a person; nothing is shown where the browser can not.
const box = document.getElementById("push");

function bytes_of(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
async function tell(method, content) {
  const answer = await fetch("/api/v1/push/subscriptions", {
    method, credentials: "same-origin", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...content, proof: box.dataset.proof }),
  });
  return answer.ok;
}
async function ring(manager) {
  if ((await Notification.requestPermission()) !== "granted") return "refused";
  const { key } = await (await fetch("/api/v1/push/key")).json();
  const subscription = await manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes_of(key) });
  return (await tell("POST", subscription.toJSON())) ? "on" : "failed";
}
async function silence(subscription) {
  await tell("DELETE", { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
  return "off";
}

async function begin() {
  const { pushManager } = await navigator.serviceWorker.ready;
  const button = box.querySelector("button"), said = box.querySelector("[role=status]");
  const show = (state, told) => {
    button.dataset.state = state;
    button.textContent = box.dataset[state === "on" ? "silence" : "ring"];
    said.textContent = told ? box.dataset[told] : "";
  };
  show((await pushManager.getSubscription()) ? "on" : "off");
  box.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const there = await pushManager.getSubscription();
    const result = await (there ? silence(there) : ring(pushManager)).catch(() => "failed");
    show(result === "on" ? "on" : "off", result);
    button.disabled = false;
  });
}
if (box && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) begin();
