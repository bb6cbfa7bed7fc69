"""The building side: line, driver, watch, outbox, uplink. See README.md of this package."""
