"""Looking at pictures: the page and the live frame at once, and what they say about each other.

Nothing is stored here and no transaction is open: reading a page takes most of a second, and the other lane's
writes do not wait for it.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import date
from time import perf_counter
from typing import Final, Self, TypeVar

from crossing.documents.mrz import Mrz
from crossing.documents.reading import Box
from crossing.documents.service import DocumentReader, DocumentReading, LinesReading
from crossing.documents.visible.zone import VisibleZone
from crossing.faces.errors import EnginesDiffer, NoFaceFound
from crossing.faces.frames import best_of, thinned
from crossing.faces.schemas import Comparison, LivenessCue
from crossing.faces.service import FaceAnalysis, FaceService
from crossing.lanes.schemas import ImageKind
from crossing.platform.errors import DomainError
from crossing.platform.images import MAX_FRAME_PIXELS, MAX_PIXELS, BgrImage, decode_image, encode_jpeg
from crossing.platform.logs import log
from crossing.screening.schemas import Reason

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as a device or an upload gave it: undecoded and untrusted. ``media_type`` is what was claimed."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """``frames``: further frames of the live picture, in the order of their taking. The best one alone is kept."""

    page: Picture | None = None
    live: Picture | None = None
    frames: tuple[Picture, ...] = ()

    @classmethod
    def of_frames(cls, frames: Sequence[Picture], *, page: Picture | None = None) -> Self:
        """The page, and every frame that was taken of the traveller."""
        return cls(page=page, live=frames[0] if frames else None, frames=tuple(frames[1:]))

    @property
    def live_frames(self) -> tuple[Picture, ...]:
        return (self.live, *self.frames) if self.live is not None else ()


@dataclass(slots=True)
class Examination:
    """What the pictures show. ``portrait`` is the document's, from its page or from its chip. ``live_picture`` is the
    frame that ``live`` was found in, as the camera gave it, ``live_sha256`` its name in the store. ``stages`` are
    wall milliseconds; the two pictures are looked at side by side.

    ``portrait_unseen`` and ``live_unseen``: why nobody could look for a face there, where that is why there is none.
    """

    reading: DocumentReading | None = None
    portrait: FaceAnalysis | None = None
    portrait_kind: ImageKind = ImageKind.PORTRAIT
    portrait_unseen: Reason | None = None
    live: FaceAnalysis | None = None
    live_unseen: Reason | None = None
    live_picture: Picture | None = None
    live_sha256: str = ""
    cues: tuple[LivenessCue, ...] = ()
    comparison: Comparison | None = None
    stages: dict[str, float] = field(default_factory=dict)

    @property
    def portrait_jpeg(self) -> bytes | None:
        return encode_jpeg(self.portrait.crop) if self.portrait else None


@dataclass(frozen=True, slots=True)
class FaceSeen:
    """The face in a picture. ``unseen``: why nobody could look for one; without it, no ``face`` means that there is
    none. ``sha256``: the picture, where it is a stored one."""

    face: FaceAnalysis | None = None
    unseen: Reason | None = None
    sha256: str = ""


NOTHING_SEEN: Final = FaceSeen()


class Examiner:
    """Reads documents and faces; without a face engine, or with one that fails, documents all the same.

    Raises the ``platform.images`` errors for a picture that can't be decoded.
    """

    def __init__(self, *, reader: DocumentReader, faces: FaceService | None, executor: Executor) -> None:
        self._reader = reader
        self._faces = faces
        self._executor = executor

    def examine(self, pictures: Pictures, *, today: date) -> Examination:
        found = Examination()
        live: Future[None] | None = None
        if pictures.live is not None:
            live = self._executor.submit(self._look_at_live, pictures.live_frames, found)
        try:
            if pictures.page is not None:
                self._look_at_page(pictures.page, found, today)
        finally:
            if live is not None:
                live.result()
        self.compare(found)
        return found

    def read_lines(self, lines: Sequence[str], *, today: date) -> LinesReading:
        """MRZ lines that were typed or swiped. Never raises for what they say."""
        return self._reader.read_lines(lines, today=today)

    def judge_by(self, mrz: Mrz, read: DocumentReading, *, today: date) -> DocumentReading:
        """A page as if its MRZ had been read as ``mrz``: its print beside what the chip says."""
        return self._reader.judge(replace(read.page, mrz=mrz), read.visible, today=today)

    def face_in(self, content: bytes) -> FaceSeen:
        """The face in a picture that was stored earlier."""
        return self.face_of(decode_image(content))

    def face_of(self, image: BgrImage) -> FaceSeen:
        """The face in a picture that is decoded already."""
        face, unseen = self._look(lambda faces: faces.analyse(image))
        return FaceSeen(face, unseen)

    def compare(self, found: Examination) -> None:
        """Compare the two faces, where there are two."""
        started = perf_counter()
        found.comparison = self.compare_faces(found.live, found.portrait)
        if found.comparison is not None:
            found.stages["face_compare"] = _ms(started, perf_counter())

    def compare_faces(self, first: FaceAnalysis | None, second: FaceAnalysis | None) -> Comparison | None:
        """None where there are not two faces."""
        if self._faces is None or first is None or second is None:
            return None
        try:
            return self._faces.compare(first.template, second.template)
        except EnginesDiffer:
            # The engine was changed between the two pictures.
            first, second = (self.face_of(face.crop).face for face in (first, second))
        return self._faces.compare(first.template, second.template) if first and second else None

    def is_of_serving_engine(self, face: FaceAnalysis | None) -> bool:
        """False for what an engine saw that serves no more. Nobody's face is every engine's."""
        return face is None or self._faces is None or face.template.made_by == self._faces.made_by

    def _look_at_page(self, picture: Picture, found: Examination, today: date) -> None:
        started = perf_counter()
        image = decode_image(picture.content, declared=picture.media_type)
        decoded = perf_counter()
        page = self._reader.page_in(image, today=today)
        read = perf_counter()
        printed = self._executor.submit(self._reader.print_on, page)
        found.portrait, found.portrait_unseen = self._look(lambda faces: faces.portrait_in_page(page.image))
        portrayed = perf_counter()
        visible = _with_portrait(printed.result(), found.portrait)
        found.reading = self._reader.judge(page, visible, today=today)
        found.stages |= {
            "page_decode": _ms(started, decoded),
            "page_read": _ms(decoded, read),
            "page_portrait": _ms(read, portrayed),
        }
        if visible is not None:
            # Beside the portrait, not after it.
            found.stages["page_print"] = round(visible.elapsed_ms, 1)

    def _look_at_live(self, frames: Sequence[Picture], found: Examination) -> None:
        """Choose the best frame. Where no face is in any, or nobody can look, the first decodable one is kept."""
        started = perf_counter()
        decoding = _Decoding(frames)
        best, found.live_unseen = self._look(lambda faces: best_of(faces, decoding, since=started))
        if best is not None:
            found.live, found.cues = best.analysis, best.cues
        found.live_picture = decoding.decoded[best.index if best else 0]
        looked_from = started + decoding.seconds
        found.stages |= {"live_decode": _ms(started, looked_from), "live_face": _ms(looked_from, perf_counter())}

    def _look(self, at: Callable[[FaceService], T | None]) -> tuple[T | None, Reason | None]:
        """What was seen, None where there is no face; or why nobody could look."""
        if self._faces is None:
            return None, Reason.NO_FACE_ENGINE
        try:
            return at(self._faces), None
        except NoFaceFound:
            return None, None
        except Exception as trouble:  # noqa: BLE001 - whatever broke, the traveller goes on and the officer is told
            log.error("face_engine_failed", error=type(trouble).__name__)
            return None, Reason.ENGINE_FAILED


class _Decoding:
    """Frames, each decoded when it is asked for: none that nobody will look at. Those that can't be are left out.

    ``decoded``: the frames that were decoded so far, at least one; ``seconds``: what that took.
    """

    def __init__(self, frames: Sequence[Picture]) -> None:
        """Raises the first frame's error where none can be decoded."""
        self.decoded: list[Picture] = []
        self.seconds = 0.0
        self._most = MAX_PIXELS if len(frames) == 1 else MAX_FRAME_PIXELS
        self._waiting = iter(thinned(frames))
        self._errors: list[DomainError] = []
        first = self._next()
        if first is None:
            raise self._errors[0]
        self._first = first

    def __iter__(self) -> Iterator[BgrImage]:
        yield self._first
        while (image := self._next()) is not None:
            yield image

    def _next(self) -> BgrImage | None:
        started = perf_counter()
        try:
            for frame in self._waiting:
                try:
                    image = decode_image(frame.content, declared=frame.media_type, max_pixels=self._most)
                except DomainError as damaged:
                    self._errors.append(damaged)
                else:
                    self.decoded.append(frame)
                    return image
            return None
        finally:
            self.seconds += perf_counter() - started


def _with_portrait(visible: VisibleZone | None, portrait: FaceAnalysis | None) -> VisibleZone | None:
    """The face engine sees portraits that the visible zone's own search does not."""
    if visible is None or visible.portrait is not None or portrait is None:
        return visible
    box = portrait.face.box
    return replace(visible, portrait=Box(*(round(side) for side in (box.x, box.y, box.width, box.height))))


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 1)
