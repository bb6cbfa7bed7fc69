"""Broker: a real MQTT 5 broker inside one Python process, so that nothing has to be installed first.

It keeps messages in memory only and knows no access control: for demonstrations and tests. A payload limit of its
default configuration is far below our longest message and its MQTT 5 needs a listener of its own, hence the file.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from iotcore.iotcore import IotCoreBroker

_CONFIG = """\
id = 0

[router]
id = 0
max_connections = 10000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v5.1]
name = "v5-1"
listen = "{host}:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 500
dynamic_filters = true
"""


def run(host: str, port: int) -> None:
    """Serve MQTT 5 on `host`:`port` until the process ends; raises `OSError` if the port is taken."""
    # its tracing reports every packet as an error
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    logging.getLogger("rumqttd").propagate = False
    logging.getLogger().setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="linshe-broker-") as folder:
        config = Path(folder) / "broker.toml"
        config.write_text(_CONFIG.format(host=host, port=port), encoding="utf-8")
        broker = IotCoreBroker(config_path=str(config))
    broker.check_ports()
    broker.run_forever()
