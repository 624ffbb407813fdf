"""The hash of an entry: over everything it says, its place and the hash of the entry before it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

Plain = str | int | float | bool | None
"""What a detail may be: nothing nested, so that a reader needs no schema to understand an entry."""

FIRST: Final = "0" * 64
"""What the first entry names as the hash before it."""

HASHED: Final = (
    "id",
    "sequence",
    "recorded_at",
    "actor_id",
    "actor_login",
    "actor_kind",
    "actor_post",
    "action",
    "subject_kind",
    "subject_id",
    "purpose",
    "detail",
    "previous_hash",
)
"""The columns under the hash: all but the hash itself."""


def canonical(value: object) -> str:
    """One spelling of a JSON value: sorted keys, no spaces, ASCII. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical_detail(detail: Mapping[str, Plain]) -> str:
    return canonical(dict(detail))


def entry_hash(values: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the canonical JSON of :data:`HASHED`."""
    return hashlib.sha256(canonical({name: _plain(values[name]) for name in HASHED}).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
