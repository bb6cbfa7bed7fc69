"""A language is one catalogue: nothing missing, nothing left over, the same placeholders everywhere."""

from __future__ import annotations

import re
import string
from enum import StrEnum
from pathlib import Path

import pytest

import ingest.web
from ingest.actions.base.links import LinkFault
from ingest.actions.duty.hand_over import HandoverFault
from ingest.actions.tickets.note_told_locally import TOLD_LOCALLY
from ingest.domain.base.areas import Level
from ingest.domain.base.people import Kind, Licence, Role
from ingest.domain.duty.calling import Purpose
from ingest.domain.duty.coverage import Lack
from ingest.domain.duty.coverage_notices import ROSTER_HOLE
from ingest.domain.ledger.absence import AWAY_OVERDUE, AbsenceFault, Way
from ingest.domain.ledger.suppression import TEST_MISSED
from ingest.domain.notices.delivery import CHANNEL_FAILING
from ingest.domain.tickets.check_in import CheckInStep
from ingest.domain.tickets.photo import PhotoFault
from ingest.domain.tickets.ticket import (
    BY_HAND,
    CANARY_FAILED,
    GATEWAY_SILENT,
    Cause,
    DueKind,
    Event,
    Outcome,
    Refusal,
    Status,
)
from ingest.domain.tickets.ticket_notes import CALL_DECLINED, NoteKind
from ingest.domain.tickets.timeout import Lapse
from ingest.families.domain.family import FamilyFault
from ingest.families.store.families import LOOKS
from ingest.figures.domain.kpi import KeyFigures
from ingest.figures.web.kpi_csv import TABLES
from ingest.fleet.domain.test_alarm import CANARY_LATE, Ends, Stage
from ingest.outward.domain.forwarding import FORWARD_FAILING
from ingest.places.domain.commissioning import InstallStep
from ingest.places.sheets.columns import ENTRIES
from ingest.places.sheets.take_back import BackFault
from ingest.places.web.map_plan import Budget, HomeSign
from ingest.places.web.place_form import FAULTS, HINTED, every_field
from ingest.store.ledger.home_states import Watch
from ingest.store.tickets.coverage_tickets import HOLES_FILLED, HOLES_TOLD
from ingest.visits.domain.visit_note import Found, Hazard, Meals, Medicine, Mood, NoteFault
from ingest.visits.domain.visit_plan import Reason, VisitStage
from ingest.web.base.languages import (
    Catalogue,
    CatalogueError,
    Language,
    accepted_language,
    choose_language,
    load_catalogue,
    load_catalogues,
)
from ingest.web.base.pages import Group
from ingest.web.base.schemes import Scheme
from ingest.web.tickets.board import KEYS
from ingest.web.tickets.checks import every_check
from ingest.web.tickets.phone import STEPS
from ingest.web.tickets.ticket_page import LADDER
from ingest.web.tickets.who_goes import GoerAnswer
from ingest.website import PARTS
from models.flag import FlagKind, Severity
from models.household.drift.drift import MEASURES
from tests.ingest.reader import Reader
from tests.ingest.street import Street

TEXTS = [part.texts for part in PARTS]
INGEST = Path(ingest.web.__file__).parent.parent
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in [*INGEST.glob("**/web/**/*.py"), *INGEST.glob("**/templates/**/*.html")]
}

