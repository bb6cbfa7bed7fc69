"""AT lines: what modems say, whole, byte by byte, with echo and with noise before it; and the modem's own side."""

from __future__ import annotations

import pytest

from gateway.protocols.at_modem import Command, ModemLine, ModemReader, Prompt, Result, TerminalReader, Text

# as the examples of 3GPP TS 27.005 and of a Huawei E3372's log write it
SAID = b'AT+CMGS=25\r\r\n> 0011000D\x1a\r\n+CMGS: 5\r\n\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'
WORDS = [
    ModemLine("AT+CMGS=25"),
    Prompt(),
    ModemLine("0011000D\x1a"),
    ModemLine("+CMGS: 5"),
    Result(ok=True),
    ModemLine('+CMTI: "SM",1'),
]


@pytest.mark.parametrize("step", [1, 2, 3, 7, len(SAID)])
def test_a_modems_words_are_the_same_however_the_bytes_come(step: int) -> None:
    reader = ModemReader()
    found = [word for at in range(0, len(SAID), step) for word in reader.feed(SAID[at : at + step])]
    assert found == WORDS


@pytest.mark.parametrize(
    ("said", "code", "reason"),
    [
        (b"\r\n+CMS ERROR: 331\r\n", 331, "no network"),
        (b"\r\n+CMS ERROR: 777\r\n", 777, "+CMS ERROR: 777"),
        (b"\r\n+CME ERROR: 10\r\n", 10, "no SIM card"),
        (b"\r\n+CME ERROR: SIM not inserted\r\n", None, "SIM not inserted"),
        (b"\r\nERROR\r\n", None, "the modem does not know the command"),
    ],
)
def test_an_error_says_what_it_means(said: bytes, code: int | None, reason: str) -> None:
    assert ModemReader().feed(said) == [Result(ok=False, reason=reason, code=code)]


def test_a_modem_that_never_ends_its_line_is_bounded_and_is_understood_afterwards() -> None:
    reader = ModemReader()
    for _ in range(100):
        assert reader.feed(b"\xff" * 1000) == []
    assert reader.feed(b"\r\nOK\r\n")[-1] == Result(ok=True)


def test_the_modems_side_hears_commands_and_the_text_after_its_prompt() -> None:
    reader = TerminalReader()
    assert reader.feed(b"\x1bAT\rAT+CMGS=25\r") == Command("AT")
    assert reader.feed(b"") == Command("AT+CMGS=25")
    reader.takes_text = True
    assert reader.feed(b"0011") is None
    assert reader.feed(b"00\x1aAT\r") == Text("001100")
    assert reader.feed(b"") == Command("AT")
    reader.takes_text = True
    assert reader.feed(b"00\x1b") == Text(None)
