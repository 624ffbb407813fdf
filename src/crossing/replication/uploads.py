"""Blobs under way: one piece at a time of at most two blobs, each piece as large as the link carries in its time."""

import threading
import time
from collections.abc import Callable
from typing import Final

from crossing.platform.blobs import BlobDamaged, BlobMissing, BlobStore
from crossing.platform.db import Database
from crossing.platform.logs import log
from crossing.replication import deliveries
from crossing.replication.deliveries import Upload
from crossing.replication.incoming_blobs import MAX_PIECE_BYTES
from crossing.replication.link import BlobRejected, BlobState, CapitalLink, LinkTrouble, NoLink, Unable
from crossing.replication.pacing import Pacer

MOST_IN_FLIGHT: Final = 2
_SMALLEST_PIECE: Final = 4 * 1024
_FIRST_PIECE: Final = 8 * 1024


class Uploader:
    """Carries pieces in threads of their own, so that text never waits behind one.

    ``done`` is called after each piece. A piece that fails leaves its trouble for :meth:`take_trouble`.
    """

    def __init__(self, *, database: Database, blobs: BlobStore, done: Callable[[], None]) -> None:
        self._database = database
        self._blobs = blobs
        self._done = done
        self._pacer = Pacer(minimum=_SMALLEST_PIECE, maximum=MAX_PIECE_BYTES, start=_FIRST_PIECE)
        self._lock = threading.Lock()
        self._in_flight: set[str] = set()
        self._offsets: dict[str, int] = {}
        self._trouble: LinkTrouble | None = None
        self._progress = False

    @property
    def in_flight(self) -> frozenset[str]:
        with self._lock:
            return frozenset(self._in_flight)

    @property
    def rate(self) -> float | None:
        """Bytes per second of the last piece, None before the first."""
        return self._pacer.rate

    def has_room(self) -> bool:
        return len(self.in_flight) < MOST_IN_FLIGHT

    def start(self, upload: Upload, link: CapitalLink, instance: str) -> None:
        """Send the next piece of ``upload`` in the background."""
        with self._lock:
            self._in_flight.add(upload.sha256)
        threading.Thread(
            target=self._carry, args=(upload, link, instance), name="crossing-upload", daemon=True
        ).start()

    def take_trouble(self) -> LinkTrouble | None:
        with self._lock:
            trouble, self._trouble = self._trouble, None
            return trouble

    def take_progress(self) -> bool:
        """Whether a piece came through since the last call."""
        with self._lock:
            progress, self._progress = self._progress, False
            return progress

    def _carry(self, upload: Upload, link: CapitalLink, instance: str) -> None:
        try:
            self._attempt(upload, link, instance)
        except LinkTrouble as trouble:
            self._failed(upload, trouble)
        except Exception as unforeseen:  # noqa: BLE001 - a thread that dies silently would end delivery
            log.error("replication.upload", error=type(unforeseen).__name__)
            self._failed(upload, Unable("internal"))
        finally:
            with self._lock:
                self._in_flight.discard(upload.sha256)
            self._done()

    def _attempt(self, upload: Upload, link: CapitalLink, instance: str) -> None:
        try:
            self._piece(upload, link, instance)
        except (BlobMissing, BlobDamaged, BlobRejected) as hopeless:
            self._set_aside(upload, hopeless.code)

    def _piece(self, upload: Upload, link: CapitalLink, instance: str) -> None:
        content = self._blobs.get(upload.sha256)
        offset = self._offsets.get(upload.sha256)
        if offset is None:
            state = link.blob_state(upload.sha256, upload.size, instance=instance)
        else:
            state = BlobState(offset)
        if state.document is None:
            piece = content[state.offset : state.offset + self._pacer.size]
            started = time.monotonic()
            state = link.send_piece(upload.sha256, upload.size, offset=state.offset, piece=piece, instance=instance)
            self._pacer.measured(len(piece), time.monotonic() - started)
        self._reached(upload, state)

    def _reached(self, upload: Upload, state: BlobState) -> None:
        with self._lock:
            self._progress = True
        if state.document is None or state.signature is None:
            self._offsets[upload.sha256] = state.offset
            return
        with self._database.unit_of_work() as session:
            deliveries.record_upload(session, upload.sha256, document=state.document, signature=state.signature)
        self._offsets.pop(upload.sha256, None)

    def _failed(self, upload: Upload, trouble: LinkTrouble) -> None:
        # Whatever happened, the capital knows better from where to go on.
        self._offsets.pop(upload.sha256, None)
        if isinstance(trouble, NoLink):
            self._pacer.failed()
        with self._lock:
            self._trouble = trouble

    def _set_aside(self, upload: Upload, code: str) -> None:
        self._offsets.pop(upload.sha256, None)
        log.warning("replication.blob_set_aside", reason=code)
        with self._database.unit_of_work() as session:
            deliveries.set_upload_aside(session, upload.sha256, code)
