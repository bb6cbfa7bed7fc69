"""Bytes written by hand decode for ever, newer senders lose nothing, and a seal opens only where it was meant."""

import json
from datetime import UTC, datetime

import pytest

from models.flag import Evidence, Flag, FlagEvent, FlagKind, Severity
from models.wire.codec import MAX_BYTES, WireError, decode, encode, flag_body, kind_of, read_body, write_body
from models.wire.envelope import Envelope, downlink_topic, gateway_of_topic, uplink_topic
from models.wire.messages import FlagBody, MessageKind, Receipt, ReceiptLine, ReceiptStatus
from models.wire.seal import Direction, SealError, derive_key, seal, unseal

FLAG_1 = (
    b'{"message_id":"m-1","gateway_id":"gw-7","boot_id":"b-1","seq":3,"sent_at":"2026-11-23T12:00:00Z","kind":"flag",'
    b'"body":{"flag_id":"e1.0","episode":"e1","number":0,"home":"h-1","kind":"inactivity","severity":"urgent",'
    b'"event":"raised","at":"2026-11-23T11:59:00Z","since":"2026-11-23T02:10:00Z","score":7.5,"reason":"no_sign",'
    b'"text_zh":"\xe6\x97\xa0\xe7\x94\xa8\xe6\xb0\xb4","text_en":"no water","facts":{"hours":9.8}},"schema":1}'
)
KEY = bytes(range(32))


def test_the_first_version_of_a_flag_decodes_for_ever() -> None:
    envelope = decode(FLAG_1)
    assert (envelope.message_id, envelope.seq, envelope.kind) == ("m-1", 3, "flag")
    body = read_body(envelope, FlagBody)
    assert body.kind is FlagKind.INACTIVITY
    assert body.severity is Severity.URGENT
    assert body.since == datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
    assert body.text_zh == "无用水"
    assert body.facts == {"hours": 9.8}


def test_encoding_what_was_decoded_gives_the_same_data() -> None:
    assert json.loads(encode(decode(FLAG_1))) == json.loads(FLAG_1)


