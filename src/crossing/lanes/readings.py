"""What a page's reading says, as the lane's screen and API speak it."""

from crossing.documents.mrz import Mrz
from crossing.documents.service import DocumentReading
from crossing.lanes.schemas import ReadingView


def reading_view(reading: DocumentReading) -> ReadingView:
    mrz = reading.page.mrz
    return ReadingView(
        lines=mrz.lines if mrz else reading.page.lines,
        format=mrz.format.value if mrz and mrz.format else None,
        valid=bool(mrz and mrz.valid),
        confidence=reading.page.confidence.value,
        corrections=tuple(_corrections(mrz)),
        problems=tuple(problem.value for problem in reading.page.problems),
        ms=reading.page.elapsed_ms["total"],
    )


def _corrections(mrz: Mrz | None) -> list[str]:
    if mrz is None:
        return []
    return [f"{one.line + 1}:{one.column + 1} {one.read}→{one.corrected}" for one in mrz.corrections]
