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
_PIECE_S: Final = 2.4
"""How long a piece may hold the line, with the other one beside it: an alert waits no longer than that."""
_LONGEST_ROUND_TRIP_S: Final = 2.0

_Work = Callable[[Upload, CapitalLink, str], BlobState]


class Uploader:
    """Carries pieces in threads of their own, so that text never waits behind one.

    ``done`` is called after each piece. A piece that fails leaves its trouble for :meth:`take_trouble`.
    """

    def __init__(self, *, database: Database, blobs: BlobStore, done: Callable[[], None]) -> None:
        self._database = database
        self._blobs = blobs
        self._done = done
        self._pacer = Pacer(minimum=_SMALLEST_PIECE, maximum=MAX_PIECE_BYTES, start=_FIRST_PIECE, target_s=_PIECE_S)
        # The shortest answer to a question without content. A piece's own time is what it took beyond that.
        self._round_trip_s = _LONGEST_ROUND_TRIP_S
        self._lock = threading.Lock()
        self._sending: set[str] = set()
        self._asking: set[str] = set()
        self._offsets: dict[str, int] = {}
        self._trouble: LinkTrouble | None = None
        self._progress = False

    @property
    def busy_with(self) -> frozenset[str]:
        """The blobs that a piece or a question is under way for."""
        with self._lock:
            return frozenset(self._sending | self._asking)

    @property
    def rate(self) -> float | None:
        """Bytes per second of the last piece, None before the first."""
        return self._pacer.rate

    def start(self, upload: Upload, link: CapitalLink, instance: str) -> bool:
        """Go on with ``upload`` in the background; False where that must wait for a piece under way.

        While both places on the line are taken, the capital is asked where the next blob goes on, so that its answer
        is there when a place is free.
        """
        with self._lock:
            if len(self._sending) < MOST_IN_FLIGHT:
                work, place = self._send, self._sending
            elif not self._asking and upload.sha256 not in self._offsets:
                work, place = self._ask, self._asking
            else:
                return False
            place.add(upload.sha256)
        threading.Thread(
            target=self._carry, args=(work, place, upload, link, instance), name="crossing-upload", daemon=True
        ).start()
        return True

    def take_trouble(self) -> LinkTrouble | None:
        with self._lock:
            trouble, self._trouble = self._trouble, None
            return trouble

    def take_progress(self) -> bool:
        """Whether a piece came through since the last call."""
        with self._lock:
            progress, self._progress = self._progress, False
            return progress

    def _carry(self, work: _Work, place: set[str], upload: Upload, link: CapitalLink, instance: str) -> None:
        try:
            self._attempt(work, upload, link, instance)
        except LinkTrouble as trouble:
            self._failed(upload, trouble)
        except Exception as unforeseen:  # noqa: BLE001 - a thread that dies silently would end delivery
            log.error("replication.upload", error=type(unforeseen).__name__)
            self._failed(upload, Unable("internal"))
        finally:
            with self._lock:
                place.discard(upload.sha256)
            self._done()

    def _attempt(self, work: _Work, upload: Upload, link: CapitalLink, instance: str) -> None:
        try:
            self._reached(upload, work(upload, link, instance))
        except (BlobMissing, BlobDamaged, BlobRejected) as hopeless:
            self._set_aside(upload, hopeless.code)

    def _ask(self, upload: Upload, link: CapitalLink, instance: str) -> BlobState:
        asked = time.monotonic()
        state = link.blob_state(upload.sha256, upload.size, instance=instance)
        self._round_trip_s = min(self._round_trip_s, time.monotonic() - asked)
        return state

    def _send(self, upload: Upload, link: CapitalLink, instance: str) -> BlobState:
        content = self._blobs.get(upload.sha256)
        offset = self._offsets.get(upload.sha256)
        state = self._ask(upload, link, instance) if offset is None else BlobState(offset)
        if state.document is not None:
            return state
        piece = content[state.offset : state.offset + self._pacer.size]
        started = time.monotonic()
        state = link.send_piece(upload.sha256, upload.size, offset=state.offset, piece=piece, instance=instance)
        self._pacer.measured(len(piece), time.monotonic() - started - self._round_trip_s)
        return state

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
