// Live part: a piece of a page that fetches itself anew, and never sweeps away what somebody is writing or pressing.

let skewMs = 0;
export const serverNow = () => Date.now() + skewMs;
export function takeServerTime(seconds) { skewMs = seconds * 1000 - Date.now(); }

let pressing = false;
const waiting = new Set();
document.addEventListener("pointerdown", () => { pressing = true; });
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => {
  pressing = false;
  setTimeout(() => { for (const part of [...waiting]) { waiting.delete(part); part.put(part.held); } }, 0);
});

export class LivePart {
  // `url()` gives where the part comes from, `onFresh` is told when it has been put in place
  constructor(element, url, onFresh) {
    this.element = element;
    this.url = url;
    this.onFresh = onFresh;
    this.dirty = false;
    this.held = null;
    this.loading = null;
    this.again = false;
    this.version = null;
    element.addEventListener("input", (event) => { if (event.target.closest("form")) this.dirty = true; });
  }

  // resolves to true when fresh, false when the server could not be reached
  refresh() {
    if (this.loading) { this.again = true; return this.loading; }
    this.loading = this.fetchOnce().finally(() => {
      this.loading = null;
      if (this.again) { this.again = false; this.refresh(); }
    });
    return this.loading;
  }

  async fetchOnce() {
    const url = this.url();
    if (!url) return true;
    try {
      const answer = await fetch(url, { headers: { Accept: "text/fragment" }, credentials: "same-origin" });
      if (answer.status === 401) {
        location.assign("/login?back=" + encodeURIComponent(location.pathname));
        return false;
      }
      if (answer.status === 404) { this.onGone?.(); return true; }
      if (!answer.ok) return false;
      const html = await answer.text();
      if (this.url() === url) this.put(html);
      return true;
    } catch (error) {
      return false;
    }
  }

  put(html) {
    if (pressing) { this.held = html; waiting.add(this); return; }
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    this.take(fresh.content);
  }

  take(content) {
    const state = content.querySelector("#state");
    if (state) {
      takeServerTime(Number(state.dataset.now));
      const version = state.dataset.version ?? null;
      if (this.dirty && this.element.querySelector("form")) {
        // somebody is writing in a form: leave it, but say that things have moved on
        if (version !== this.version) this.onMoved?.();
        return;
      }
      this.version = version;
    }
    this.dirty = false;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.id : "";
    const ticked = new Set([...this.element.querySelectorAll("input.keep:checked")].map((one) => one.id));
    const open = new Map([...this.element.querySelectorAll("details")].map((one, index) => [one.id || index, one.open]));
    keepUnchanged(this.element, content);
    this.element.replaceChildren(content);
    this.element.querySelectorAll("details").forEach((one, index) => {
      const was = open.get(one.id || index);
      if (was !== undefined) one.open = was;
    });
    for (const one of this.element.querySelectorAll("input.keep")) one.checked = ticked.has(one.id);
    const again = focused && document.getElementById(focused);
    if (again && document.activeElement !== again) again.focus({ preventScroll: true });
    this.onFresh?.(this);
  }
}

// rows that are the same as before keep their elements: nothing flickers, and five hundred rows cost what one does
function keepUnchanged(old, content) {
  const before = new Map([...old.querySelectorAll("[data-stamp]")].map((one) => [one.dataset.key, one]));
  if (!before.size) return;
  for (const row of content.querySelectorAll("[data-stamp]")) {
    const same = before.get(row.dataset.key);
    if (same && same.dataset.stamp === row.dataset.stamp) row.replaceWith(same);
  }
}
