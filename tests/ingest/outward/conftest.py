"""An event of a ticket for the forwarders' tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.outward.forwarders.contract import Forward

AT = datetime(2026, 11, 24, 3, 5, 30, tzinfo=UTC)
"""11:05:30 in Ningbo."""


@pytest.fixture
def smoke() -> Forward:
    """Smoke at a home, just raised."""
    return Forward(
        key="t-1.1",
        serial=65_541,
        event="opened",
        number=1,
        at=AT,
        ticket_id="t-1",
        home_id="h-1",
        label="1-1 客厅",
        area_id="c1",
        kind="smoke",
        severity="critical",
        status="open",
        condition="active",
        outcome=None,
        text_zh="烟雾探测器报警。",
        text_en="The smoke detector sounds & nobody <answers>.",
        since=AT,
        opened_at=AT,
    )


def later(forward: Forward, **changes: Any) -> Forward:
    """Return a further event of the same ticket."""
    return replace(forward, key="t-1.2", number=2, serial=forward.serial + 1, **changes)
