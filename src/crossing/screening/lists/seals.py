"""What vouches for a version of a list: a digest of all that it serves, under this machine's signature.

A version is signed in the transaction that puts it in its place, and verified whenever it is loaded. The digest is
over the values of every row that is served: a name, a date of birth, a number or an instruction that was changed is
noticed, as are rows that went missing or came from elsewhere, an edited report, another format or greatest age, and
an older version that was put in the place of a newer one. Each signature is over the one before it too, so that no
version can be taken out of the row of versions.

Verifying takes 1.3 s of one core for 100,000 persons with a name and a half each (measured with 20,000).

The key is the machine's own. Whoever has it, and the database's, can make any list: a seal shows accidents, a copied
database, and who meddles with the one without the other.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.crypto import SigningKey, signature_holds
from crossing.screening.lists.views import SealState
from crossing.screening.models import DocumentEntry, ListEntry, ListName, ListVersion, VehicleEntry, WatchList
from crossing.screening.repository import at_version

_CONTEXT: Final = b"crossing/list-version/2\n"
_OF_THE_ROW: Final = frozenset({"id", "list_code", "entry_id", "added_in", "removed_in"})
"""Columns that say where a row stands, and nothing of what the list says."""

_ROWS_AT_ONCE: Final = 10_000
_TEXTS_REMEMBERED: Final = 65_536


class Seals:
    """Signs with this machine's key, and believes no other."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def seal(self, session: Session, version: ListVersion) -> None:
        """Sign ``version``, which has its content digest already and is not in the database yet."""
        version.signature = self._key.sign(_message(version, _previous(session, version))).hex()

    def state(self, session: Session, version: ListVersion) -> SealState:
        """Whether the version that a list serves is what was imported, down to the last value of the last row, and
        the newest there is."""
        signed = self.signature_state(session, version)
        if signed is not SealState.WHOLE:
            return signed
        same = version.content_digest == content_digest(session, version.list_code, version.number)
        return SealState.WHOLE if same else SealState.CONTENT_DIFFERS

    def signature_state(self, session: Session, version: ListVersion) -> SealState:
        """The same but for the rows, which are not looked at."""
        signed = self._signature_state(version, _previous(session, version))
        if signed is SealState.WHOLE and not _is_served_as_signed(session, version):
            return SealState.CONTENT_DIFFERS
        return signed

    def broken_at(self, session: Session, code: str) -> int | None:
        """The number of the oldest version of a list whose signature does not hold."""
        versions = session.scalars(
            sa.select(ListVersion).where(ListVersion.list_code == code).order_by(ListVersion.number)
        )
        previous = ""
        for version in versions:
            if self._signature_state(version, previous) is not SealState.WHOLE:
                return version.number
            previous = version.signature or ""
        return None

    def _signature_state(self, version: ListVersion, previous: str) -> SealState:
        if not version.signature or not version.content_digest:
            return SealState.UNSIGNED
        holds = signature_holds(self._key.public, _bytes(version.signature), _message(version, previous))
        return SealState.WHOLE if holds else SealState.SIGNATURE_WRONG


def content_digest(session: Session, code: str, number: int) -> str:
    """SHA-256 over the rows of a version, in hexadecimal: of each kind how many there are, and the SHA-256 of each
    row's values, sorted."""
    digest = hashlib.sha256(f"{code}\n".encode())
    # Rows without the session's bookkeeping, which would take longer than their digests.
    session.flush()
    connection = session.connection()
    for kind, served in _served(code, number):
        rows = connection.execute(served, execution_options={"yield_per": _ROWS_AT_ONCE})
        leaves = _sorted_leaves(rows, [_writer(column) for column in served.selected_columns])
        digest.update(f"{kind} {len(leaves)}\n".encode())
        digest.update(leaves.tobytes())
    return digest.hexdigest()


