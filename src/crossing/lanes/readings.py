"""What a reading says, field by field, as the lane's screen and API speak it: values, crops, doubts, repairs."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from crossing.documents.mrz import FILLER, LAYOUTS, Correction, CorrectionReason, Mrz, ProblemCode
from crossing.documents.mrz.formats import Span
from crossing.documents.reading.places import MrzStrip, field_spans
from crossing.documents.reading.port import Box, Confidence, Doubt, DoubtReason, PageReading, ReadingProblem
from crossing.documents.schemas import CorrectionView, MrzView
from crossing.documents.service import DocumentReading, LinesReading
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import (
    FROM_AN_MRZ,
    BoxView,
    DoubtView,
    FieldSource,
    FieldView,
    MarkView,
    OtherDocument,
    ReadingSource,
    ReadingView,
    StripView,
)

_ORDER: Final = (
    "surname",
    "given_names",
    "birth_date",
    "sex",
    "nationality",
    "document_number",
    "document_code",
    "issuing_state",
    "expiry_date",
    "optional_data",
    "optional_data_2",
)
"""As an officer reads them out; fields that only one format has come behind."""

_CHOSEN: Final = frozenset({CorrectionReason.CHECK_DIGIT, CorrectionReason.POSITION})
"""Corrections of a single character."""

_COMPOSITE: Final = "composite"
_NAMES: Final = ("surname", "given_names")


def page_view(reading: DocumentReading, strip: MrzStrip | None) -> ReadingView:
    """A page as read. ``strip`` is its MRZ cut out, where the picture shows one."""
    page = reading.page
    mrz = page.mrz
    height, width = strip.image.shape[:2] if strip else (0, 0)
    return ReadingView(
        lines=mrz.lines if mrz else page.lines,
        format=mrz.format.value if mrz and mrz.format else None,
        valid=bool(mrz and mrz.valid),
        confidence=page.confidence,
        fields=_fields(mrz, _doubts(page), strip.boxes if strip else {}) if mrz else (),
        repairs=_repairs(mrz),
        problems=tuple(problem.value for problem in page.problems),
        others=tuple(_other(one) for one in page.others),
        strip=StripView(width=width, height=height) if strip else None,
        ms=page.elapsed_ms["total"],
        printed=_printed(reading),
    )


def _printed(reading: DocumentReading) -> dict[str, str]:
    """The names in the visible zone: lists are asked with them too."""
    compared = reading.visible.comparisons if reading.visible else ()
    return {one.field: one.printed.text for one in compared if one.field in _NAMES and one.printed is not None}


def typed_view(reading: LinesReading, *, vouched_by: str) -> ReadingView:
    """Typed lines as read. ``vouched_by`` is the officer who says that the document reads so, or empty.

    What a check digit chose is unsure, for nobody typed it; fillers left out at the end of a line are no matter.
    """
    mrz = reading.mrz
    free = LAYOUTS[mrz.format].free_ends if mrz.format else frozenset()
    chosen = any(
        one.reason is CorrectionReason.CHECK_DIGIT or (one.reason is CorrectionReason.LENGTH and one.line not in free)
        for one in mrz.corrections
    )
    return ReadingView(
        source=ReadingSource.TYPED,
        lines=mrz.lines,
        format=mrz.format.value if mrz.format else None,
        valid=mrz.valid,
        confidence=Confidence.HIGH if mrz.valid and not chosen else Confidence.LOW,
        fields=_fields(mrz, tuple(_doubts_of(mrz)), {}),
        repairs=_repairs(mrz),
        problems=() if mrz.valid else (ReadingProblem.NOT_VALID.value,),
        confirmed_by=vouched_by,
    )


def is_whole(mrz: Mrz) -> bool:
    """Whether these are all the lines of a document, be they right or wrong."""
    return mrz.format is not None and all(one.code is not ProblemCode.LINE_MISSING for one in mrz.problems)


def reading_of(row: CaptureSession) -> ReadingView | None:
    return ReadingView.model_validate(row.reading) if row.reading else None


def needs_confirmation(row: CaptureSession) -> bool:
    """Whether the identity rests on a reading that is unsure and that no officer has compared with the page."""
    reading = reading_of(row)
    if reading is None or reading.format is None or reading.confidence is Confidence.HIGH:
        return False
    if reading.confirmed_by or reading.confirmed_by_chip:
        return False
    return not FROM_AN_MRZ.isdisjoint(map(FieldSource, row.field_sources.values()))


def confirm(row: CaptureSession, *, officer: str) -> tuple[str, ...]:
    """Let the session say that ``officer`` compared the reading with the page; gives the fields that were doubted."""
    reading = reading_of(row)
    if reading is None:
        return ()
    doubted = tuple(field.name for field in reading.fields if field.doubts)
    row.reading = reading.model_copy(update={"confirmed_by": officer}).model_dump(mode="json")
    row.field_sources = {
        name: FieldSource.CONFIRMED.value if source == FieldSource.MRZ and name in (doubted or (name,)) else source
        for name, source in row.field_sources.items()
    }
    return doubted


def doubted_fields(row: CaptureSession) -> tuple[str, ...]:
    """The fields of an unsure reading that are to be compared: all of them where it names none."""
    reading = reading_of(row)
    if reading is None:
        return ()
    return tuple(field.name for field in reading.fields if field.doubts) or tuple(one.name for one in reading.fields)


def chip_confirms(reading: ReadingView, mrz: Mrz, changed: Collection[str]) -> ReadingView:
    """The reading as the document's chip has it; in the fields that it changed, what was read before is marked."""
    spans = field_spans(mrz)
    known = {field.name: field for field in reading.fields}
    return reading.model_copy(
        update={
            "lines": mrz.lines,
            "format": mrz.format.value if mrz.format else None,
            "valid": mrz.valid,
            "fields": tuple(
                _by_chip(known.get(name), mrz, name, spans.get(name), changed=name in changed)
                for name in [*known, *(name for name in mrz.fields if name not in known)]
                if name in mrz.fields
            ),
            "problems": tuple(problem for problem in reading.problems if problem != ReadingProblem.NOT_VALID),
            "confirmed_by_chip": True,
        }
    )


