"""Fixtures of every test of pages: a street, and a reader of its site."""

from tests.ingest.reader import engine, reader, street

__all__ = ["engine", "reader", "street"]