GROUPS: dict[str, set[str]] = {
    "kind": {
        *FlagKind,
        GATEWAY_SILENT,
        BY_HAND,
        AWAY_OVERDUE,
        TEST_MISSED,
        FORWARD_FAILING,
        CHANNEL_FAILING,
        CANARY_FAILED,
        CANARY_LATE,
        ROSTER_HOLE,
    },
    "canary_stage": set(Stage),
    "canary_ends": {Ends.HERE, Ends.VENDOR},
    "severity": set(Severity),
    "status": set(Status),
    "condition": {"cleared"},
    "due": set(DueKind),
    "outcome": set(Outcome),
    "cause": set(Cause),
    "photo_fault": set(PhotoFault),
    "role": set(Kind),
    "scheme": set(Scheme),
    "ladder": set(LADDER),
    "action_more": {"offer", "resolve", "give_back", "reopen"},
    "goes_near": set(Level),
    "goes_answer": {GoerAnswer.WAITING, GoerAnswer.NO},
    "purpose": set(Purpose),
    "level": set(Level),
    "refusal": set(Refusal),
    "missing": {"person_id", "reason", "outcome", "cause", "minutes", "text"},
    "event": {
        *(Event),
        *Lapse,
        *NoteKind,
        *CheckInStep,
        "opened",
        CALL_DECLINED,
        TOLD_LOCALLY,
        HOLES_TOLD,
        HOLES_FILLED,
    },
    "local_way": {"modem", "webhook", "siren"},
    "channel": {"sms", "voice", "dingtalk", "wecom", "feishu", "webhook", "email", "push"},
    "notice": {"pending", "leased", "delivered", "rejected", "cancelled"},
    "chart_row": {"water", "power"},
    "chart_value": {"water", "power"},
    "link": set(LinkFault),
    "way": {*Way, "unknown"},
    "away_fault": {*AbsenceFault, "not_a_time"},
    "link_help": set(LinkFault),
    "problem": {"not_found", "stale_form"},
    "menu": set(Group) - {Group.NOW},
    "watch": set(Watch),
    "measure": {measure.name for measure in MEASURES},
    "lack": set(Lack),
    "map_state": set(HomeSign),
    "map_budget": set(Budget),
    "morning_list": {"not_seen", "blind", "overdue"},
    "morning_about": {"not_seen", "blind", "overdue"},
    "key": {name for _, name in KEYS},
    "handover_fault": set(HandoverFault),
    "action": {
        "acknowledge",
        "take",
        "eta",
        "arrive",
        "inside",
        "all_well",
        "resolve",
        "offer",
        "decline",
        "give_back",
        "close",
        "reopen",
    },
    "person_for": {"offer", "take"},
    "phone_action": {"take", "arrive", "inside", "all_well", "resolve", "decline", "give_back"},
    "phone_step": set(STEPS),
    "check": every_check(),
    "household_state": {"well", "looked_into", "paused", "away", "blind"},
    "household_help": {"well", "looked_into", "paused", "away", "blind"},
    "household_return": {"tonight", "tomorrow", "three_days", "week"},
    "sheet": set(ENTRIES),
    "sheet_one": set(ENTRIES),
    "licence": set(Licence),
    "language": set(Language),
    "place_field": every_field() | {"id"},
    "place_hint": HINTED,
    "place_fault": FAULTS,
    "place_back": set(BackFault),
    "device_step": set(InstallStep),
    "device_help": set(InstallStep),
    "look": set(LOOKS),
    "look_role": set(Role),
    "family_fault": {*FamilyFault, "no_return"},
    "visit_question": {"found", "mood", "meals", "medicine", "hazards"},
    "visit_found": set(Found),
    "visit_mood": set(Mood),
    "visit_meals": set(Meals),
    "visit_medicine": set(Medicine),
    "visit_hazard": set(Hazard),
    "visit_standing": set(VisitStage),
    "visit_reason": set(Reason),
    "visit_fault": {*NoteFault, "not_a_time"},
    "number": {name for name in KeyFigures.__dataclass_fields__ if name != "slowest_ack_s"},
    "table": set(TABLES),
    "defined": {"alarm", "acknowledged", "arrived", "resolved", "right", "time"},
    "definition": {"alarm", "acknowledged", "arrived", "resolved", "right", "time"},
}
"""Words for values of the database: the lists are those of the code that writes them."""


def said_outright() -> set[str]:
    """Return the keys that pages and modules name letter by letter."""
    pattern = re.compile(r"""(?:\bt|\.say)\(\s*["']([a-z_.]+)["']""")
    rows = {row.words for part in PARTS for row in (*part.pages, *part.own_tabs) if row.words}
    return rows | {key for text in SOURCES.values() for key in pattern.findall(text)}


def needed() -> set[str]:
    return said_outright() | {f"{group}.{value}" for group, values in GROUPS.items() for value in values}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", Language)
def test_a_catalogue_lacks_no_text_and_holds_none_that_nobody_says(language: Language) -> None:
    texts = set(load_catalogues(TEXTS)[language].texts)
    assert (needed() - texts, texts - needed()) == (set(), set())


