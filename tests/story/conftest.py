"""The stories run on the ingester's two databases."""

from tests.ingest.conftest import (  # noqa: F401 - fixtures are found by name
    db,
    db_url,
    engine,
    postgres,
    postgres_template,
    sqlite_template,
    town,
)
