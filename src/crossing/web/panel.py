"""The document panel as rows: what is known of the traveller, each beside its place in the picture of the MRZ."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crossing.documents.mrz import FILLER
from crossing.documents.reading.places import AIR
from crossing.documents.reading.port import DoubtReason
from crossing.lanes.schemas import FROM_AN_MRZ, BoxView, FieldView, SessionView
from crossing.movements.schemas import CrossingCase

QUIET_PITCH: Final = 12
DOUBTED_PITCH: Final = 16
"""Width in CSS pixels of one letter of a crop."""
_BESIDE: Final = 12
"""Letters of the longest crop that has room beside its value."""

_ROWS: Final = (
    ("surname", ("surname",)),
    ("given_names", ("given_names",)),
    ("birth_date", ("birth_date",)),
    ("sex", ("sex",)),
    ("nationality", ("nationality",)),
    ("residence", ()),
    ("number", ("document_number",)),
    ("issuer", ("document_code", "issuing_state")),
    ("expiry_date", ("expiry_date",)),
    ("optional_data", ("optional_data", "optional_data_2")),
    ("composite", ("composite",)),
)
"""Each row and the fields of the MRZ that it rests on."""

_ALWAYS: Final = frozenset({"surname", "given_names", "birth_date", "sex", "nationality"})
_LETTER_BY_LETTER: Final = frozenset({"surname", "given_names", "number", "optional_data", "composite"})
"""Rows whose value is what the MRZ says, letter by letter; the others say it in words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the MRZ. ``read`` is what was read there before, or by the second reader; None where nothing else
    was; empty where the character was not seen."""

    text: str
    read: str | None = None


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the strip, in its pixels, and the width in CSS pixels at which it is shown."""

    box: BoxView
    width: int

    @classmethod
    def of(cls, field: FieldView, pitch: int) -> "Crop | None":
        """The field's place in the picture, every letter ``pitch`` wide; None where there is no picture."""
        if field.box is None or not field.raw:
            return None
        return cls(field.box, round((len(field.raw) + 2 * AIR) * pitch))


@dataclass(frozen=True, slots=True)
class DoubtShown:
    """``other`` is what the second reader read. ``repairs``: (read, now) by character."""

    reason: DoubtReason
    other: str
    repairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """``pieces`` are the characters as the MRZ has them, where they say more than the value does: because one of
    them is marked, or because the officer is to compare them. ``spelled``: they are the value itself. ``from_chip``:
    the value is the chip's; ``page_said`` is what had been read of the page before."""

    name: str
    crops: tuple[Crop, ...]
    pieces: tuple[Piece, ...]
    spelled: bool
    doubts: tuple[DoubtShown, ...]
    wide: bool
    from_chip: bool = False
    page_said: str = ""

    @property
    def doubted(self) -> bool:
        return bool(self.doubts)


def rows(view: SessionView) -> list[Row]:
    """The rows of a traveller whose identity is known. Doubts are shown until an officer has confirmed or corrected
    what was read."""
    return [row for name, fields in _ROWS if (row := _row(view, name, fields)) is not None]


def doubted_fields(view: SessionView) -> list[FieldView]:
    """The fields that wait to be compared with the page."""
    if view.reading is None or not view.needs_confirmation:
        return []
    return [field for field in view.reading.fields if field.doubts]


def doubts_of(field: FieldView) -> Iterator[DoubtShown]:
    """Why a field is doubted, each reason with what was put right."""
    repairs = tuple((mark.read, field.raw[mark.at]) for mark in field.marks)
    for doubt in field.doubts:
        yield DoubtShown(doubt.reason, doubt.other, repairs)


def from_an_mrz(view: SessionView) -> bool:
    """Whether the identity is what an MRZ says, and not what the officer typed in its place."""
    return not FROM_AN_MRZ.isdisjoint(view.field_sources.values())


def _row(view: SessionView, name: str, fields: tuple[str, ...]) -> Row | None:
    read = [field for field in _fields(view) if field.name in fields]
    doubts = tuple(doubt for field in read for doubt in doubts_of(field)) if view.needs_confirmation else ()
    if not (doubts or name in _ALWAYS or _said(view, name, read)):
        return None
    pieces = tuple(_spelled(read)) if from_an_mrz(view) else ()
    marked = any(piece.read is not None for piece in pieces)
    from_chip = view.chip is not None and not {name, *fields}.isdisjoint(view.chip.changed)
    spelled = name in _LETTER_BY_LETTER and bool(pieces)
    letters = sum(len(field.raw) for field in read)
    return Row(
        name=name,
        crops=tuple(crop for field in read if (crop := Crop.of(field, DOUBTED_PITCH if doubts else QUIET_PITCH))),
        pieces=pieces if spelled or marked or doubts else (),
        spelled=spelled,
        doubts=doubts,
        wide=bool(doubts) or letters > _BESIDE or from_chip,
        from_chip=from_chip,
        page_said="".join(piece.text if piece.read is None else piece.read for piece in pieces) if marked else "",
    )


def _fields(view: SessionView) -> tuple[FieldView, ...]:
    if view.reading is None or view.case is CrossingCase.NO_DOCUMENT:
        return ()
    return view.reading.fields


def _said(view: SessionView, name: str, read: list[FieldView]) -> bool:
    match name:
        case "residence":
            return bool(view.person and view.person.residence)
        case "number" | "issuer":
            return view.document is not None
        case "expiry_date":
            return bool(view.document and view.document.expiry_date)
        case "optional_data":
            return any(field.value for field in read)
        case _:
            return False


def _spelled(read: list[FieldView]) -> Iterator[Piece]:
    for number, field in enumerate(one for one in read if one.raw):
        if number:
            yield Piece(" ")
        yield from _pieces(field)


def _pieces(field: FieldView) -> Iterator[Piece]:
    """The characters of a field, the marked ones apart; fillers between parts of a name as blanks."""
    at = 0
    text = field.raw.replace(FILLER, " ") if field.name in ("surname", "given_names") else field.raw
    for mark in field.marks:
        if mark.at > at:
            yield Piece(text[at : mark.at])
        yield Piece(text[mark.at], mark.read)
        at = mark.at + 1
    if at < len(text):
        yield Piece(text[at:])
