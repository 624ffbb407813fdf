"""The lane's services as they belong together; ``bootstrap`` gives them what stands below this room."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from crossing.audit.service import Audit
from crossing.documents.service import DocumentReader
from crossing.faces.service import FaceService
from crossing.lanes.bridge_desk import BridgeDesk
from crossing.lanes.chip_desk import ChipDesk
from crossing.lanes.chip_reader import ChipReader, Examines
from crossing.lanes.devices import LaneDevices
from crossing.lanes.examination import Examiner
from crossing.lanes.faces import SessionFaces
from crossing.lanes.finger_desk import FingerDesk
from crossing.lanes.late_screening import LaneTravellers
from crossing.lanes.pipeline import LanePipeline
from crossing.lanes.progress import LiveProgress
from crossing.lanes.service import Desk
from crossing.lanes.station import Station
from crossing.movements.recent_faces import RecentFaces
from crossing.platform.settings import PostSettings
from crossing.platform.threads import RequestThreads
from crossing.posts.device_client import DeviceClient
from crossing.screening.service import Screener

_LANE_WORKERS: Final = 8
_CHIP_WORKERS: Final = 8
"""Chips read at the same time: one at each lane of the largest posts."""


@dataclass(frozen=True, slots=True)
class Readers:
    """What looks at pages, faces and chips; and what the devices are reached through. None where no face
    engine could be opened, and where there are no devices."""

    documents: DocumentReader
    faces: FaceService | None
    chips: Examines
    devices: DeviceClient | None


class LaneServices:
    """``pipeline`` and ``fingers`` are what the API speaks to, ``travellers`` gives what the re-screening
    goes by."""

    def __init__(
        self,
        settings: PostSettings,
        station: Station,
        readers: Readers,
        *,
        desk: Desk,
        progress: LiveProgress,
        screener: Screener,
        bridge_desk: BridgeDesk,
        recent: RecentFaces,
    ) -> None:
        self._at_lanes = RequestThreads(_LANE_WORKERS, thread_name_prefix="lane")
        self._at_chips = RequestThreads(_CHIP_WORKERS, thread_name_prefix="chip")
        devices = LaneDevices(
            client=readers.devices,
            executor=self._at_lanes,
            timeout_s=settings.capture_timeout_s,
            finger_timeout_s=settings.finger_timeout_s,
        )
        examiner = Examiner(reader=readers.documents, faces=readers.faces, executor=self._at_lanes)
        faces = SessionFaces(station, examiner, recent)
        desk.when_left(
            lambda session_id, movement: recent.enrol(movement.movement_id, lambda: faces.live(session_id))
        )
        self._chips = ChipReader(
            client=readers.devices,
            examiner=readers.chips,
            executor=self._at_chips,
            progress=progress,
            today=desk.today,
            timeout_s=settings.chip_timeout_s,
        )
        self.pipeline = LanePipeline(
            station,
            desk=desk,
            devices=devices,
            examiner=examiner,
            faces=faces,
            screener=screener,
            bridge_desk=bridge_desk,
            chips=ChipDesk(station, desk=desk, examiner=examiner, faces=faces, reader=self._chips),
        )
        self.travellers: Callable[[Audit], LaneTravellers] = partial(
            LaneTravellers, station, desk=desk, faces=faces, screener=screener
        )
        self.fingers = FingerDesk(station, desk=desk, devices=devices)

    def stop(self) -> None:
        """Returns at once. What a device is still doing is left to end by itself, and is not taken any more."""
        self._chips.stop()
        for threads in (self._at_lanes, self._at_chips):
            threads.shutdown(wait=False, cancel_futures=True)
