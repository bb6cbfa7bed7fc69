"""Links are bound to person and ticket and end; passwords are slow to guess; places load all or nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer

from ingest.actions.base.links import (
    LINK_LIFE,
    LinkClaim,
    LinkFault,
    PersonalClaim,
    Purpose,
    make_link,
    make_personal_token,
    make_token,
    open_token,
    read_personal_token,
    read_token,
)
from ingest.actions.base.passwords import WeakPasswordError, hash_password, verify_password
from ingest.actions.base.secrets import MasterKey
from ingest.domain.base.areas import Level
from ingest.domain.base.people import Role
from ingest.places.actions.add_user import NewUser, UserError, add_user
from ingest.places.actions.load_places import load_places
from ingest.places.domain.placefile import AreaEntry, ChannelEntry, HomeEntry, PersonEntry, PlaceFile, PlaceFileError
from ingest.store.base.tables import areas, people, person_channels
from tests.ingest.town import MASTER, NOON, Town, places

KEYS = MasterKey(MASTER)


def test_a_link_says_who_and_which_until_it_ends() -> None:
    token = make_link(KEYS, "http://c", "t-1", "vera", NOON).removeprefix("http://c/go/")
    end = NOON + LINK_LIFE
    assert read_token(KEYS, token, end - timedelta(seconds=1)) == LinkClaim("t-1", "vera", end)
    assert read_token(KEYS, token, end) is LinkFault.EXPIRED


def test_a_link_that_was_touched_or_comes_from_elsewhere_does_not_open() -> None:
    token = make_token(KEYS, "t-1", "vera", NOON + LINK_LIFE)
    payload, signature = token.rsplit(".", 1)
    other = make_token(KEYS, "t-1", "viktor", NOON + LINK_LIFE)
    foreign = make_token(MasterKey(b"y" * 32), "t-1", "vera", NOON + LINK_LIFE)
    for bad in (other.rsplit(".", 1)[0] + "." + signature, payload, payload + ".", "", "x.y", foreign, token + "A"):
        assert read_token(KEYS, bad, NOON) is LinkFault.FORGED


@pytest.mark.parametrize(
    ("salt", "content", "purpose"),
    [
        ("ticket link 1", ["t-1", "vera", 1893456000], Purpose.TICKET),
        ("personal link 1", ["vera", 1893456000], Purpose.PERSONAL),
        ("house link 1", "l-1", Purpose.HOUSEHOLD),
    ],
)
def test_links_that_are_out_in_people_s_phones_still_open(salt: str, content: object, purpose: Purpose) -> None:
    token = str(URLSafeSerializer(KEYS.of_purpose("links"), salt=salt).dumps(content))
    assert open_token(KEYS, purpose, token) == content
    assert {one for one in Purpose if open_token(KEYS, one, token) != LinkFault.FORGED} == {purpose}


def test_somebody_s_own_link_opens_until_it_ends_and_opens_no_ticket() -> None:
    end = NOON + LINK_LIFE
    token = make_personal_token(KEYS, "vera", end)
    assert read_personal_token(KEYS, token, end - timedelta(seconds=1)) == PersonalClaim("vera", end)
    assert read_personal_token(KEYS, token, end) is LinkFault.EXPIRED
    assert read_token(KEYS, token, NOON) is LinkFault.FORGED


def test_each_purpose_has_its_own_key_and_none_is_the_master() -> None:
    keys = {KEYS.of_purpose("links"), KEYS.of_purpose("sessions"), KEYS.of_gateway("links", 1), MASTER}
    assert len(keys) == 4
    assert KEYS.of_gateway("gw-1", 1) != KEYS.of_gateway("gw-1", 2)


async def test_a_password_fits_only_itself_and_nobody_has_none() -> None:
    stored = await hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert await verify_password("correct horse battery", stored)
    assert not await verify_password("correct horse batterY", stored)
    assert not await verify_password("correct horse battery", None)
    with pytest.raises(WeakPasswordError, match="at least 10"):
        await hash_password("short")


async def test_a_user_is_added_once_and_gets_a_new_password_the_second_time(town: Town) -> None:
    user = NewUser("ma", Role.DISPATCHER, "hs", "Ma")
    assert await add_user(town.ctx, user, "correct horse battery", NOON)
    assert not await add_user(town.ctx, user, "another good one", NOON)
    (row,) = await town.rows(people, login="ma")
    assert await verify_password("another good one", row["password_hash"])
    with pytest.raises(UserError, match="no area"):
        await add_user(town.ctx, NewUser("li", Role.DISPATCHER, "moon", "Li"), "correct horse battery", NOON)
    with pytest.raises(UserError, match="vera"):
        await add_user(town.ctx, NewUser("vera", Role.DISPATCHER, "hs", "V"), "correct horse battery", NOON)


async def test_places_load_as_often_as_wanted_and_the_file_s_word_counts(town: Town) -> None:
    counts = await load_places(town.ctx, places())
    assert counts == {"areas": 6, "gateways": 2, "homes": 21, "people": 9, "plans": 1}
    changed = PersonEntry(
        id="vera", name="Vera", role=Role.VOLUNTEER, area="c1", channels=[ChannelEntry(kind="email", address="v@x.cn")]
    )
    await load_places(town.ctx, PlaceFile(people=[changed]))
    (row,) = await town.rows(person_channels, person_id="vera")
    assert (row["channel"], await town.count(people)) == ("email", 9)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (PlaceFile(homes=[HomeEntry(id="n", area="moon", label="x")]), "moon"),
        (PlaceFile(homes=[HomeEntry(id="n", area="c1", gateway="gw-9", label="x")]), "gw-9"),
        (PlaceFile(areas=[AreaEntry(id="n", parent="c1", level=Level.STREET, name_zh="", name_en="")]), "not wider"),
        (PlaceFile(areas=[AreaEntry(id="n", parent="no", level=Level.STREET, name_zh="", name_en="")]), "no parent"),
        (PlaceFile(areas=[AreaEntry(id="c1", parent="str", level=Level.COMPOUND, name_zh="", name_en="")]), "moved"),
    ],
)
async def test_a_place_that_does_not_fit_changes_nothing(town: Town, bad: PlaceFile, words: str) -> None:
    before = await town.rows(areas)
    good = AreaEntry(id="new", parent="hs", level=Level.STREET, name_zh="新", name_en="New")
    with pytest.raises(PlaceFileError, match=words):
        await load_places(town.ctx, PlaceFile(areas=[good, *bad.areas], homes=bad.homes))
    assert await town.rows(areas) == before