def test_every_group_of_words_that_pages_ask_for_is_known_here() -> None:
    pattern = re.compile(r"""\blabel\(\s*["']([a-z_]+)["']""")
    asked = {group for text in SOURCES.values() for group in pattern.findall(text)}
    assert asked == set(GROUPS)


def test_placeholders_are_the_same_in_all_languages() -> None:
    zh, en = (load_catalogues(TEXTS)[language].texts for language in (Language.ZH, Language.EN))
    different = {key for key in zh if placeholders(zh[key]) != placeholders(en[key])}
    assert different == set()


def test_no_text_was_left_in_the_other_language() -> None:
    catalogues = load_catalogues(TEXTS)
    in_english = {key for key, text in catalogues[Language.EN].texts.items() if re.search(r"[\u4e00-\u9fff]", text)}
    # commas and brackets have no letters: they are in nobody's language
    words = {
        key: text
        for key, text in catalogues[Language.ZH].texts.items()
        if re.search(r"\w", re.sub(r"\{\w+\}", "", text))
    }
    in_chinese = {key for key, text in words.items() if not re.search(r"[\u4e00-\u9fff]", text)}
    assert (in_english, in_chinese) == (set(), set())


def test_a_missing_text_is_an_error_that_says_where(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"catalogue en has no text 'no\.such'"):
        load_catalogues(TEXTS)[Language.EN].say("no.such")
    (tmp_path / "en").mkdir()
    with pytest.raises(CatalogueError, match=r"en: there is no catalogue"):
        load_catalogue(Language.EN, [tmp_path])
    (tmp_path / "en" / "a.toml").write_text("[a]\nb = 3\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"en/a\.toml: a\.b must be a text"):
        load_catalogue(Language.EN, [tmp_path])


def test_a_text_in_two_files_of_a_language_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    for name in ("a", "b"):
        (tmp_path / "en" / f"{name}.toml").write_text("[a]\nb = 'x'\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"en/b\.toml: a\.b stands in another file"):
        load_catalogue(Language.EN, [tmp_path])


def test_no_two_parts_have_a_template_of_one_name_or_one_that_no_page_finds() -> None:
    found = [file.name for part in PARTS for folder in part.templates for file in folder.glob("*.html")]
    assert sorted(found) == sorted(set(found))
    assert set(found) == {file.name for file in INGEST.rglob("*.html")}


def test_a_value_without_a_word_is_shown_and_not_hidden() -> None:
    assert Catalogue(Language.EN, {}).label("kind", StrEnum("Newer", ["GAS_LEAK"]).GAS_LEAK) == "gas leak"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en-GB,en;q=0.9,zh;q=0.1", Language.EN),
        ("fr, zh-Hans-CN;q=0.4, en;q=0.2", Language.ZH),
        ("en;q=0, zh", Language.ZH),
        ("en;q=abc", None),
        ("", None),
        (None, None),
    ],
)
def test_the_browser_s_wish_is_read(header: str | None, expected: Language | None) -> None:
    assert accepted_language(header) is expected


def test_the_reader_s_switch_goes_before_the_record_and_the_record_before_the_browser() -> None:
    assert choose_language(cookie="en", person="zh", header="zh") is Language.EN
    assert choose_language(cookie=None, person="zh", header="en") is Language.ZH
    assert choose_language(cookie="xx", person=None, header="en") is Language.EN
    assert choose_language(cookie=None, person=None, header="fr") is Language.ZH


async def test_the_switch_changes_the_page_and_stays(street: Street, reader: Reader) -> None:
    await reader.become(street, "desk")
    assert '<html lang="zh-CN">' in (await reader.get("/")).text
    answer = await reader.get("/language", params={"to": "en", "back": "/"})
    assert answer.headers["location"] == "/"
    board = await reader.get("/")
    assert '<html lang="en">' in board.text
    assert "Nothing needs anybody right now." in board.text
    assert board.headers["content-language"] == "en"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"])
async def test_the_switch_leads_to_no_other_host(reader: Reader, back: str) -> None:
    assert (await reader.get("/language", params={"to": "en", "back": back})).headers["location"] == "/"
