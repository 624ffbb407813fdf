"""INTERPOL's records on a referral, and what the second line says of each.

A finding is about the whole referral. The bureau is told about records, and what is true of one is not true of the
next: only where a single record is all that the referral is for does the finding stand for it.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from crossing.decisions.errors import BureauReferenceNeeded, FindingContradicted, RecordsUnanswered
from crossing.decisions.schemas import Finding, HitWord, Resolution
from crossing.ports.four_eyes import says_something
from crossing.screening.schemas import INTERPOL_KINDS, CheckKind, CheckResult

Record = tuple[CheckKind, str]
"""A kind of check and the record's own reference. A copy and INTERPOL itself may both have found it."""

BUREAUS_FINDINGS: Final = frozenset({Finding.CONFIRMED, Finding.RECORD_WITHDRAWN})
"""What only the bureau can say of its record."""


def records(reasons: tuple[CheckResult, ...]) -> dict[Record, UUID]:
    """INTERPOL's records among the reasons in their order, each with the id of the first hit on it."""
    found: dict[Record, UUID] = {}
    for check in reasons:
        for hit in check.hits if check.kind in INTERPOL_KINDS else ():
            found.setdefault((check.kind, hit.entry_reference), hit.hit_id)
    return found


def asks_for_words(reasons: tuple[CheckResult, ...]) -> bool:
    """Whether the finding can't stand for INTERPOL's records: there are several, or other lists' hits beside one."""
    found = records(reasons)
    others = any(check.hits for check in reasons if check.kind not in INTERPOL_KINDS)
    return len(found) > 1 or (len(found) == 1 and others)


def words_on(resolution: Resolution, reasons: tuple[CheckResult, ...]) -> dict[Record, HitWord]:
    """What is said of each record. Raises :class:`RecordsUnanswered` where something is said of some alone, twice of
    one, or of a hit that is not here; a finding that leaves everything open needs no words."""
    found = records(reasons)
    if resolution.hits:
        return _said(resolution.hits, reasons, found)
    if resolution.finding is not Finding.UNCONFIRMED and asks_for_words(reasons):
        raise RecordsUnanswered
    said = {"finding": resolution.finding, "bureau_reference": resolution.bureau_reference}
    return {record: HitWord(hit_id=hit_id, **said) for record, hit_id in found.items()}


def hold_against_words(
    resolution: Resolution, reasons: tuple[CheckResult, ...], words: Mapping[Record, HitWord]
) -> None:
    """Raises :class:`BureauReferenceNeeded` or :class:`FindingContradicted`."""
    for word in words.values():
        if word.finding in BUREAUS_FINDINGS and not says_something(word.bureau_reference):
            raise BureauReferenceNeeded
    said = {word.finding for word in words.values()}
    finding = resolution.finding
    graver = (Finding.CONFIRMED in said and finding is not Finding.CONFIRMED) or (
        Finding.UNCONFIRMED in said and finding in (Finding.NOT_THE_PERSON, Finding.RECORD_WITHDRAWN)
    )
    only_interpol = all(check.kind in INTERPOL_KINDS for check in reasons)
    unfounded = finding not in said and (
        finding is Finding.RECORD_WITHDRAWN or (finding is Finding.CONFIRMED and only_interpol)
    )
    if words and (graver or unfounded):
        raise FindingContradicted


def _said(
    words: tuple[HitWord, ...], reasons: tuple[CheckResult, ...], found: Mapping[Record, UUID]
) -> dict[Record, HitWord]:
    record_of = {hit.hit_id: (check.kind, hit.entry_reference) for check in reasons for hit in check.hits}
    said = {record: word for word in words if (record := record_of.get(word.hit_id)) in found}
    if len(words) != len(said) or said.keys() != found.keys():
        raise RecordsUnanswered
    return {record: said[record] for record in found}
