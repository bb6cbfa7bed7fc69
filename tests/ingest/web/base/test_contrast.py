"""The sheet's colours: text can be read by day and by night (WCAG 2.2, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ingest.web

STATIC = Path(ingest.web.__file__).parent / "static"


def colours_of(sheet: str) -> dict[str, str]:
    """Return the colours that a sheet gives names to."""
    text = (STATIC / sheet).read_text(encoding="utf-8")
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", text, re.S)[0]))


DAY, NIGHT = colours_of("site.css"), colours_of("night.css")
PAIRS = [
    *((ink, ground) for ink in ("ink", "soft", "mark", "late") for ground in ("ground", "sheet")),
    *((f"{name}-ink", name) for name in ("critical", "urgent", "visit", "quiet", "good", "mark")),
    *(("ink", ground) for ground in ("warn-ground", "bad-ground")),
    *(("mark", ground) for ground in ("warn-ground", "mark-ground")),
    ("good", "good-ground"),
    ("soft", "bad-ground"),
    ("late", "bad-ground"),
]
BARS = [(bar, "sheet") for bar in ("water", "power")]


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [DAY, NIGHT], ids=["day", "night"])
def test_text_stands_out_from_its_ground(colours: dict[str, str]) -> None:
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}


@pytest.mark.parametrize("colours", [DAY, NIGHT], ids=["day", "night"])
def test_bars_stand_out_from_the_paper(colours: dict[str, str]) -> None:
    assert {pair for pair in BARS if contrast(colours[pair[0]], colours[pair[1]]) < 3} == set()


def test_night_gives_every_colour_of_the_day_anew() -> None:
    assert DAY.keys() == NIGHT.keys()
