// Service worker: the shell for bad networks, one's own pages as they last were, presses, photos and reports kept until
// they can be sent, and Web Push. Pages of the console are never kept: a stale board is worse than none.
"use strict";
const SHELL = "linshe-shell-3", PAGES = "linshe-pages-1", QUEUE = "linshe-queue";
const FILES = ["/offline", "/static/site.css", "/static/night.css", "/static/phone.css", "/static/phone.js", "/static/pwa.js", "/static/icon.svg"];
const KEPT_MS = 24 * 3600 * 1000;
const OWN = /^\/(go\/[^/]+|my\/[^/]+(\/(hours|devices|visits(\/[^/]+)?))?)$/;
// what may be sent later: a state, a word, a photo, that somebody is well, the report of a visit. Not what must be
// agreed with others at once (shifts, appointments), and not the question how to get in
const LATER = /^(\/go\/[^/]+|(\/go\/[^/]+)\/(?:comments|photos|seen)|(\/my\/[^/]+\/visits\/[^/]+)\/report)$/;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== SHELL && name !== PAGES) await caches.delete(name);
    await self.clients.claim();
  })());
});

// ---- the queue of presses: one small database --------------------------------------------------------------
function store(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(QUEUE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("presses", { autoIncrement: true });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const db = opening.result, doing = db.transaction("presses", mode), asked = work(doing.objectStore("presses"));
      doing.oncomplete = () => { db.close(); resolve(asked.result); };
      doing.onerror = doing.onabort = () => { db.close(); reject(doing.error); };
    };
  });
}
const keep = (press) => store("readwrite", (presses) => presses.add(press));
const forget = (key) => store("readwrite", (presses) => presses.delete(key));
const keys = () => store("readonly", (presses) => presses.getAllKeys());
const press_at = (key) => store("readonly", (presses) => presses.get(key));

// in the order in which they were pressed; the ticket's own table makes a press that came through twice one press
let replaying = null;
function replay() {
  replaying = replaying || send_all().finally(() => { replaying = null; });
  return replaying;
}
async function send_all() {
  let sent = 0, refused = 0;
  for (const key of await keys()) {
    const press = await press_at(key);
    let answer;
    try {
      answer = await fetch(press.url, {
        method: "POST", body: press.body, redirect: "manual", credentials: "same-origin",
        headers: { "Content-Type": press.type || "application/x-www-form-urlencoded" },
      });
    } catch (error) { break; }
    // a server in trouble has not judged it; one that refuses has, and the person is told
    if (answer.status >= 500) break;
    await forget(key);
    sent += 1;
    if (answer.status >= 400) refused += 1;
  }
  if (sent) for (const client of await self.clients.matchAll()) client.postMessage({ sent, refused });
}

// ---- requests ----------------------------------------------------------------------------------------------
self.addEventListener("fetch", (event) => {
  const request = event.request, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "GET" && url.pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode === "navigate" && request.method === "GET") event.respondWith(page(event, url));
  else if (request.mode === "navigate" && request.method === "POST") event.respondWith(press(event, url));
});
async function file(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok && FILES.includes(new URL(request.url).pathname)) await (await caches.open(SHELL)).put(request, answer.clone());
    return answer;
  } catch (error) {
    return (await caches.match(request)) || Response.error();
  }
}
async function page(event, url) {
  const own = OWN.test(url.pathname);
  try {
    const answer = await fetch(event.request);
    if (own && answer.type === "basic") {
      const cache = await caches.open(PAGES);
      if (answer.ok) { await sweep(cache); await cache.put(url.pathname, answer.clone()); } else await cache.delete(url.pathname);
      event.waitUntil(replay());
    }
    return answer;
  } catch (error) {
    return (own && (await as_it_was(url))) || (await caches.match("/offline")) || Response.error();
  }
}
async function press(event, url) {
  const copy = event.request.clone();
  try {
    return await fetch(event.request);
  } catch (error) {
    const later = LATER.exec(url.pathname);
    if (!later) return (await caches.match("/offline")) || Response.error();
    const type = copy.headers.get("Content-Type"), body = await copy.blob(), [, , below, visit] = later;
    await keep({ url: url.pathname, body, type, at: Date.now() });
    if (self.registration.sync) await self.registration.sync.register(QUEUE).catch(() => {});
    return (await as_it_was(new URL(below || visit || url.pathname, url))) || (await caches.match("/offline")) || Response.error();
  }
}
// the page as it last was, saying since when it is old and how much waits to be sent
async function as_it_was(url) {
  const kept = await (await caches.open(PAGES)).match(url.pathname);
  if (!kept) return null;
  const at = Date.parse(kept.headers.get("date")) || Date.now(), waiting = (await keys()).length;
  const html = (await kept.text()).replace("<body", `<body data-as-of="${at}" data-waiting="${waiting}" data-page="${url.pathname}"`);
  const headers = new Headers(kept.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(html, { status: 200, headers });
}
async function sweep(cache) {
  for (const request of await cache.keys()) {
    const old = await cache.match(request);
    if (Date.now() - (Date.parse(old.headers.get("date")) || 0) > KEPT_MS) await cache.delete(request);
  }
}
self.addEventListener("sync", (event) => { if (event.tag === QUEUE) event.waitUntil(replay()); });
self.addEventListener("message", (event) => { if (event.data === "replay") event.waitUntil(replay()); });

// ---- Web Push ----------------------------------------------------------------------------------------------
self.addEventListener("push", (event) => {
  if (!event.data) return;
  const { title, body, url, tag, seen } = event.data.json();
  event.waitUntil((async () => {
    await self.registration.showNotification(title, {
      body, tag, data: { url }, renotify: Boolean(tag), requireInteraction: true, icon: "/static/icon.svg",
    });
    if (seen && new URL(seen, location.origin).origin === location.origin) await fetch(seen, { method: "POST" }).catch(() => {});
  })());
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wish = new URL(event.notification.data?.url || "/", location.origin);
  const target = wish.origin === location.origin ? wish.href : location.origin + "/";
  event.waitUntil((async () => {
    const open = (await self.clients.matchAll({ type: "window" })).find((client) => client.url === target);
    if (open) await open.focus(); else await self.clients.openWindow(target);
  })());
});
