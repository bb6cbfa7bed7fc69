"""Catalogue: which device documents there are, and whether a declared device fits its document. Opens files only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from gateway.config.settings import Settings, load
from gateway.drivers.contract import Device
from gateway.drivers.document import Document
from gateway.drivers.registry import driver_for, is_polled, read_documents
from models.kit.config_reader import ConfigError


class DocumentCatalogue:
    """What `settings_checks` needs to know of device documents."""

    def __init__(self, documents: Mapping[str, Document], unread: Collection[str] = ()) -> None:
        """`unread` are names of documents that are there and can't be read: somebody else says why."""
        self.documents = documents
        self._unread = unread

    def names(self) -> list[str]:
        """Return the names that a device may give as its document."""
        return sorted({*self.documents, *self._unread})

    def is_polled(self, name: str) -> bool:
        """Whether such devices hang on a bus; otherwise they publish at a broker."""
        return name in self.documents and is_polled(self.documents[name])

    def line_fault(self, name: str, kind: str) -> str | None:
        """Return why such a device can't hang on a line of this kind, None if it can."""
        if name in self._unread:
            return None
        if not self.is_polled(name):
            return None if kind == "mqtt" else "belongs on an mqtt line"
        if kind == "mqtt":
            return "belongs on a serial or tcp line"
        return None

    def address_fault(self, name: str, address: str, kind: str | None) -> str | None:
        """Return what is wrong with a bus address for this kind of device, None if it can be right."""
        paper = self.documents[name]
        try:
            driver_for(paper, "rtu" if kind == "serial" else None).requests(Device("", paper, address))
        except ValueError as error:
            return str(error)
        return None


def load_settings(path: Path) -> tuple[Settings, Mapping[str, Document]]:
    """Return the checked settings at `path` and the device documents; raises `ConfigError` with every problem."""
    documents, problems = read_documents()
    unread = {Path(one.file).stem for one in problems} - documents.keys()
    try:
        settings = load(path, DocumentCatalogue(documents, unread))
    except ConfigError as error:
        raise ConfigError([*problems, *error.problems]) from error
    if problems:
        raise ConfigError(problems)
    return settings, documents
