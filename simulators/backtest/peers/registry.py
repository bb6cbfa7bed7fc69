"""The one list of peers, with the settings in use in districts and cities."""

from __future__ import annotations

from simulators.backtest.peers.contract import PeerMethod
from simulators.backtest.peers.cuddihy import Cuddihy
from simulators.backtest.peers.floeck import FloeckLitz
from simulators.backtest.peers.forest import Forest
from simulators.backtest.peers.hours import FewLitres, NoUse
from simulators.backtest.peers.moshtaghi import Moshtaghi
from simulators.backtest.peers.wilhelm import WilhelmWahl


def all_peers() -> tuple[PeerMethod, ...]:
    """Return every peer, freshly made."""
    return (
        NoUse("no water for H hours", 12.0, any_sign=False),
        NoUse("no sign of life for H hours", 12.0, any_sign=True),
        FewLitres("Haishu: 24 h, 8 L or less", 9.0, 24.0),
        FewLitres("Zhenhai: 24 h, less than 6 L", 6.0, 24.0),
        FewLitres("Shanghai: 12 h, less than 10 L", 10.0, 12.0),
        Cuddihy(),
        FloeckLitz("Floeck & Litz 2009", margin=False),
        FloeckLitz("Floeck & Litz 2009, margin scaled", margin=True),
        Moshtaghi(),
        WilhelmWahl(),
        Forest(),
    )
