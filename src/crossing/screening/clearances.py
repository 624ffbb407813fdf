"""'Not the same person', once two officers have found it, is remembered: that traveller is not stopped for that entry
again while neither changes.

A clearance is about one traveller (a keyed digest of everything the lists are asked with), one entry of one list in
one wording (its fingerprint), and one kind of check. The hit is still found and kept in the ledger, with who cleared
it and when; it stops nobody, and its light is green with a remark. Nothing is remembered of document numbers, of
INTERPOL, or by one officer alone. Clearances end by themselves, and a supervisor can take one back.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.ids import new_id
from crossing.screening.errors import ClearanceRevoked, ClearanceUnknown
from crossing.screening.models import Clearance, ClearanceRevocation, ListEntry
from crossing.screening.schemas import CheckKind, CheckResult, ClearedBefore, Explanation, HitDetail

REMEMBERED_KINDS: Final = frozenset({CheckKind.NAME_LIST, CheckKind.FACE_LIST})

_SHOWN: Final = 200


class ClearanceView(BaseModel):
    """One clearance as it is now; ``revoked_by`` is empty while it counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    kind: CheckKind
    list_code: str
    reference: str
    first_officer: str
    second_officer: str
    referral_id: UUID
    cleared_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_by: str = ""
    revoked_at: AwareDatetime | None = None
    revocation_reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What two officers found not to be the traveller: a hit and the check that had it."""

    check: CheckResult
    hit: HitDetail


_Entry = tuple[str, str, str, str]
"""Kind of check, list code, reference and fingerprint."""


class Clearances:
    """One per process. ``traveller`` is everywhere the text of the traveller's data; only its digest is kept."""

    def __init__(self, key: bytes, *, clock: Clock, days: int = 365) -> None:
        """``key``: 32 bytes, of this machine alone; ``days``: how long a clearance counts."""
        self._key = key
        self._clock = clock
        self._days = days

    def remember(
        self,
        session: Session,
        traveller: str,
        found: Iterable[Found],
        *,
        officers: tuple[str, str],
        referral_id: UUID,
    ) -> int:
        """Keep that ``officers``, two of them, found the traveller not to be these entries; how many were kept.

        An entry that no list here has (any more) is passed over, and a hit that is cleared already. Raises
        ``ValueError`` where the officers are one.
        """
        first, second = officers
        if first == second:
            raise ValueError("a clearance takes two officers")
        found = [one for one in found if one.check.kind in REMEMBERED_KINDS and one.hit.cleared is None]
        prints = _fingerprints(session, (one.hit for one in found))
        entries = {_entry(one.check, one.hit, prints) for one in found} - {None}
        now, digest = self._clock.now(), self._digest(traveller)
        session.add_all(
            Clearance(
                id=new_id(),
                traveller=digest,
                kind=kind,
                list_code=code,
                reference=reference,
                fingerprint=fingerprint,
                first_officer=first,
                second_officer=second,
                referral_id=referral_id,
                cleared_at=now,
                expires_at=now + timedelta(days=self._days),
            )
            for kind, code, reference, fingerprint in sorted(one for one in entries if one is not None)
        )
        session.flush()
        return len(entries)

    def marked(
        self, session: Session, traveller: str, results: Iterable[CheckResult], *, face_is_known: bool
    ) -> list[CheckResult]:
        """The results; hits that were cleared before say by whom and when.

        ``face_is_known``: the face at the desk is that of an earlier crossing under the same identity. Without that
        no look-alike is cleared: whoever comes with the traveller's document may be the listed person.
        """
        results = list(results)
        kinds = REMEMBERED_KINDS if face_is_known else REMEMBERED_KINDS - {CheckKind.FACE_LIST}
        asked = [one for one in results if one.kind in kinds and one.alerts]
        if not asked:
            return results
        prints = _fingerprints(session, (hit for check in asked for hit in check.hits))
        known = self._known(session, traveller)
        return [_marked(check, prints, known) if check in asked else check for check in results] if known else results

    def of_referral(self, session: Session, referral_id: UUID) -> list[ClearanceView]:
        """What was remembered when this referral was resolved."""
        return _views(session, Clearance.referral_id == referral_id)

    def newest(self, session: Session) -> list[ClearanceView]:
        """The newest first, those taken back among them; two hundred at most."""
        return _views(session, sa.true())

    def revoke(self, session: Session, clearance_id: UUID, *, officer: str, reason: str) -> ClearanceView:
        """From now on the traveller is stopped for the entry again. Raises :class:`ClearanceUnknown`, and
        :class:`ClearanceRevoked` where somebody was faster."""
        hold_until_commit(session, f"clearance {clearance_id}")
        if session.get(Clearance, clearance_id) is None:
            raise ClearanceUnknown
        if session.get(ClearanceRevocation, clearance_id) is not None:
            raise ClearanceRevoked
        session.add(
            ClearanceRevocation(
                clearance_id=clearance_id, revoked_by=officer, revoked_at=self._clock.now(), reason=reason
            )
        )
        session.flush()
        return _views(session, Clearance.id == clearance_id)[0]

    def _known(self, session: Session, traveller: str) -> dict[_Entry, Clearance]:
        """What counts of this traveller now; the newest of each entry."""
        revoked = sa.select(ClearanceRevocation.clearance_id)
        rows = session.scalars(
            sa.select(Clearance)
            .where(
                Clearance.traveller == self._digest(traveller),
                Clearance.expires_at > self._clock.now(),
                Clearance.id.not_in(revoked),
            )
            .order_by(Clearance.cleared_at)
        )
        return {(row.kind, row.list_code, row.reference, row.fingerprint): row for row in rows}

    def _digest(self, traveller: str) -> str:
        return hmac.new(self._key, traveller.encode(), sha256).hexdigest()


