"""What vouches for a version of a list: a digest of all that it serves, under this machine's signature.

A version is signed in the transaction that puts it in its place, and verified whenever it is loaded: rows that went
missing, changed dates of expiry, a report that was edited, a version put in from elsewhere are all noticed. Each
signature is over the one before it too, so that no version can be taken out of the row of versions.

The key is the machine's own. Whoever has it, and the database's, can make any list: a seal shows accidents, a copied
database, and who meddles with the one without the other.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.crypto import SigningKey, signature_holds
from crossing.screening.lists.views import SealState
from crossing.screening.models import DocumentEntry, ListEntry, ListName, ListVersion, VehicleEntry
from crossing.screening.repository import at_version

_CONTEXT: Final = b"crossing/list-version/1\n"
_MODELS: Final = (ListEntry, DocumentEntry, VehicleEntry)
_ROWS_AT_ONCE: Final = 10_000


class Seals:
    """Signs with this machine's key, and believes no other."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def seal(self, session: Session, version: ListVersion) -> None:
        """Sign ``version``, which has its content digest already and is not in the database yet."""
        version.signature = self._key.sign(_message(version, _previous(session, version))).hex()

    def state(self, session: Session, version: ListVersion) -> SealState:
        """Whether ``version`` is what was imported, down to the last row it serves."""
        signed = self.signature_state(session, version)
        if signed is not SealState.WHOLE:
            return signed
        same = version.content_digest == content_digest(session, version.list_code, version.number)
        return SealState.WHOLE if same else SealState.CONTENT_DIFFERS

    def signature_state(self, session: Session, version: ListVersion) -> SealState:
        """Only whether the signature holds; the rows are not looked at."""
        if not version.signature or not version.content_digest:
            return SealState.UNSIGNED
        message = _message(version, _previous(session, version))
        holds = signature_holds(self._key.public, _bytes(version.signature), message)
        return SealState.WHOLE if holds else SealState.SIGNATURE_WRONG

    def broken_at(self, session: Session, code: str) -> int | None:
        """The number of the oldest version of a list whose signature does not hold."""
        versions = session.scalars(
            sa.select(ListVersion).where(ListVersion.list_code == code).order_by(ListVersion.number)
        )
        broken = (one.number for one in versions if self.signature_state(session, one) is not SealState.WHOLE)
        return next(broken, None)


def content_digest(session: Session, code: str, number: int) -> str:
    """SHA-256 over the entries of a version, in hexadecimal: of each row its fingerprint and its dates, in order of
    their hashes; and of its names how many there are, for they are under the fingerprints."""
    digest = hashlib.sha256(f"{code}\n{_names(session, code, number)}\n".encode())
    for model in _MODELS:
        rows = session.execute(
            sa.select(model.fingerprint, model.review_on, model.expires_on)
            .where(model.list_code == code, at_version(model, number))
            .execution_options(yield_per=_ROWS_AT_ONCE)
        )
        leaves = _sorted_leaves(rows)
        digest.update(f"{model.__tablename__} {len(leaves)}\n".encode())
        digest.update(leaves.tobytes())
    return digest.hexdigest()


def _sorted_leaves(rows: Iterable[Any]) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """n x 4 numbers, the SHA-256 of each row, sorted: 32 bytes a row, where as many Python objects take hundreds."""
    joined = bytearray()
    for fingerprint, review_on, expires_on in rows:
        joined += hashlib.sha256(f"{fingerprint} {review_on} {expires_on}".encode()).digest()
    leaves = np.frombuffer(joined, dtype=">u8").reshape(-1, 4)
    order = np.lexsort(leaves.T[::-1])
    sorted_leaves: np.ndarray[tuple[int, int], np.dtype[np.uint64]] = leaves[order]
    return sorted_leaves


def _names(session: Session, code: str, number: int) -> int:
    counted = (
        sa.select(sa.func.count())
        .select_from(ListName)
        .join(ListEntry, ListEntry.id == ListName.entry_id)
        .where(ListEntry.list_code == code, at_version(ListEntry, number))
    )
    return session.scalar(counted) or 0


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
