// Entry: a form that says beside the field what is wrong while somebody is still writing; the server's own check decides.
const form = document.getElementById("do-save"), touched = new Set();
let asking = null;

function show(faults) {
  for (const field of form.querySelectorAll("[data-field]")) {
    const name = field.dataset.field, word = touched.has(name) ? faults[name] || "" : null;
    if (word === null) continue;
    const place = field.querySelector(".fault"), asked = field.querySelector("[aria-describedby]");
    place.textContent = word;
    place.hidden = !word;
    field.classList.toggle("wrong", Boolean(word));
    if (asked) asked.setAttribute("aria-invalid", String(Boolean(word)));
  }
}
async function check() {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form), signal: asking.signal });
    if (answer.ok) show((await answer.json()).faults);
  } catch (error) { /* the form's own press will say it */ }
}
form.addEventListener("change", (event) => {
  const field = event.target.closest("[data-field]");
  if (!field) return;
  touched.add(field.dataset.field);
  check();
});
form.querySelector(".wrong [aria-describedby]")?.focus();
