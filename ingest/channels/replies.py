"""Replies: what a person hears after pressing a digit, and what they are asked to press."""

from __future__ import annotations

from ingest.channels.contract import Asks
from models.texts.texts import text_of


def say(heard: str, language: str) -> str:
    """Return the sentence for what came of a digit, in "en" or else Chinese."""
    return text_of(language, f"replies.heard.{heard}")


def prompt(way: str, goes: str, cannot: str, language: str, asks: Asks) -> str:
    """Return what stands behind a notice that asks, by "voice" or "sms"."""
    if way == "voice":
        return text_of(language, f"replies.voice.{asks.value}", goes=goes, cannot=cannot)
    return text_of(language, f"replies.sms.{asks.value}", goes=goes, cannot=cannot)
