"""Back-test: what the detectors would have said about homes whose truth is known, and what other methods would have.

Everything here is pure arithmetic on recorded or simulated homes; only `command`, `homefile` and `recorded` touch
files. No daemon imports this package.
"""

from simulators.backtest.arguments import add_backtest_arguments, run_backtest

__all__ = ["add_backtest_arguments", "run_backtest"]
