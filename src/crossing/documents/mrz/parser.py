"""Lines of text to an :class:`Mrz`: what they say, what was put right, what is wrong with them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType

from crossing.documents.mrz import intake
from crossing.documents.mrz.document import Mrz, MrzData, Problem, ProblemCode
from crossing.documents.mrz.intake import Sheet
from crossing.documents.mrz.partial import read_remnant
from crossing.documents.mrz.reading import balance, candidates, merit, read_sheet, weight


def parse(lines: Sequence[str], *, today: date | None = None, repairing: bool = True) -> Mrz:
    """Reads the lines of one document as far as they can be read.

    They may come as one line (as a swipe reader sends them), with print around them, or without one of them; whatever
    is given, the work is bounded. Never raises on wrong content: what is wrong is in ``problems``, what was repaired
    in ``corrections``. ``today`` decides the century of dates; by default it is the present day in UTC. ``repairing``
    is switched off for lines that no reader read, as those of a chip: then they are taken to the letter.
    """
    today = today or datetime.now(UTC).date()
    whole = intake.clean(lines)
    best: Mrz | None = None
    for sheet in intake.sheets(whole):
        for layout in candidates(sheet.lines):
            reading = read_sheet(sheet, layout, today, repairing=repairing)
            if reading.valid:
                return reading
            if best is None or merit(reading) > merit(best):
                best = reading
    for sheet in intake.reordered(whole):
        for layout in candidates(sheet.lines):
            reading = read_sheet(sheet, layout, today, repairing=repairing)
            if reading.valid:
                return reading
    if best is None or balance(best) <= 0:
        left = read_remnant(whole, today, repairing=repairing)
        if left is not None and (best is None or weight(left) > weight(best)):
            best = left
    return best or _unread(whole)


def _unread(whole: Sheet) -> Mrz:
    unread = Problem(ProblemCode.NOT_AN_MRZ)
    problems = (unread, *whole.problems)
    return Mrz(None, whole.lines, MrzData(), MappingProxyType({}), MappingProxyType({}), whole.corrections, problems)
