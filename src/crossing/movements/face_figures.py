"""What one crossing adds to the counts by group: what the face engine said, and how the officer judged it.

The post counts when it records a movement, the capital when it applies that movement's event: by the same function,
so that nothing more is replicated. A correction is of the same crossing and the same faces: it adds nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from crossing.documents.dates import PartialDate
from crossing.faces.figures.groups import age_band, nationality_group
from crossing.faces.figures.schemas import FigureKind
from crossing.faces.figures.tallies import NOT_JUDGED, TallyKey
from crossing.faces.schemas import Decision
from crossing.movements.schemas import MovementRecord, Person, PortraitException
from crossing.screening.judgements import words_on
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckResult, FaceJudgement, HitDetail, Reason

ACQUIRED, FAILED, ABSENT = "acquired", "failed", "absent"
NO_CANDIDATE, WITH_CANDIDATE, CANDIDATE = "no_candidate", "with_candidate", "candidate"
_RAISED: Final = frozenset({Decision.INCONCLUSIVE.value, Decision.NO_MATCH.value})


def tallies_of(record: MovementRecord) -> tuple[TallyKey, ...]:
    """What is to be counted for ``record``; the same key twice where it is to be counted twice.

    - ``portrait``: once, whether there was a live portrait and the engine found a face in it. Without a check that
      tells, nothing.
    - ``face_match``: once where the live face was compared with the document's.
    - ``face_list``, ``face_recent``: once for each search, by whether it had a candidate, and for each candidate.

    - with a portrait exception: that exception in the place of the live portrait, for the officer said that it is
      not as it should be. What was compared and searched all the same is counted like any other.

    Judgements are counted where they are about the pictures that the movement keeps.
    """
    if record.corrects is not None:
        return ()
    known = record.known_at_decision
    seen = Seen(
        record.post, record.occurred_at, Group.of(record.person, record.occurred_at), record.images.live,
        known.checks, known.judgements,
    )  # fmt: skip
    crossing = _Counting(seen)
    return (*crossing.portrait(record.images.exception), *crossing.checks())


def tallies_of_judged(seen: "Seen") -> tuple[TallyKey, ...]:
    """What is to be counted for somebody who left before a decision: the checks that an officer said something of,
    and no crossing, for there was none."""
    return tuple(_Counting(replace(seen, checks=judged_among(seen))).checks())


def judged_among(seen: "Seen") -> tuple[CheckResult, ...]:
    """The face checks with a hit that an officer said something of."""
    return tuple(
        check
        for check in seen.checks
        if check.kind in FACE_KINDS
        and any(words_on(seen.judgements, check, hit, now=seen.live) for hit in check.hits)
    )


class Group(NamedTuple):
    """What a traveller is counted under, and nobody is found by."""

    sex: str
    age_band: str
    nationality_group: str

    @classmethod
    def of(cls, person: Person | None, at: datetime) -> "Group":
        """Whose identity nobody knows is unknown in each respect."""
        person = person or Person()
        birth = PartialDate.parse(person.birth_date) if person.birth_date else None
        return cls(person.sex, age_band(birth, at.astimezone(UTC).date()), nationality_group(person.nationality))


@dataclass(frozen=True, slots=True)
class Seen:
    """What was asked and said of one traveller's face. ``live``: SHA-256 of the live picture at the end."""

    post: str
    at: datetime
    group: Group
    live: str | None
    checks: tuple[CheckResult, ...]
    judgements: tuple[FaceJudgement, ...]


class _Counting:
    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._checks = [check for check in seen.checks if check.kind in FACE_KINDS]

    def portrait(self, exception: PortraitException | None) -> Iterator[TallyKey]:
        if exception is not None:
            yield self._tally(FigureKind.PORTRAIT, exception.reason.value, by=self._asked())
        else:
            yield from self._portrait()

    def checks(self) -> Iterator[TallyKey]:
        for check in self._checks:
            if not check.ran:
                continue
            if check.kind is CheckKind.FACE_MATCH:
                yield from self._comparison(check)
            else:
                yield from self._search(check)

    def _portrait(self) -> Iterator[TallyKey]:
        ran = next((check for check in self._checks if check.ran or check.reason in _BESIDE_THE_FACE), None)
        failed = next((check for check in self._checks if _looked_in_vain(check)), None)
        if self._seen.live is None:
            yield self._tally(FigureKind.PORTRAIT, ABSENT, by=self._asked())
        elif ran is not None:
            yield self._tally(FigureKind.PORTRAIT, ACQUIRED, by=ran)
        elif failed is not None:
            yield self._tally(FigureKind.PORTRAIT, FAILED, by=failed)

    def _asked(self) -> CheckResult | None:
        """A check that names the engine that served, though it had no face to look at."""
        return next(
            (check for check in self._checks if check.engine and check.kind is not CheckKind.FACE_MATCH), None
        )

    def _comparison(self, check: CheckResult) -> Iterator[TallyKey]:
        if not check.hits or check.hits[0].entry_reference == Decision.MATCH.value:
            yield self._tally(FigureKind.FACE_MATCH, Decision.MATCH, by=check)
            return
        hit = check.hits[0]
        if hit.entry_reference in _RAISED:
            yield self._tally(FigureKind.FACE_MATCH, hit.entry_reference, by=check, judged=self._judged(check, hit))

    def _search(self, check: CheckResult) -> Iterator[TallyKey]:
        kind = FigureKind(check.kind.value)
        # Of a clear search the hits are the traveller's own earlier crossings, which nobody is asked about.
        raised = check.hits if check.alerts else ()
        yield self._tally(kind, WITH_CANDIDATE if raised else NO_CANDIDATE, by=check)
        for hit in raised:
            yield self._tally(kind, CANDIDATE, by=check, judged=self._judged(check, hit))

    def _judged(self, check: CheckResult, hit: HitDetail) -> str:
        """The last word on these two pictures."""
        words = words_on(self._seen.judgements, check, hit, now=self._seen.live)
        return words[-1].judged.value if words else NOT_JUDGED

    def _tally(
        self, kind: FigureKind, said: str, *, by: CheckResult | None = None, judged: str = NOT_JUDGED
    ) -> TallyKey:
        return TallyKey(
            month=f"{self._seen.at.astimezone(UTC):%Y-%m}",
            post=self._seen.post,
            kind=kind,
            engine=by.engine if by else "",
            version=by.engine_version if by else "",
            **self._seen.group._asdict(),
            said=said,
            judged=judged,
        )


_BESIDE_THE_FACE: Final = frozenset(
    {Reason.LIST_EXPIRED, Reason.FACES_NOT_READY, Reason.TIMEOUT, Reason.NO_LISTED_FACE, Reason.FACES_UNUSABLE}
)
"""Why a search did not run though there was a face to search with. An engine that failed may not have seen one."""


def _looked_in_vain(check: CheckResult) -> bool:
    """A search lacks a face where none was found in the live picture; a comparison may lack the document's."""
    return check.kind is not CheckKind.FACE_MATCH and check.reason is Reason.NO_FACE
