"""The doors by which messages of gateways come in: MQTT and HTTP. They decide nothing."""