def test_a_kind_and_fields_newer_than_this_code_survive() -> None:
    newer = json.loads(FLAG_1)
    newer["kind"] = "fall_radar"
    newer["schema"] = 9
    newer["body"]["posture"] = {"z": [1, 2.5, None]}
    envelope = decode(json.dumps(newer).encode())
    assert envelope.kind == "fall_radar"
    assert json.loads(encode(envelope))["body"]["posture"] == {"z": [1, 2.5, None]}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"seq": "three"}, "seq"),
        ({"sent_at": "2026-11-23T12:00:00"}, "sent_at"),
        ({"message_id": ""}, "message_id"),
        ({"schema": 0}, "schema"),
        ({"body": []}, "body"),
    ],
)
def test_a_bad_envelope_is_refused_by_field(change: dict[str, object], word: str) -> None:
    with pytest.raises(WireError, match=word):
        decode(json.dumps(json.loads(FLAG_1) | change).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", FLAG_1[:-1], b"x" * (MAX_BYTES + 1)])
def test_what_is_no_envelope_gives_an_error_and_no_crash(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data)


def test_a_bad_body_names_the_message_and_the_field() -> None:
    broken = json.loads(FLAG_1)
    broken["body"]["severity"] = "panic"
    with pytest.raises(WireError, match=r"m-1.*severity"):
        read_body(decode(json.dumps(broken).encode()), FlagBody)


def test_a_flag_is_laid_flat_without_losing_anything() -> None:
    at = datetime(2026, 11, 23, 11, 59, tzinfo=UTC)
    evidence = Evidence({"hours": 9.8}, "无用水", "no water")
    flag = Flag("h-1", FlagKind.SMOKE, Severity.CRITICAL, FlagEvent.RAISED, at, at, 7.5, "alarm_bit", evidence, "e1", 2)
    body = flag_body(flag)
    assert kind_of(body) is MessageKind.FLAG
    assert write_body(body) == {
        "flag_id": "e1.2",
        "episode": "e1",
        "number": 2,
        "home": "h-1",
        "kind": "smoke",
        "severity": "critical",
        "event": "raised",
        "at": "2026-11-23T11:59:00Z",
        "since": "2026-11-23T11:59:00Z",
        "score": 7.5,
        "reason": "alarm_bit",
        "text_zh": "无用水",
        "text_en": "no water",
        "facts": {"hours": 9.8},
        "waited_s": 0.0,
        "over": False,
        "text_key": "",
        "text_facts": {},
        "clock_trusted": True,
    }


def test_a_flag_with_a_key_carries_key_and_words() -> None:
    at = datetime(2026, 11, 23, 11, 59, tzinfo=UTC)
    evidence = Evidence({}, key="flags.inactivity.sign", more={"at": "07:10"})
    flag = Flag("h-1", FlagKind.INACTIVITY, Severity.URGENT, FlagEvent.CLEARED, at, at, 7.5, "silent", evidence, "e1")
    body = flag_body(flag)
    assert (body.text_key, body.text_facts) == ("flags.inactivity.sign", {"at": "07:10"})
    assert (body.text_zh, body.text_en) == ("07:10 又有人活动的迹象。", "There was a sign of somebody at 07:10.")


def test_a_receipt_travels_down_and_back() -> None:
    receipt = Receipt([ReceiptLine("m-1", ReceiptStatus.DUPLICATE)])
    envelope = Envelope("r-1", "gw-7", "cloud", 1, datetime(2026, 11, 23, tzinfo=UTC), "receipt", write_body(receipt))
    assert read_body(decode(encode(envelope)), Receipt) == receipt


# both codes below were made with `openssl dgst -sha256 -mac HMAC`
def test_the_seal_is_the_standard_code_over_direction_name_and_data() -> None:
    sealed = b'LS1 gw-7 a9f8072d42534076c3b4eaafe5e7b33c959ad6c734cae0a3304ed119df3a5abb\n{"a":1}'
    assert seal(KEY, "gw-7", Direction.UP, b'{"a":1}') == sealed
    assert unseal({"gw-7": KEY}.get, Direction.UP, sealed) == ("gw-7", b'{"a":1}')


def test_the_gateway_key_is_derived_from_the_master() -> None:
    assert derive_key(b"master", "gw-7").hex() == "30577a25cfb360765063b304ba9d616248f96744a7324163dfb59151f0786efb"
    assert derive_key(b"master", "gw-7", 2) != derive_key(b"master", "gw-7")


def test_no_flipped_bit_opens() -> None:
    sealed = seal(KEY, "gw-7", Direction.UP, b'{"a":1}')
    for position in range(len(sealed) * 8):
        broken = bytearray(sealed)
        broken[position // 8] ^= 1 << (position % 8)
        with pytest.raises(SealError):
            unseal({"gw-7": KEY, "gw-6": KEY}.get, Direction.UP, bytes(broken))


def test_a_seal_does_not_open_in_the_other_direction_or_for_another_gateway() -> None:
    sealed = seal(KEY, "gw-7", Direction.UP, b"x")
    with pytest.raises(SealError):
        unseal({"gw-7": KEY}.get, Direction.DOWN, sealed)
    with pytest.raises(SealError):
        unseal({"gw-8": KEY}.get, Direction.UP, sealed.replace(b"gw-7", b"gw-8"))
    with pytest.raises(SealError):
        unseal({}.get, Direction.UP, sealed)


def test_a_stranger_without_a_key_can_not_seal_with_the_empty_key() -> None:
    with pytest.raises(SealError):
        unseal({}.get, Direction.UP, seal(b"", "gw-9", Direction.UP, b"x"))


@pytest.mark.parametrize(
    "sealed", [b"", b"LS1 gw-7\n{}", b"LS2 gw-7 " + b"0" * 64 + b"\n{}", b"LS1 a/b " + b"0" * 64 + b"\n{}"]
)
def test_what_carries_no_seal_is_refused(sealed: bytes) -> None:
    with pytest.raises(SealError, match="LS1"):
        unseal({"gw-7": KEY}.get, Direction.UP, sealed)


def test_topics_name_their_gateway_and_others_do_not() -> None:
    assert uplink_topic("gw-7") == "linshe/v1/gw/gw-7/up"
    assert downlink_topic("gw-7") == "linshe/v1/gw/gw-7/down"
    assert gateway_of_topic("linshe/v1/gw/gw-7/up") == "gw-7"
    for topic in ("linshe/v1/gw/gw-7/down", "linshe/v1/gw//up", "linshe/v2/gw/gw-7/up", "gw/gw-7/up", ""):
        assert gateway_of_topic(topic) is None
