"""Blobs at the capital: received in pieces over days, verified whole, signed for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.replication import inbox_repository as repository
from crossing.replication.errors import BlobNotAnnounced, BlobPieceInvalid
from crossing.replication.events import MachineRef
from crossing.replication.models import ExpectedBlob
from crossing.replication.receipts import blob_receipt, sign_receipt

MAX_PIECE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a blob is durably here. Whole: with the instant and the signature of its receipt."""

    offset: int
    size: int
    received_at: datetime | None = None
    signature: bytes | None = None


class IncomingBlobs:
    """Takes only what an accepted event of the same machine announced, at the size it announced."""

    def __init__(self, *, blobs: BlobStore, signer: SigningKey, clock: Clock) -> None:
        self._blobs = blobs
        self._signer = signer
        self._clock = clock

    def progress(self, session: Session, machine: MachineRef, sha256: str) -> Progress:
        """Where to go on. A blob that the capital already has, from anyone, is whole at once.

        Raises :class:`BlobNotAnnounced`.
        """
        expected = self._expected(session, machine, sha256)
        if not self._blobs.has(sha256):
            offset = self._blobs.offset(sha256)
            if offset < expected.size:
                return Progress(offset, expected.size)
            # The process ended between the last piece and its verification.
            self._blobs.complete(sha256, expected.size)
        return self._whole(expected)

    def append(self, session: Session, machine: MachineRef, sha256: str, *, offset: int, piece: bytes) -> Progress:
        """Add a piece; on disk when this returns.

        Raises :class:`BlobNotAnnounced`, :class:`BlobPieceInvalid`, and from the store ``OffsetMismatch``,
        ``StoreFull``, and ``BlobMismatch`` (then the upload starts from nothing).
        """
        expected = self._expected(session, machine, sha256)
        if self._blobs.has(sha256):
            return self._whole(expected)
        if not 0 < len(piece) <= MAX_PIECE_BYTES or offset + len(piece) > expected.size:
            raise BlobPieceInvalid
        reached = self._blobs.append(sha256, offset, piece)
        if reached < expected.size:
            return Progress(reached, expected.size)
        self._blobs.complete(sha256, expected.size)
        return self._whole(expected)

    def _expected(self, session: Session, machine: MachineRef, sha256: str) -> ExpectedBlob:
        expected = repository.expected_blob(session, machine, sha256)
        if expected is None:
            raise BlobNotAnnounced
        return expected

    def _whole(self, expected: ExpectedBlob) -> Progress:
        if expected.stored_at is None:
            expected.stored_at = self._clock.now()
        document = blob_receipt(
            sha256=expected.sha256,
            size=expected.size,
            of=MachineRef(expected.post, expected.machine),
            received_at=expected.stored_at,
        )
        return Progress(expected.size, expected.size, expected.stored_at, sign_receipt(document, self._signer))
