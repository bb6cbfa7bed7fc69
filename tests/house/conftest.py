"""What several house tests need."""

from __future__ import annotations

import pytest
import trustme


@pytest.fixture(scope="session")
def authority_pem() -> bytes:
    """A certificate authority's certificate."""
    return trustme.CA().cert_pem.bytes()
