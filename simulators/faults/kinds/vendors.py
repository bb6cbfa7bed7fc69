"""Companies: an SMS vendor that has its moods."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from contextlib import suppress
from http.client import HTTPException

from simulators.faults.kinds.injector import VENDOR, Hurt, InjectedFault, Injector
from simulators.faults.scene.installation import Building


def _in_mood(mode: str) -> Hurt:
    async def order(injector: Injector, _: Building) -> None:
        await asyncio.to_thread(_order, injector.installation.ports.vendor_url, {"mode": mode, "delay_s": 3.0})
        await injector.a_while(1.0, 4.0)
        await asyncio.to_thread(_order, injector.installation.ports.vendor_url, {"mode": "none"})

    return order


def _order(vendor: str, order: dict[str, object]) -> None:
    request = urllib.request.Request(f"{vendor}/api/faults", json.dumps(order).encode())  # noqa: S310 - our own vendor
    with suppress(OSError, HTTPException), urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        answer.read()


TABLE: dict[str, InjectedFault] = {
    "vendor-timeout": InjectedFault("the SMS company takes messages and never answers", VENDOR, _in_mood("timeout")),
    "vendor-nonsense": InjectedFault("it answers with a page of HTML", VENDOR, _in_mood("nonsense")),
    "vendor-500": InjectedFault("it answers HTTP 500", VENDOR, _in_mood("500")),
    "vendor-slow": InjectedFault("it answers after 3 s, which is too late", VENDOR, _in_mood("slow")),
}
