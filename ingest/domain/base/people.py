"""People: who may act, in which role. Knows nothing of passwords or channels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here for."""

    DISPATCHER = "dispatcher"
    SOCIAL_WORKER = "social_worker"
    VOLUNTEER = "volunteer"
    ADMINISTRATOR = "administrator"


class Kind(StrEnum):
    """What a person is to a home; their rights are their `Role`."""

    DISPATCHER = "dispatcher"
    SOCIAL_WORKER = "social_worker"
    VOLUNTEER = "volunteer"
    ADMINISTRATOR = "administrator"
    STATION_STAFF = "station_staff"
    ORGANISATION = "organisation"
    """Somebody who answers for a social organisation."""
    INSTALLER = "installer"
    """Somebody who puts in meters and gateways and mends them."""
    RESIDENT = "resident"
    CONTACT = "contact"


ROLE_OF_KIND: dict[Kind, Role] = {
    **{Kind(role.value): role for role in Role},
    Kind.STATION_STAFF: Role.SOCIAL_WORKER,
    Kind.ORGANISATION: Role.VOLUNTEER,
    Kind.INSTALLER: Role.VOLUNTEER,
}
"""The rights that come with a kind. A resident and a contact have none: they are told."""


class Licence(StrEnum):
    """The levels of a social worker's licence (社会工作者职业水平): assistant, social worker, senior."""

    ASSISTANT = "assistant"
    SOCIAL_WORKER = "social_worker"
    SENIOR = "senior"


DESK_ROLES: frozenset[Role] = frozenset({Role.DISPATCHER, Role.ADMINISTRATOR})
"""Roles that sit at the console: they may act for others, resolve by phone, review and close."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with a role and an area, or the machine itself (`MACHINE`), which has neither."""

    person_id: str | None
    role: Role | None
    area_path: str

    @property
    def is_machine(self) -> bool:
        """Whether a timer or a flag acts, and not a person."""
        return self.person_id is None

    @property
    def at_desk(self) -> bool:
        """Whether the actor may act for others."""
        return self.role in DESK_ROLES


MACHINE = Actor(person_id=None, role=None, area_path="/")
"""Timers and flags."""
