// Phone: ticks of the checklist stay where they are while the page is pressed on, read anew or has no network.
// They are kept in this browser only, until the outcome goes in.
const key = `checks ${location.pathname}`, boxes = [...document.querySelectorAll("input[data-keep]")];

function kept() {
  try { return new Set(JSON.parse(sessionStorage.getItem(key) || "[]")); } catch (error) { return new Set(); }
}
const before = kept();
for (const box of boxes) {
  box.checked = box.checked || before.has(box.value);
  box.addEventListener("change", () => {
    try { sessionStorage.setItem(key, JSON.stringify(boxes.filter((one) => one.checked).map((one) => one.value))); } catch (error) { /* a full or closed store: the ticks live as long as the page */ }
  });
}
// what a thumb has pressed says so at once: on a slow line nobody presses a second time
for (const form of document.querySelectorAll("form[method=post]")) form.addEventListener("submit", () => {
  form.classList.add("sending");
  setTimeout(() => form.classList.remove("sending"), 8000);
});
