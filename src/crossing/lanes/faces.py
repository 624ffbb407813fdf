"""The faces of a session: the page's portrait, the chip's, and the traveller's own, found once and remembered."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final
from uuid import UUID

from crossing.faces.engines.base import Template
from crossing.faces.errors import FaceEngineFailed
from crossing.faces.service import FaceAnalysis
from crossing.lanes import repository
from crossing.lanes.chip_views import chip_of, proved
from crossing.lanes.examination import NOTHING_SEEN, Examination, Examiner, FaceSeen, Pictures
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import ImageKind
from crossing.lanes.station import Station
from crossing.movements.recent_faces import RecentFaces
from crossing.platform.db.reading import reading
from crossing.ports.chip import ChipFile

_REMEMBERED: Final = 64


@dataclass(frozen=True, slots=True)
class PortraitUsed:
    """The portrait that a live face is compared with, and where it is from."""

    seen: FaceSeen
    kind: ImageKind


class SessionFaces:
    """A second picture need not have the first looked at again. Bounded; what was forgotten is found anew.

    ``recent`` are the faces of those who were here before.
    """

    def __init__(self, station: Station, examiner: Examiner, recent: RecentFaces) -> None:
        self.recent = recent
        self._database = station.database
        self._blobs = station.blobs
        self._examiner = examiner
        self._lock = Lock()
        self._faces: OrderedDict[tuple[UUID, str, ImageKind], FaceAnalysis | None] = OrderedDict()

    def complete(self, session_id: UUID, pictures: Pictures, found: Examination) -> None:
        """Where only one of the two pictures is new, compare it with the one taken before."""
        if pictures.page is None:
            used = self.portrait(session_id)
            found.portrait, found.portrait_unseen, found.portrait_kind = used.seen.face, used.seen.unseen, used.kind
        if pictures.live is None:
            seen = self.face(session_id, ImageKind.LIVE)
            found.live, found.live_unseen, found.live_sha256 = seen.face, seen.unseen, seen.sha256
        if found.comparison is None:
            self._examiner.compare(found)

    def portrait(self, session_id: UUID) -> PortraitUsed:
        """The chip's portrait where the chip proves it and a face is found in it, else the page's."""
        with reading(self._database) as session:
            kind = portrait_kind(repository.get(session, session_id))
        seen = self.face(session_id, kind)
        if seen.face is None and kind is ImageKind.CHIP:
            return PortraitUsed(self.face(session_id, ImageKind.PORTRAIT), ImageKind.PORTRAIT)
        return PortraitUsed(seen, kind)

    def keep(self, session_id: UUID, images: Mapping[ImageKind, Mapping[str, Any]], found: Examination) -> None:
        """Remember the faces of the pictures that have just been stored; of a page without a portrait, nothing."""
        for kind, seen in (
            (ImageKind.PORTRAIT, FaceSeen(found.portrait, found.portrait_unseen)),
            (ImageKind.LIVE, FaceSeen(found.live, found.live_unseen)),
        ):
            if kind in images:
                self.remember(session_id, images[kind]["sha256"], kind, seen)

    def remember(self, session_id: UUID, sha256: str, kind: ImageKind, seen: FaceSeen) -> None:
        """Only of what is stored: a picture that could not be kept must not be compared with later. Where nobody
        could look it is looked again."""
        if seen.unseen is not None:
            return
        with self._lock:
            key = (session_id, sha256, kind)
            self._faces[key] = seen.face
            self._faces.move_to_end(key)
            while len(self._faces) > _REMEMBERED:
                self._faces.popitem(last=False)

    def is_of_serving_engine(self, found: Examination) -> bool:
        """Whether what the live face was asked with is what an engine saw that still serves."""
        return self._examiner.is_of_serving_engine(found.live)

    def face(self, session_id: UUID, kind: ImageKind) -> FaceSeen:
        """The face in the session's picture of this kind, as the engine sees it that serves; nothing where there is
        no picture."""
        with reading(self._database) as session:
            image = repository.get(session, session_id).images.get(kind)
        if image is None:
            return NOTHING_SEEN
        key = (session_id, image["sha256"], kind)
        with self._lock:
            known, remembered = key in self._faces, self._faces.get(key)
        if known and self._examiner.is_of_serving_engine(remembered):
            return FaceSeen(remembered, sha256=image["sha256"])
        seen = replace(self._examiner.face_in(self._blobs.get(image["sha256"])), sha256=image["sha256"])
        self.remember(*key, seen)
        return seen

    def live(self, session_id: UUID) -> Template | None:
        """The template of the traveller's own face; None where there is no picture or no face in it.

        Raises :class:`FaceEngineFailed` where nobody could look.
        """
        seen = self.face(session_id, ImageKind.LIVE)
        if seen.unseen is not None:
            raise FaceEngineFailed
        return seen.face.template if seen.face else None


def portrait_kind(row: CaptureSession) -> ImageKind:
    """Which portrait the live face is compared with."""
    chip = chip_of(row)
    held = chip is not None and ImageKind.CHIP in row.images and proved(chip, ChipFile.DG2)
    return ImageKind.CHIP if held else ImageKind.PORTRAIT
