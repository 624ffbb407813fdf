"""Two readers that know nothing of each other, and their agreement as the confidence.

Check digits cover neither names nor codes, so that a valid MRZ can still be misread. Two readers of different make
seldom misread alike: what both read the same way, and one of them surely, is believed. Anything else goes to the
officer's eye as a :class:`Doubt` on its field: a reading is HIGH exactly where it is valid and nothing is doubted.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from rapidfuzz.fuzz import ratio

from crossing.documents.mrz import FILLER, LAYOUTS, CheckOutcome, Correction, CorrectionReason, Mrz, parse
from crossing.documents.mrz.formats import Place, Span
from crossing.documents.reading.doubts import doubts_about
from crossing.documents.reading.port import Confidence, DoubtReason, PageReader, PageReading
from crossing.platform.images import MIN_SIDE, BgrImage

_SAME_DOCUMENT: Final = 65.0
"""Least likeness, 0 to 100, of two readings of one document, fillers left out."""

_BESIDE: Final = 0.06
"""Air left and right of an MRZ that is shown to the second reader, in its lengths."""

Pair = tuple[PageReading, PageReading | None]


class AgreeingReader:
    """A :class:`PageReader` of two others. Where nothing else decides between them, ``first`` is believed."""

    def __init__(self, first: PageReader, second: PageReader) -> None:
        self._first = first
        self._second = second

    def read(self, image: BgrImage, *, today: date | None = None) -> PageReading:
        today = today or datetime.now(UTC).date()
        first = self._first.read(image, today=today)
        second = self._shown(first, self._second.read(image, today=today), today)
        return agreed(first, second, today=today)

    def _shown(self, first: PageReading, second: PageReading, today: date) -> PageReading:
        """``second``, and what its reader makes of documents that it overlooked when it is shown where they are."""
        seen = _documents(first)
        overlooked = [one for one, other in _pairs(seen, _documents(second)) if other is None and one in seen]
        elapsed = dict(second.elapsed_ms)
        found = []
        for one in overlooked:
            part = _around(one)
            if min(part.shape[:2]) < MIN_SIDE:
                continue
            reading = self._second.read(part, today=today)
            found.append(replace(reading, image=one.image, line_boxes=one.line_boxes))
            for stage, ms in reading.elapsed_ms.items():
                elapsed[stage] = elapsed.get(stage, 0.0) + ms
        return replace(second, elapsed_ms=MappingProxyType(elapsed), others=(*second.others, *found))


def agreed(first: PageReading, second: PageReading, *, today: date) -> PageReading:
    """One reading of two of the same picture; further documents in it are paired too, and the surest comes first.

    ``elapsed_ms`` holds the stages of both, prefixed ``first_`` and ``second_``, and the ``total`` of both.
    """
    pairs = _pairs(_documents(first), _documents(second))
    # What one reader alone took for a document, and could not make valid, is seldom one where there are others.
    pairs = [(one, other) for one, other in pairs if other is not None or _merit(one)[0]] or pairs[:1]
    judged = sorted((_judged(one, other, today) for one, other in pairs), key=_rank, reverse=True)
    elapsed = {f"first_{stage}": ms for stage, ms in first.elapsed_ms.items() if stage != "total"}
    elapsed |= {f"second_{stage}": ms for stage, ms in second.elapsed_ms.items() if stage != "total"}
    elapsed["total"] = first.elapsed_ms["total"] + second.elapsed_ms["total"]
    main, *others = judged or [first]
    return replace(main, elapsed_ms=MappingProxyType(elapsed), others=tuple(others))


def _documents(reading: PageReading) -> list[PageReading]:
    return [replace(one, others=()) for one in (reading, *reading.others) if one.mrz is not None]


def _around(page: PageReading) -> BgrImage:
    """The part of the page on which its MRZ stands, with as much again above and below; empty where it has none."""
    if not page.line_boxes:
        return page.image[:0]
    left = min(box.left for box in page.line_boxes)
    right = max(box.left + box.width for box in page.line_boxes)
    top = min(box.top for box in page.line_boxes)
    bottom = max(box.top + box.height for box in page.line_boxes)
    beside, above = round((right - left) * _BESIDE), bottom - top
    return page.image[max(top - above, 0) : bottom + above, max(left - beside, 0) : right + beside]


def _pairs(ones: list[PageReading], others: list[PageReading]) -> list[Pair]:
    """Which readings are of the same document, the most alike first; what only one reader saw stands alone."""
    likeness = sorted(
        (
            (ratio(_text(one), _text(other)), mine, its)
            for mine, one in enumerate(ones)
            for its, other in enumerate(others)
        ),
        key=lambda entry: -entry[0],
    )
    partner: dict[int, int] = {}
    for alike, mine, its in likeness:
        if alike >= _SAME_DOCUMENT and mine not in partner and its not in partner.values():
            partner[mine] = its
    paired: list[Pair] = [(one, others[partner[mine]] if mine in partner else None) for mine, one in enumerate(ones)]
    return paired + [(other, None) for its, other in enumerate(others) if its not in partner.values()]


def _text(reading: PageReading) -> str:
    lines = reading.mrz.lines if reading.mrz else ()
    return "".join(lines).replace(FILLER, "")


def _judged(one: PageReading, other: PageReading | None, today: date) -> PageReading:
    """The better of two readings of one document with what is doubtful about it."""
    if other is None:
        return _with_doubts(one, ())
    better, worse = (one, other) if _merit(one) >= _merit(other) else (other, one)
    mended = _mended(better, worse, today)
    if mended is not None:
        return _with_doubts(mended, (worse, better))
    return _with_doubts(better, (worse,))


def _with_doubts(reading: PageReading, against: tuple[PageReading, ...]) -> PageReading:
    doubts = doubts_about(reading, against)
    if reading.mrz is not None and reading.mrz.valid and not doubts:
        return replace(reading, doubts=(), problems=(), confidence=Confidence.HIGH)
    return replace(reading, doubts=doubts, confidence=Confidence.LOW)


def _merit(reading: PageReading) -> tuple[bool, int, int]:
    """Valid first, then how many check digits hold over what was seen, then how few fields hold what nobody saw.

    A digit that holds over a character which it chose itself speaks for nothing. The readers' own certainties are not
    compared: they are not on one scale.
    """
    mrz = reading.mrz
    if mrz is None:
        return False, 0, 0
    chosen = {doubt.field for doubt in reading.doubts if doubt.reason is DoubtReason.CORRECTED}
    if mrz.format is not None:
        chosen |= {place.name for place in LAYOUTS[mrz.format].places if _chosen(mrz, place)}
    holding = {name for name, outcome in mrz.checks.items() if outcome is CheckOutcome.HOLDS}
    return mrz.valid, len(holding - chosen), -len(chosen)


def _rank(reading: PageReading) -> tuple[bool, tuple[bool, int, int]]:
    return reading.confidence is Confidence.HIGH, _merit(reading)


def _mended(better: PageReading, worse: PageReading, today: date) -> PageReading | None:
    """``better`` with those fields of ``worse`` that are weak here and strong there.

    Weak is a field whose own check digit fails, or holds only with a character that it chose; strong is one whose
    digit holds as it was read. None where there is no such field, or the mixture is not valid: what neither reader
    read as a whole needs every check digit behind it.
    """
    ours, theirs = better.mrz, worse.mrz
    if ours is None or theirs is None or ours.format is None or ours.format is not theirs.format:
        return None
    taken = [place for place in LAYOUTS[ours.format].places if _weak(ours, place) and _strong(theirs, place)]
    sheet = [list(line) for line in ours.lines]
    for span in _spans(taken):
        sheet[span.line][span.start : span.end] = span.of(theirs.lines)
    mrz = parse(["".join(row) for row in sheet], today=today)
    if not taken or not mrz.valid or mrz.corrections:
        return None
    kept = (one for one in ours.corrections if not any(_covers(span, one) for span in _spans(taken)))
    return replace(better, mrz=replace(mrz, corrections=tuple(kept)))


def _weak(mrz: Mrz, place: Place) -> bool:
    return place.check is not None and (mrz.checks.get(place.name) is CheckOutcome.FAILS or _chosen(mrz, place))


def _strong(mrz: Mrz, place: Place) -> bool:
    return mrz.checks.get(place.name) is CheckOutcome.HOLDS and not _chosen(mrz, place)


def _chosen(mrz: Mrz, place: Place) -> bool:
    chosen = (one for one in mrz.corrections if one.reason is CorrectionReason.CHECK_DIGIT)
    return any(_covers(span, one) for one in chosen for span in _spans([place]))


def _spans(places: Iterable[Place]) -> list[Span]:
    return [span for place in places for span in (place.span, place.check) if span is not None]


def _covers(span: Span, correction: Correction) -> bool:
    return span.line == correction.line and span.start <= correction.column < span.end