def _marked(check: CheckResult, prints: Mapping[UUID, str], known: Mapping[_Entry, Clearance]) -> CheckResult:
    hits = []
    for hit in check.hits:
        entry = _entry(check, hit, prints)
        row = known.get(entry) if entry else None
        hits.append(_with(hit, row) if row else hit)
    return check.model_copy(update={"hits": tuple(hits)})


def _with(hit: HitDetail, row: Clearance) -> HitDetail:
    by = (row.first_officer, row.second_officer)
    said = Explanation(code="cleared_before", params={"first": by[0], "second": by[1], "date": _day(row.cleared_at)})
    cleared = ClearedBefore(clearance_id=row.id, by=by, at=row.cleared_at)
    return hit.model_copy(update={"cleared": cleared, "explanations": (*hit.explanations, said)})


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _entry(check: CheckResult, hit: HitDetail, prints: Mapping[UUID, str]) -> _Entry | None:
    """None where no list here has the entry."""
    fingerprint = prints.get(hit.entry_id) if hit.entry_id else None
    return (check.kind.value, check.source, hit.entry_reference, fingerprint) if fingerprint else None


def _fingerprints(session: Session, hits: Iterable[HitDetail]) -> dict[UUID, str]:
    ids = {hit.entry_id for hit in hits if hit.entry_id is not None}
    rows = session.execute(sa.select(ListEntry.id, ListEntry.fingerprint).where(ListEntry.id.in_(ids)))
    return {row.id: row.fingerprint for row in rows}


def _views(session: Session, condition: sa.ColumnElement[bool]) -> list[ClearanceView]:
    rows = session.execute(
        sa.select(Clearance, ClearanceRevocation)
        .outerjoin(ClearanceRevocation, ClearanceRevocation.clearance_id == Clearance.id)
        .where(condition)
        .order_by(Clearance.cleared_at.desc(), Clearance.id)
        .limit(_SHOWN)
    )
    return [_view(row[0], row[1]) for row in rows]


def _view(row: Clearance, revoked: ClearanceRevocation | None) -> ClearanceView:
    plain = {name: getattr(row, name) for name in ClearanceView.model_fields if hasattr(row, name)}
    if revoked is None:
        return ClearanceView(**plain)
    return ClearanceView(
        **plain,
        revoked_by=revoked.revoked_by,
        revoked_at=revoked.revoked_at,
        revocation_reason=revoked.reason,
    )
