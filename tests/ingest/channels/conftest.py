"""A vendor and a notice for the channels' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.channels.contract import OutgoingNotice
from simulators.vendors.server import Vendor


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor that asks for no secrets."""
    with Vendor() as running:
        yield running


@pytest.fixture
def notice() -> OutgoingNotice:
    """A notice about smoke, to a mobile."""
    return OutgoingNotice(
        notice_id="n-1",
        key="t-1:0:sms:p-1",
        address="+8613800000001",
        title="Linshe: smoke alarm",
        text="Smoke alarm at home 3-201. Open: http://127.0.0.1/t/abc",
        link="http://127.0.0.1/t/abc",
        language="en",
        urgent=True,
    )
