"""What the second line said of INTERPOL's records and of those whom the posts look for, and which answer on a record
is shown where there are several."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from crossing.decisions.errors import RecordsUnanswered
from crossing.decisions.looked_for import alert_of
from crossing.decisions.records import Record, words_on
from crossing.decisions.schemas import HitWord, ReferralState, ReferralView
from crossing.screening.lists.formats.ahead import CODE
from crossing.screening.schemas import INTERPOL_KINDS, CheckKind, CheckOutcome, CheckResult, HitDetail

ABOUT_PERSONS: Final = frozenset(
    {
        CheckKind.NAME_LIST,
        CheckKind.FACE_LIST,
        CheckKind.FACE_RECENT,
        CheckKind.FACE_MATCH,
        CheckKind.INTERPOL_NOMINALS,
        CheckKind.NATIONAL_LISTS,
        CheckKind.WATCHLIST_SERVICE,
        CheckKind.KNOWN_TRAVELLER,
    }
)
"""Checks whose hit is somebody with whom the traveller's face is compared, if only at the bureau."""


@dataclass(frozen=True, slots=True)
class RecordWord:
    """What was said of a record, or of somebody who is looked for, with the newest answer that names it."""

    check: CheckResult
    hit: HitDetail
    word: HitWord


def found_again(reasons: Iterable[CheckResult]) -> frozenset[UUID]:
    """The hits on INTERPOL's records that a later answer names again: once a copy's, then INTERPOL's own."""
    newest: dict[Record, UUID] = {}
    older: set[UUID] = set()
    for check in reasons:
        for hit in check.hits if check.kind in INTERPOL_KINDS else ():
            record = (check.kind, hit.entry_reference)
            older |= {newest[record]} if record in newest else set()
            newest[record] = hit.hit_id
    return frozenset(older)


def newest_of(reasons: Collection[CheckResult]) -> list[CheckResult]:
    """The same without the answers all of whose records a later answer names again."""
    again = found_again(reasons)
    return [check for check in reasons if not check.hits or any(hit.hit_id not in again for hit in check.hits)]


def answered_since(check: CheckResult, checks: Iterable[CheckResult]) -> CheckResult | None:
    """INTERPOL's own newest answer to what a copy answered in ``check``; None while there is none."""
    own = [
        one
        for one in checks
        if one.kind is check.kind
        and one.performed_at > check.performed_at
        and one.outcome is not CheckOutcome.NOT_CHECKED
        and not one.recheck
    ]
    return max(own, key=lambda one: one.performed_at, default=None)


def record_words(referral: ReferralView) -> list[RecordWord]:
    """A word on each of INTERPOL's records, once the referral is resolved. None where an older post left a referral
    without a word on each: its finding alone is known then."""
    if referral.resolution is None or referral.state is not ReferralState.RESOLVED:
        return []
    try:
        words = words_on(referral.resolution, referral.reasons)
    except RecordsUnanswered:
        return []
    newest = {(check.kind, hit.entry_reference): (check, hit) for check in referral.reasons for hit in check.hits}
    return [RecordWord(*newest[record], word) for record, word in words.items()]


def said_of_hits(referrals: Iterable[ReferralView]) -> Mapping[UUID, RecordWord]:
    """By hit, what was last said of its record, or of the one who is looked for."""
    said: dict[UUID, RecordWord] = {}
    for referral in sorted(referrals, key=lambda one: one.resolved_at or one.opened_at):
        words = {_named(one.check, one.hit): one for one in (*record_words(referral), *_person_words(referral))}
        for check in referral.reasons:
            for hit in check.hits:
                word = words.get(_named(check, hit))
                said |= {hit.hit_id: word} if word else {}
    return said


def _named(check: CheckResult, hit: HitDetail) -> tuple[str, str]:
    """What a hit is on: somebody who is looked for is the same by name and by document."""
    return (CODE, alert_of(hit.entry_reference)) if check.source == CODE else (check.kind, hit.entry_reference)


def _person_words(referral: ReferralView) -> list[RecordWord]:
    """A word on each whom the posts look for, once the referral is resolved."""
    if referral.resolution is None or referral.state is not ReferralState.RESOLVED:
        return []
    words = {one.hit_id: HitWord(hit_id=one.hit_id, finding=one.finding) for one in referral.resolution.looked_for}
    return [
        RecordWord(check, hit, words[hit.hit_id])
        for check in referral.reasons
        for hit in check.hits
        if hit.hit_id in words
    ]
