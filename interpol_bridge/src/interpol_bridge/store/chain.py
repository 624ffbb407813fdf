"""The audit chain: each entry's hash covers the entry and the hash of the one before it.

The hash is keyed (HMAC-SHA256), so that whoever can write to the file but doesn't hold the secret can't rebuild
the chain after a change. What a chain can't show by itself is that its newest entries were cut off: compare
:attr:`ChainReport.head` with one noted elsewhere.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from interpol_bridge.store import driver
from interpol_bridge.store.tables import audit

LAST = "SELECT seq, entry_hash FROM audit ORDER BY seq DESC LIMIT 1"
ADD = driver.insertion("audit", audit.columns.keys())

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)

EMPTY = dict.fromkeys((column.name for column in audit.columns if column.name != "seq"), "")


@dataclass(frozen=True, slots=True)
class ChainReport:
    """``broken_seq`` is the first entry that doesn't hold, with ``reason``; None if all do. ``head`` is the
    hash of the last entry that does."""

    entries: int
    head: str
    broken_seq: int | None = None
    reason: str = ""

    @property
    def intact(self) -> bool:
        return self.broken_seq is None


def keyed_hash(key: bytes, value: object) -> str:
    """HMAC-SHA256 of a value's canonical JSON, in hexadecimal."""
    return hmac.digest(key, CANONICAL.encode(value).encode(), "sha256").hex()


def append(connection: Connection, key: bytes, entries: Iterable[Mapping[str, str]]) -> None:
    """Append entries, in a transaction that holds the write lock; columns not given are empty."""
    [(seq, previous_hash)] = driver.run(connection, LAST) or [(0, "")]
    for entry in entries:
        seq += 1
        row: dict[str, Any] = {**EMPTY, **entry, "seq": seq, "previous_hash": previous_hash}
        row["entry_hash"] = previous_hash = _entry_hash(key, row)
        driver.run(connection, ADD, row)


def verify(connection: Connection, key: bytes, known_head: str = "") -> ChainReport:
    """Walk the chain from its beginning; ``known_head`` is a hash noted earlier that must still be in it."""
    entries, previous_hash, seen = 0, "", not known_head
    for row in connection.execution_options(yield_per=1000).execute(select(audit).order_by(audit.c.seq)).mappings():
        if reason := _what_is_wrong(key, dict(row), entries + 1, previous_hash):
            return ChainReport(entries, previous_hash, broken_seq=row["seq"], reason=reason)
        entries, previous_hash = entries + 1, row["entry_hash"]
        seen = seen or hmac.compare_digest(previous_hash, known_head)
    if not seen:
        return ChainReport(
            entries, previous_hash, broken_seq=entries, reason="the noted entry is no longer in the chain"
        )
    return ChainReport(entries, previous_hash)


def _what_is_wrong(key: bytes, row: dict[str, Any], expected_seq: int, previous_hash: str) -> str:
    if row["seq"] != expected_seq:
        return f"entry {expected_seq} is missing"
    if row["previous_hash"] != previous_hash:
        return "it does not follow the entry before it"
    if row["entry_hash"] != _entry_hash(key, row):
        return "its content was changed"
    return ""


def _entry_hash(key: bytes, row: Mapping[str, Any]) -> str:
    return keyed_hash(key, {name: value for name, value in row.items() if name != "entry_hash"})
