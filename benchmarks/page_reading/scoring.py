"""What an answer is worth."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

from benchmarks.page_reading.asking import Reply
from benchmarks.page_reading.samples import Lines, Sample
from benchmarks.page_reading.worker import TODAY
from crossing.documents.mrz import parse


@dataclass(frozen=True)
class Outcome:
    """One page, one reader.

    ``exact``: every document of the picture, letter by letter, and no other before them; where the picture shows
    none, that no valid MRZ was claimed. ``wrong_valid``: an MRZ whose check digits hold, and which is not there.
    ``sure_wrong``: the reader vouched for its first answer, and it is not there. ``cpu`` in seconds.
    """

    row: str
    kind: str
    sample: str
    exact: bool
    wrong_valid: bool
    sure: bool | None
    sure_wrong: bool
    cpu: float | None
    read: tuple[Lines, ...]
    error: str


def outcome(row: str, sample: Sample, reply: Reply, *, repaired: bool) -> Outcome:
    """The answer judged as it came or, where ``repaired``, after our parser's repair of its lines."""
    judged = [_judged(lines, repaired=repaired) for lines in reply.documents]
    read = tuple(lines for lines, _ in judged)
    wrong_valid = any(valid and lines not in sample.truth for lines, valid in judged)
    if sample.truth:
        exact = sorted(read[: len(sample.truth)]) == sorted(sample.truth)
    else:
        exact = not wrong_valid and not reply.error
    sure_wrong = bool(reply.sure) and bool(read) and read[0] not in sample.truth
    return Outcome(
        row, sample.kind, sample.name, exact, wrong_valid, reply.sure, sure_wrong, reply.cpu, read, reply.error
    )


def _judged(lines: Lines, *, repaired: bool) -> tuple[Lines, bool]:
    """The lines, and whether every check digit in them holds without a change to them."""
    mrz = parse(lines, today=TODAY)
    return (mrz.lines, mrz.valid) if repaired else (lines, mrz.valid and mrz.lines == lines)


@dataclass(frozen=True)
class Score:
    """A row of the table: counts over ``pages``, and mean processor seconds a page."""

    row: str
    pages: int
    exact: int
    wrong_valid: int
    sure: int | None
    sure_wrong: int
    cpu: float
    by_kind: dict[str, tuple[int, int]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def score(row: str, outcomes: Iterable[Outcome]) -> Score:
    """``sure`` is None for a reader that never says how sure it is."""
    mine = [one for one in outcomes if one.row == row]
    kinds = dict.fromkeys(one.kind for one in mine)
    spoke = [one for one in mine if one.sure is not None]
    return Score(
        row=row,
        pages=len(mine),
        exact=sum(one.exact for one in mine),
        wrong_valid=sum(one.wrong_valid for one in mine),
        sure=sum(bool(one.sure) for one in spoke) if spoke else None,
        sure_wrong=sum(one.sure_wrong for one in mine),
        cpu=mean([one.cpu for one in mine if one.cpu is not None] or [0.0]),
        by_kind={
            kind: (sum(one.exact for one in mine if one.kind == kind), sum(one.kind == kind for one in mine))
            for kind in kinds
        },
    )
