"""Group robots: what DingTalk's, WeCom's and Feishu's answers have in common.

They answer HTTP 200 to everything and say what they mean in `errcode` (Feishu: `code`): 0 is a success, all else is
not.
"""

from __future__ import annotations

from collections.abc import Mapping

from ingest.channels.contract import Delivered, Delivery, Rejected, Unreachable
from ingest.channels.http_post import Answer
from ingest.channels.vendor_code import refusal_code


def read_robot_answer(
    name: str,
    answer: Answer | Rejected | Unreachable,
    busy: frozenset[int],
    known: Mapping[int, str],
    field: str = "errcode",
) -> Delivery:
    """Return what a robot's answer means. `busy` codes ask for patience, `known` ones have a plain meaning."""
    if not isinstance(answer, Answer):
        return answer
    code = answer.body.get(field)
    if isinstance(code, bool) or not isinstance(code, int):
        return Unreachable(f"{name}: HTTP {answer.status} with an answer that has no {field}")
    if code == 0:
        return Delivered("")
    if code in busy:
        return Unreachable(f"{name}: busy, {field} {code}")
    meaning = f" ({known[code]})" if code in known else ""
    return Rejected(f"{name}: {field} {refusal_code(code)}{meaning}")
