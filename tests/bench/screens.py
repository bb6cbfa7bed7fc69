"""Screens: what the desk weighs and how fast it answers with many live tickets, in headless Chromium, CPU slowed down.

    PYTHONPATH=. python tests/bench/screens.py --tickets 500 --slower 4 --alarms 40

Prints one line of JSON. Bytes are those on the wire (compressed) of a first visit without any cache; `ready_ms` is from
the start of the navigation until keys act; `inp_ms` are durations of the Event Timing API (8 ms steps) of keys and
clicks; `sound_ms` is from the moment an alarm's ticket is about to be written until the desk sounds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from models.flag import FlagKind, Severity
from tests.browser.conftest import CHROMIUM, Server, log_in
from tests.ports import own_port

OBSERVE = """
window.seen = []; window.sounded = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.interactionId) window.seen.push(one.duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
addEventListener("DOMContentLoaded", () => {
  const look = () => { if (document.body.dataset.sounding) window.sounded = Date.now(); };
  new MutationObserver(look).observe(document.body, { attributeFilter: ["data-sounding"] });
});
"""
_KINDS = ((FlagKind.INACTIVITY, Severity.URGENT), (FlagKind.LEAK, Severity.VISIT), (FlagKind.WELLBEING, Severity.VISIT))


def percentile(values: list[float], share: float) -> float | None:
    """Return the value that so large a share does not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def first_visit(page: Page, cdp: CDPSession) -> dict[str, Any]:
    """Load the desk without a cache; return bytes, requests and milliseconds."""
    sizes: list[float] = []
    cdp.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    cdp.send("Network.enable")
    cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto("/")
    page.wait_for_selector("#desk[data-ready]")
    ready = page.evaluate("performance.now()")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
    return {
        "requests": len(sizes),
        "kilobytes": round(sum(sizes) / 1000, 1),
        "ready_ms": round(ready),
        "paint_ms": paint,
    }


def interactions(page: Page) -> list[float]:
    """Go through the queue, find, open and close; return how long each press took until the next paint."""
    page.evaluate("window.seen = []")
    for key in [*"jjjjjjjjjjjjjjjkkkkkkkkkk", "?", "Escape", "/", *"smoke402", "Escape", "Escape"] * 3:
        page.keyboard.press(key)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))")
    page.locator(".queue a").nth(3).click()
    page.wait_for_selector("#pane-ticket #ticket-title")
    return [float(one) for one in page.evaluate("window.seen")]


def sounds(server: Server, page: Page, count: int) -> list[float]:
    """Let alarms come one by one; return the milliseconds from each to its sound."""
    took: list[float] = []
    for _ in range(count):
        page.evaluate("window.sounded = 0")
        began = time.time() * 1000
        server.do(server.street.ticket())
        page.wait_for_function("() => window.sounded > 0")
        took.append(page.evaluate("window.sounded") - began)
        page.keyboard.press("a")
        page.wait_for_function("() => !document.body.dataset.sounding")
    return took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tickets", type=int, default=500)
    parser.add_argument("--slower", type=float, default=4.0, help="how many times the CPU is slowed down")
    parser.add_argument("--alarms", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder), own_port())
        server.start()
        for number in range(args.tickets):
            kind, severity = _KINDS[number % len(_KINDS)]
            server.do(server.street.ticket(f"h-00{1 + number % 4}", kind, severity))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        # a first visit has no service worker yet
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": 1440, "height": 900},
            locale="en-US",
            service_workers="block",
        )
        context.add_init_script(OBSERVE)
        page = context.new_page()
        page.set_default_timeout(60_000)
        log_in(page, "night")
        cdp = context.new_cdp_session(page)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": args.slower})
        result = first_visit(page, cdp)
        page.keyboard.press("a")
        pressed = interactions(page)
        result |= {"inp_ms": {"p50": median(pressed) if pressed else None, "p95": percentile(pressed, 0.95)}}
        result["presses_over_16_ms"] = len(pressed)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        took = sounds(server, page, args.alarms)
        result["sound_ms"] = {"p50": round(median(took)), "p99": round(percentile(took, 0.99) or 0)}
        print(json.dumps({"tickets": args.tickets, "slower": args.slower, "alarms": args.alarms, **result}))
        browser.close()
        server.stop()
        server.close()


if __name__ == "__main__":
    main()
