"""Joining: which ticket at work a further flag belongs to, for many flags of one transaction. Pure.

The board of one batch: what an earlier flag has opened or changed is there for the next one, as if each had come
alone. Tickets on it stay at work: no flag resolves one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ingest.domain.tickets.ticket import AT_WORK, Ticket
from models.flag import FlagKind
from models.household.common_cause.common_cause import FOLDED
from models.wire.messages import FlagBody

MOST_STRANGERS = 50
"""Tickets at work about homes of one gateway that are not known."""
MOST_HELD = 2000
"""Homes of one ticket about a place."""

HomeAndKind = tuple[str, str]


@dataclass(slots=True)
class Joinable:
    """Tickets by how flags find them; each value is a ticket's id, and `tickets` has all of them.

    `similar` are the newest at work of (home, kind), `merged` the ones that such a ticket was merged into, `holding`
    the newest about a place that holds a home. `strangers` are, by gateway, those at work about homes that are not
    known, the newest first.
    """

    tickets: dict[str, Ticket] = field(default_factory=dict)
    similar: dict[HomeAndKind, str] = field(default_factory=dict)
    merged: dict[HomeAndKind, str] = field(default_factory=dict)
    holding: dict[str, str] = field(default_factory=dict)
    strangers: dict[str, list[str]] = field(default_factory=dict)

    def ticket(self, ticket_id: str | None) -> Ticket | None:
        """Return a ticket as it stands now."""
        return None if ticket_id is None else self.tickets.get(ticket_id)

    def joined_by(self, gateway_id: str, name: str, *, known_home: bool, kind: FlagKind) -> Ticket | None:
        """Return the ticket at work that a further flag about the place called `name` joins."""
        if not known_home:
            return self._stranger(gateway_id, name, kind.value)
        found = self._at_work(self.similar.get((name, kind.value))) or self._at_work(
            self.merged.get((name, kind.value))
        )
        if found is None and kind in FOLDED:
            # smoke and silence always stand alone
            found = self._at_work(self.holding.get(name))
        return found

    def _stranger(self, gateway_id: str, name: str, kind: str) -> Ticket | None:
        """Return the ticket about the same unknown home.

        A gateway whose homes are not known, or that invents them, fills no board: from the `MOST_STRANGERS`th on
        whatever it says of unknown homes joins the newest of those tickets.
        """
        there = [one for one in map(self._at_work, self.strangers.get(gateway_id, ())) if one is not None]
        same = next((one for one in there if (one.subject, one.kind) == (name, kind)), None)
        return there[0] if same is None and len(there) >= MOST_STRANGERS else same

    def _at_work(self, ticket_id: str | None) -> Ticket | None:
        found = self.ticket(ticket_id)
        return found if found is not None and found.status in AT_WORK else None

    def changed(self, ticket: Ticket) -> None:
        """Take over how a ticket on the board stands now."""
        self.tickets[ticket.ticket_id] = ticket

    def opened(self, ticket: Ticket) -> None:
        """Take over a new ticket: the next flag of its kind about its place joins it."""
        self.tickets[ticket.ticket_id] = ticket
        if ticket.home_id is not None:
            self.similar[ticket.home_id, ticket.kind] = ticket.ticket_id
        elif ticket.gateway_id is not None:
            self.strangers.setdefault(ticket.gateway_id, []).insert(0, ticket.ticket_id)

    def holds(self, ticket: Ticket, home_ids: Iterable[str], gateways: Mapping[str, str | None]) -> None:
        """Let a ticket about a place hold homes; `gateways` are those of the known homes.

        A gateway holds its own homes alone, whatever names it lists: it must not keep another's alarms out of sight.
        """
        if ticket.kind != FlagKind.COMMON_CAUSE.value:
            return
        for home_id in home_ids:
            before = self._at_work(self.holding.get(home_id))
            own = home_id in gateways and gateways[home_id] == ticket.gateway_id
            if own and (before is None or before.opened_at <= ticket.opened_at):
                self.holding[home_id] = ticket.ticket_id


def homes_named(flag: FlagBody) -> list[str]:
    """Return the homes that a flag about a place names, in order; none for any other flag."""
    named = flag.facts.get("homes")
    if flag.kind is not FlagKind.COMMON_CAUSE or not isinstance(named, str):
        return []
    return sorted(set(filter(None, named.split(","))))[:MOST_HELD]
