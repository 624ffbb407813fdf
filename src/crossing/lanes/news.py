"""What of answers that came again is new: found out once, told once."""

from sqlalchemy.orm import Session

from crossing.lanes.events import SUBJECT
from crossing.lanes.models import CaptureSession
from crossing.lanes.states import UNDECIDED
from crossing.screening import ledger
from crossing.screening.schemas import CheckKind, CheckResult, HitDetail


def news_among(session: Session, row: CaptureSession, results: list[CheckResult]) -> list[CheckResult]:
    """Those of ``results`` that have a hit which the ledger does not have yet, with these hits alone."""
    known = {
        _found(check, hit)
        for check in ledger.for_subject(session, SUBJECT, row.session_id)
        if check.alerts
        for hit in check.hits
    }
    alerting = [(check, [hit for hit in check.hits if _found(check, hit) not in known]) for check in results]
    return [check.model_copy(update={"hits": tuple(hits)}) for check, hits in alerting if check.alerts and hits]


def _found(check: CheckResult, hit: HitDetail) -> tuple[str, str, str, str]:
    return check.kind, check.source, hit.entry_reference, hit.live_sha256


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
