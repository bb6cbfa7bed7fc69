"""Players: the people with phones. Each waits for the message that is theirs, opens its link, presses the buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from simulators.demo.actors import DemoPart, part_for
from simulators.demo.phones import PhoneError, PhoneMessage, press, read_messages

_LOOK_EVERY_S = 0.5
_TRIES = 25


class Players:
    """All people of the cast, watching the vendor's phones."""

    def __init__(self, vendor: str, labels: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._vendor = vendor
        self._labels = labels
        self._say = say
        self._seen: set[str] = set()
        self._playing: dict[DemoPart, str] = {}

    async def play(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for message in await self._new_messages():
                    self._say(f"phone   {message.to} ({message.service}): {_short(message.text)}")
                    part = part_for(message.to, message.text, self._labels)
                    if part is not None and part not in self._playing and message.link:
                        self._playing[part] = message.key
                        tasks.create_task(self._act(part, message.link))
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _new_messages(self) -> list[PhoneMessage]:
        try:
            messages = await asyncio.to_thread(read_messages, self._vendor)
        except PhoneError:
            return []
        new = [message for message in messages if message.key not in self._seen]
        self._seen.update(message.key for message in new)
        return new

    async def _act(self, part: DemoPart, link: str) -> None:
        steps: tuple[tuple[float, str, dict[str, str]], ...] = (
            (part.take_after_s, "take", {}),
            (part.arrive_after_s, "arrive", {}),
            (part.resolve_after_s, "resolve", {"outcome": part.outcome, "cause": part.cause}),
        )
        for wait, event, filled in steps:
            await asyncio.sleep(wait)
            if not await self._press(part, link, event, filled):
                return

    async def _press(self, part: DemoPart, link: str, event: str, filled: dict[str, str]) -> bool:
        trouble = ""
        for _ in range(_TRIES):
            try:
                await asyncio.to_thread(press, link, event, **filled)
            except PhoneError as error:
                trouble = str(error)
                await asyncio.sleep(1)
                continue
            self._say(f"person  {part.name}: {event} for {self._labels[part.home]}")
            return True
        self._say(f"person  {part.name}: can't {event}: {trouble}")
        return False


def _short(text: str) -> str:
    text = text.partition("http")[0].strip()
    return text if len(text) <= 100 else text[:99] + "…"
