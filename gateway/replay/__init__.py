"""Replay: recorded readings through the daemon's own watcher, in the readings' own time; flags out as JSON lines."""

from gateway.replay.command import add_replay_arguments, run_replay

__all__ = ["add_replay_arguments", "run_replay"]
