"""Downlink: what ingest sends down, put to use and confirmed by the next heartbeat. It opens no connection.

What can't be used is not confirmed, so that ingest sees it and sends it again; the gateway goes on as before.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from gateway.clock import Clock
from gateway.local_alarm.on_call import FACT as ON_CALL
from gateway.local_alarm.on_call import OnCall
from gateway.outbox.post import EnvelopeWriter
from gateway.pipeline import Pipeline
from gateway.report import SelfReport
from gateway.state.facts import FactStore
from gateway.watch.tuning import tuned
from models.household.settings import HomeSettings
from models.household.spells.prior import PriorError
from models.wire.codec import write_down
from models.wire.messages import AwayChanged, OnCallChanged, SettingsChanged


class DownlinkHandler:
    """Takes the away ledger, who is on call, and learned settings."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        facts: FactStore,
        post: EnvelopeWriter,
        report: SelfReport,
        faults: MutableMapping[str, str],
        own: Mapping[str, HomeSettings],
        on_call: OnCall | None,
        clock: Clock,
    ) -> None:
        """`own` are the homes' settings as gateway.toml has them; without `on_call` no numbers are kept."""
        self._pipeline = pipeline
        self._facts = facts
        self._post = post
        self._report = report
        self._faults = faults
        self._own = own
        self._on_call = on_call
        self._clock = clock

    def away_changed(self, changed: AwayChanged) -> None:
        """Write the ledger's news into the homes."""
        self._pipeline.tell_away(changed, self._clock.now())
        self._confirm()

    def on_call_changed(self, changed: OnCallChanged) -> None:
        """Learn who is written to on the spot."""
        if self._on_call is None:
            return
        if not self._on_call.learn(changed):
            self._faults["on call"] = "what ingest told can't be used: a time without a zone"
            return
        self._faults.pop("on call", None)
        self._facts.remember(ON_CALL, write_down(changed))
        self._confirm()

    def settings_changed(self, changed: SettingsChanged) -> None:
        """Watch the homes by what ingest has learned of them."""
        try:
            settings = tuned(self._own, changed)
        except PriorError as error:
            self._faults["settings of ingest"] = f"can't be used: {error}"
            return
        self._faults.pop("settings of ingest", None)
        self._pipeline.tell_settings(changed, settings, self._clock.now())
        self._report.settings_revision = changed.revision
        self._confirm()

    def _confirm(self) -> None:
        self._post.beat(self._report.heartbeat())