def _served(code: str, number: int) -> Iterator[tuple[str, sa.Select[Any]]]:
    """What a version serves, kind by kind. Names and a person's documents go with the person's reference."""
    for model in (ListEntry, VehicleEntry):
        yield model.__tablename__, sa.select(*_values_of(model)).where(_of(model, code, number))
    owner = DocumentEntry.entry_id == ListEntry.id
    documents = sa.select(ListEntry.reference, *_values_of(DocumentEntry)).outerjoin_from(
        DocumentEntry, ListEntry, owner
    )
    yield DocumentEntry.__tablename__, documents.where(_of(DocumentEntry, code, number))
    names = sa.select(ListEntry.reference, *_values_of(ListName)).join_from(
        ListName, ListEntry, ListEntry.id == ListName.entry_id
    )
    yield ListName.__tablename__, names.where(_of(ListEntry, code, number))


def _of(model: Any, code: str, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(model.list_code == code, at_version(model, number))


def _values_of(model: Any) -> list[Any]:
    names = sorted({one.key for one in model.__table__.columns} - _OF_THE_ROW)
    return [_readable(getattr(model, name)) for name in names]


def _readable(column: Any) -> Any:
    """JSON as the text it is kept as: most of it is on many rows, and read and written anew once."""
    return sa.cast(column, _JsonText) if isinstance(column.type, sa.JSON) else column


class _JsonText(sa.Text):
    """Text that is JSON."""


_as_json: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode


def _writer(column: sa.ColumnElement[Any]) -> Callable[[Any], str]:
    """What writes the values of a column as ``_as_json`` would, in less time."""
    if isinstance(column.type, _JsonText):
        return lru_cache(_TEXTS_REMEMBERED)(lambda text: "null" if text is None else _as_json(json.loads(text)))
    return _value


def _value(value: Any) -> str:
    if type(value) is str:
        return encode_basestring_ascii(value)
    return "null" if value is None else _as_json(value)


def _sorted_leaves(
    rows: Iterable[Iterable[Any]], writers: Sequence[Callable[[Any], str]]
) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """n x 4 numbers, the SHA-256 of each row as a JSON array, sorted.

    That is 32 bytes a row, where as many Python objects take hundreds.
    """
    joined = bytearray()
    for row in rows:
        written = ",".join([write(value) for write, value in zip(writers, row, strict=True)])
        joined += hashlib.sha256(f"[{written}]".encode()).digest()
    leaves = np.frombuffer(joined, dtype=">u8").reshape(-1, 4)
    order = np.lexsort(leaves.T[::-1])
    sorted_leaves: np.ndarray[tuple[int, int], np.dtype[np.uint64]] = leaves[order]
    return sorted_leaves


def _is_served_as_signed(session: Session, version: ListVersion) -> bool:
    """Whether the list is still of the signed format and greatest age, and no newer version is there."""
    code = version.list_code
    last = session.scalar(sa.select(sa.func.max(ListVersion.number)).where(ListVersion.list_code == code))
    known = session.execute(sa.select(WatchList.format, WatchList.max_age_days).where(WatchList.code == code)).one()
    return last == version.number and tuple(known) == (version.format, version.max_age_days)


def _previous(session: Session, version: ListVersion) -> str:
    """The signature of the version before; empty before the first, and where that one has none."""
    before = (
        sa.select(ListVersion.signature)
        .where(ListVersion.list_code == version.list_code, ListVersion.number < version.number)
        .order_by(ListVersion.number.desc())
        .limit(1)
    )
    return session.scalar(before) or ""


def _message(version: ListVersion, previous: str) -> bytes:
    said = {
        "code": version.list_code,
        "format": version.format,
        "max_age_days": version.max_age_days,
        "number": version.number,
        "sha256": version.sha256,
        "size": version.size,
        "content_digest": version.content_digest,
        "as_of": version.as_of.astimezone(UTC).isoformat(timespec="microseconds"),
        "imported_at": version.imported_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "imported_by": version.imported_by,
        "provenance": version.provenance,
        "report": version.report,
        "previous": previous,
    }
    return _CONTEXT + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _bytes(signature: str) -> bytes:
    try:
        return bytes.fromhex(signature)
    except ValueError:
        return b""
