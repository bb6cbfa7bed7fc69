"""Kinds of forwarders that are registered as plug-ins, as a town's own are."""
