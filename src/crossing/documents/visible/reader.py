"""The visible zone of a page that is read already: its portrait, its print, and whether that fits the MRZ."""

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Final

import numpy as np

from crossing.documents.mrz import Mrz
from crossing.documents.reading.locate import TextLine
from crossing.documents.reading.port import Box, PageReading
from crossing.documents.visible.compare import compare, date_of_issue
from crossing.documents.visible.place import Place, place_of
from crossing.documents.visible.portrait import PortraitFinder
from crossing.documents.visible.texts import TextReader, strip_length
from crossing.documents.visible.zone import Agreement, Comparison, Printed, VisibleZone

_FIRST_LOOK: Final = 4.3
"""Pixels for a millimetre: letters of 2 mm are 9 pixels high, which the detector needs."""
_CLOSER_LOOK: Final = 7.0
"""For the labels of a card, 1.3 mm high; only where some field was not found, and where the picture is that fine."""
_WORTH_IT: Final = 0.8
_WIDER_THAN_A_PIECE: Final = 1.2
_TURN: Final = 1000
"""Pixels of strip that are read before it is asked whether that was enough: about 0.1 s of one core."""
_MOST: Final = 7000
_MOST_CLOSER: Final = 3500
"""Pixels of strip that are read at most after the first and after the closer look."""
_LONGEST_DATE: Final = 12.5
"""Length in its own heights of a date with its month in two languages; bilingual labels and titles are longer."""
_WIDEST_LETTER: Final = 0.8
_SINGLE_LETTER: Final = 1.8
_SOUGHT: Final = frozenset({"surname", "given_names", "document_number", "birth_date", "expiry_date"})
"""Fields of which every document prints one and a forger changes one."""


class VisibleZoneReader:
    """Safe to call from several threads. ``threads`` bounds what one call takes of the machine.

    Raises ``ModelMissing`` at construction where the rapidocr wheel is not installed.
    """

    def __init__(self, *, threads: int) -> None:
        self._texts = TextReader(threads=threads)
        self._portraits = PortraitFinder()

    def read(self, page: PageReading) -> VisibleZone:
        """Never raises for what the page shows; where it has no MRZ there is nothing to measure or compare by."""
        started = perf_counter()
        place = place_of(page)
        if place is None or page.mrz is None:
            return VisibleZone(None, (), (), None, _ms_since(started))
        texts: list[Printed] = []
        comparisons: tuple[Comparison, ...] = ()
        for lines in self._portions(page, page.mrz, place):
            texts = _whole_ones(texts + self._texts.read(page.image, lines))
            comparisons = compare(texts, page.mrz)
            if all(one.agreement is Agreement.AGREES for one in comparisons if one.field in _SOUGHT):
                break
        return VisibleZone(
            portrait=self._portraits.find(page.image, place),
            texts=tuple(sorted(texts, key=lambda text: (text.box.top, text.box.left))),
            comparisons=comparisons,
            issued_on=date_of_issue(texts, page.mrz),
            elapsed_ms=_ms_since(started),
        )

    def _portions(self, page: PageReading, mrz: Mrz, place: Place) -> Iterator[list[TextLine]]:
        """The lines to read, portion by portion: the likeliest values first, the smallest print at last."""
        lines = self._texts.find(page, place, px_per_mm=_FIRST_LOOK)
        yield from _turns(_likeliest_first(lines, mrz), _MOST)
        if place.px_per_mm >= _CLOSER_LOOK * _WORTH_IT:
            closer = self._texts.find(page, place, px_per_mm=_CLOSER_LOOK)
            new = [line for line in closer if not any(_same(line, known) for known in lines)]
            yield from _turns(_likeliest_first(new, mrz), _MOST_CLOSER)


def _whole_ones(texts: Sequence[Printed]) -> list[Printed]:
    """``texts`` without the pieces of what the closer look found whole."""
    return [one for one in texts if not any(_is_piece(one.box, other.box) for other in texts)]


def _is_piece(box: Box, whole: Box) -> bool:
    across, down = box.left + box.width / 2 - whole.left, box.top + box.height / 2 - whole.top
    return whole.width > _WIDER_THAN_A_PIECE * box.width and 0 < across < whole.width and 0 < down < whole.height


def _same(line: TextLine, known: TextLine) -> bool:
    offset = np.abs(line.centre - known.centre)
    return bool((offset < known.height / 2).all()) and abs(line.length - known.length) < known.height


def _likeliest_first(lines: Sequence[TextLine], mrz: Mrz) -> list[TextLine]:
    """Values are no longer than names and dates are, and set larger than labels; a single letter costs nothing."""
    name = max(len(mrz.data.surname), len(mrz.data.given_names))
    longest = max(_LONGEST_DATE, _WIDEST_LETTER * name)

    def unlikely(line: TextLine) -> tuple[bool, bool, float]:
        shape = line.length / line.height
        return shape > longest, shape > _SINGLE_LETTER, shape if shape > longest else -line.height

    return sorted(lines, key=unlikely)


def _turns(lines: Sequence[TextLine], most: int) -> Iterator[list[TextLine]]:
    """``lines`` in portions of :data:`_TURN` pixels of strip, ``most`` in all."""
    portion: list[TextLine] = []
    used = taken = 0
    for line in lines:
        length = strip_length(line)
        if taken + length > most:
            break
        portion.append(line)
        taken += length
        if taken - used >= _TURN:
            yield portion
            portion, used = [], taken
    if portion:
        yield portion


def _ms_since(started: float) -> float:
    return (perf_counter() - started) * 1000
