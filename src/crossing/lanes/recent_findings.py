"""What the faces of recent travellers say of the one at the desk, in the words of the check ledger.

Somebody who was here under the same identity is a known traveller: that is noted and asks nothing. Somebody who was
here under another one may be the same person under another name: an officer compares the pictures.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from time import perf_counter
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from crossing.faces.engines.base import Template
from crossing.faces.errors import EnginesDiffer
from crossing.faces.schemas import Decision
from crossing.movements.recent_faces import RecentFaces, RecentSearch, SeenBefore
from crossing.movements.sameness import Claim, births_may_agree, same_document, same_identity, same_name
from crossing.movements.schemas import MovementRecord, TravellerHistory
from crossing.platform.logs import log
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Explanation, HitDetail, Reason

SOURCE: Final = "movements"
MOST_OTHERS: Final = 10
"""Identities that an officer is asked about at most; the most alike come first."""

_MOST_KNOWN: Final = 3


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """Who stands there. ``unseen``: why nobody could look for a face. ``claim`` is None while nothing was read or
    typed; ``zone`` decides what day it was here."""

    session_id: UUID
    face: Template | None
    claim: Claim | None
    history: TravellerHistory
    zone: tzinfo
    unseen: Reason | None = None


def face_recent_check(session: Session, recent: RecentFaces, asked: AtTheDesk, *, now: datetime) -> CheckResult:
    """Never raises for a search that fails: the result says why there is no answer."""
    if not recent.switched_on or not recent.has_engine or asked.face is None:
        return _result(CheckOutcome.NOT_CHECKED, now, engine=recent.engine, reason=_why_not_asked(recent, asked))
    started = perf_counter()
    try:
        search = recent.search(session, asked.face, apart_from=asked.session_id)
        known, others = _apart(asked, search)
        remark = () if known or others else _unlike(session, recent, asked, asked.face)
    except EnginesDiffer:
        # The engine was changed meanwhile; the lane asks again.
        return _result(CheckOutcome.NOT_CHECKED, now, engine=recent.engine, reason=Reason.FACES_NOT_READY)
    except Exception as trouble:  # noqa: BLE001 - whatever broke, the traveller goes on and the officer is told
        log.error("recent_faces_failed", error=type(trouble).__name__)
        return _result(CheckOutcome.NOT_CHECKED, now, engine=recent.engine, reason=Reason.ENGINE_FAILED)
    took = round((perf_counter() - started) * 1000, 1)
    if others:
        hits = tuple(_another(asked, one) for one in others[:MOST_OTHERS])
        return _result(CheckOutcome.POSSIBLE, now, engine=search.engine, search=search, took=took, hits=hits)
    if not search.complete:
        return _result(
            CheckOutcome.NOT_CHECKED,
            now,
            engine=search.engine,
            search=search,
            took=took,
            reason=Reason.FACES_NOT_READY,
        )
    seen = tuple(_hit(asked, one, "seen_before") for one in known[:_MOST_KNOWN])
    return _result(CheckOutcome.CLEAR, now, engine=search.engine, search=search, took=took, hits=seen or remark)


def _why_not_asked(recent: RecentFaces, asked: AtTheDesk) -> Reason:
    if not recent.switched_on:
        return Reason.SWITCHED_OFF
    if not recent.has_engine:
        return Reason.NO_FACE_ENGINE
    return asked.unseen or Reason.NO_FACE


def _apart(asked: AtTheDesk, search: RecentSearch) -> tuple[list[SeenBefore], list[SeenBefore]]:
    """Those under the same identity, and those under others: each other identity once, by its most alike crossing."""
    known: list[SeenBefore] = []
    others: list[SeenBefore] = []
    for one in search.found:
        earlier = Claim.of(one.movement)
        if _is_known(asked, one.movement, earlier):
            known.append(one)
        elif not any(same_identity(earlier, Claim.of(other.movement)) for other in others):
            others.append(one)
    return known, others


def _is_known(asked: AtTheDesk, movement: MovementRecord, earlier: Claim) -> bool:
    """Before anything was read or typed there is no other name that a face could be found under."""
    if asked.claim is None or movement.traveller_id == asked.history.traveller_id:
        return True
    return same_identity(asked.claim, earlier)


def _unlike(session: Session, recent: RecentFaces, asked: AtTheDesk, face: Template) -> tuple[HitDetail, ...]:
    """The identity was here before, and the face was not found among those visits: worth a second look, no more."""
    before = next(iter(asked.history.movements), None)
    compared = recent.compare(session, face, before.movement_id) if before else None
    if before is None or compared is None or compared.decision is Decision.MATCH:
        return ()
    return (
        HitDetail(
            list_name="",
            entry_reference=str(before.movement_id),
            entry_id=before.movement_id,
            label=_named(before.surname, before.given_names, before.birth_date),
            score=_score(compared.score),
            support=compared.support,
            explanations=(_said("seen_before_unlike", before.occurred_at, asked.zone),),
            must_verify=False,
        ),
    )


def _another(asked: AtTheDesk, one: SeenBefore) -> HitDetail:
    hit = _hit(asked, one, "face_like_earlier")
    return hit.model_copy(update={"explanations": (*hit.explanations, *_differences(asked, one.movement))})


def _differences(asked: AtTheDesk, movement: MovementRecord) -> list[Explanation]:
    then, now = Claim.of(movement), asked.claim
    if now is None:
        return []
    found: list[Explanation] = []
    if not same_name(now, then):
        listed = _named(then.person.surname, then.person.given_names, None)
        found.append(_said("other_name_then", movement.occurred_at, asked.zone, listed=listed))
    if not births_may_agree(now.person, then.person):
        found.append(_said("other_birth_then", movement.occurred_at, asked.zone, listed=then.person.birth_date or ""))
    if same_document(now, then) is False and then.document is not None:
        listed = f"{then.document.issuing_state} {then.document.number}"
        found.append(_said("other_document_then", movement.occurred_at, asked.zone, listed=listed))
    return found


def _hit(asked: AtTheDesk, one: SeenBefore, code: str) -> HitDetail:
    movement, person = one.movement, one.movement.person
    return HitDetail(
        list_name="",
        entry_reference=str(movement.movement_id),
        entry_id=movement.movement_id,
        label=_named(person.surname, person.given_names, person.birth_date),
        score=_score(one.score),
        support=one.support,
        explanations=(_said(code, movement.occurred_at, asked.zone),),
        portrait_sha256=movement.images.live,
        must_verify=code != "seen_before",
    )


def _said(code: str, when: datetime, zone: tzinfo, **params: str) -> Explanation:
    return Explanation(code=code, params={"date": when.astimezone(zone).date().isoformat(), **params})


def _named(surname: str, given_names: str, birth: str | None) -> str:
    name = f"{surname} {given_names}".strip()
    return ", ".join(part for part in (name, birth) if part)


def _score(score: float) -> float:
    return min(1.0, max(0.0, score))


def _result(
    outcome: CheckOutcome,
    now: datetime,
    *,
    engine: tuple[str, str],
    search: RecentSearch | None = None,
    took: float = 0.0,
    reason: Reason | None = None,
    hits: tuple[HitDetail, ...] = (),
) -> CheckResult:
    """``source_version``: how many crossings could be searched."""
    return CheckResult(
        kind=CheckKind.FACE_RECENT,
        outcome=outcome,
        reason=reason,
        source=SOURCE,
        source_version=str(search.size) if search else "",
        engine=engine[0],
        engine_version=engine[1],
        performed_at=now,
        duration_ms=took,
        hits=hits,
    )
