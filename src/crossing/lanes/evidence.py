"""Keeping what was captured or typed: the images durably first, then the row that names them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from crossing.documents.mrz import Mrz, ProblemCode
from crossing.documents.reading.places import MrzStrip
from crossing.documents.service import LinesReading
from crossing.lanes.examination import Examination, Picture, Pictures
from crossing.lanes.findings import document_from, person_from
from crossing.lanes.live_pictures import set_live_aside
from crossing.lanes.models import CaptureSession
from crossing.lanes.readings import page_view, typed_view
from crossing.lanes.schemas import READ_BY_MACHINE, FieldSource, ImageKind
from crossing.movements.schemas import CrossingCase, EvidenceLevel
from crossing.platform.blobs import BlobStore
from crossing.platform.images import encode_jpeg

_STRIP_QUALITY = 75
"""Of the JPEG: some 10 KB for an MRZ, its letters still sharp."""


@dataclass(frozen=True, slots=True)
class Kept:
    """By kind of image: ``{"sha256", "size", "media_type"}``; and the page's MRZ, cut out for the officer's eye."""

    images: dict[ImageKind, dict[str, Any]]
    strip: MrzStrip | None = None


def keep(blobs: BlobStore, pictures: Pictures, found: Examination) -> Kept:
    """Put every image into the store; ``found`` is told the name of the live one.

    Raises ``StoreFull``, and then no row names what may already be there.
    """
    from crossing.documents.reading.crops import cut_strip  # noqa: PLC0415 - only a post carries OpenCV

    portrait = found.portrait_jpeg
    wanted = {
        ImageKind.PAGE: pictures.page,
        ImageKind.LIVE: found.live_picture,
        ImageKind.PORTRAIT: Picture(portrait, "image/jpeg") if portrait else None,
    }
    images = {kind: put_image(blobs, picture) for kind, picture in wanted.items() if picture is not None}
    if ImageKind.LIVE in images:
        found.live_sha256 = images[ImageKind.LIVE]["sha256"]
    return Kept(images, cut_strip(found.reading.page) if found.reading else None)


def put_image(blobs: BlobStore, picture: Picture) -> dict[str, Any]:
    """Put a picture into the store; gives what the session's ``images`` say of it."""
    reference = blobs.put(picture.content)
    return {
        "sha256": reference.sha256,
        "size": reference.size,
        "media_type": picture.media_type.split(";")[0].strip().lower(),
    }


def put_into(row: CaptureSession, kept: Kept, found: Examination) -> None:
    """Let the session say what the new pictures show. A new page replaces all that an earlier one said."""
    if ImageKind.LIVE in kept.images:
        set_live_aside(row)
    images = dict(row.images)
    if ImageKind.PAGE in kept.images:
        images.pop(ImageKind.PORTRAIT, None)
    row.images = images | {kind.value: image for kind, image in kept.images.items()}
    if found.reading is not None:
        row.reading = page_view(found.reading, kept.strip).model_dump(mode="json")
        row.mrz_strip = encode_jpeg(kept.strip.image, quality=_STRIP_QUALITY) if kept.strip else None
        _take_page(row, found.reading.page.mrz)
    if ImageKind.LIVE in kept.images:
        row.face_hints = _hints(found)
        row.liveness_cues = [cue.code for cue in found.cues]


def _hints(found: Examination) -> list[str]:
    if found.live is not None:
        return list(found.live.quality.codes)
    return ["no_face"] if found.live_unseen is None else []


def take_lines(row: CaptureSession, reading: LinesReading, *, vouched_by: str) -> None:
    """Let the session say what typed lines say, in the place of what was read."""
    row.reading = typed_view(reading, vouched_by=vouched_by).model_dump(mode="json")
    row.mrz_strip = None
    _take_identity(row, reading.mrz, FieldSource.TYPED)


def take_chip_identity(row: CaptureSession, mrz: Mrz | None, from_chip: Collection[str]) -> None:
    """Mark the fields that the chip put right or confirmed; ``mrz`` is what it says, None where that was known."""
    before = row.field_sources
    if mrz is not None:
        _take_identity(row, mrz, FieldSource.CHIP)
    row.field_sources = {
        name: FieldSource.CHIP.value if name in from_chip else before.get(name, source)
        for name, source in row.field_sources.items()
    }


def _take_page(row: CaptureSession, mrz: Mrz | None) -> None:
    if mrz is None:
        _forget_what_was_read(row)
    else:
        _take_identity(row, mrz, FieldSource.MRZ)


def _take_identity(row: CaptureSession, mrz: Mrz, source: FieldSource) -> None:
    person = person_from(mrz.data)
    document = document_from(mrz.data)
    row.person = person.model_dump(mode="json")
    row.document = document.model_dump(mode="json") if document else None
    row.case = CrossingCase.DOCUMENT
    row.evidence_level = EvidenceLevel.DOCUMENT
    row.border_resident = False
    row.witness = ""
    row.truncated_name = any(problem.code is ProblemCode.NAME_TRUNCATED for problem in mrz.problems)
    row.field_sources = dict.fromkeys(type(person).model_fields, source.value)


def _forget_what_was_read(row: CaptureSession) -> None:
    """The page that said it has been replaced. What the officer typed stays."""
    if READ_BY_MACHINE.isdisjoint(map(FieldSource, row.field_sources.values())):
        return
    row.person = None
    row.document = None
    row.evidence_level = None
    row.truncated_name = False
    row.field_sources = {}
