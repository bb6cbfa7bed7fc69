"""House-wide: every device document is proven by its own recorded frames, and the drawers by the documents."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.drivers import mqtt_json, registry
from gateway.drivers.contract import Device, DeviceAnswer, Ignored, Request, unanswered
from gateway.drivers.document import Document, Expected, Recorded
from gateway.protocols.framing import Diagnostic
from models.reading import Quality

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
FRAMES = Path(__file__).resolve().parent.parent / "frames"
PAPERS = registry.load_documents()
RECORDED = [(paper, frame) for paper in PAPERS.values() for frame in paper.frames]


def _drawer(name: str) -> list[dict[str, Any]]:
    rows = []
    for path in sorted((FRAMES / name).glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, row in enumerate(table["frames"]):
            rows.append({"protocol": table.get("protocol"), **row, "id": f"{path.stem}-{number}"})
    return rows


def _said(answer: DeviceAnswer) -> list[tuple[str, str, str, str]]:
    return [
        (reading.quantity.value, f"{reading.value:f}", reading.unit.value, reading.quality.value)
        for reading in answer.readings
    ]


def _wanted(expect: tuple[Expected, ...]) -> list[tuple[str, str, str, str]]:
    return [(row.quantity.value, row.value, row.unit.value, row.quality) for row in expect]


def _read(paper: Document, frame: Recorded) -> tuple[DeviceAnswer, list[Diagnostic]]:
    """Read a recorded frame as the answer to the question it was the answer to."""
    if not registry.is_polled(paper):
        device = Device("d", paper, frame.address, frame.topic)
        assert mqtt_json.matches(mqtt_json.subscription(Device("d", paper)), frame.topic), (
            "the document's own pattern must match its record"
        )
        return mqtt_json.interpret(device, frame.topic, frame.payload.encode(), frame.heard or AT), []
    driver = registry.driver_for(paper)
    framer = driver.framer()
    events = [*framer.feed(bytes.fromhex(frame.hex)), *framer.quiet()]
    troubles = [event for event in events if isinstance(event, Diagnostic)]
    device = Device("d", paper, frame.address)
    answers = [
        driver.interpret(device, Request(b"", frame.asked), event, AT)
        for event in events
        if not isinstance(event, Diagnostic)
    ]
    assert len(answers) <= 1
    if not answers:
        return DeviceAnswer(), troubles
    assert isinstance(answers[0], DeviceAnswer), answers[0]
    return answers[0], troubles


@pytest.mark.parametrize(("paper", "frame"), RECORDED, ids=lambda part: getattr(part, "name", None) or part.origin[:40])
def test_a_document_is_proven_by_its_own_frames(paper: Document, frame: Recorded) -> None:
    assert frame.origin
    answer, troubles = _read(paper, frame)
    if frame.error:
        assert [trouble.code.value for trouble in (*troubles, *answer.troubles)] == [frame.error]
    else:
        assert _said(answer) == _wanted(frame.expect)
        assert not troubles
        assert not answer.troubles


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_every_document_has_a_frame_that_gives_readings(paper: Document) -> None:
    assert any(frame.expect for frame in paper.frames)


@pytest.mark.parametrize(
    "paper", [paper for paper in PAPERS.values() if registry.is_polled(paper)], ids=lambda paper: paper.name
)
def test_every_polled_document_asks_for_something_that_is_missed_when_nobody_answers(paper: Document) -> None:
    device = Device("d", paper, next(frame.address for frame in paper.frames if frame.address))
    requests = registry.driver_for(paper).requests(device)
    missed = [reading for request in requests for reading in unanswered(device, request, AT)]
    assert missed
    assert {reading.quality for reading in missed} == {Quality.NO_ANSWER}
    assert all(reading.value is None for reading in missed)


@pytest.mark.parametrize(
    "paper", [paper for paper in PAPERS.values() if registry.is_polled(paper)], ids=lambda paper: paper.name
)
def test_our_own_question_heard_again_is_never_an_answer(paper: Document) -> None:
    device = Device("d", paper, next(frame.address for frame in paper.frames if frame.address))
    driver = registry.driver_for(paper)
    for request in driver.requests(device):
        framer = driver.framer()
        frames = [
            event for event in [*framer.feed(request.payload), *framer.quiet()] if not isinstance(event, Diagnostic)
        ]
        assert len(frames) == 1
        assert all(isinstance(driver.interpret(device, request, frame, AT), Ignored) for frame in frames)


@pytest.mark.parametrize("row", _drawer("good"), ids=lambda row: row["id"])
def test_a_good_frame_gives_exactly_the_readings_that_its_drawer_says(row: dict[str, Any]) -> None:
    paper = PAPERS[row.get("document", row["protocol"])]
    driver = registry.driver_for(paper)
    frames = driver.framer().feed(bytes.fromhex(row["hex"]))
    assert len(frames) == 1
    said = driver.overheard(paper, frames[0], AT)
    assert said.address == row["address"]
    assert not said.answer.troubles
    expect = [
        (want["quantity"], want["value"], want.get("unit", "1"), want.get("quality", "good"))
        for want in row.get("expect", [])
    ]
    assert _said(said.answer) == expect
    facts = {fact.name: f"{fact.value} {fact.unit}".strip() for fact in said.facts}
    wanted = row.get("facts", {})
    assert {name: facts.get(name) for name in wanted} == wanted
    assert expect or wanted or said.note == row["note"]


@pytest.mark.parametrize("row", _drawer("bad"), ids=lambda row: row["id"])
def test_a_bad_frame_gives_its_diagnostic_and_nothing_of_the_register(row: dict[str, Any]) -> None:
    paper = PAPERS[row.get("document", row["protocol"])]
    driver = registry.driver_for(paper)
    framer = driver.framer()
    troubles = []
    for event in [*framer.feed(bytes.fromhex(row["hex"])), *framer.quiet()]:
        if isinstance(event, Diagnostic):
            troubles.append(event)
            continue
        answer = driver.overheard(paper, event, AT).answer
        troubles += answer.troubles
        main = next(register.quantity for register in paper.registers if register.poll)
        assert main not in {reading.quantity for reading in answer.readings}
    told = [(trouble.code.value, trouble.offset) for trouble in troubles]
    assert [one for one in told if one[0] != "noise"] == [(row["error"], row["offset"])]


@pytest.mark.parametrize("row", _drawer("unsupported"), ids=lambda row: row["id"])
def test_an_unsupported_frame_is_sound_and_is_told_with_its_content(row: dict[str, Any]) -> None:
    paper = PAPERS[row.get("document", row["protocol"])]
    driver = registry.driver_for(paper)
    frames = driver.framer().feed(bytes.fromhex(row["hex"]))
    assert len(frames) == 1
    said = driver.overheard(paper, frames[0], AT)
    assert said.note == row["note"]
    assert said.data
    assert said.answer == DeviceAnswer()


def test_the_drawers_are_not_empty() -> None:
    assert len(_drawer("good")) >= 60
    assert len(_drawer("bad")) >= 11
    assert len(_drawer("unsupported")) >= 4
