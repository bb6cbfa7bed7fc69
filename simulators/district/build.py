"""Build the invented district: areas, stations, gateways, homes and people as rows of text, and its rosters.

The same seed gives the same district. Telephone numbers are of a range that is nobody's (+861380000…).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

from simulators.district import names

Row = dict[str, str]
SHEETS = ("areas", "stations", "gateways", "homes", "people", "residents", "contacts")


@dataclass(frozen=True, slots=True)
class DistrictRoster:
    """Who takes turns at an area, a week each; `nights` only from evening to morning and on rest days."""

    area: str
    name: str
    turns: tuple[str, ...]
    nights: bool = False


@dataclass(slots=True)
class District:
    """The tables so far, and the rosters."""

    random: Random
    homes_per_compound: int
    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in SHEETS})
    rosters: list[DistrictRoster] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def add(self, sheet: str, **row: str) -> None:
        """Write one row."""
        self.tables[sheet].append(row)

    def phone(self) -> str:
        """Return a number that nobody has had yet."""
        return f"+861380{next(self.numbers):07}"

    def person_name(self) -> str:
        """Return a family name and one or two characters."""
        given = "".join(self.random.sample(names.GIVEN, self.random.choice((1, 2, 2))))
        return self.random.choice(names.FAMILY) + given


def build_district(seed: int, homes_per_compound: int = 8, streets: int = len(names.STREETS)) -> District:
    """Return the district: its streets and towns, their communities, two or three compounds each."""
    district = District(Random(seed), homes_per_compound)  # noqa: S311 - invented people, no secret
    area, name_zh, name_en = names.DISTRICT
    district.add("areas", id=area, level="district", name_zh=name_zh, name_en=name_en)
    _station(district, area, "区级服务中心", "District centre")
    desk = [_person(district, area, "dispatcher", str(number)) for number in range(1, 7)]
    district.rosters.append(DistrictRoster(area, "区值班台", tuple(desk)))
    _person(district, area, "administrator", "1")
    for street_id, zh, en, communities in names.STREETS[:streets]:
        _street(district, f"{area}-{street_id}", zh, en, communities=communities)
    return district


def _street(district: District, area: str, name_zh: str, name_en: str, *, communities: int) -> None:
    district.add("areas", id=area, parent="hs", level="street", name_zh=name_zh, name_en=name_en)
    _station(district, area, f"{name_zh}社工站", f"{name_en} social-work station")
    staff = [
        _person(
            district, area, "social_worker", f"staff-{n}", kind="station_staff", station=f"st-{area}", licence_of=False
        )
        for n in (1, 2)
    ]
    workers = [_person(district, area, "social_worker", str(n)) for n in (1, 2, 3)]
    _person(district, area, "dispatcher", "1")
    organisation = district.random.choice(names.ORGANISATIONS)
    _person(district, area, "volunteer", "org", kind="organisation", organisation=organisation)
    district.rosters.append(DistrictRoster(area, f"{name_zh}值班", (*workers, *staff)))
    for number in range(1, communities + 1):
        _community(district, f"{area}-{number}", area, number)


def _community(district: District, area: str, street: str, number: int) -> None:
    first, second = district.random.choice(names.FIRST), district.random.randrange(len(names.SECOND))
    zh, en = f"{first}{names.SECOND[second]}", f"{names.SECOND_EN[second].title()} {number}"
    district.add("areas", id=area, parent=street, level="community", name_zh=f"{zh}社区", name_en=f"{en} Community")
    _station(district, area, f"{zh}社区工作室", f"{en} studio")
    workers = [_person(district, area, "social_worker", str(n)) for n in (1, 2)]
    if number % 2:
        district.rosters.append(DistrictRoster(area, f"{zh}社区夜间值班", tuple(workers), nights=True))
    for compound in range(1, district.random.choice((2, 3)) + 1):
        _compound(district, f"{area}-{compound}", area, f"{zh}{'一二三'[compound - 1]}区", f"{en} compound {compound}")


def _compound(district: District, area: str, community: str, name_zh: str, name_en: str) -> None:
    district.add("areas", id=area, parent=community, level="compound", name_zh=name_zh, name_en=name_en)
    district.add("gateways", id=f"gw-{area}", area=area)
    volunteers = [_person(district, area, "volunteer", str(n)) for n in range(1, district.random.choice((3, 4, 5)))]
    if len(volunteers) > 2:
        district.rosters.append(DistrictRoster(area, f"{name_zh}志愿者", tuple(volunteers)))
    for number in range(1, district.homes_per_compound + 1):
        _home(district, area, f"{area}-h{number:02}", number)


def _home(district: District, area: str, home: str, number: int) -> None:
    random, resident = district.random, district.person_name()
    label = f"{1 + number // 6}幢{1 + number % 6}0{1 + random.randrange(2)}室"
    phone = district.phone()
    district.add("homes", id=home, area=area, gateway=f"gw-{area}", label=label, resident=resident, phone=phone)
    consent = random.random() < 0.4
    district.add(
        "residents",
        id=f"r-{home}",
        home=home,
        name=resident,
        phone=phone,
        born=str(random.randrange(1932, 1957)),
        languages="宁波话" if random.random() < 0.6 else "普通话; 宁波话",
        access_notes=random.choice(("", "", "门禁码在社区工作室", "有狗,先按门铃")),
        health_notes=random.choice(("高血压", "糖尿病", "行动不便", "听力差")) if consent else "",
        health_consent_on="2026-10-01" if consent else "",
        health_consent_by="本人" if consent else "",
        channels=f"voice:{phone}",
    )
    for position in range(random.choice((1, 1, 2))):
        family, number_of = district.person_name(), district.phone()
        district.add(
            "contacts",
            id=f"k-{home}-{position + 1}",
            home=home,
            name=family,
            position=str(position),
            relation=random.choice(names.RELATIONS),
            phone=number_of,
            holds_key="yes" if random.random() < 0.3 else "no",
            channels=f"sms:{number_of}; voice:{number_of}",
        )


def _station(district: District, area: str, name_zh: str, name_en: str) -> None:
    district.add("stations", id=f"st-{area}", area=area, name_zh=name_zh, name_en=name_en, phone=district.phone())


def _person(district: District, area: str, role: str, tail: str, *, licence_of: bool = True, **more: str) -> str:
    person, phone, random = f"p-{area}-{role[:3]}-{tail}", district.phone(), district.random
    if role == "social_worker" and licence_of:
        more["licence"] = random.choice(("assistant", "social_worker", "social_worker", "senior"))
    if role == "volunteer":
        more["skills"] = "; ".join(random.sample(names.SKILLS, random.randrange(3)))
    order = ("voice", "sms") if role == "dispatcher" else ("sms", "voice")
    channels = "; ".join(f"{way}:{phone}" for way in order)
    district.add(
        "people", id=person, name=district.person_name(), role=role, area=area, phone=phone, channels=channels, **more
    )
    return person
