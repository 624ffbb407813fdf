"""Swipe readers: they are listened to while a traveller stands at the lane whose document has not been read yet."""

from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.identity.principal import SYSTEM
from crossing.lanes import repository
from crossing.lanes.errors import MrzUnreadable
from crossing.lanes.models import CaptureSession
from crossing.lanes.readings import reading_of
from crossing.lanes.schemas import FieldSource, MrzLines, SessionView
from crossing.lanes.service import LANES_TOPIC
from crossing.lanes.states import LIVE
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.platform.notify import Notices
from crossing.platform.recording import Record
from crossing.posts.device_client import DeviceClient
from crossing.posts.device_errors import DeviceGarbled, DeviceTimeout, NothingPresented
from crossing.posts.models import Lane

TakeLines = Callable[..., SessionView]
"""``LanePipeline.take_lines``."""

_LISTEN_S: Final = 20.0
"""Of one capture; a listener asks again for as long as the traveller stands there."""
_LOOK_S: Final = 5.0
"""How often is looked where listening is needed, should a notice be missed."""
_PAUSE_S: Final = 2.0
"""After a device that did not listen, or not for long."""
_MOST_BYTES: Final = 1000
_PURPOSE: Final = "border_control"


class SwipeDesk:
    """A thread that watches the lanes, and one for each reader that is being listened to."""

    def __init__(
        self,
        *,
        database: Database,
        notices: Notices,
        client: DeviceClient | None,
        record: Record[Any],
        take_lines: TakeLines,
    ) -> None:
        self._database = database
        self._notices = notices
        self._client = client
        self._record = record
        self._take_lines = take_lines
        self._stopping = Event()
        self._lock = Lock()
        self._listening: set[UUID] = set()

    def start(self) -> None:
        if self._client is not None:
            Thread(target=self._watch, args=(self._client,), name="swipe-watch", daemon=True).start()

    def stop(self) -> None:
        """Returns at once. A reader that is being listened to is left alone; what it still says is not taken."""
        self._stopping.set()
        self._notices.publish(LANES_TOPIC)

    def _watch(self, client: DeviceClient) -> None:
        seen = -1
        while not self._stopping.is_set():
            seen = self._notices.wait(LANES_TOPIC, seen=seen, timeout_s=_LOOK_S)
            if self._stopping.is_set():
                return
            try:
                wanted = self._wanted()
            except Exception:  # noqa: BLE001 - a background thread has nobody above it to tell
                log.exception("swipe_watch_failed")
                self._stopping.wait(_PAUSE_S)
                continue
            for lane_id, device in wanted:
                if self._begin(lane_id):
                    Thread(target=self._listen, args=(client, lane_id, device), name="swipe", daemon=True).start()

    def _wanted(self) -> list[tuple[UUID, str]]:
        """The lanes with a swipe reader and a traveller whose document has not been read."""
        with reading(self._database) as session:
            rows = session.execute(
                sa.select(CaptureSession, Lane.swipe_device)
                .join(Lane, Lane.id == CaptureSession.lane_id)
                .where(CaptureSession.state.in_(LIVE), Lane.swipe_device.is_not(None))
            )
            return [(row.lane_id, device) for row, device in rows if device and _unread(row)]

    def _begin(self, lane_id: UUID) -> bool:
        with self._lock:
            new = lane_id not in self._listening
            self._listening.add(lane_id)
            return new

    def _listen(self, client: DeviceClient, lane_id: UUID, device: str) -> None:
        try:
            while not self._stopping.is_set() and (lane_id, device) in self._wanted():
                self._hear(client, lane_id, device)
        except Exception:  # noqa: BLE001 - a background thread has nobody above it to tell
            log.exception("swipe_listener_failed")
        finally:
            with self._lock:
                self._listening.discard(lane_id)

    def _hear(self, client: DeviceClient, lane_id: UUID, device: str) -> None:
        asked = monotonic()
        try:
            capture = client.capture(device, timeout_s=_LISTEN_S)
        except (NothingPresented, DeviceTimeout):
            if monotonic() - asked < _PAUSE_S:
                # A device that does not wait for a swipe itself is not asked without end.
                self._stopping.wait(_PAUSE_S)
            return
        except DeviceGarbled as trouble:
            self._say(lane_id, trouble)
            return
        except DomainError as trouble:
            log.info("swipe_reader_unheard", device=device, code=trouble.code)
            self._stopping.wait(_PAUSE_S)
            return
        lines = tuple(capture.content[:_MOST_BYTES].decode("ascii", "replace").split("\n"))
        lines = tuple(line.strip() for line in lines if line.strip())[:3]
        if lines and not self._stopping.is_set():
            self._take(lane_id, lines)

    def _take(self, lane_id: UUID, lines: tuple[str, ...]) -> None:
        """Lines belong to whoever stands at the lane now, if that traveller's document is still unread."""
        with self._database.unit_of_work() as session:
            row = repository.live_at(session, lane_id)
            if row is None or not _unread(row):
                return
            session_id, officer = row.session_id, row.opened_by
            self._note(session, session_id)
        try:
            self._take_lines(session_id, MrzLines(lines=lines), officer=officer)
        except (MrzUnreadable, ValueError):
            self._say(lane_id, MrzUnreadable())
        except DomainError as refused:
            log.info("swiped_lines_not_taken", session_id=str(session_id), code=refused.code)

    def _say(self, lane_id: UUID, trouble: DomainError) -> None:
        """To whoever stands there: draw it through once more."""
        with self._database.unit_of_work() as session:
            row = repository.live_at(session, lane_id)
            if row is not None and not self._stopping.is_set():
                row.troubles = [{"code": trouble.code, "message": trouble.message}]
        self._notices.publish(LANES_TOPIC)

    def _note(self, session: Session, session_id: UUID) -> None:
        self._record(
            session,
            actor=SYSTEM,
            action="session.identified",
            subject_kind="session",
            subject_id=str(session_id),
            purpose=_PURPOSE,
            detail={"source": FieldSource.TYPED.value, "by": "swipe"},
        )


def _unread(row: CaptureSession) -> bool:
    read = reading_of(row)
    return row.document is None and (read is None or read.format is None)
