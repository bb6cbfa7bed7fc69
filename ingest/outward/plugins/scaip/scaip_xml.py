"""SCAIP: an event as the XML of the social care alarm protocol (SS 91100:2014, CLC/TS 50134-9), and its answer. Pure.

Codes and lengths are those of the published schema (`mrq`, `mrs`) as public implementations show it; the standards
themselves, which are paid for, were not read.
"""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass

from ingest.outward.forwarders.contract import Forward

CONTENT_TYPE = "application/scaip+xml"
VERSION = "01.00"
HOME = "002"
"""Location code: the resident's home."""

_AUTOMATIC, _MANUAL, _POWER_FAILURE, _TROUBLE, _LINK_FAILURE, _RESTORAL = "0009", "0010", "0085", "0105", "0042", "0094"
_UNKNOWN_KIND = ("0031", _AUTOMATIC)
_CODES: dict[str, tuple[str, str]] = {
    "smoke": ("0023", _AUTOMATIC),
    "inactivity": ("0010", _AUTOMATIC),
    "running_water": ("0033", _AUTOMATIC),
    "leak": ("0033", _AUTOMATIC),
    "appliance_on": ("0020", _AUTOMATIC),
    "supply_lost": ("0041", _POWER_FAILURE),
    "device_silent": ("0032", _LINK_FAILURE),
    "device_trouble": ("0031", _TROUBLE),
    "home_blind": ("0032", _LINK_FAILURE),
    "gateway_silent": ("0032", _LINK_FAILURE),
    "by_hand": ("0002", _MANUAL),
}
"""Kind of ticket → device type and status code: smoke detector, activity detector, flood detector, environmental
monitor, power supply, communication link monitor, system monitor, local unit."""
_PRIORITY = {"critical": "0", "urgent": "1", "visit": "4", "maintenance": "6", "info": "9"}
"""0 is the highest."""
_TRY_AGAIN = {4, 5, 6}
"""Status numbers of an answer that mean: hold, not treated, busy."""
_TEXT_AT_MOST = 128
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_REF = re.compile(r"<(?:\w+:)?ref>\s*([0-9A-Za-z]{1,16})\s*</")
_STATUS = re.compile(r"<(?:\w+:)?snu>\s*([0-9]{1,5})\s*</")


@dataclass(frozen=True, slots=True)
class ScaipAnswer:
    """What a receiving centre says to a message: 0 is well."""

    ref: str
    status: int

    @property
    def is_well(self) -> bool:
        """Whether the centre took the alarm."""
        return self.status == 0

    @property
    def asks_again(self) -> bool:
        """Whether the same message may get another answer later."""
        return self.status in _TRY_AGAIN


def ref_of(key: str) -> str:
    """Return the reference of a message: 16 letters, the same for the same key."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def device_of(home_id: str) -> str:
    """Return the device's id for a home: at most 8 letters."""
    return home_id if 0 < len(home_id) <= 8 else hashlib.sha256(home_id.encode()).hexdigest()[:8]


def request(forward: Forward, controller_id: str, language: str, text_at_most: int = _TEXT_AT_MOST) -> str:
    """Return the XML of an event, on one line; the sentence is cut to `text_at_most` letters, 0 leaves it out."""
    device, status = _CODES.get(forward.kind, _UNKNOWN_KIND)
    over = forward.is_over
    said = forward.text_en if language == "en" else forward.text_zh
    fields = [
        ("ref", ref_of(forward.key)),
        ("ver", VERSION),
        ("mty", "RE" if over else "ME"),
        ("cid", controller_id),
        ("dty", device),
        ("did", device_of(forward.home_id or forward.ticket_id)),
        ("stc", _RESTORAL if over else status),
        ("pri", _PRIORITY[forward.severity]),
        ("lco", HOME),
        ("lte", _letters(forward.label, 32)),
        ("ite", _letters(said, text_at_most)),
    ]
    inner = "".join(f"<{name}>{html.escape(value, quote=False)}</{name}>" for name, value in fields if value)
    return f'<?xml version="1.0" encoding="UTF-8"?><mrq>{inner}</mrq>'


def read_answer(body: str) -> ScaipAnswer | None:
    """Return the answer in the XML of an `mrs`, None where there is none.

    Two numbers are looked for and nothing else: an XML reader would be a door for whatever a peer likes to send.
    """
    ref, status = _REF.search(body), _STATUS.search(body)
    return ScaipAnswer(ref[1], int(status[1])) if ref and status else None


def _letters(text: str, at_most: int) -> str:
    return _CONTROL.sub(" ", text).strip()[:at_most]
