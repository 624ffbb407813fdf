"""What a page reader is asked and answers; no picture library is imported here, so every room may.

Readers stand side by side behind :class:`PageReader`: the one that a post uses is chosen in ``default.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol

from crossing.documents.mrz import Mrz
from crossing.platform.images import BgrImage


class Confidence(StrEnum):
    """HIGH: all check digits hold, nothing was guessed, and every letter of the names was read surely.

    Check digits don't cover names, so a valid MRZ alone is not enough. LOW: the officer confirms what was read.
    """

    HIGH = "high"
    LOW = "low"


class ReadingProblem(StrEnum):
    NO_MRZ = "no_mrz"
    NOT_VALID = "not_valid"
    REPAIRED = "repaired"
    """A character was chosen by its check digit, or fillers were put back where they could matter."""
    UNSURE_CHARACTERS = "unsure_characters"
    TEXT_TOO_SMALL = "text_too_small"


class Box(NamedTuple):
    """A rectangle in pixels of the rectified page: left, top, width, height."""

    left: int
    top: int
    width: int
    height: int


class DoubtReason(StrEnum):
    DISAGREED = "disagreed"
    """The second reader read another value."""
    CORRECTED = "corrected"
    """A character was chosen by a check digit or by its place."""
    UNSURE = "unsure"
    """At least one character was hard to read."""
    CHECK_FAILED = "check_failed"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A field that the officer compares with the page. ``other`` is what the second reader read, or empty."""

    field: str
    reason: DoubtReason
    other: str = ""


@dataclass(frozen=True, slots=True)
class PageReading:
    """One page as read.

    ``lines`` are the MRZ lines exactly as the reader saw them, before any repair; ``mrz`` is None where there is
    none. ``image`` is the picture turned upright, its MRZ level: a portrait is cut from it. ``line_boxes`` are the
    MRZ lines in ``image``, top to bottom. ``certainty`` is the reader's own mean certainty, 0 to 1.
    ``elapsed_ms`` holds wall milliseconds by stage and their ``total``. ``doubts`` name the fields to look at, each
    reason at most once for a field. ``others`` are further documents in the same picture, the surest first; they
    have no others of their own.
    """

    lines: tuple[str, ...]
    mrz: Mrz | None
    confidence: Confidence
    certainty: float
    problems: tuple[ReadingProblem, ...]
    image: BgrImage
    line_boxes: tuple[Box, ...]
    elapsed_ms: Mapping[str, float]
    doubts: tuple[Doubt, ...] = ()
    others: tuple["PageReading", ...] = ()


class PageReader(Protocol):
    """Reads the MRZ of a photographed or scanned page. Safe to call from several threads."""

    def read(self, image: BgrImage, *, today: date | None = None) -> PageReading:
        """Never raises for what the picture shows; a page without an MRZ is a reading with NO_MRZ.

        ``today`` decides the century of dates; by default it is the present day in UTC.
        """
        ...
