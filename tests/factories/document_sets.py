"""Small sets of documents on disk."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossing.ports.document_set import Document, DocumentSet, DocumentSetBuilder, Keys, NumberRange, Origin

KEYS = Keys(b"s" * 32)
ORIGIN = Origin("sltd", datetime(2031, 2, 20, tzinfo=UTC), "sltd.csv")


def stolen(number: str, issuer: str = "MLI", reason: str = "stolen") -> Document:
    return Document(number, issuer, "passport", reason, 2029)


def set_file(
    path: Path, documents: Iterable[Document] = (), *, ranges: Iterable[NumberRange] = (), **more: Any
) -> Path:
    """A set file at ``path``."""
    with DocumentSetBuilder(path, ORIGIN, KEYS, **more) as builder:
        builder.add_all(documents)
        for one in ranges:
            builder.add_range(one)
        builder.finish()
    return path


def delta_file(
    path: Path, below: DocumentSet, added: Iterable[Document] = (), removed: Iterable[tuple[str, str]] = ()
) -> Path:
    with DocumentSetBuilder(path, ORIGIN, KEYS, base=below.digest) as builder:
        builder.add_all(added)
        for number, issuer in removed:
            builder.remove(number, issuer)
        builder.finish()
    return path
