"""Which columns of the MRZ each field takes, and the picture of them; no picture library is imported here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from crossing.documents.mrz import FILLER, LAYOUTS, Mrz
from crossing.documents.mrz.formats import Span
from crossing.documents.reading.port import Box
from crossing.platform.images import BgrImage

AIR: Final = 0.08
"""Of the pitch, at either end of a field: a letter that leans over its cell is shown whole."""


@dataclass(frozen=True, slots=True)
class MrzStrip:
    """The part of the rectified page that holds the MRZ, and each field's box in its pixels."""

    image: BgrImage
    boxes: Mapping[str, Box]


def field_spans(mrz: Mrz) -> Mapping[str, Span]:
    """The columns of every field that says something, without the fillers around it.

    ``composite`` is the composite check digit, which is no field and can be misread like one.
    """
    if mrz.format is None:
        return MappingProxyType({})
    spans = {name: used for name, field in mrz.fields.items() if (used := _used(_joined(field.spans), mrz.lines))}
    composite = LAYOUTS[mrz.format].composite_check
    return MappingProxyType(spans | ({"composite": composite} if composite else {}))


def _joined(spans: Sequence[Span]) -> Span | None:
    """One span of a field's several: the parts of a long number have its check digit between them where they stand
    in one line. Of parts that stand apart only the first."""
    if not spans:
        return None
    first, last = spans[0], spans[-1]
    near = first.line == last.line and last.start <= first.end + 1
    return Span(first.line, first.start, last.end) if near else first


def _used(span: Span | None, lines: tuple[str, ...]) -> Span | None:
    """``span`` without the fillers around what it says; a sex that is one filler says something (Doc 9303-4)."""
    if span is None or span.end - span.start == 1:
        return span
    text = span.of(lines)
    if not text.strip(FILLER):
        return None
    start = span.start + len(text) - len(text.lstrip(FILLER))
    return Span(span.line, start, span.start + len(text.rstrip(FILLER)))
