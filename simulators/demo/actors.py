"""Cast: who plays in the story, and what each does when a message comes. Pure: a message in, an intention out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SMOKE_HOME = "h-004"
TAP_HOME = "h-009"
FALL_HOME = "h-013"

ZHOU = "+8613800000001"
LIN = "+8613800000002"
SUN = "+8613800000003"


@dataclass(frozen=True, slots=True)
class DemoPart:
    """What one person does about one home: how long until each button is pressed, and what was found."""

    person: str
    name: str
    home: str
    take_after_s: float
    arrive_after_s: float
    resolve_after_s: float
    outcome: str
    cause: str


PARTS: tuple[DemoPart, ...] = (
    DemoPart(ZHOU, "Zhou Jianguo (volunteer)", TAP_HOME, 2.0, 5.0, 6.0, "habit", "water_left_on"),
    DemoPart(LIN, "Lin Mei (volunteer)", SMOKE_HOME, 2.0, 4.0, 7.0, "helped", "cooking"),
    # both volunteers are busy when she falls: nobody answers, and the community's social worker is asked
    DemoPart(SUN, "Sun Xiulan (social worker)", FALL_HOME, 3.0, 5.0, 6.0, "hospital", "fall"),
)


def part_for(to: str, text: str, labels: Mapping[str, str]) -> DemoPart | None:
    """Return the part that begins with this message, None when its addressee does nothing about it.

    `labels` are the homes' labels as they stand in messages.
    """
    for part in PARTS:
        if part.person == to and labels[part.home] in text:
            return part
    return None


def home_labels(count: int) -> dict[str, str]:
    """Return the label of each home: building and flat, none of which is part of another."""
    labels = {}
    for number in range(1, count + 1):
        building, flat = (number - 1) // 10 + 1, (number - 1) % 10
        labels[f"h-{number:03}"] = f"福明苑{building}幢{flat // 2 + 1}0{flat % 2 + 1}室"
    return labels


RESIDENTS = ("陈阿婆", "李爷爷", "王阿姨", "张奶奶", "刘伯伯", "赵阿婆", "黄爷爷", "吴奶奶", "徐伯伯", "马阿姨")
