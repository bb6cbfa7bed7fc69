"""What several house tests need."""

from __future__ import annotations

import pytest
import trustme

from .source import PACKAGES, ROOT, Module, modules


@pytest.fixture(scope="session")
def authority_pem() -> bytes:
    """A certificate authority's certificate."""
    return trustme.CA().cert_pem.bytes()


# of a file of tests, not of the session: the trees are a quarter of a gigabyte and a million objects, through which
# Python's collector would go in every test that comes after


@pytest.fixture(scope="module")
def everything() -> dict[str, Module]:
    """Every module of the house and of its tests, by dotted name."""
    return modules(ROOT, (*PACKAGES, "tests"))


@pytest.fixture(scope="module")
def house(everything: dict[str, Module]) -> dict[str, Module]:
    """The house without its tests."""
    return {name: one for name, one in everything.items() if name.split(".")[0] in PACKAGES}


@pytest.fixture(scope="module")
def written_tests(everything: dict[str, Module]) -> dict[str, Module]:
    """Its tests."""
    return {name: one for name, one in everything.items() if name.split(".")[0] == "tests"}
