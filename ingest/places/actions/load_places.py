"""Load places: areas, homes, people and plans from a checked place file, all or nothing, as often as wanted."""

from __future__ import annotations

from ingest.actions.base.context import ActionContext
from ingest.places.domain.placefile import PlaceFile
from ingest.places.store.place_entries import write_places
from ingest.store.base.change_counter import count_change


async def load_places(ctx: ActionContext, places: PlaceFile) -> dict[str, int]:
    """Write the file's entries; return how many of each there were. Raises `PlaceFileError` and writes nothing."""
    async with ctx.db.write() as connection:
        await write_places(connection, places)
        await count_change(connection)
    return {name: len(entries) for name in PlaceFile.__struct_fields__ if (entries := getattr(places, name))}
