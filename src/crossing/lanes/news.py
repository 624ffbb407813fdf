"""What of answers that came again is new: found out once, told once."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from crossing.lanes.events import SUBJECT
from crossing.lanes.models import CaptureSession
from crossing.lanes.states import UNDECIDED
from crossing.screening import ledger
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, HitDetail

_MATCHES: Final = ("fuzzy", "twin", "exact")


def news_among(session: Session, row: CaptureSession, results: list[CheckResult]) -> list[CheckResult]:
    """Those of ``results`` that have a hit which the ledger does not have yet, or has of less weight, with these hits
    alone."""
    known: dict[_Record, list[_Told]] = {}
    for check in ledger.for_subject(session, SUBJECT, row.session_id):
        for hit in check.hits if check.alerts else ():
            known.setdefault(_record(check, hit), []).append(_told_of(check, hit))
    alerting = [
        (check, [hit for hit in check.hits if _told_of(check, hit).is_news_after(known.get(_record(check, hit), []))])
        for check in results
        if check.alerts
    ]
    return [check.model_copy(update={"hits": tuple(hits)}) for check, hits in alerting if hits]


_Record = tuple[str, str, str, str]
"""Kind of check, who found it, its reference, and for a face the live picture."""


def _record(check: CheckResult, hit: HitDetail) -> _Record:
    return check.kind, check.source, hit.entry_reference, hit.live_sha256


@dataclass(frozen=True, slots=True)
class _Told:
    """How much an officer was told of one record. ``sureness``: of INTERPOL's records how they were matched, of
    others whether the source is sure of the one that is most alike."""

    sureness: int
    caution: str
    notice_colour: str

    def is_news_after(self, before: list["_Told"]) -> bool:
        """Whether it was not told of, or is surer now, or carries another warning."""
        if self.sureness > max((one.sureness for one in before), default=-1):
            return True
        cautions, colours = {one.caution for one in before}, {one.notice_colour for one in before}
        return self.caution not in cautions | {""} or self.notice_colour not in colours | {""}


def _told_of(check: CheckResult, hit: HitDetail) -> _Told:
    sure = check.outcome is CheckOutcome.HIT and hit is check.hits[0]
    sureness = _MATCHES.index(hit.match_type) if hit.match_type in _MATCHES else int(sure)
    return _Told(sureness, hit.caution, hit.notice_colour)


def worth_keeping(
    row: CaptureSession, current: list[CheckResult], results: list[CheckResult], new: list[CheckResult]
) -> list[CheckResult]:
    """The kinds of checks, whole, of which something is to be kept: a kind's last answers count together."""
    if row.state in UNDECIDED:
        kinds = {one.kind for one in results if _told(one.kind, current) != _told(one.kind, results)}
    else:
        unchecked = {one.kind for one in current if not one.ran}
        answered = {one.kind for one in results if one.ran}
        kinds = {one.kind for one in new} | {
            kind for kind in unchecked & answered if _unchecked(kind, results) != _unchecked(kind, current)
        }
    return [one for one in results if one.kind in kinds]


def _told(kind: CheckKind, answers: list[CheckResult]) -> set[tuple[str, str, str, str | None]]:
    return {(one.source, one.source_version, one.outcome, one.reason) for one in answers if one.kind is kind}


def _unchecked(kind: CheckKind, answers: list[CheckResult]) -> set[str]:
    return {one.source for one in answers if one.kind is kind and not one.ran}