def _by_chip(field: FieldView | None, mrz: Mrz, name: str, span: Span | None, *, changed: bool) -> FieldView:
    if field is not None and not changed:
        return field.model_copy(update={"doubts": ()})
    raw = span.of(mrz.lines) if span else ""
    read = field.raw if field is not None else ""
    marks = [
        MarkView(at=at, read=theirs)
        for at, (theirs, ours) in enumerate(zip(read, raw, strict=False))
        if theirs != ours and len(read) == len(raw)
    ]
    box = field.box if field is not None else None
    return FieldView(name=name, value=mrz.fields[name].value, raw=raw, box=box, marks=tuple(marks))


def forget_strip(row: CaptureSession) -> None:
    """Drop the cut-out: the page that it was cut from is kept."""
    row.mrz_strip = None
    reading = reading_of(row)
    if reading is not None and reading.strip is not None:
        row.reading = reading.model_copy(update={"strip": None}).model_dump(mode="json")


def _fields(mrz: Mrz, doubts: tuple[Doubt, ...], boxes: Mapping[str, Box]) -> tuple[FieldView, ...]:
    spans = field_spans(mrz)
    names = [*_ORDER, *(name for name in mrz.fields if name not in _ORDER)]
    if any(doubt.field == _COMPOSITE for doubt in doubts):
        names.append(_COMPOSITE)
    return tuple(
        _field(mrz, name, spans.get(name), boxes.get(name), [doubt for doubt in doubts if doubt.field == name])
        for name in names
        if name in mrz.fields or name == _COMPOSITE
    )


def _field(mrz: Mrz, name: str, span: Span | None, box: Box | None, doubts: list[Doubt]) -> FieldView:
    raw = span.of(mrz.lines) if span else ""
    return FieldView(
        name=name,
        value=mrz.fields[name].value if name in mrz.fields else raw,
        raw=raw,
        box=BoxView(**box._asdict()) if box else None,
        marks=_marks(mrz.corrections, span, raw, doubts),
        doubts=tuple(DoubtView(reason=doubt.reason, other=doubt.other) for doubt in doubts),
    )


def _marks(
    corrections: Iterable[Correction], span: Span | None, raw: str, doubts: list[Doubt]
) -> tuple[MarkView, ...]:
    """The characters that were put right, and those that the second reader read otherwise."""
    if span is None:
        return ()
    read: dict[int, str] = {}
    for doubt in doubts:
        other = _as_columns(doubt.other, raw)
        read |= {at: theirs for at, theirs in enumerate(other) if theirs != raw[at]}
    for one in corrections:
        if one.reason in _CHOSEN and one.line == span.line and span.start <= one.column < span.end:
            read[one.column - span.start] = one.read
    return tuple(MarkView(at=at, read=read[at]) for at in sorted(read))


def _as_columns(value: str, raw: str) -> str:
    """A field's value as the columns of the MRZ hold it; empty where it is not as long as ``raw``."""
    digits = value.replace("-", "")
    columns = digits[2:] if len(value) == 10 and digits.isdecimal() else value.replace(" ", FILLER)
    return columns if len(columns) == len(raw) else ""


def _doubts(page: PageReading) -> tuple[Doubt, ...]:
    """The reader's own doubts; of one that names none, what its corrections and problems give reason to doubt."""
    if page.doubts or page.mrz is None:
        return page.doubts
    found = list(_doubts_of(page.mrz))
    if ReadingProblem.UNSURE_CHARACTERS in page.problems:
        found += [Doubt(name, DoubtReason.UNSURE) for name in _NAMES if name in page.mrz.fields]
    return tuple(dict.fromkeys(found))


def _doubts_of(mrz: Mrz) -> Iterator[Doubt]:
    yield from dict.fromkeys(
        Doubt(name, DoubtReason.CORRECTED)
        for name, span in field_spans(mrz).items()
        for one in mrz.corrections
        if one.reason in _CHOSEN and one.line == span.line and span.start <= one.column < span.end
    )
    for problem in mrz.problems:
        if problem.code is ProblemCode.CHECK_FAILED:
            yield Doubt(problem.field, DoubtReason.CHECK_FAILED)
        elif problem.blocking and problem.field in mrz.fields:
            yield Doubt(problem.field, DoubtReason.UNSURE)


def _repairs(mrz: Mrz | None) -> tuple[CorrectionView, ...]:
    return MrzView.of(mrz).corrections if mrz else ()


def _other(page: PageReading) -> OtherDocument:
    data = page.mrz.data if page.mrz else None
    return OtherDocument(
        type=data.document_code if data else "",
        issuing_state=data.issuing_state if data else "",
    )
