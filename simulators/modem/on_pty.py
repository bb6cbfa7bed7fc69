"""On a pty: lets a modem answer at a name in the file system, like a stick in a USB port."""

from __future__ import annotations

import asyncio

from simulators.lines.pty import PtyLine
from simulators.modem.sms_modem import SmsModem


async def answer(modem: SmsModem, line: PtyLine) -> None:
    """Answer until cancelled."""
    loop = asyncio.get_running_loop()
    some = asyncio.Event()
    loop.add_reader(line.fileno(), some.set)
    try:
        while True:
            await some.wait()
            some.clear()
            if said := modem.hear(line.read()):
                line.write(said)
    finally:
        loop.remove_reader(line.fileno())
