"""A traveller's fingers: captured where a post wants them, kept with the movement. No decision needs any."""

from base64 import b64encode
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.lanes import repository
from crossing.lanes.devices import LaneDevices
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import FingerOrder, SessionState, SessionView
from crossing.lanes.service import Desk
from crossing.lanes.states import Step, after
from crossing.lanes.station import Station
from crossing.movements.errors import ImageUnknown
from crossing.platform.db.reading import reading
from crossing.ports.fingers import FingerFormat, FingerPosition, FingerRecord, FingerRequest
from crossing.posts.models import Lane


class FingerDesk:
    def __init__(self, station: Station, *, desk: Desk, devices: LaneDevices) -> None:
        self._database = station.database
        self._blobs = station.blobs
        self._desk = desk
        self._devices = devices

    def capture(self, session_id: UUID, order: FingerOrder) -> SessionView:
        """Ask the lane's finger device and keep what it gives; a finger that was captured before is replaced.

        Raises the device's errors, ``NoDeviceAtLane`` and ``FingersUnreadable``; then nothing is kept.
        """
        from crossing.fingers.records import read_fingers  # noqa: PLC0415 - only a post carries what reads fingers

        with reading(self._database) as session:
            lane = session.get_one(Lane, _open(repository.get(session, session_id)).lane_id)
        wanted = FingerRequest(positions=order.positions, missing=order.missing)
        captured = read_fingers(self._devices.fingers(lane, wanted))
        kept = [self._keep(record) for record in captured.records]
        with self._database.unit_of_work() as session:
            row = _open(repository.get(session, session_id))
            row.fingers = _replaced(row.fingers or [], kept)
            self._desk.changed(session, row)
            session.flush()
            return self._desk.view(session, row)

    def picture(self, session: Session, session_id: UUID, position: FingerPosition) -> bytes:
        """The finger as a PNG. Raises ``ImageUnknown`` where it was not captured, or as minutiae only."""
        from crossing.fingers.picture import finger_png  # noqa: PLC0415 - only a post carries what reads fingers

        fingers = repository.get(session, session_id).fingers or ()
        found = next((one for one in fingers if one["position"] == position), None)
        if found is None or found["format"] != FingerFormat.IMAGE:
            raise ImageUnknown
        content = b64encode(self._blobs.get(found["sha256"]))
        return finger_png(FingerRecord(position=position, format=FingerFormat.IMAGE, record=content))

    def _keep(self, record: FingerRecord) -> dict[str, Any]:
        reference = self._blobs.put(record.record)
        return {
            "position": record.position.value,
            "quality": record.quality,
            "format": record.format.value,
            "sha256": reference.sha256,
            "size": reference.size,
        }


def _replaced(before: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By finger, in the order of the standard's codes."""
    order = [position.value for position in FingerPosition]
    by_position = {one["position"]: one for one in (*before, *new)}
    return sorted(by_position.values(), key=lambda one: order.index(one["position"]))


def _open(row: CaptureSession) -> CaptureSession:
    after(SessionState(row.state), Step.TAKE_EVIDENCE)
    return row
