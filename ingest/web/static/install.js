// Install: the steps of a home look again by themselves, so that a tap that is opened ticks its step while one watches.
const steps = document.getElementById("steps");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("steps");
    if (fresh) steps.replaceChildren(...fresh.childNodes);
  } catch (error) { /* the time below the steps says how old they are */ }
}
setInterval(look, 1000 * Number(steps.dataset.every));
