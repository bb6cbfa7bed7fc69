"""The HTTP door: one sealed envelope in, one sealed receipt out, and a plain word for everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from ingest.actions.incoming.accept_envelopes import LONGEST_SEALED
from ingest.actions.incoming.receipts import ReceiptWriter
from ingest.intake.batching import Batcher
from ingest.intake.http import PATH, envelope_router
from ingest.store.base.tables import inbox
from ingest.store.tickets.tables import tickets
from models.wire.codec import decode, read_body
from models.wire.messages import Receipt
from models.wire.seal import Direction, derive_key, seal, unseal
from tests.ingest.town import MASTER, NOON, Town, flag


@pytest.fixture
async def client(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    batcher = Batcher(town.ctx, lambda: NOON, lambda: None)
    app = FastAPI()
    app.include_router(envelope_router(batcher, ReceiptWriter(town.ctx.keys), lambda: NOON))
    work = asyncio.create_task(batcher.run())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://t") as opened:
        yield opened
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_an_envelope_is_answered_with_its_sealed_receipt(town: Town, client: httpx2.AsyncClient) -> None:
    sealed = town.sealed(flag(), message_id="m-1")
    statuses = []
    for _ in range(2):
        answer = await client.post(PATH, content=sealed)
        assert answer.status_code == 200
        gateway_id, data = unseal(lambda name: derive_key(MASTER, name), Direction.DOWN, answer.content)
        (line,) = read_body(decode(data), Receipt).lines
        statuses.append((gateway_id, line.message_id, line.status.value))
    assert statuses == [("gw-1", "m-1", "stored"), ("gw-1", "m-1", "duplicate")]
    assert await town.count(tickets) == 1


async def test_many_at_once_are_each_answered_with_their_own(town: Town, client: httpx2.AsyncClient) -> None:
    sealed = [town.sealed(flag(home=f"h-{n}", episode=f"e-{n}"), message_id=f"m-{n}") for n in range(1, 21)]
    answers = await asyncio.gather(*(client.post(PATH, content=one) for one in sealed))
    got = []
    for answer in answers:
        _, data = unseal(lambda name: derive_key(MASTER, name), Direction.DOWN, answer.content)
        got += [line.message_id for line in read_body(decode(data), Receipt).lines]
    assert got == [f"m-{n}" for n in range(1, 21)]


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65536


async def test_each_kind_of_nonsense_has_its_answer(town: Town, client: httpx2.AsyncClient) -> None:
    no_envelope = seal(derive_key(MASTER, "gw-1"), "gw-1", Direction.UP, b"{}")
    said_too_long = await client.post(PATH, content=b"x" * (LONGEST_SEALED + 1))
    found_too_long = await client.post(PATH, content=endless())
    answers = [await client.post(PATH, content=body) for body in (b"", b"hello", no_envelope)]
    assert [said_too_long.status_code, found_too_long.status_code] == [413, 413]
    assert [answer.status_code for answer in answers] == [401, 401, 422]
    assert "envelope" in answers[2].text
    assert [row["kind"] for row in await town.rows(inbox)] == ["undecodable"]


async def test_a_dead_database_is_said_and_nothing_is_promised(
    town: Town, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_commit(_: object) -> None:
        raise OSError("gone")

    with monkeypatch.context() as patch:
        patch.setattr("ingest.actions.incoming.accept_envelopes.count_change", no_commit)
        answer = await client.post(PATH, content=town.sealed(flag(), message_id="m-1"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert await town.count(inbox) == 0
    assert (await client.post(PATH, content=town.sealed(flag(), message_id="m-1"))).status_code == 200
